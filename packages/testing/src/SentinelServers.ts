/**
 * A real primary with replicas and the sentinels that watch them, for a test of failover without a cluster.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { findBinary } from "./Binary.ts"
import { makeSentinels } from "./internal/sentinel.ts"
import type { AclUser, ServerControls, ServerOptions } from "./ServerControls.ts"
import { ServerError } from "./ServerError.ts"

/**
 * Options of a service that sentinels watch. What `ServerOptions` says of `requirepass`, `users`, `unixSocket` and `config`
 * holds for the servers; sentinels have their own. `tls` is for all.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelServersOptions extends ServerOptions {
  /** Replicas of the one primary. Default 2. */
  readonly replicas?: number | undefined
  /** Default 3. */
  readonly sentinels?: number | undefined
  /** The name under which sentinels know the primary: letters, digits and `.-_`. Default `mymaster`. */
  readonly service?: string | undefined
  /** How many sentinels must see the primary down. Default: the majority. */
  readonly quorum?: number | undefined
  /** Silence after which a sentinel takes a server for down (`down-after-milliseconds`). Default 500 milliseconds. */
  readonly downAfter?: Duration.Input | undefined
  /** `failover-timeout`; a failover that came to nothing is tried again after twice as long. Default 3 seconds. */
  readonly failoverTimeout?: Duration.Input | undefined
  /** Keep an append-only log. Default `true`. */
  readonly appendonly?: boolean | undefined
  /** Password of the sentinels' own default user. Default: none. */
  readonly sentinelPassword?: string | undefined
  /** Further ACL users of the sentinels. Default: none. */
  readonly sentinelUsers?: ReadonlyArray<AclUser> | undefined
  /** Further lines of the sentinels' configuration files. */
  readonly sentinelConfig?: ReadonlyArray<string> | undefined
  /**
   * Let sentinels ask and tell several times a second instead of every 1 to 10 seconds (SENTINEL DEBUG, Redis 7.0): they are
   * ready within 2 seconds, and a returned primary is made a replica after about 2 seconds instead of 10. Default `true`;
   * `false` keeps the servers' own periods.
   */
  readonly quick?: boolean | undefined
}

/**
 * A server that the sentinels watch.
 *
 * @category models
 * @since 0.1.0
 */
export interface WatchedServer extends ServerControls {
  /** `server-0`, `server-1` …: the first one started as the primary. */
  readonly name: string
  /** What the server itself says that it is at this moment (ROLE). */
  readonly role: Effect.Effect<"primary" | "replica", ServerError>
}

/**
 * A sentinel.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelNode extends ServerControls {
  /** `sentinel-0`, `sentinel-1` … */
  readonly name: string
  /** SENTINEL MYID, the same over restarts. */
  readonly id: string
}

/**
 * A server or another sentinel as a sentinel describes it.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelMember {
  readonly port: number
  /** As sentinels write them: `slave`, `sentinel`, `s_down`, `o_down`, `disconnected` … */
  readonly flags: ReadonlyArray<string>
  /** Whom a replica follows; `undefined` for a sentinel. */
  readonly primaryPort: number | undefined
  /** Whether a replica's link to its primary is up; `undefined` for a sentinel. */
  readonly linked: boolean | undefined
}

/**
 * What one sentinel believes of the service.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelView {
  /** Port of the sentinel that was asked; all nodes of a harness listen on 127.0.0.1. */
  readonly port: number
  readonly primaryPort: number
  /** Grows with each failover; among differing views the highest is the newest. */
  readonly configEpoch: number
  readonly primaryFlags: ReadonlyArray<string>
  readonly replicas: ReadonlyArray<SentinelMember>
  readonly sentinels: ReadonlyArray<SentinelMember>
}

/**
 * The service and what a test can do with it. Every control returns when it is done and fails with `ServerError` if that takes
 * longer than the option `timeout`.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelControls {
  /** The name of the service. */
  readonly service: string
  /** All servers, dead ones too: first the one that started as the primary. */
  readonly servers: ReadonlyArray<WatchedServer>
  readonly sentinels: ReadonlyArray<SentinelNode>
  /** URLs of all sentinels, for a client's list of them. */
  readonly seeds: ReadonlyArray<string>
  /** The primary according to the running sentinel with the highest configuration epoch. */
  readonly primary: Effect.Effect<WatchedServer, ServerError>
  /** The running servers that, by their own account, are replicas. */
  readonly replicas: Effect.Effect<ReadonlyArray<WatchedServer>, ServerError>
  /** What each running sentinel believes, in the order of `sentinels`. */
  readonly views: Effect.Effect<ReadonlyArray<SentinelView>, ServerError>
  /**
   * Waits until exactly one running server is a primary, all others are linked to it and listed by it as online with a lag of
   * at most one second, and every running sentinel reports this primary, all these replicas and all other running sentinels,
   * with nobody down. After a kill this waits for the promotion; after a restart also for the demotion of the returned primary.
   */
  readonly awaitStable: Effect.Effect<void, ServerError>
  /**
   * SENTINEL FAILOVER: promotes a replica without asking the other sentinels; returns once it is the primary and every running
   * sentinel says so. The old primary follows it a moment later (`awaitStable`).
   */
  readonly failover: Effect.Effect<void, ServerError>
  readonly kill: (node: WatchedServer | SentinelNode) => Effect.Effect<void, ServerError>
  readonly freeze: (node: WatchedServer | SentinelNode) => Effect.Effect<void, ServerError>
  readonly thaw: (node: WatchedServer | SentinelNode) => Effect.Effect<void, ServerError>
  /** Starts a node again with its port and folder; `awaitStable` then waits until it has found its place. */
  readonly restart: (node: WatchedServer | SentinelNode) => Effect.Effect<void, ServerError>
  /** Stops and starts all sentinels at once; those that were dead are started too. */
  readonly restartSentinels: Effect.Effect<void, ServerError>
}

const DEFAULT_REPLICAS = 2
const DEFAULT_SENTINELS = 3
const DEFAULT_SERVICE = "mymaster"
/** What sentinels accept as a name (`sentinel monitor`). */
const SERVICE_NAME = /^[\w.-]+$/
/** SENTINEL DEBUG, and the append-only log in several files, came with 7.0. */
const OLDEST_MAJOR = 7

const invalid = (detail: string): ServerError =>
  new ServerError({ reason: "InvalidOption", action: "start servers and sentinels", detail, log: "" })

const make = Effect.fnUntraced(function* (
  options: SentinelServersOptions = {}
): Effect.fn.Return<SentinelControls, ServerError, Scope.Scope> {
  const { replicas = DEFAULT_REPLICAS, sentinels = DEFAULT_SENTINELS, service = DEFAULT_SERVICE } = options
  const quorum = options.quorum ?? Math.floor(sentinels / 2) + 1
  if (!Number.isInteger(replicas) || replicas < 0) return yield* invalid(`replicas is ${replicas}`)
  if (!Number.isInteger(sentinels) || sentinels < 1) return yield* invalid(`sentinels is ${sentinels}`)
  if (!Number.isInteger(quorum) || quorum < 1) return yield* invalid(`quorum is ${quorum}`)
  if (!SERVICE_NAME.test(service)) return yield* invalid(`${JSON.stringify(service)} cannot be the name of a service`)
  const program = yield* findBinary(options)
  if (program.major < OLDEST_MAJOR) {
    return yield* invalid(`${program.path} is version ${program.version}; 7.0 is the oldest that works`)
  }
  return yield* makeSentinels(program, { ...options, replicas, sentinels, service, quorum })
})

/**
 * Running servers with their sentinels, and their controls.
 *
 * **Details**
 *
 * `SentinelServers.layer(options)` starts them (about 2 seconds); they are ready in the sense of `awaitStable`. A dead primary
 * is replaced after `downAfter` and one to two seconds more. Waits use real time, also under `TestClock`.
 *
 * **Example** (A failover in a test)
 *
 * ```ts
 * import { assert, layer } from "@effect/vitest"
 * import { SentinelServers } from "@reef-redis/testing"
 * import { Effect } from "effect"
 *
 * layer(SentinelServers.layer({ replicas: 2, sentinels: 3 }), { timeout: "60 seconds" })("with sentinels", (it) => {
 *   it.effect("survives the death of the primary", () =>
 *     Effect.gen(function*() {
 *       const service = yield* SentinelServers
 *       const victim = yield* service.primary
 *       yield* service.kill(victim)
 *       yield* service.awaitStable
 *       assert.notStrictEqual((yield* service.primary).port, victim.port)
 *     }), 60_000)
 * })
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class SentinelServers extends Context.Service<SentinelServers, SentinelControls>()(
  "@reef-redis/testing/SentinelServers"
) {
  /** Starts servers and sentinels that live as long as the scope. */
  static readonly make: (
    options?: SentinelServersOptions
  ) => Effect.Effect<SentinelControls, ServerError, Scope.Scope> = make
  /** Starts servers and sentinels that live as long as the layer. Each call is a group of its own. */
  static readonly layer = (options?: SentinelServersOptions): Layer.Layer<SentinelServers, ServerError> =>
    Layer.effect(SentinelServers, make(options))
}
