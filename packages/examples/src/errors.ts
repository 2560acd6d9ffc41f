/**
 * One error, `RedisError`: its `reason` says why, `execution` what may have happened on the server, `transient` whether a later try may
 * succeed. Three ways to handle it.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Redis, RedisError, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Layer } from "effect"

const program = Effect.gen(function* () {
  const redis = yield* Redis
  yield* redis.set("name", "Ada")

  // One reason; every other stays a RedisError.
  yield* redis
    .incr("name")
    .pipe(
      Effect.catchReason("RedisError", "ServerReply", (reason, error) =>
        Console.log(`${error.command}: ${reason.message} (${error.execution})`)
      )
    )

  // The reasons as a flat union, for catchTags.
  yield* redis.lPush("name", "x").pipe(
    Effect.unwrapReason("RedisError"),
    Effect.catchTags({
      WrongType: (reason) => Console.log(reason.message),
      OutOfMemory: () => Console.log("the server is full"),
      NoPermission: () => Console.log("the user may not")
    })
  )

  // The whole error, for what does not depend on the reason.
  yield* redis
    .set("number", Number.NaN)
    .pipe(
      Effect.catchTag("RedisError", (error) =>
        Console.log(`${error.reason._tag}, ${error.execution}, safe to retry: ${RedisError.isSafeToRetry(error)}`)
      )
    )
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url })))

program.pipe(Effect.provide(Layer.provide(live, RedisServer.layer())), NodeRuntime.runMain)
