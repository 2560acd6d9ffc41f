/**
 * A TCP proxy of the test process itself that does to connections what networks and dying servers do, when a rule says so.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { ClusterServers } from "./ClusterServers.ts"
import type { FaultRule, RuleCounters, Upstream } from "./Fault.ts"
import { makeProxy } from "./internal/proxy/proxy.ts"
import { RedisServer } from "./RedisServer.ts"
import { SentinelServers } from "./SentinelServers.ts"
import type { ServerError } from "./ServerError.ts"

/**
 * Options of a proxy.
 *
 * @category models
 * @since 0.1.0
 */
export interface FaultProxyOptions {
  /** The servers to stand before; each gets a local port of its own. Any server of this package is an `Upstream`. */
  readonly upstreams: ReadonlyArray<ProxiedServer>
  /** Rules in force from the start. */
  readonly rules?: ReadonlyArray<FaultRule> | undefined
  /** Makes jittered delays repeatable. Default 1. */
  readonly seed?: number | undefined
  /** How long `awaitApplied` waits. Default 30 seconds. */
  readonly timeout?: Duration.Input | undefined
}

/**
 * A server behind the proxy: its address and, if `urlOf` shall keep scheme and password, its URL.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProxiedServer extends Upstream {
  readonly url?: string | undefined
}

/**
 * A live connection through the proxy.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProxyConnection {
  /** From 1, in the order of acceptance over all upstreams. */
  readonly number: number
  readonly upstream: Upstream
  readonly state: "open" | "paused" | "halfOpen" | "blackHole"
  /** The client's own port. */
  readonly clientPort: number
  /** The port that the server sees, as in CLIENT LIST; `undefined` before there is a connection to it. */
  readonly upstreamPort: number | undefined
  /** Commands written to the server. */
  readonly commands: number
  /** Those of them whose answer has not been written to the client. */
  readonly outstanding: number
  /** Replies written to the client. */
  readonly replies: number
  readonly pushes: number
  readonly droppedPushes: number
  readonly bytesToServer: number
  readonly bytesToClient: number
  /** Whether something came that is not RESP, such as TLS: it passes, and rules for commands and replies do not see it. */
  readonly opaque: boolean
}

/**
 * Which connections: one by its number, or all for which the function holds.
 *
 * @category models
 * @since 0.1.0
 */
export type ConnectionSelector = number | ((connection: ProxyConnection) => boolean)

/**
 * A rule in force.
 *
 * @category models
 * @since 0.1.0
 */
export interface InstalledRule {
  readonly rule: FaultRule
  /** What it has done so far; also after its removal. */
  readonly counters: Effect.Effect<RuleCounters>
  /** Waits until it has struck so often in all (default once); fails with `Deadline` if it does not. */
  readonly awaitApplied: (times?: number) => Effect.Effect<void, ServerError>
  /** Takes it out of force; what it has begun goes on. */
  readonly remove: Effect.Effect<void>
}

/**
 * A proxy and what a test can do with it.
 *
 * @category models
 * @since 0.1.0
 */
export interface FaultProxyControls {
  /** The addresses that it stands before at this moment. */
  readonly upstreams: ReadonlyArray<Upstream>
  /** Stands before one more address, of a server that joins or moves. Does nothing if it does so already. */
  readonly add: (server: ProxiedServer) => Effect.Effect<void, ServerError>
  /** Where to connect to instead, in the order of `upstreams`. Throws a `RangeError` if the proxy does not stand before it. */
  readonly addressOf: (upstream: Upstream) => Upstream
  /** `redis://` URL of that address, with the scheme and the credentials of the server's own URL. */
  readonly urlOf: (upstream: Upstream) => string
  /** `urlOf` for all upstreams: seeds for a client. */
  readonly urls: ReadonlyArray<string>
  /** `addressOf` for upstreams, any other address unchanged: what a client takes as its `addressRemap`. */
  readonly remap: (address: Upstream) => Upstream
  /** Puts a rule into force until it is removed or healed. Fails with `InvalidOption` if its fault cannot strike where it says. */
  readonly install: (rule: FaultRule) => Effect.Effect<InstalledRule, ServerError>
  /** The same until the scope closes. */
  readonly installScoped: (rule: FaultRule) => Effect.Effect<InstalledRule, ServerError, Scope.Scope>
  /** The rules in force, in the order in which they are asked. */
  readonly rules: Effect.Effect<ReadonlyArray<InstalledRule>>
  /** The live connections. */
  readonly connections: Effect.Effect<ReadonlyArray<ProxyConnection>>
  /** How many connections have been accepted so far. */
  readonly accepted: Effect.Effect<number>
  /** Refuses new connections for one upstream or all (`ECONNREFUSED`), until `accept` or `heal`. */
  readonly refuse: (upstream?: Upstream) => Effect.Effect<void>
  readonly accept: (upstream?: Upstream) => Effect.Effect<void, ServerError>
  /** Stops connections in both directions until `resume` or `heal`; nothing is lost. Gives their number, as the next ones do. */
  readonly pause: (which?: ConnectionSelector) => Effect.Effect<number>
  readonly resume: (which?: ConnectionSelector) => Effect.Effect<number>
  /** Resets connections now (RST). */
  readonly reset: (which?: ConnectionSelector) => Effect.Effect<number>
  /** Ends connections now (FIN). */
  readonly end: (which?: ConnectionSelector) => Effect.Effect<number>
  /** Makes connections fall silent for ever, with their sockets open. */
  readonly halfOpen: (which?: ConnectionSelector) => Effect.Effect<number>
  /**
   * All rules are gone, all ports accept, paused connections go on, and half-open and black-holed ones are reset, as by a peer
   * that does not know them any more.
   */
  readonly heal: Effect.Effect<void, ServerError>
}

const make = (options: FaultProxyOptions): Effect.Effect<FaultProxyControls, ServerError, Scope.Scope> =>
  makeProxy(options)

/**
 * A proxy and its controls.
 *
 * **Details**
 *
 * It listens on 127.0.0.1, in the test process. RESP is forwarded frame by frame: a rule sees whole commands and replies, and a
 * frame leaves when it is complete. Rules act in real time, also under `TestClock`, and can be installed and removed while
 * connections live.
 *
 * **Gotchas**
 *
 * A server that refuses connections shows behind the proxy as one that resets them. Replication and the cluster's own links do
 * not go through it: it stands behind the client's address remapping, and servers know nothing of it.
 *
 * **Example** (A write whose answer is lost)
 *
 * ```ts
 * import { assert, layer } from "@effect/vitest"
 * import { Fault, FaultProxy, RedisServer } from "@reef-redis/testing"
 * import { Effect, Layer } from "effect"
 *
 * layer(FaultProxy.layerServer().pipe(Layer.provideMerge(RedisServer.layer())))("behind a proxy", (it) => {
 *   it.effect("knows that the command was executed", () =>
 *     Effect.gen(function*() {
 *       const proxy = yield* FaultProxy
 *       const rule = yield* proxy.install({ command: "INCR", key: "hits", times: 1, fault: Fault.cutBeforeReply() })
 *       // … let the program under test, connected to `proxy.urls`, run INCR hits …
 *       assert.strictEqual((yield* rule.counters).applied, 0)
 *     }))
 * })
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class FaultProxy extends Context.Service<FaultProxy, FaultProxyControls>()("@reef-redis/testing/FaultProxy") {
  /** Starts a proxy that lives as long as the scope. */
  static readonly make: (options: FaultProxyOptions) => Effect.Effect<FaultProxyControls, ServerError, Scope.Scope> =
    make
  /** Starts a proxy that lives as long as the layer. */
  static readonly layer = (options: FaultProxyOptions): Layer.Layer<FaultProxy, ServerError> =>
    Layer.effect(FaultProxy, make(options))
  /** Starts a proxy before the server in context. */
  static readonly layerServer = (
    options: Omit<FaultProxyOptions, "upstreams"> = {}
  ): Layer.Layer<FaultProxy, ServerError, RedisServer> =>
    Layer.effect(
      FaultProxy,
      RedisServer.use((server) => make({ ...options, upstreams: [server] }))
    )
  /** Starts a proxy before all nodes of the cluster in context. */
  static readonly layerCluster = (
    options: Omit<FaultProxyOptions, "upstreams"> = {}
  ): Layer.Layer<FaultProxy, ServerError, ClusterServers> =>
    Layer.effect(
      FaultProxy,
      ClusterServers.use((cluster) => make({ ...options, upstreams: cluster.nodes }))
    )
  /** Starts a proxy before all servers and sentinels in context, sentinels last. */
  static readonly layerSentinel = (
    options: Omit<FaultProxyOptions, "upstreams"> = {}
  ): Layer.Layer<FaultProxy, ServerError, SentinelServers> =>
    Layer.effect(
      FaultProxy,
      SentinelServers.use(({ sentinels, servers }) => make({ ...options, upstreams: [...servers, ...sentinels] }))
    )
}
