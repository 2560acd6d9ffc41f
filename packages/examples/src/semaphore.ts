/**
 * A semaphore: no more than three at once, in all processes that use its name.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { RedisLive, RedisSemaphore } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Layer } from "effect"

const exports = RedisSemaphore.make("exports", { permits: 3, ttl: "10 seconds" })

const program = Effect.gen(function* () {
  let running = 0
  let most = 0
  const job = exports.withPermit(
    Effect.gen(function* () {
      most = Math.max(most, ++running)
      yield* Effect.sleep("5 millis")
      running--
    })
  )
  yield* Effect.all(
    Array.from({ length: 20 }, () => job),
    { concurrency: "unbounded" }
  )
  yield* Console.log(`at most ${most} of 20 at once`)
  yield* Console.log(`held now: ${yield* exports.held}`)

  // Held for a scope, and asked for without waiting.
  yield* Effect.scoped(
    Effect.gen(function* () {
      for (let n = 0; n < exports.permits; n++) yield* exports.acquire
      const another = yield* exports.tryAcquire
      yield* Console.log(`without a permit: ${another === undefined ? "busy" : "free"}`)
    })
  )
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url })))

program.pipe(Effect.provide(Layer.provide(live, RedisServer.layer())), NodeRuntime.runMain)
