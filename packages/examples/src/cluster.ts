/**
 * A cluster: the same `Redis`, and `RedisCluster` for what only a cluster has. One seed is enough; the rest is learnt.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Redis, RedisCluster, RedisClusterLive } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import { Console, Effect, Layer, SubscriptionRef } from "effect"

const program = Effect.gen(function* () {
  const redis = yield* Redis
  const cluster = yield* RedisCluster

  const topology = yield* SubscriptionRef.get(cluster.topology)
  yield* Console.log(`${topology.primaries.length} primaries, ${topology.covered} slots`)

  // Each command goes to the node of its slot; a pipeline to all of them at once.
  const keys = ["red", "green", "blue"]
  yield* redis.pipeline(keys.map((key) => Command.set(key, key.length)))
  const lengths = yield* redis.pipeline(keys.map((key) => Command.get(key)))
  yield* Console.log(`on slots ${keys.map(cluster.slotOf)}: ${lengths}`)

  // A transaction has one slot. Keys with the same {tag} share one; others are refused before anything is sent.
  yield* redis.transaction([Command.incr("{order:7}:lines"), Command.rPush("{order:7}:items", "pencil")])
  yield* redis
    .transaction([Command.incr("red"), Command.incr("green")])
    .pipe(Effect.catchReason("RedisError", "CrossSlot", ({ slots }) => Console.log(`two slots: ${slots}`)))

  // One node by its address.
  const sizes = yield* Effect.forEach(topology.primaries, ({ endpoint }) =>
    endpoint === undefined ? Effect.succeed(0) : cluster.onNode(endpoint).dbSize()
  )
  yield* Console.log(`${sizes.reduce((sum, size) => sum + size, 0)} keys in all`)
})

const servers = ClusterServers.layer({ primaries: 3, replicasPerPrimary: 0 })
const live = Layer.unwrap(ClusterServers.useSync(({ seeds }) => RedisClusterLive({ nodes: seeds.slice(0, 1) })))

program.pipe(Effect.provide(Layer.provide(live, servers)), NodeRuntime.runMain)
