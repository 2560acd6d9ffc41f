/**
 * A client of a Redis or Valkey Cluster. Provides `Redis`, as every kind of client does, and `RedisCluster` for what only a cluster has: its map,
 * and single nodes.
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
import type { Text } from "./command/CommandSpec.ts"
import { prefixKey } from "./command/keyPrefix.ts"
import { makeConnectionPools } from "./connection/ConnectionPools.ts"
import { makeRuntime } from "./connection/ConnectionRuntime.ts"
import { makeNodeConnections } from "./connection/NodeConnections.ts"
import * as RedisUrl from "./connection/RedisUrl.ts"
import type { Transport } from "./connection/Transport.ts"
import { invalidOption } from "./error/invalidOption.ts"
import { InvalidArgument } from "./error/Reason.ts"
import type { ConnectError } from "./error/RedisError.ts"
import { lazyPubSub } from "./internal/lazyPubSub.ts"
import { fromEngine } from "./internal/service.ts"
import { mergeUrl, Redis, type RedisService, type WithPolicies } from "./Redis.ts"
import { RedisPubSub, type RedisPubSubService } from "./RedisPubSub.ts"
import { apartBy } from "./routing/Blocking.ts"
import { makeClusterRouter } from "./routing/ClusterRouter.ts"
import { type ClusterTopologyService, makeClusterTopology, type TopologyEvent } from "./routing/ClusterTopology.ts"
import { clusterReads, hasReplicaAt } from "./routing/clusterReads.ts"
import { Engine } from "./routing/Engine.ts"
import { makeReadNodes, type ReadNodes } from "./routing/ReadNodes.ts"
import { makeReadRouters } from "./routing/ReadRouter.ts"
import { makeStandaloneRouter } from "./routing/StandaloneRouter.ts"
import { makeClusterHomes } from "./routing/SubscriptionHomes.ts"
import type { AddressRemap, Endpoint } from "./topology/Endpoint.ts"
import { parseEndpoint } from "./topology/Endpoint.ts"
import type { ReadFrom, ReadStrategy } from "./topology/ReadFrom.ts"
import { slotOf } from "./topology/Slot.ts"
import type { Topology } from "./topology/Topology.ts"

/**
 * Options of a cluster client.
 *
 * @category options
 * @since 0.1.0
 */
export interface RedisClusterOptions extends ClientOptions {
  /**
   * Seeds: URLs (with one or several hosts each) or `host:port`. They are kept for ever and asked again when no known node answers. Settings in
   * them (user, password, TLS) hold for all nodes. `redis+srv://_redis._tcp.example.com` (also `rediss+srv`, `valkey+srv`, `valkeys+srv`)
   * names a DNS service (SRV, RFC 2782), which is resolved anew each time.
   */
  readonly nodes: ReadonlyArray<string>
  /** Turns each announced address into the one to dial: applied to every view and redirect. */
  readonly addressRemap?: AddressRemap | undefined
  /** Where commands that only read go (default `primary`); a call or a part of the program may say otherwise. */
  readonly readFrom?: ReadFrom | undefined
  /** The availability zone that the program runs in, for `readFrom: "sameZone"`. */
  readonly zone?: string | undefined
  /** Between checks of the map that nothing has asked for (default 30 s, jittered). */
  readonly checkInterval?: Duration.Input | undefined
}

/**
 * The operations of a cluster beside those of `Redis`.
 *
 * @category models
 * @since 0.1.0
 */
export interface RedisClusterService {
  /** The current map, and each that follows. */
  readonly topology: SubscriptionRef.SubscriptionRef<Topology>
  /** What happened to the map, from now on, with the cause of each refresh. */
  readonly events: Stream.Stream<TopologyEvent>
  /** Ask the cluster for its map now. */
  readonly refresh: Effect.Effect<Topology, ConnectError>
  /** The slot of a key, under the client's key prefix if it has one. */
  readonly slotOf: (key: string | Uint8Array) => number
  /** A client of one node, by its address (`host:port`); it shares the node's connection and does not follow redirects. */
  readonly onNode: (endpoint: Endpoint) => RedisService
}

const DEFAULT_CHECK_INTERVAL = 30_000

type Seeds = readonly [ReadonlyArray<Endpoint>, ReadonlyArray<string>, RedisClusterOptions]

/** What marks the scheme of a URL whose host is the name of a DNS service. */
const SERVICE = /^([a-z]+)\+srv(?=:)/i

/** The seed addresses, and the options with the settings of their URLs under them. */
const readSeeds = (options: RedisClusterOptions): Result.Result<Seeds, ConnectError> => {
  const seeds: Array<Endpoint> = []
  const services: Array<string> = []
  let merged = options
  for (const text of options.nodes) {
    if (!text.includes("://")) {
      const endpoint = parseEndpoint(text)
      if (endpoint === undefined) return Result.fail(invalidOption("nodes", `"${text}" is neither a URL nor host:port`))
      seeds.push(endpoint)
      continue
    }
    const isService = SERVICE.test(text)
    const parsed = RedisUrl.parse(text.replace(SERVICE, "$1"))
    if (Result.isFailure(parsed)) {
      const { detail, part, url } = parsed.failure
      return Result.fail(invalidOption("nodes", `${part} of ${url}: ${detail}`))
    }
    const url = parsed.success
    if (url._tag === "Unix") return Result.fail(invalidOption("nodes", "a cluster is not reached by a Unix socket"))
    if (url.database !== undefined && url.database !== 0) {
      return Result.fail(invalidOption("nodes", "a cluster has database 0 only"))
    }
    if (isService && url.endpoints.some(({ port }) => port !== RedisUrl.DEFAULT_PORT)) {
      return Result.fail(invalidOption("nodes", "a DNS service has no port: its records do"))
    }
    if (isService) services.push(...url.endpoints.map(({ host }) => host))
    else seeds.push(...url.endpoints)
    merged = mergeUrl(url, merged)
  }
  return seeds.length + services.length === 0
    ? Result.fail(invalidOption("nodes", "must name at least one node"))
    : Result.succeed([seeds, services, merged])
}

/**
 * The cluster client.
 *
 * @category services
 * @since 0.1.0
 */
export class RedisCluster extends Context.Service<RedisCluster, RedisClusterService>()(
  "@reef-redis/client/RedisCluster"
) {
  /**
   * A client of a cluster, for as long as the scope lives.
   *
   * @since 0.1.0
   */
  static readonly make = Effect.fnUntraced(function* (
    options: RedisClusterOptions & WithPolicies
  ): Effect.fn.Return<
    { readonly redis: RedisService; readonly cluster: RedisClusterService; readonly pubSub: RedisPubSubService },
    ConnectError,
    Transport | Scope.Scope
  > {
    const [seeds, services, merged] = yield* Effect.fromResult(readSeeds(options))
    const resolved = yield* Effect.fromResult(
      resolveOptions(yield* withCredentials(merged), options.policies, options.onOrphan)
    )
    const checkInterval = Option.getOrUndefined(Duration.fromInput(options.checkInterval ?? DEFAULT_CHECK_INTERVAL))
    if (checkInterval === undefined || !(Duration.toMillis(checkInterval) > 0)) {
      return yield* invalidOption("checkInterval", "must be a duration above zero")
    }
    const { keyPrefix } = resolved
    const underPrefix = keyPrefix === "" ? (key: Text) => key : prefixKey(keyPrefix)
    const { policies } = resolved.engine
    const runtime = yield* makeRuntime(resolved.limits, resolved.telemetry)
    let topology: ClusterTopologyService | undefined
    let reads: ReadNodes | undefined
    const nodes = yield* makeNodeConnections(runtime, resolved.profile, policies.reconnect, {
      onDown: (node, reason) => {
        reads?.onDown(node)
        topology?.request(reason._tag === "ConnectionLost" ? "connection lost" : "connect failure")
      },
      onSilent: (node) => {
        reads?.onSilent(node)
        topology?.request("time-out")
      },
      onUp: (node) => reads?.onUp(node),
      onGone: (node) => reads?.onGone(node)
    })
    topology = yield* makeClusterTopology(runtime, nodes, {
      seeds,
      services,
      remap: options.addressRemap,
      start: resolved.start,
      engine: resolved.engine,
      checkInterval: Duration.toMillis(checkInterval)
    })
    const apart = apartBy(yield* makeConnectionPools(runtime, nodes, resolved.profile, resolved.pool))
    reads = yield* makeReadNodes(runtime, nodes, {
      profile: resolved.profile,
      reconnect: policies.reconnect,
      // What a replica has other nodes have, too: no hurry.
      onLost: () => topology?.request("connection lost", false)
    })
    yield* Effect.forkScoped(
      Stream.runForEach(
        SubscriptionRef.changes(topology.current),
        (map) => reads?.prune(hasReplicaAt(map)) ?? Effect.void
      )
    )
    const primaries = makeClusterRouter(topology, nodes, options.addressRemap)
    const readFrom = makeReadRouters(primaries, clusterReads(topology, reads), reads, options.zone)
    const router = readFrom(options.readFrom ?? "primary")
    if (router instanceof InvalidArgument) return yield* invalidOption("readFrom", router.message)
    const homes = makeClusterHomes(runtime, topology, options.addressRemap)
    return {
      pubSub: yield* lazyPubSub(runtime, nodes, homes, resolved),
      redis: fromEngine(new Engine(runtime, router, resolved.engine, apart), keyPrefix),
      cluster: {
        topology: topology.current,
        events: topology.events,
        refresh: topology.refresh,
        slotOf: (key) => slotOf(underPrefix(key)),
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
   * A client of a cluster as a layer.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    options: RedisClusterOptions & WithPolicies
  ): Layer.Layer<Redis | RedisPubSub | RedisCluster, ConnectError, Transport> =>
    Layer.effectContext(
      Effect.map(RedisCluster.make(options), ({ cluster, pubSub, redis }) =>
        Context.make(Redis, redis).pipe(Context.add(RedisPubSub, pubSub), Context.add(RedisCluster, cluster))
      )
    )

  /**
   * The same with options from configuration. Schedules and functions are none, so they are given beside it.
   *
   * @since 0.1.0
   */
  static readonly layerConfig = (
    options: Config.Wrap<
      Omit<RedisClusterOptions, "addressRemap" | "readFrom"> & { readonly readFrom?: ReadStrategy | undefined }
    >,
    more?: WithPolicies & Pick<RedisClusterOptions, "addressRemap" | "readFrom">
  ): Layer.Layer<Redis | RedisPubSub | RedisCluster, ConnectError | Config.ConfigError, Transport> =>
    Layer.unwrap(Effect.map(Config.unwrap(options), (config) => RedisCluster.layer({ ...config, ...more })))
}
