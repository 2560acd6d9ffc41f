/**
 * What a program looks like: typed commands, a retry of one's own, a pipeline over several nodes, a transaction in one slot, one
 * failure picked out. Only the address differs from run to run.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Redis, RedisClusterLive, RedisError } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import { Console, Effect, Layer, Schedule } from "effect"

export const program = Effect.gen(function* () {
  const redis = yield* Redis
  yield* redis.set("user:1", "Ada", { expiry: "1 hour", condition: "NX" })
  const name = yield* redis
    .get("user:1") // string | undefined
    .pipe(Effect.retry({ while: RedisError.isSafeToRetry, schedule: Schedule.exponential("50 millis"), times: 5 }))
  const [hits, tags] = yield* redis.pipeline([
    // typed by position (or by field), across slots and nodes
    Command.incr("hits"),
    Command.sMembers("tags:1")
  ])
  yield* redis.transaction([
    // MULTI/EXEC, one slot, checked before sending
    Command.lPush("{q}:busy", "job"),
    Command.incr("{q}:count")
  ])
  yield* Console.log(`${name}: ${hits} hit, ${tags.length} tags`)
}).pipe(Effect.catchReason("RedisError", "CrossSlot", (r) => Effect.logError("slots", r.slots)))

const servers = ClusterServers.layer({ primaries: 3, replicasPerPrimary: 0 })
const live = Layer.unwrap(ClusterServers.useSync(({ seeds }) => RedisClusterLive({ nodes: seeds })))

program.pipe(Effect.provide(Layer.provide(live, servers)), NodeRuntime.runMain)
