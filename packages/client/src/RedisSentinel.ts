/**
 * A client of a service that sentinels watch. Provides `Redis`, as every kind of client does, and `RedisSentinel` for what only such a
 * service has: its primary and replicas as they are now, what happened to them, and the sentinels.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { type ClientOptions, resolveOptions, withCredentials } from "./ClientOptions.ts"
import { makeRuntime } from "./connection/ConnectionRuntime.ts"
import { makeLazyPools } from "./connection/lazyPools.ts"
import { makeNodeConnections } from "./connection/NodeConnections.ts"
import { parseSentinelUrl } from "./connection/SentinelUrl.ts"
import type { Transport } from "./connection/Transport.ts"
import { invalidOption } from "./error/invalidOption.ts"
import { InvalidArgument } from "./error/Reason.ts"
import type { ConnectError, RedisError } from "./error/RedisError.ts"
import { lazyPubSub } from "./internal/lazyPubSub.ts"
import { fromEngine } from "./internal/service.ts"
import { mergeUrl, Redis, type RedisService, type WithPolicies } from "./Redis.ts"
import { RedisPubSub, type RedisPubSubService } from "./RedisPubSub.ts"
import { apartBy } from "./routing/apart.ts"
import { Engine } from "./routing/Engine.ts"
import { makeReadNodes, type ReadNodes } from "./routing/ReadNodes.ts"
import { makeReadRouters } from "./routing/ReadRouter.ts"
import {
  type KnownSentinel,
  SentinelDiscovery,
  type SentinelDiscoveryOptions,
  type SentinelDiscoveryService
} from "./routing/SentinelDiscovery.ts"
import { makeSentinelRouter } from "./routing/SentinelRouter.ts"
import { makeSentinelTopology, type SentinelEvent, type SentinelTopology } from "./routing/SentinelTopology.ts"
import { makeStandaloneRouter } from "./routing/StandaloneRouter.ts"
import { makeSentinelHomes } from "./routing/SubscriptionHomes.ts"
import { groupHasReplicaAt, sentinelReads } from "./routing/sentinelReads.ts"
import { type Endpoint, endpointKey } from "./topology/Endpoint.ts"
import type { ReadFrom, ReadStrategy } from "./topology/ReadFrom.ts"
import type { SentinelGroup } from "./topology/SentinelGroup.ts"

/**
 * Options of a client of a service. User, password, TLS and database are those of the servers; what concerns the sentinels has `sentinel` in
 * its name.
 *
 * @category options
 * @since 0.1.0
 */
export interface RedisSentinelOptions extends ClientOptions, Omit<SentinelDiscoveryOptions, "sentinels"> {
  /**
   * `redis+sentinel://user:password@s1:26379,s2:26379/mymaster/0`: hosts and ports of sentinels, service and database; user and password
   * are for the servers. `rediss+sentinel` means TLS for servers and sentinels. Also `valkey+sentinel` and `valkeys+sentinel`. A field
   * given beside it wins over the same setting in the URL.
   */
  readonly url?: string | undefined
  /** As for `SentinelDiscovery`, which is used if there are none here. */
  readonly sentinels?: SentinelDiscoveryOptions["sentinels"] | undefined
  /** The name under which the sentinels know the primary. */
  readonly service?: string | undefined
  /** SELECTed by each connection to a server (default 0). */
  readonly database?: number | undefined
  /** Between checks that nothing has asked for (default 1 s, jittered): they find what no announcement told. */
  readonly checkInterval?: Duration.Input | undefined
  /** Where commands that only read go (default `primary`); a call or a part of the program may say otherwise. */
  readonly readFrom?: ReadFrom | undefined
  /** The availability zone that the program runs in, for `readFrom: "sameZone"`. */
  readonly zone?: string | undefined
}

/**
 * The operations of a service beside those of `Redis`.
 *
 * @category models
 * @since 0.1.0
 */
export interface RedisSentinelService {
  /** The name of the service. */
  readonly service: string
  /** The primary and the replicas now, and each change; `undefined` until sentinels have answered (with `start: "lazy"`). */
  readonly group: SubscriptionRef.SubscriptionRef<SentinelGroup | undefined>
  /** What happened to the service, from now on, and what sentinels announced of it. */
  readonly events: Stream.Stream<SentinelEvent>
  /** Ask the sentinels now. */
  readonly refresh: Effect.Effect<SentinelGroup, RedisError>
  /** The sentinels that are known, the one to ask first in front. */
  readonly sentinels: Effect.Effect<ReadonlyArray<KnownSentinel>>
  /** A client of one server, by its address; it shares the server's connection and asks no sentinel. */
  readonly onNode: (endpoint: Endpoint) => RedisService
}

const DEFAULT_CHECK_INTERVAL = 1000
const DEFAULT_VERIFY_TIMEOUT = 500

type Read = readonly [RedisSentinelOptions, string]

/** The options with the settings of their URL under them, and the service. */
const readUrl = (options: RedisSentinelOptions): Result.Result<Read, ConnectError> => {
  let merged = options
  if (options.url !== undefined) {
    const parsed = parseSentinelUrl(options.url)
    if (Result.isFailure(parsed)) {
      const { detail, part, url } = parsed.failure
      return Result.fail(invalidOption("url", `${part} of ${url}: ${detail}`))
    }
    const url = parsed.success
    merged = {
      ...mergeUrl(url, options),
      service: options.service ?? url.service,
      sentinels: options.sentinels ?? url.endpoints.map(endpointKey),
      sentinelTls: options.sentinelTls ?? (url.tls ? true : undefined)
    }
  }
  const { service } = merged
  return service === undefined || service === ""
    ? Result.fail(invalidOption("service", "must name the service"))
    : Result.succeed([merged, service])
}

const discoveryOf = (
  options: RedisSentinelOptions
): Effect.Effect<SentinelDiscoveryService, ConnectError, Transport | Scope.Scope> =>
  Effect.flatMap(Effect.serviceOption(SentinelDiscovery), (found) => {
    const { sentinels } = options
    if (sentinels !== undefined) return SentinelDiscovery.make({ ...options, sentinels })
    return Option.isSome(found)
      ? Effect.succeed(found.value)
      : Effect.fail(invalidOption("sentinels", "must be given, or a SentinelDiscovery provided"))
  })

/**
 * The client of a service that sentinels watch.
 *
 * @category services
 * @since 0.1.0
 */
export class RedisSentinel extends Context.Service<RedisSentinel, RedisSentinelService>()(
  "@reef-redis/client/RedisSentinel"
) {
  /**
   * A client of a service, for as long as the scope lives. Without sentinels among the options the `SentinelDiscovery` of the context is
   * used.
   *
   * @since 0.1.0
   */
  static readonly make = Effect.fnUntraced(function* (
    options: RedisSentinelOptions & WithPolicies
  ): Effect.fn.Return<
    { readonly redis: RedisService; readonly pubSub: RedisPubSubService; readonly sentinel: RedisSentinelService },
    ConnectError,
    Transport | Scope.Scope
  > {
    const [merged, service] = yield* Effect.fromResult(readUrl(options))
    const resolved = yield* Effect.fromResult(
      resolveOptions(yield* withCredentials(merged), options.policies, options.onOrphan)
    )
    const checkInterval = Option.getOrUndefined(Duration.fromInput(options.checkInterval ?? DEFAULT_CHECK_INTERVAL))
    if (checkInterval === undefined || !(Duration.toMillis(checkInterval) > 0)) {
      return yield* invalidOption("checkInterval", "must be a duration above zero")
    }
    const discovery = yield* discoveryOf(merged)
    // Replicas that answer -REDIRECT serve no reads; who the primary is, sentinels tell.
    const profile = { ...resolved.profile, handshake: { ...resolved.profile.handshake, redirects: false } }
    const runtime = yield* makeRuntime(resolved.limits, resolved.telemetry)
    const { reconnect } = resolved.engine.policies
    let topology: SentinelTopology | undefined
    let reads: ReadNodes | undefined
    const nodes = yield* makeNodeConnections(runtime, profile, reconnect, {
      onDown: (node, reason) => {
        reads?.onDown(node)
        topology?.onDown(node, reason)
      },
      onSilent: (node) => {
        reads?.onSilent(node)
        topology?.onSilent(node)
      },
      onUp: (node) => reads?.onUp(node),
      onGone: (node) => reads?.onGone(node)
    })
    const pools = yield* makeLazyPools(runtime, nodes, profile, resolved.pool)
    const made = yield* makeSentinelTopology(runtime, nodes, pools, discovery, {
      service,
      start: resolved.start,
      engine: resolved.engine,
      checkInterval: Duration.toMillis(checkInterval),
      verifyTimeout: DEFAULT_VERIFY_TIMEOUT
    })
    topology = made.topology
    // Which replicas there are is looked after anyway, often enough.
    reads = yield* makeReadNodes(runtime, nodes, { profile, reconnect, onLost: () => {} })
    yield* Effect.forkScoped(
      Stream.runForEach(
        SubscriptionRef.changes(topology.current),
        (group) => reads?.prune(groupHasReplicaAt(group)) ?? Effect.void
      )
    )
    const readFrom = makeReadRouters(
      makeSentinelRouter(topology, nodes),
      sentinelReads(topology, reads),
      reads,
      options.zone
    )
    const router = readFrom(options.readFrom ?? "primary")
    if (router instanceof InvalidArgument) return yield* invalidOption("readFrom", router.message)
    yield* made.start
    const apart = apartBy(pools)
    const { keyPrefix } = resolved
    return {
      pubSub: yield* lazyPubSub(runtime, nodes, makeSentinelHomes(runtime, topology), { ...resolved, profile }),
      redis: fromEngine(new Engine(runtime, router, resolved.engine, apart), keyPrefix),
      sentinel: {
        service,
        group: topology.current,
        events: topology.events,
        refresh: topology.refresh,
        sentinels: discovery.sentinels,
        onNode: (endpoint) =>
          fromEngine(
            new Engine(
              runtime,
              makeStandaloneRouter(() => nodes.at(endpoint), nodes),
              resolved.engine,
              apart
            ),
            keyPrefix
          )
      }
    }
  })

  /**
   * A client of a service as a layer.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    options: RedisSentinelOptions & WithPolicies
  ): Layer.Layer<Redis | RedisPubSub | RedisSentinel, ConnectError, Transport> =>
    Layer.effectContext(
      Effect.map(RedisSentinel.make(options), ({ pubSub, redis, sentinel }) =>
        Context.make(Redis, redis).pipe(Context.add(RedisPubSub, pubSub), Context.add(RedisSentinel, sentinel))
      )
    )

  /**
   * The same with options from configuration. Schedules and functions are none, so they are given beside it.
   *
   * @since 0.1.0
   */
  static readonly layerConfig = (
    options: Config.Wrap<
      Omit<RedisSentinelOptions, "addressRemap" | "readFrom"> & { readonly readFrom?: ReadStrategy | undefined }
    >,
    more?: WithPolicies & Pick<RedisSentinelOptions, "addressRemap" | "readFrom">
  ): Layer.Layer<Redis | RedisPubSub | RedisSentinel, ConnectError | Config.ConfigError, Transport> =>
    Layer.unwrap(Effect.map(Config.unwrap(options), (config) => RedisSentinel.layer({ ...config, ...more })))
}
