import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../../src/command/Commands.ts"
import { failed, isDone, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { array, bulk, int, ok, queued } from "../support/FakeTransport.ts"

describe("Back-pressure", () => {
  it.effect("suspends who is over the bound, and admits them in order as replies come", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ maxInFlight: 3 })
      const fibers = yield* Effect.forEach(Array.from({ length: 8 }), (_, n) => start(redis.get(`k${n}`)))
      yield* settle
      const socket = transport.last()
      assert.deepStrictEqual(socket.writes.flat(), ["GET k0", "GET k1", "GET k2"])
      socket.answer(bulk("v0"))
      yield* settle
      assert.deepStrictEqual(socket.writes.flat().slice(3), ["GET k3"])
      socket.answer(bulk("v1") + bulk("v2"))
      yield* settle
      assert.deepStrictEqual(socket.writes.flat().slice(4), ["GET k4", "GET k5"])
      const late = yield* start(redis.get("k8"))
      socket.answer(bulk("v3") + bulk("v4") + bulk("v5"))
      yield* settle
      socket.answer(bulk("v6") + bulk("v7"))
      yield* settle
      assert.deepStrictEqual(
        socket.writes.flat(),
        Array.from({ length: 9 }, (_, n) => `GET k${n}`)
      )
      socket.answer(bulk("v8"))
      assert.deepStrictEqual(
        yield* Effect.forEach([...fibers, late], succeeded),
        Array.from({ length: 9 }, (_, n) => `v${n}`)
      )
    })
  )

  it.effect("bounds the bytes in flight too, and lets a single command of any size pass", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ maxInFlightBytes: 1000 })
      const socket = transport.last()
      const large = yield* start(redis.set("a", "x".repeat(5000)))
      const small = yield* start(redis.set("b", "1"))
      yield* settle
      assert.strictEqual(socket.writes.flat().length, 1)
      socket.answer(ok)
      assert.isTrue(yield* succeeded(large))
      yield* settle
      assert.deepStrictEqual(socket.writes.flat().slice(1), ["SET b 1"])
      socket.answer(ok)
      assert.isTrue(yield* succeeded(small))
    })
  )

  it.effect("fails who is over the bound at once as Overloaded and NotSent, where the client is told to", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ maxInFlight: 2, overload: "fail" })
      const one = yield* start(redis.incr("a"))
      yield* start(redis.incr("b"))
      const over = yield* start(redis.incr("c"))
      const failure = yield* failed(over)
      isError(failure, "Overloaded", "NotSent")
      assert.isTrue(failure.transient)
      transport.last().answer(int(1))
      assert.strictEqual(yield* succeeded(one), 1)
      const next = yield* start(redis.incr("d"))
      yield* settle
      transport.last().answer(int(2) + int(3))
      assert.strictEqual(yield* succeeded(next), 3)
    })
  )

  it.effect("fails at once too while the connection is being opened", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ maxInFlight: 2, overload: "fail", start: "lazy" })
      transport.onOpen = () => Effect.never
      const waiting = yield* Effect.forEach(["a", "b"], (key) => start(redis.incr(key)))
      const over = yield* start(redis.incr("c"))
      isError(yield* failed(over), "Overloaded", "NotSent")
      for (const fiber of waiting) assert.isFalse(yield* isDone(fiber))
    })
  )

  it.effect("counts each command of a pipeline", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ maxInFlight: 4 })
      const socket = transport.last()
      const pipeline = yield* start(redis.pipeline([commands.incr("a"), commands.incr("b"), commands.incr("c")]))
      const one = yield* start(redis.incr("d"))
      const two = yield* start(redis.incr("e"))
      yield* settle
      assert.deepStrictEqual(socket.writes.flat(), ["INCR a", "INCR b", "INCR c", "INCR d"])
      socket.answer(int(1))
      yield* settle
      assert.deepStrictEqual(socket.writes.flat().slice(4), ["INCR e"])
      socket.answer(int(2) + int(3) + int(4) + int(5))
      assert.deepStrictEqual(yield* succeeded(pipeline), [1, 2, 3])
      assert.deepStrictEqual([yield* succeeded(one), yield* succeeded(two)], [4, 5])
    })
  )

  it.effect("sends a pipeline that is larger than the bound in parts", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ maxInFlight: 2 }, ([name]) =>
        name === "INCR" ? int(1) : undefined
      )
      const fiber = yield* start(redis.pipeline(Array.from({ length: 9 }, (_, n) => commands.incr(`k${n}`))))
      assert.strictEqual((yield* succeeded(fiber)).length, 9)
      for (const write of transport.last().writes) assert.isAtMost(write.length, 2)
    })
  )

  it.effect("counts MULTI, EXEC and each command of a transaction", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ maxInFlight: 4 })
      const socket = transport.last()
      const transaction = yield* start(redis.transaction([commands.incr("a"), commands.incr("b")]))
      yield* start(redis.incr("c"))
      yield* settle
      assert.deepStrictEqual(socket.writes.flat(), ["MULTI", "INCR a", "INCR b", "EXEC"])
      socket.answer(ok + queued + queued)
      yield* settle
      assert.strictEqual(socket.writes.flat().length, 4)
      socket.answer(array([int(1), int(2)]))
      assert.deepStrictEqual(yield* succeeded(transaction), [1, 2])
      yield* settle
      assert.deepStrictEqual(socket.writes.flat().slice(4), ["INCR c"])
      // All of its room is free again.
      yield* Effect.forEach(["d", "e", "f", "g"], (key) => start(redis.incr(key)))
      yield* settle
      assert.deepStrictEqual(socket.writes.flat().slice(5), ["INCR d", "INCR e", "INCR f"])
    })
  )

  it.effect("frees the whole budget when a connection ends", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ maxInFlight: 2 })
      yield* Effect.forEach(["a", "b", "c"], (key) => start(redis.incr(key)))
      yield* settle
      transport.last().end()
      yield* TestClock.adjust("1 second")
      yield* settle
      const more = yield* start(redis.incr("d"))
      yield* settle
      assert.deepStrictEqual(transport.last().writes.flat(), ["INCR c", "INCR d"])
      transport.last().answer(int(1) + int(2))
      assert.strictEqual(yield* succeeded(more), 2)
    })
  )

  it.effect(
    "lets commands of one turn that were issued before the connection was open leave together and in order",
    () =>
      Effect.gen(function* () {
        const gate = Latch.makeUnsafe(false)
        const { redis, transport } = yield* standalone({ start: "lazy" })
        transport.onOpen = () => gate.await
        yield* Effect.forEach(["a", "b", "c"], (key) => start(redis.incr(key)))
        yield* settle
        gate.openUnsafe()
        yield* settle
        assert.deepStrictEqual(transport.last().writes, [["INCR a", "INCR b", "INCR c"]])
      })
  )
})
