/** Functions and scripts that run while others ask for them, end them, or carry their libraries to an empty server. */
import { assert, describe, layer } from "@effect/vitest"
import { RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Command, type FunctionStats } from "../../src/Command.ts"
import { Redis } from "../../src/Redis.ts"
import { openSession, type Session } from "../support/session.ts"

/** What takes longer than this is slow: the server then answers BUSY, and takes STATS and KILL. */
const SLOW_MILLIS = 50

const LIBRARY = `#!lua name=busy
redis.register_function('forever', function() while true do end end)
redis.register_function('one', function() return 1 end)`

/** Asks until the server says that a script runs. */
const untilBusy = (session: Session): Effect.Effect<void, Error> =>
  Effect.flatMap(Effect.result(session.run(Command.ping())), (result) =>
    result._tag === "Failure" && result.failure.message.startsWith("BUSY")
      ? Effect.void
      : Effect.delay(untilBusy(session), Duration.millis(10))
  )

layer(RedisServer.layer({ config: [`busy-reply-threshold ${SLOW_MILLIS}`] }), { excludeTestServices: true })((it) => {
  for (const protocol of [2, 3] as const) {
    describe(`code that runs under RESP${protocol}`, () => {
      it.effect("a function is described while it runs, and ended", () =>
        Effect.gen(function* () {
          const { port } = yield* RedisServer
          const busy = yield* openSession(port, protocol)
          const other = yield* openSession(port, protocol)
          yield* busy.run(Command.functionLoad(LIBRARY, { replace: true }))
          const running = yield* Effect.forkChild(Effect.flip(busy.run(Command.fCall("forever"))), {
            startImmediately: true
          })
          yield* untilBusy(other)
          const stats = (yield* other.run(Command.functionStats())) as FunctionStats
          assert.strictEqual(stats.running?.name, "forever")
          assert.deepStrictEqual(
            stats.running?.command.map((word) => word.toLowerCase()),
            ["fcall", "forever", "0"]
          )
          assert.isAtLeast(Duration.toMillis(stats.running!.duration), SLOW_MILLIS)
          assert.deepStrictEqual({ ...stats.engines }, { LUA: { libraries: 1, functions: 2 } })
          assert.isUndefined(yield* other.run(Command.functionKill()))
          assert.match((yield* Fiber.join(running)).message, /killed/)
        })
      )

      it.effect("a script is ended", () =>
        Effect.gen(function* () {
          const { port } = yield* RedisServer
          const busy = yield* openSession(port, protocol)
          const other = yield* openSession(port, protocol)
          const running = yield* Effect.forkChild(Effect.flip(busy.run(Command.eval("while true do end"))), {
            startImmediately: true
          })
          yield* untilBusy(other)
          assert.isUndefined(yield* other.run(Command.scriptKill()))
          assert.match((yield* Fiber.join(running)).message, /killed/)
        })
      )

      it.effect("libraries are carried over by their serial form, by each policy", () =>
        Effect.gen(function* () {
          const { url } = yield* RedisServer
          yield* Effect.provide(
            Effect.gen(function* () {
              const redis = yield* Redis
              yield* redis.run(Command.functionFlush("SYNC"))
              yield* redis.run(Command.functionLoad(LIBRARY))
              const payload = yield* redis.run(Command.functionDump())
              yield* redis.run(Command.functionFlush("SYNC"))
              yield* redis.run(Command.functionRestore(payload))
              assert.strictEqual(yield* redis.fCall("one"), 1)
              const error = yield* Effect.flip(redis.run(Command.functionRestore(payload, "APPEND")))
              assert.match(error.message, /already exists/)
              yield* redis.run(Command.functionRestore(payload, "REPLACE"))
              const another = LIBRARY.replace("name=busy", "name=another").replaceAll("('", "('another_")
              yield* redis.run(Command.functionLoad(another))
              assert.lengthOf(yield* redis.run(Command.functionList()), 2)
              yield* redis.run(Command.functionRestore(payload, "FLUSH"))
              assert.deepStrictEqual(
                (yield* redis.run(Command.functionList())).map(({ name }) => name),
                ["busy"]
              )
            }),
            RedisLive({ url, protocol })
          )
        })
      )
    })
  }
})
