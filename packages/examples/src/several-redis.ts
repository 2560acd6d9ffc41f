/**
 * Several Redis in one program: each under a tag of its own, with its own options.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { NodeTransport, Redis, type RedisService } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Context, Effect, Layer } from "effect"

class CacheRedis extends Context.Service<CacheRedis, RedisService>()("CacheRedis") {}
class JobsRedis extends Context.Service<JobsRedis, RedisService>()("JobsRedis") {}

const program = Effect.gen(function* () {
  const cache = yield* CacheRedis
  const jobs = yield* JobsRedis
  yield* cache.set("page", "<html>")
  yield* jobs.rPush("mail", "welcome")
  yield* Console.log(`cache: ${yield* cache.keys("*")}, jobs: ${yield* jobs.keys("*")}`)
})

// Two databases of one server stand in for two servers.
const live = Layer.unwrap(
  RedisServer.useSync(({ url }) =>
    Layer.mergeAll(
      Redis.layerFor(CacheRedis, { url, database: 0, commandTimeout: "100 millis" }),
      Redis.layerFor(JobsRedis, { url, database: 1 })
    )
  )
).pipe(Layer.provide([NodeTransport.layer, RedisServer.layer()]))

program.pipe(Effect.provide(live), NodeRuntime.runMain)
