/**
 * Reads from replicas: for a client, a part of a program, and single calls. The servers' own statistics tell who has answered.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Redis, RedisCluster, RedisClusterLive } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import { Console, Effect, Layer, Schedule } from "effect"

/** How many GETs each kind of node has run since the last time. */
const answered = Effect.gen(function* () {
  const { adminAll, nodes } = yield* ClusterServers
  const counts = { primary: 0, replica: 0 }
  for (const node of nodes) {
    const stats = String(yield* node.admin(["INFO", "commandstats"]))
    counts[yield* node.role] += Number(/cmdstat_get:calls=(\d+)/.exec(stats)?.[1] ?? 0)
  }
  yield* adminAll(["CONFIG", "RESETSTAT"])
  return `${counts.primary} by primaries, ${counts.replica} by replicas`
})

/** Servers tell of a new replica a little later than they have it. */
const allReplicasKnown = Effect.gen(function* () {
  const { refresh } = yield* RedisCluster
  yield* Effect.repeat(refresh, {
    until: ({ replicas }) => replicas.length === 3,
    schedule: Schedule.spaced("100 millis")
  })
})

const program = Effect.gen(function* () {
  const redis = yield* Redis
  const { nodes } = yield* ClusterServers
  const keys = Array.from({ length: 30 }, (_, n) => `page:${n}`)
  const readAll = (client: typeof redis) => Effect.forEach(keys, (key) => client.get(key), { concurrency: "unbounded" })

  yield* redis.pipeline(keys.map((key) => Command.set(key, "text")))
  yield* allReplicasKnown
  yield* answered

  yield* readAll(redis)
  yield* Console.log(`the client: ${yield* answered}`)

  yield* readAll(redis.withOptions({ readFrom: "primary" }))
  yield* Console.log(`a part of the program: ${yield* answered}`)

  yield* redis.run(Command.get("page:7"), { readFrom: "primary" })
  yield* redis.pipeline([Command.get("page:7"), Command.get("page:8")], { readFrom: "replica" })
  yield* Console.log(`single calls: ${yield* answered}`)

  // A function of your own: GET from the primary, all other reads from replicas.
  const own = redis.withOptions({
    readFrom: (candidates, { command }) =>
      candidates.filter(({ role }) => role === (command === "GET" ? "primary" : "replica"))
  })
  yield* readAll(own)
  yield* own.exists(["page:7"])
  yield* Console.log(`with a function: ${yield* answered}`)

  // Killed replicas cost readers nothing.
  yield* Effect.forEach(nodes, (node) =>
    Effect.flatMap(node.role, (role) => (role === "replica" ? node.kill : Effect.void))
  )
  yield* readAll(redis)
  yield* Console.log("without replicas: all read")
})

const servers = ClusterServers.layer({ primaries: 3 })
const live = Layer.unwrap(
  ClusterServers.useSync(({ seeds }) => RedisClusterLive({ nodes: seeds, readFrom: "preferReplica" }))
)

program.pipe(Effect.provide(Layer.provideMerge(live, servers)), NodeRuntime.runMain)
