/** Integers and floating-point numbers at the edges of what JavaScript and the servers can hold. */
import { assert, layer } from "@effect/vitest"
import { Command } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { clientOf, failing, isError } from "../support/client.ts"
import { leavesNothing } from "../support/resources.ts"

const MAX_SAFE = 2n ** 53n - 1n
const MAX_INT64 = 2n ** 63n - 1n
const MIN_INT64 = -(2n ** 63n)

layer(RedisServer.layer(), { excludeTestServices: true })("Numbers on a live server", (it) => {
  for (const protocol of [3, 2] as const) {
    it.effect(`are exact as bigint up to 2^63 and as number up to 2^53, and never rounded (RESP${protocol})`, () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer
          const redis = yield* clientOf(server, { protocol })
          yield* redis.flushAll()
          const add = (increment: bigint) => redis.run(Command.asBigInt(Command.incrBy("n", increment)))
          assert.strictEqual(yield* add(MAX_SAFE), MAX_SAFE)
          assert.strictEqual(yield* redis.incrBy("n", 0), Number.MAX_SAFE_INTEGER)
          const error = isError(yield* failing(redis.incr("n")), "Decode", "Executed")
          assert.strictEqual(error.command, "INCR")
          // The server did add 1, and the connection goes on.
          assert.strictEqual(yield* redis.get("n"), String(MAX_SAFE + 1n))
          assert.strictEqual(yield* add(MAX_INT64 - MAX_SAFE - 1n), MAX_INT64)
          isError(yield* failing(add(1n)), "ServerReply", "Refused")
          assert.strictEqual(yield* add(-1n), MAX_INT64 - 1n)
          yield* redis.set("n", MIN_INT64)
          assert.strictEqual(yield* add(0n), MIN_INT64)
          assert.strictEqual(yield* redis.run(Command.asBigInt(Command.decrBy("n", -1n))), MIN_INT64 + 1n)
          yield* redis.hSet("h", "f", MAX_INT64)
          assert.strictEqual(yield* redis.run(Command.asBigInt(Command.hIncrBy("h", "f", -1n))), MAX_INT64 - 1n)
          isError(yield* failing(redis.hIncrBy("h", "f", 1)), "Decode", "Executed")
        })
      )
    )

    it.effect(`beyond 2^53 in one place of a pipeline leave its other results as they are (RESP${protocol})`, () =>
      leavesNothing(
        Effect.gen(function* () {
          const redis = yield* clientOf(yield* RedisServer, { protocol })
          yield* redis.set("n", MAX_INT64)
          const batch = [Command.set("a", "1"), Command.incrBy("n", -1), Command.get("a")] as const
          const [set, far, got] = yield* redis.pipeline(batch, { mode: "result" })
          assert.deepInclude(set, { _tag: "Success", success: true })
          assert.strictEqual(far._tag, "Failure")
          if (far._tag === "Failure") assert.strictEqual(isError(far.failure, "Decode", "Executed").index, 1)
          assert.deepInclude(got, { _tag: "Success", success: "1" })
        })
      )
    )

    it.effect(`with a fraction keep all their digits (RESP${protocol})`, () =>
      leavesNothing(
        Effect.gen(function* () {
          const redis = yield* clientOf(yield* RedisServer, { protocol })
          for (const value of [0.1, -1e-10, 1.7976931348623157e308, 3.5, -0.25]) {
            yield* redis.del(["f", "h"])
            assert.closeTo(yield* redis.incrByFloat("f", value), value, Math.abs(value) * 1e-15)
            yield* redis.set("text", value)
            assert.strictEqual(Number(yield* redis.get("text")), value)
          }
          isError(yield* failing(redis.incrByFloat("f", Number.POSITIVE_INFINITY)), "ServerReply", "Refused")
          isError(yield* failing(redis.incrByFloat("f", Number.NaN)), "InvalidArgument", "NotSent")
        })
      )
    )
  }
})
