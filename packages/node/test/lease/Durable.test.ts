import { assert, layer } from "@effect/vitest"
import { Command } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { clientOf, eventually, failing, isError, start } from "../support/client.ts"
import { leavesNothing } from "../support/resources.ts"

layer(RedisServer.layer({ config: ["repl-diskless-sync-delay 0"] }), { excludeTestServices: true })(
  "A durable write",
  (it) => {
    const withReplica = Effect.gen(function* () {
      const primary = yield* RedisServer
      const replica = yield* RedisServer.make()
      yield* replica.admin(["REPLICAOF", primary.host, String(primary.port)])
      yield* eventually(
        "the replica is online",
        Effect.map(Effect.orDie(primary.admin(["INFO", "replication"])), (info) => /state=online/.test(String(info)))
      )
      return { primary, replica }
    })

    it.effect("gives the write's own result once its replicas have it", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { primary, replica } = yield* withReplica
          const redis = yield* clientOf(primary)
          assert.strictEqual(yield* redis.durable(Command.incr("n"), { replicas: 1, timeout: "5 seconds" }), 1)
          assert.strictEqual(yield* replica.admin(["GET", "n"]), "1")
          const bytes = yield* redis.durable(Command.asBytes(Command.getSet("n", "2")), { replicas: 1, timeout: 5000 })
          assert.deepStrictEqual(Array.from(bytes ?? []), [49])
        })
      )
    )

    it.effect("is NotReplicated, and Executed, if too few have it in time", () =>
      leavesNothing(
        Effect.gen(function* () {
          const redis = yield* clientOf(yield* RedisServer)
          const error = isError(
            yield* failing(redis.durable(Command.set("k", "v"), { replicas: 3, timeout: 50 })),
            "NotReplicated",
            "Executed"
          )
          assert.deepInclude(error.reason, { wanted: 3 })
          assert.isFalse(error.transient)
          assert.strictEqual(yield* redis.get("k"), "v")
        })
      )
    )

    it.effect("that the server refuses is a refusal, and bad options are none of the server's business", () =>
      leavesNothing(
        Effect.gen(function* () {
          const redis = yield* clientOf(yield* RedisServer)
          yield* redis.set("k", "v")
          isError(
            yield* failing(redis.durable(Command.incr("k"), { replicas: 1, timeout: 20 })),
            "ServerReply",
            "Refused"
          )
          for (const options of [
            { replicas: 0, timeout: 10 },
            { replicas: 1.5, timeout: 10 },
            { replicas: 1, timeout: 0 },
            { replicas: 1, timeout: Number.POSITIVE_INFINITY }
          ]) {
            isError(yield* failing(redis.durable(Command.get("k"), options)), "InvalidArgument", "NotSent")
          }
        })
      )
    )

    it.effect("delays nobody while it waits, and is over at once when it is interrupted", () =>
      leavesNothing(
        Effect.gen(function* () {
          const redis = yield* clientOf(yield* RedisServer)
          const fiber = yield* start(redis.durable(Command.set("k", "v"), { replicas: 9, timeout: "20 seconds" }))
          const begun = performance.now()
          for (let n = 0; n < 20; n++) yield* redis.ping()
          yield* Fiber.interrupt(fiber)
          assert.isBelow(performance.now() - begun, 1000)
        })
      )
    )
  }
)
