import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Command } from "../../src/Command.ts"
import { Redis, type RedisService } from "../../src/Redis.ts"
import { failed, failing, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { int, type Script } from "../support/FakeTransport.ts"

const quiet = { silence: "1 hour" } as const

/** The milliseconds after which each kind of operation of a client gives up. */
const patience = (redis: RedisService) =>
  Effect.forEach(
    [
      redis.incr("a"),
      redis.run(Command.incr("a")),
      redis.pipeline([Command.incr("a")]),
      redis.transaction([Command.incr("a")])
    ] as ReadonlyArray<Effect.Effect<unknown, unknown>>,
    (operation) =>
      Effect.gen(function* () {
        const fiber = yield* start(operation)
        yield* settle
        for (let waited = 0; waited < 60_000; waited += 500) {
          if (fiber.pollUnsafe() !== undefined) return waited
          yield* TestClock.adjust(500)
          yield* settle
        }
        return assert.fail("waits for ever")
      })
  )

describe("withOptions", () => {
  it.effect("gives every operation another deadline; the client it came from keeps its own", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({ ...quiet, commandTimeout: "2 seconds" })
      const hasty = redis.withOptions({ deadline: 500 })
      assert.deepStrictEqual(yield* patience(hasty), [500, 500, 500, 500])
      assert.deepStrictEqual(yield* patience(redis), [2000, 2000, 2000, 2000])
      assert.deepStrictEqual(yield* patience(hasty.withOptions({ retry: "never" })), [500, 500, 500, 500])
    })
  )

  it.effect("is given to a pipe, under a key prefix, and in a call's own options, which come first", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ ...quiet, keyPrefix: "p:" })
      const hasty = Redis.withOptions({ deadline: 500 })(redis.withKeyPrefix("q:"))
      const fiber = yield* start(hasty.run(Command.incr("a"), { deadline: "1 second" }))
      yield* TestClock.adjust(999)
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust(1)
      isError(yield* failed(fiber), "Timeout", "MayHaveExecuted")
      assert.deepStrictEqual(transport.last().writes, [["INCR p:q:a"]])
    })
  )

  it.effect("lets a part of the program send again what may have executed", () =>
    Effect.gen(function* () {
      let cut = true
      const script: Script = ([name], socket) => {
        if (name !== "INCR") return undefined
        if (!cut) return int(2)
        cut = false
        queueMicrotask(() => socket.end())
        return ""
      }
      const { redis } = yield* standalone(quiet, script)
      isError(yield* failing(redis.incr("a")), "ConnectionLost", "MayHaveExecuted")
      cut = true
      yield* TestClock.adjust("1 second")
      const sure = Redis.withOptions(redis, { retry: "idempotent" })
      for (const operation of [sure.incr("a"), Effect.map(sure.pipeline([Command.incr("a")]), ([n]) => n)]) {
        cut = true
        const fiber = yield* start(operation)
        yield* settle
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* succeeded(fiber), 2)
      }
      cut = true
      const batch = yield* start(redis.pipeline([Command.incr("a")], { retry: "idempotent" }))
      yield* settle
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* succeeded(batch), [2])
    })
  )

  it.effect("sends to the target: of one server that is its own address", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone(quiet, ([name]) => (name === "INCR" ? int(1) : undefined))
      assert.strictEqual(yield* redis.run(Command.incr("a"), { target: "h:1" }), 1)
      const error = yield* failing(redis.run(Command.incr("a"), { target: "h:2" }))
      isError(error, "InvalidArgument", "NotSent")
      assert.include(error.message, "target: ")
    })
  )

  it.effect("with options that cannot be used fails every operation, and names them", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(quiet)
      const cases = [
        ["deadline", { deadline: 0 }],
        ["deadline", { deadline: "soon" as "1 second" }],
        ["retry", { retry: "often" as "never" }],
        ["target", { target: "nowhere" }]
      ] as const
      for (const [name, overrides] of cases) {
        const broken = redis.withOptions(overrides)
        for (const operation of [
          broken.incr("a"),
          broken.run(Command.incr("a")),
          broken.pipeline([Command.incr("a")]),
          broken.transaction([Command.incr("a")]),
          broken.withKeyPrefix("p:").incr("a"),
          redis.run(Command.incr("a"), overrides),
          redis.pipeline([Command.incr("a")], overrides)
        ]) {
          const error = yield* failing(operation as Effect.Effect<unknown, unknown>)
          isError(error, "InvalidArgument", "NotSent")
          assert.include(error.message, `${name}: `)
        }
      }
      assert.deepStrictEqual(transport.last().writes, [])
    })
  )
})
