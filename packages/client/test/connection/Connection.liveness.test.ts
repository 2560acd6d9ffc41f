import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { failed, isDone, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { bulk, error, int } from "../support/FakeTransport.ts"

const options = { policies: { reconnect: Schedule.spaced("10 millis") } }
const pings = (commands: ReadonlyArray<string>) => commands.filter((text) => text === "PING").length

describe("Liveness", () => {
  it.effect("asks a silent server once, and gives the connection up when the probe is not answered", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(options)
      const first = transport.last()
      const write = yield* start(redis.incr("w"))
      const read = yield* start(redis.get("r"))
      yield* settle
      yield* TestClock.adjust("1999 millis")
      assert.strictEqual(pings(first.commands), 0)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(pings(first.commands), 1)
      yield* TestClock.adjust("999 millis")
      assert.isTrue(first.open)
      assert.strictEqual(pings(first.commands), 1)
      yield* TestClock.adjust("1 millis")
      yield* settle
      assert.isFalse(first.open)
      const failure = yield* failed(write)
      isError(failure, "ConnectionLost", "MayHaveExecuted")
      assert.include(failure.message, "probe")
      yield* TestClock.adjust("100 millis")
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [["GET r"]])
      // The frozen server thaws: what it says now is nobody's.
      first.answerLate(int(1) + bulk("old") + bulk("PONG"))
      transport.last().answer(bulk("new"))
      assert.strictEqual(yield* succeeded(read), "new")
    })
  )

  it.effect("keeps the connection when the probe is answered, be it by an error", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(options)
      const socket = transport.last()
      const slow = yield* start(redis.get("slow"))
      for (let round = 1; round <= 3; round++) {
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(pings(socket.commands), round)
        if (round === 1) {
          // A server that executes one slow command reads nothing else: the first byte is its reply.
          socket.answer(bulk("done") + error("BUSY a script runs"))
          assert.strictEqual(yield* succeeded(slow), "done")
          yield* start(redis.get("next"))
        } else socket.answer(bulk("next") + error("BUSY a script runs"))
        if (round === 2) yield* start(redis.get("again"))
        yield* settle
      }
      yield* TestClock.adjust("1 minute")
      assert.isTrue(socket.open)
      assert.strictEqual(pings(socket.commands), 3)
    })
  )

  it.effect("takes any byte as a sign of life, half a reply too", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(options)
      const socket = transport.last()
      const read = yield* start(redis.get("large"))
      yield* settle
      socket.answer("$100\r\n")
      for (let n = 0; n < 9; n++) {
        yield* TestClock.adjust("1 second")
        socket.answer("0123456789")
      }
      assert.strictEqual(pings(socket.commands), 0)
      yield* TestClock.adjust("900 millis")
      socket.answer("0123456789\r\n")
      assert.strictEqual((yield* succeeded(read))?.length, 100)
    })
  )

  it.effect("asks nothing while nothing waits, and counts the silence from the write", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(options)
      const socket = transport.last()
      yield* TestClock.adjust("1 hour")
      const read = yield* start(redis.get("a"))
      yield* TestClock.adjust("1999 millis")
      assert.strictEqual(pings(socket.commands), 0)
      socket.answer(bulk("1"))
      assert.strictEqual(yield* succeeded(read), "1")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(pings(socket.commands), 0)
      assert.isTrue(socket.open)
    })
  )

  it.effect("asks for interrupted commands too: their replies are still owed", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ ...options, commandTimeout: "1 second" })
      const read = yield* start(redis.incr("a"))
      yield* settle
      yield* TestClock.adjust("1 second")
      isError(yield* failed(read), "Timeout", "MayHaveExecuted")
      yield* TestClock.adjust("2 seconds")
      yield* settle
      assert.isFalse(transport.sockets[0]?.open)
    })
  )

  it.effect("gives up a congested transport from which nothing comes either", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(options)
      const socket = transport.last()
      socket.congested = true
      const written = yield* start(redis.incr("a"))
      const unwritten = yield* start(redis.incr("b"))
      yield* settle
      yield* TestClock.adjust("3 seconds")
      yield* settle
      assert.isFalse(socket.open)
      isError(yield* failed(written), "ConnectionLost", "MayHaveExecuted")
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [["INCR b"]])
      transport.last().answer(int(1))
      assert.strictEqual(yield* succeeded(unwritten), 1)
    })
  )

  it.effect("reads what has arrived before it judges: this process may have slept itself", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(options)
      const socket = transport.last()
      const read = yield* start(redis.get("a"))
      yield* settle
      yield* TestClock.adjust("2 seconds")
      transport.deferred = []
      yield* TestClock.adjust("1 second")
      transport.turn()
      socket.answer(bulk("1"))
      transport.turn()
      assert.isTrue(socket.open)
      assert.strictEqual(yield* succeeded(read), "1")
    })
  )

  it.effect("is off with an infinite silence", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({
        ...options,
        silence: Number.POSITIVE_INFINITY,
        commandTimeout: "1 day"
      })
      const read = yield* start(redis.get("a"))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(pings(transport.last().commands), 0)
      assert.isFalse(yield* isDone(read))
    })
  )
})
