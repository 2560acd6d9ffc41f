/** Cluster clients over the Node transport, the clusters that they are tried on, and what the servers say of them. */
import { layer } from "@effect/vitest"
import {
  type ConnectError,
  NodeTransport,
  RedisCluster,
  type RedisClusterOptions,
  type RedisClusterService,
  type RedisPubSubService,
  type RedisService,
  type TopologyEvent,
  type WithPolicies
} from "@reef-redis/node"
import { type ClusterControls, type ClusterNode, ClusterServers, type ServerControls } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** A block of tests that share a cluster of three primaries with one replica each, unless the options say otherwise. */
export const onCluster = (options: Partial<Parameters<typeof ClusterServers.layer>[0]> = {}) =>
  layer(ClusterServers.layer({ primaries: 3, ...options }), { timeout: "60 seconds", excludeTestServices: true })

export interface ClusterClient {
  readonly redis: RedisService
  readonly cluster: RedisClusterService
  readonly pubSub: RedisPubSubService
  /** What happened to the map, from the first moment after the client was ready. */
  readonly events: Array<TopologyEvent>
}

export type ClusterClientOptions = Partial<RedisClusterOptions> & WithPolicies

/** A cluster client that lives as long as the scope. Its seeds are all nodes of the cluster in context unless given. */
export const clusterClient = (
  options: ClusterClientOptions = {}
): Effect.Effect<ClusterClient, ConnectError, ClusterServers | Scope.Scope> =>
  Effect.gen(function* () {
    const { seeds } = yield* ClusterServers
    const { cluster, pubSub, redis } = yield* Effect.provide(
      RedisCluster.make({ nodes: seeds, ...options }),
      NodeTransport.layer
    )
    const events: Array<TopologyEvent> = []
    yield* Effect.forkScoped(
      Stream.runForEach(cluster.events, (event) => Effect.sync(() => events.push(event))),
      { startImmediately: true }
    )
    return { redis, cluster, pubSub, events }
  })

/** The causes of the refreshes so far, failed ones too. */
export const causesOf = (events: ReadonlyArray<TopologyEvent>): ReadonlyArray<string> =>
  events.flatMap((event) => (event._tag === "Patched" ? [] : [event.cause]))

/** The slots that MOVED corrected so far. */
export const patchedSlots = (events: ReadonlyArray<TopologyEvent>): ReadonlyArray<number> =>
  events.flatMap((event) => (event._tag === "Patched" ? [event.slot] : []))

/** The primaries of the first, second and third part of the slots. */
export const primariesOf = (cluster: ClusterControls) =>
  Effect.all([cluster.primaryOf(0), cluster.primaryOf(8_192), cluster.primaryOf(16_383)])

/** The only replica of a primary. */
export const replicaOf = (cluster: ClusterControls, primary: ClusterNode) =>
  Effect.map(cluster.replicasOf(primary), ([replica]) => replica!)

/** How often all running nodes together ran a command (`get`, `cluster|slots`), their own replication left out. */
export const calls = (nodes: ReadonlyArray<ServerControls>, command: string): Effect.Effect<number> =>
  Effect.map(
    Effect.forEach(nodes, (node) => infoNumber(node, "commandstats", `cmdstat_${command}:calls=`)),
    (counts) => counts.reduce((sum, count) => sum + count, 0)
  )

/** How many connections all running nodes together have accepted so far. */
export const accepted = (nodes: ReadonlyArray<ServerControls>): Effect.Effect<number> =>
  Effect.map(
    Effect.forEach(nodes, (node) => infoNumber(node, "stats", "total_connections_received:")),
    (counts) => counts.reduce((sum, count) => sum + count, 0)
  )

/** How often a node answered with an error of that code. */
export const errorsSaid = (node: ServerControls, code: string): Effect.Effect<number> =>
  infoNumber(node, "errorstats", `errorstat_${code}:count=`)

const infoNumber = (node: ServerControls, section: string, before: string): Effect.Effect<number> =>
  node.admin(["INFO", section]).pipe(
    Effect.map((reply) => {
      const text = String(reply)
      const at = text.indexOf(before)
      return at === -1 ? 0 : Number.parseInt(text.slice(at + before.length), 10)
    }),
    Effect.orDie
  )
