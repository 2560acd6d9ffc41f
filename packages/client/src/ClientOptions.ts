/**
 * The options that every kind of client takes, their defaults, and their check.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Command } from "./command/Command.ts"
import type { RetryCategory } from "./command/CommandSpec.ts"
import { keyPrefixProblem } from "./command/keyPrefix.ts"
import { implOf } from "./command/make.ts"
import type { ConnectionLimits } from "./connection/ConnectionRuntime.ts"
import { Credentials } from "./connection/Credentials.ts"
import { connectCommandProblem } from "./connection/connectCommands.ts"
import type { CredentialsService } from "./connection/Identity.ts"
import type { PoolLimits } from "./connection/NodePool.ts"
import type { ConnectionProfile } from "./connection/open.ts"
import { resolveSocketOptions, type SocketOptions } from "./connection/SocketOptions.ts"
import type { TlsOptions, TlsVersion } from "./connection/Transport.ts"
import { invalidOption } from "./error/invalidOption.ts"
import type { ConnectError } from "./error/RedisError.ts"
import type { EngineOptions, OnOrphan } from "./routing/Engine.ts"
import { defaults, type Policies } from "./routing/Policies.ts"
import type { TelemetryOptions, TelemetryProfile } from "./telemetry/Telemetry.ts"

/**
 * What happens when no server answers while the layer is built: `eager` (default) waits by the `discovery` policy and then fails as
 * `ConnectError`; `failFast` tries once; `lazy` connects with the first command.
 *
 * @category options
 * @since 0.1.0
 */
export type StartPolicy = "eager" | "failFast" | "lazy"

/**
 * The leased connections of each node: for blocking commands, `redis.lease`, `redis.watch` and `redis.durable`. They come on top of the
 * one that all other commands share.
 *
 * @category options
 * @since 0.1.0
 */
export interface PoolOptions {
  /** Open from the start (in a cluster: from a node's first lease), and kept (default 0). */
  readonly min?: number | undefined
  /** At most so many for one node; who wants more waits in line (default 100, a hundredth of what a server takes by default). */
  readonly max?: number | undefined
  /** Closed after being unused for so long (default 30 s). */
  readonly idleTimeout?: Duration.Input | undefined
  /** Not used again when older (default: no limit). */
  readonly maxAge?: Duration.Input | undefined
  /** Probed by a PING before use after being unused for so long (default 5 s). */
  readonly checkAfter?: Duration.Input | undefined
  /** The longest wait in line, then `PoolTimeout`; the operation's own deadline may be sooner (default: no other limit). */
  readonly acquireTimeout?: Duration.Input | undefined
}

/**
 * Options of every kind of client.
 *
 * @category options
 * @since 0.1.0
 */
export interface ClientOptions {
  /** The ACL user (default: the server's `default` user). */
  readonly username?: string | undefined
  readonly password?: Redacted.Redacted | undefined
  /**
   * Credentials that may change while the client runs, instead of `username` and `password`. Without any of them the `Credentials`
   * service is used, if there is one where the client is made.
   */
  readonly credentials?: CredentialsService | undefined
  /** For CLIENT SETNAME; a refusal is ignored. */
  readonly clientName?: string | undefined
  /** `3` (default) falls back to RESP2 where HELLO is refused; `2` does not ask. */
  readonly protocol?: 2 | 3 | undefined
  /** `true` for the platform's defaults. */
  readonly tls?: boolean | TlsOptions | undefined
  /** How sockets are opened: keep-alive, IP version, look-up of names. */
  readonly socket?: SocketOptions | undefined
  /**
   * Commands that each new connection runs after its handshake, in order, before anything else (default none), as CLIENT NO-EVICT. Key
   * prefixes do not apply. Those that the client could not use a connection after (MULTI, SUBSCRIBE, CLIENT REPLY, …) and those that block
   * are refused.
   */
  readonly onConnect?: ReadonlyArray<Command<unknown, unknown>> | undefined
  /**
   * When the server refuses one of them: the connection is not used, as if the handshake had failed (`fail`, default), or is used all the
   * same (`ignore`) and the refusal is told by `redis.events`.
   */
  readonly onConnectFailure?: "fail" | "ignore" | undefined
  /** End-to-end deadline of an operation: queueing, redirects, reconnects and reply (default 10 s). */
  readonly commandTimeout?: Duration.Input | undefined
  /** Limit of opening a connection, handshake included (default 5 s). */
  readonly connectTimeout?: Duration.Input | undefined
  /** How long replies are awaited when the client closes (default 1 s). */
  readonly closeTimeout?: Duration.Input | undefined
  /** Silence after which a connection with waiting commands is probed (default 2 s). */
  readonly silence?: Duration.Input | undefined
  /** How long that probe may stay unanswered before the connection is given up (default 1 s). */
  readonly probeTimeout?: Duration.Input | undefined
  /** Commands in flight on one node, each part of a batch counted (default 16 384). */
  readonly maxInFlight?: number | undefined
  /** Bytes of requests in flight on one node (default 256 MiB). */
  readonly maxInFlightBytes?: number | undefined
  /** What a caller over these bounds meets: it is suspended (default), or fails as `Overloaded`. */
  readonly overload?: "suspend" | "fail" | undefined
  /**
   * The worst category that is sent again when an attempt may have executed (default `readOnly`: every write is at most once). One call
   * can assume another category for its command by `redis.run(command, { retry })`.
   */
  readonly resend?: RetryCategory | undefined
  readonly start?: StartPolicy | undefined
  readonly pool?: PoolOptions | undefined
  /**
   * Stands before every key of this client (default none): see `RedisService.withKeyPrefix` for what that covers. A part of a client
   * gets a prefix by that method.
   */
  readonly keyPrefix?: string | undefined
  /** Spans and metrics (default none, at no cost). */
  readonly telemetry?: TelemetryOptions | undefined
}

/**
 * What a client is built from once its options are checked.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResolvedOptions {
  readonly limits: ConnectionLimits
  readonly profile: ConnectionProfile
  readonly engine: EngineOptions
  readonly pool: PoolLimits
  readonly start: StartPolicy
  /** Empty for none. */
  readonly keyPrefix: string
  readonly telemetry: TelemetryProfile | undefined
}

const TLS_VERSIONS: ReadonlyArray<TlsVersion> = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]

/** Says that there was an element, not what it was. */
const logOrphan: OnOrphan = ({ command, node }) =>
  Effect.logWarning(`an element that ${command} had taken at ${node} was dropped: its caller was interrupted`)

const MIB = 1024 * 1024

/**
 * The options with the credentials of the context, if they have none of their own.
 *
 * @category combinators
 * @since 0.1.0
 */
export const withCredentials = <O extends ClientOptions>(options: O): Effect.Effect<O> =>
  options.credentials !== undefined || options.username !== undefined || options.password !== undefined
    ? Effect.succeed(options)
    : Effect.map(Effect.serviceOption(Credentials), (found) =>
        Option.isNone(found) ? options : { ...options, credentials: found.value }
      )

const telemetryProfile = (options: TelemetryOptions | undefined, database: number): TelemetryProfile | undefined => {
  const { metrics = false, queryText = false, spans = false } = options ?? {}
  return spans || metrics ? { spans, queryText, metrics, namespace: String(database) } : undefined
}

/**
 * Check the options and fill in the defaults. The error names the option.
 *
 * @category constructors
 * @since 0.1.0
 */
export const resolveOptions = (
  options: ClientOptions & { readonly database?: number | undefined },
  policies: Partial<Policies> | undefined,
  onOrphan?: OnOrphan | undefined
): Result.Result<ResolvedOptions, ConnectError> => {
  const faults: Array<ConnectError> = []
  const millis = (name: string, given: Duration.Input | undefined, fallback: number): number => {
    if (given === undefined) return fallback
    const duration = Option.getOrUndefined(Duration.fromInput(given))
    const ms = duration === undefined ? Number.NaN : Duration.toMillis(duration)
    if (!(ms > 0)) faults.push(invalidOption(name, "must be a duration above zero"))
    return ms
  }
  const count = (name: string, given: number | undefined, fallback: number, least = 1): number => {
    if (given === undefined) return fallback
    if (!Number.isSafeInteger(given) || given < least) {
      faults.push(invalidOption(name, `must be a whole number ${least === 1 ? "above zero" : `from ${least}`}`))
    }
    return given
  }
  const { pool = {} } = options
  const maxPooled = count("pool.max", pool.max, 100)
  const database = options.database
  if (database !== undefined && (!Number.isSafeInteger(database) || database < 0)) {
    faults.push(invalidOption("database", "must be a whole number from 0"))
  }
  const { credentials, password, username } = options
  if (credentials !== undefined && (username !== undefined || password !== undefined)) {
    faults.push(
      invalidOption("credentials", "stand beside username or password (in the options or their URL); give one")
    )
  }
  const { keyPrefix = "", overload, protocol, resend, start, tls } = options
  const prefixProblem = keyPrefixProblem(keyPrefix)
  if (prefixProblem !== undefined) faults.push(invalidOption("keyPrefix", prefixProblem))
  const oneOf = (name: string, value: unknown, allowed: ReadonlyArray<unknown>) => {
    if (value !== undefined && !allowed.includes(value)) {
      faults.push(invalidOption(name, `must be one of ${allowed.join(", ")}`))
    }
  }
  for (const name of ["spans", "queryText", "metrics"] as const) {
    oneOf(`telemetry.${name}`, options.telemetry?.[name], [true, false])
  }
  oneOf("protocol", protocol, [2, 3])
  oneOf("overload", overload, ["suspend", "fail"])
  oneOf("start", start, ["eager", "failFast", "lazy"])
  oneOf("resend", resend, ["readOnly", "idempotent", "lastWriteWins", "accumulating", "never"])
  oneOf("onConnectFailure", options.onConnectFailure, ["fail", "ignore"])
  const connectCommands = (options.onConnect ?? []).map(implOf)
  for (const command of connectCommands) {
    const problem = connectCommandProblem(command)
    if (problem !== undefined) faults.push(invalidOption("onConnect", problem))
  }
  if (typeof tls === "object") {
    oneOf("tls.minVersion", tls.minVersion, TLS_VERSIONS)
    oneOf("tls.maxVersion", tls.maxVersion, TLS_VERSIONS)
  }
  const socket = resolveSocketOptions(options.socket, (name, message) => faults.push(invalidOption(name, message)))
  const resolved: ResolvedOptions = {
    limits: {
      maxInFlight: count("maxInFlight", options.maxInFlight, 16_384),
      maxInFlightBytes: count("maxInFlightBytes", options.maxInFlightBytes, 256 * MIB),
      overload: overload ?? "suspend",
      silence: millis("silence", options.silence, 2000),
      probeTimeout: millis("probeTimeout", options.probeTimeout, 1000),
      connectTimeout: millis("connectTimeout", options.connectTimeout, 5000),
      closeTimeout: millis("closeTimeout", options.closeTimeout, 1000)
    },
    profile: {
      handshake: {
        protocol,
        clientName: options.clientName,
        database
      },
      credentials: credentials ?? (password === undefined ? undefined : Credentials.fixed({ username, password })),
      tls: tls === true ? {} : tls === false ? undefined : tls,
      socket,
      onConnect:
        connectCommands.length === 0
          ? undefined
          : { commands: connectCommands, onFailure: options.onConnectFailure ?? "fail" }
    },
    engine: {
      deadline: millis("commandTimeout", options.commandTimeout, 10_000),
      resend: resend ?? "readOnly",
      policies: { ...defaults, ...policies },
      onOrphan: onOrphan ?? logOrphan
    },
    pool: {
      min: count("pool.min", pool.min, 0, 0),
      max: maxPooled,
      idleTimeout: millis("pool.idleTimeout", pool.idleTimeout, 30_000),
      maxAge: millis("pool.maxAge", pool.maxAge, Number.POSITIVE_INFINITY),
      checkAfter: millis("pool.checkAfter", pool.checkAfter, 5000),
      acquireTimeout: millis("pool.acquireTimeout", pool.acquireTimeout, Number.POSITIVE_INFINITY)
    },
    start: start ?? "eager",
    keyPrefix,
    telemetry: telemetryProfile(options.telemetry, database ?? 0)
  }
  if (resolved.pool.min > maxPooled) faults.push(invalidOption("pool.min", "must not be above pool.max"))
  const [fault] = faults
  return fault === undefined ? Result.succeed(resolved) : Result.fail(fault)
}
