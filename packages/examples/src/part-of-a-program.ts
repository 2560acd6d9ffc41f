/** Other options for a part of a program: a deadline that fits it, and writes that may be sent again because they are idempotent here. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Redis, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Layer } from "effect"

const withOptions = (options: Parameters<typeof Redis.withOptions>[1]) =>
  Effect.updateService(Redis, Redis.withOptions(options))

/** Knows nothing of deadlines. */
const page = Effect.gen(function* () {
  const redis = yield* Redis
  return yield* redis.get("page")
})

const program = Effect.gen(function* () {
  const server = yield* RedisServer
  const redis = yield* Redis
  yield* redis.set("page", "cached")
  yield* Console.log(yield* page.pipe(withOptions({ deadline: "1 second" })))

  // A pipeline takes the same options.
  const [length] = yield* redis.pipeline([Command.append("page", " page")], { retry: "never", deadline: "2 seconds" })
  yield* Console.log(`${length} characters`)

  yield* server.freeze
  yield* page.pipe(
    withOptions({ deadline: "200 millis" }),
    Effect.catchReason("RedisError", "Timeout", ({ phase, queueDepth }) =>
      Effect.succeed(`rendered without the cache: ${phase}, ${queueDepth} waiting`)
    ),
    Effect.flatMap(Console.log)
  )
  yield* server.thaw
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url })))

program.pipe(Effect.provide(Layer.provideMerge(live, RedisServer.layer())), NodeRuntime.runMain)
