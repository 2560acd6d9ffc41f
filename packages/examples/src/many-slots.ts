/**
 * Commands of many slots and of many nodes: what is split by slot, what runs on all nodes, what one node says by itself, and how a failure
 * of some parts tells of each.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Redis, RedisCluster, RedisClusterLive } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import { Console, Effect, Layer, Result } from "effect"

const keys = ["red", "green", "blue"]

const program = Effect.gen(function* () {
  const redis = yield* Redis
  const cluster = yield* RedisCluster

  // The keys are of three slots on three nodes: one MSET and one MGET for each slot, the values in the order that was asked for.
  yield* redis.mSet({ red: 1, green: 2, blue: 3 })
  yield* Console.log(`values ${yield* redis.mGet(keys)}`)

  // What speaks of all data runs on all primaries.
  yield* Console.log(`${yield* redis.dbSize()} keys: ${(yield* redis.keys("*")).sort()}`)

  // One result for each node.
  const sizes = yield* cluster.onEach("primaries", Command.dbSize())
  const counts = [...sizes.values()].map((size) => (Result.isSuccess(size) ? size.success : size.failure.reason._tag))
  yield* Console.log(`by node: ${counts.sort()}`)

  // The node of a key.
  const there = cluster.onNode({ key: "red" })
  yield* Console.log(`on the node of red: ${(yield* there.keys("*")).sort()}`)

  // Two of the nodes have no memory to spare: their parts are refused, the other one is done.
  yield* redis.configSet("maxmemory", "1")
  const node = cluster.nodeOf("red")?.endpoint
  if (node !== undefined) yield* cluster.onNode(node).configSet("maxmemory", "0")
  yield* redis
    .mSet({ red: 4, green: 5, blue: 6 })
    .pipe(
      Effect.catchReason("RedisError", "PartialFailure", ({ parts }) =>
        Effect.forEach(parts, (part) =>
          Console.log(
            `${part.keys?.map((at) => keys[at])}: ${part.execution}${part.reason ? `, ${part.reason._tag}` : ""}`
          )
        )
      )
    )
})

const live = Layer.unwrap(ClusterServers.useSync(({ seeds }) => RedisClusterLive({ nodes: seeds })))

program.pipe(
  Effect.provide(Layer.provideMerge(live, ClusterServers.layer({ primaries: 3, replicasPerPrimary: 0 }))),
  NodeRuntime.runMain
)
