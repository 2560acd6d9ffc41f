/**
 * What a test can do with one server, be it alone or a node of a cluster.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { AdminArgument, AdminReply } from "./AdminReply.ts"
import type { AppendOnlyFile } from "./AppendOnly.ts"
import type { ServerBinary } from "./Binary.ts"
import type { ServerError } from "./ServerError.ts"
import type { ServerTlsOptions, TlsMaterial } from "./Tls.ts"

/**
 * A user of the access control lists (Redis 6.0), beside `default`, which is the harness's own.
 *
 * @category models
 * @since 0.1.0
 */
export interface AclUser {
  readonly name: string
  /** Default: the user needs none. */
  readonly password?: string | undefined
  /** What it may do, as after its password in ACL SETUSER. Default `~* &* +@all`, which is everything. */
  readonly rules?: string | undefined
}

/**
 * Options that every server understands.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerOptions {
  /** Path or name of the server program. Default: the environment variable `REEF_SERVER`, else the first found on `PATH`. */
  readonly binary?: string | undefined
  /** When to hand the append-only log to the disk. Default `no`: enough to survive the death of the process. */
  readonly appendfsync?: "always" | "everysec" | "no" | undefined
  /** Password of the default user. Default: none. */
  readonly requirepass?: string | undefined
  /** Further ACL users. Default: none. */
  readonly users?: ReadonlyArray<AclUser> | undefined
  /** Listen with TLS instead of in the clear, with certificates made for this run (`true`: with the defaults). Default `false`. */
  readonly tls?: boolean | ServerTlsOptions | undefined
  /** Also listen on a Unix socket in the server's folder. Default `false`. */
  readonly unixSocket?: boolean | undefined
  /** Further lines of the configuration file, after the harness's own and therefore stronger. */
  readonly config?: ReadonlyArray<string> | undefined
  /** How long each wait (start, stop, failover, agreement) may take before it fails. Default 30 seconds. */
  readonly timeout?: Duration.Input | undefined
}

/**
 * Whether the process is there: `stopped` also after a crash, `frozen` after SIGSTOP.
 *
 * @category models
 * @since 0.1.0
 */
export type ServerState = "running" | "frozen" | "stopped"

/**
 * Where a server listens, or is about to.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerAddress {
  readonly host: string
  readonly port: number
  /** `redis://127.0.0.1:port`, or `rediss://` with TLS, with the password of the default user if there is one. */
  readonly url: string
}

/**
 * One server process and the faults that a test can put it through. Folder and identity stay the same for its whole life, and
 * so does its port, restarts included; only `ClusterControls.restartElsewhere` gives it another one.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerControls {
  readonly host: string
  readonly port: number
  /** `redis://127.0.0.1:port`, or `rediss://` with TLS, with the password of the default user if there is one. */
  readonly url: string
  /** The same for each of the option's `users`, by name. */
  readonly userUrls: Readonly<Record<string, string>>
  /** Password of the default user. */
  readonly password: string | undefined
  /** The certificates to connect with; `undefined` without TLS. */
  readonly tls: TlsMaterial | undefined
  readonly unixSocketPath: string | undefined
  /** `unix:///path`, with the password of the default user. */
  readonly unixUrl: string | undefined
  /** The server's working folder, removed when the scope closes. */
  readonly dir: string
  readonly binary: ServerBinary
  /** Process id, or `undefined` while there is no process. A restarted server has another one. */
  readonly pid: Effect.Effect<number | undefined>
  readonly state: Effect.Effect<ServerState>
  /**
   * Sends one command over the harness's own connection (RESP2, shown as `reef-testing` in CLIENT LIST). An error reply is
   * the failure `ErrorReply`. Not for SUBSCRIBE, MONITOR and whatever else changes what a connection is.
   */
  readonly admin: (args: ReadonlyArray<AdminArgument>) => Effect.Effect<AdminReply, ServerError>
  /** SIGKILL; returns once the process is gone. Does nothing if it is gone already. */
  readonly kill: Effect.Effect<void, ServerError>
  /** SIGSTOP; returns once the system says that the process stands still. Its sockets stay open. */
  readonly freeze: Effect.Effect<void, ServerError>
  /** SIGCONT. */
  readonly thaw: Effect.Effect<void, ServerError>
  /** SIGTERM, the orderly end; returns once the process is gone. A frozen server is thawed first. */
  readonly stop: Effect.Effect<void, ServerError>
  /** Starts the server again in its folder and on its port, and waits until it answers PING. Stops it first if need be. */
  readonly restart: Effect.Effect<void, ServerError>
  /** Everything that the server has printed so far, over all restarts. */
  readonly log: Effect.Effect<string>
  /** The raw contents of its append-only log, also when the server is dead. */
  readonly appendOnlyFiles: Effect.Effect<ReadonlyArray<AppendOnlyFile>, ServerError>
}
