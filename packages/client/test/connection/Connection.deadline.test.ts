import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../../src/command/Commands.ts"
import type { RedisError } from "../../src/error/RedisError.ts"
import { failed, isDone, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { bulk, int, refused } from "../support/FakeTransport.ts"

/** No probes, so that only deadlines can end anything. */
const quiet = { silence: "1 hour", commandTimeout: "10 seconds" } as const

const timeoutOf = ({ reason }: RedisError) =>
  reason._tag === "Timeout" ? reason : assert.fail(`expected Timeout, got ${reason._tag}`)

describe("Deadline", () => {
  it.effect("of a written command: MayHaveExecuted in the phase written, and its late reply is swallowed", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(quiet)
      const a = yield* start(redis.incr("a"))
      yield* settle
      yield* TestClock.adjust("9999 millis")
      assert.isFalse(yield* isDone(a))
      yield* TestClock.adjust("1 millis")
      const failure = yield* failed(a)
      isError(failure, "Timeout", "MayHaveExecuted")
      assert.deepStrictEqual(timeoutOf(failure).phase, "written")
      assert.deepStrictEqual(timeoutOf(failure).deadline, 10_000)
      assert.strictEqual(failure.node, "h:1")
      const b = yield* start(redis.incr("b"))
      yield* settle
      transport.last().answer(int(1) + int(2))
      assert.strictEqual(yield* succeeded(b), 2)
    })
  )

  it.effect("says how many commands waited on the node and for how long it was silent", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(quiet)
      const a = yield* start(redis.incr("a"))
      yield* start(redis.run(commands.incr("b"), { deadline: "1 hour" }))
      yield* settle
      yield* TestClock.adjust("4 seconds")
      // A byte of the first reply, and no more.
      transport.last().answer(":")
      yield* TestClock.adjust("6 seconds")
      const { queueDepth, silence } = timeoutOf(yield* failed(a))
      assert.deepStrictEqual({ queueDepth, silence }, { queueDepth: 2, silence: 6000 })
    })
  )

  it.effect("while the connection is being opened says how many wait for it", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ start: "lazy", commandTimeout: "1 second" })
      transport.onOpen = () => Effect.never
      const a = yield* start(redis.incr("a"))
      yield* start(redis.incr("b"))
      yield* settle
      yield* TestClock.adjust("1 second")
      const { phase, queueDepth, silence } = timeoutOf(yield* failed(a))
      assert.deepStrictEqual({ phase, queueDepth, silence }, { phase: "connecting", queueDepth: 2, silence: undefined })
    })
  )

  it.effect("of a read is not answered by another attempt on the node that was silent", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(quiet)
      const a = yield* start(redis.get("a"))
      yield* TestClock.adjust("10 seconds")
      isError(yield* failed(a), "Timeout", "MayHaveExecuted")
      assert.deepStrictEqual(transport.last().writes, [["GET a"]])
    })
  )

  it.effect("of a command that waits for room: NotSent in the phase queued", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ ...quiet, maxInFlight: 1 })
      yield* start(redis.run(commands.incr("a"), { deadline: "1 hour" }))
      const b = yield* start(redis.incr("b"))
      yield* TestClock.adjust("10 seconds")
      const failure = yield* failed(b)
      isError(failure, "Timeout", "NotSent")
      assert.strictEqual(timeoutOf(failure).phase, "queued")
      transport.last().answer(int(1))
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [["INCR a"]])
    })
  )

  it.effect("of a command that the congested transport does not take: NotSent in the phase queued, never written", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(quiet)
      const socket = transport.last()
      socket.congested = true
      yield* start(redis.run(commands.incr("a"), { deadline: "1 hour" }))
      const b = yield* start(redis.incr("b"))
      yield* TestClock.adjust("10 seconds")
      const failure = yield* failed(b)
      isError(failure, "Timeout", "NotSent")
      assert.strictEqual(timeoutOf(failure).phase, "queued")
      socket.drain()
      yield* settle
      assert.deepStrictEqual(socket.writes, [["INCR a"]])
    })
  )

  it.effect("of a command that waits for the connection: NotSent in the phase connecting", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ ...quiet, start: "lazy", connectTimeout: "1 hour" })
      transport.onOpen = () => Effect.never
      const a = yield* start(redis.incr("a"))
      const soon = yield* start(redis.run(commands.incr("b"), { deadline: "1 second" }))
      yield* TestClock.adjust("1 second")
      isError(yield* failed(soon), "Timeout", "NotSent")
      yield* TestClock.adjust("9 seconds")
      const failure = yield* failed(a)
      isError(failure, "Timeout", "NotSent")
      assert.strictEqual(timeoutOf(failure).phase, "connecting")
    })
  )

  it.effect("covers the attempts to reconnect: the last cause is named and nothing begins that cannot fit", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({
        ...quiet,
        start: "lazy",
        policies: { reconnect: Schedule.spaced("1 second"), unavailable: Schedule.spaced("3 seconds") }
      })
      transport.onOpen = () => refused("connect ECONNREFUSED")
      const a = yield* start(redis.incr("a"))
      yield* TestClock.adjust("8 seconds")
      assert.isFalse(yield* isDone(a))
      // Attempts at 0, 3, 6 and 9 s: a fourth pause would end at 12 s.
      yield* TestClock.adjust("1 second")
      const failure = yield* failed(a)
      isError(failure, "Timeout", "NotSent")
      assert.strictEqual(timeoutOf(failure).phase, "retrying")
      assert.include(timeoutOf(failure).lastCause, "ECONNREFUSED")
    })
  )

  it.effect("names the cause of the attempt before it when it passes during another one", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ ...quiet, policies: { reconnect: Schedule.spaced("1 second") } })
      const a = yield* start(redis.get("a"))
      yield* settle
      transport.last().end("read ECONNRESET")
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.strictEqual(transport.sockets.length, 2)
      assert.deepStrictEqual(transport.last().writes, [["GET a"]])
      yield* TestClock.adjust("9 seconds")
      const failure = yield* failed(a)
      isError(failure, "Timeout", "MayHaveExecuted")
      assert.strictEqual(timeoutOf(failure).phase, "written")
      assert.include(timeoutOf(failure).lastCause, "ECONNRESET")
      assert.include(failure.message, "ECONNRESET")
    })
  )

  it.effect("is kept when it is short among long ones, and by each of many", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(quiet)
      const long = yield* start(redis.get("long"))
      const short = yield* start(redis.run(commands.get("short"), { deadline: 50 }))
      const middle = yield* start(redis.run(commands.get("middle"), { deadline: "5 seconds" }))
      yield* TestClock.adjust("50 millis")
      isError(yield* failed(short), "Timeout", "MayHaveExecuted")
      assert.isFalse(yield* isDone(middle))
      yield* TestClock.adjust("4950 millis")
      isError(yield* failed(middle), "Timeout", "MayHaveExecuted")
      assert.isFalse(yield* isDone(long))
      transport.last().answer(bulk("1") + bulk("2") + bulk("3"))
      assert.strictEqual(yield* succeeded(long), "1")
    })
  )

  it.effect("is whole for a command that comes after hours in which nothing happened", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(quiet)
      const a = yield* start(redis.incr("a"))
      yield* settle
      transport.last().answer(int(1))
      assert.strictEqual(yield* succeeded(a), 1)
      for (const pause of ["1 hour", "2 hours"] as const) {
        yield* TestClock.adjust(pause)
        const b = yield* start(redis.incr("b"))
        yield* TestClock.adjust("9 seconds")
        assert.isFalse(yield* isDone(b))
        transport.last().answer(int(2))
        assert.strictEqual(yield* succeeded(b), 2)
      }
    })
  )

  it.effect("is whole for a command that comes while earlier ones have waited long for an answer", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({ ...quiet, maxInFlight: 2 })
      const deadlines: Array<number> = []
      for (const key of ["a", "b", "c", "d"]) {
        yield* start(
          Effect.catchReason(redis.incr(key), "RedisError", "Timeout", ({ deadline }) =>
            Effect.sync(() => deadlines.push(deadline))
          )
        )
        yield* TestClock.adjust("1 second")
      }
      yield* TestClock.adjust("20 seconds")
      yield* settle
      assert.deepStrictEqual(deadlines, [10_000, 11_000, 12_000, 13_000])
    })
  )

  it.effect("of a pipeline ends what has no answer yet, each part with its own execution", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ ...quiet, maxInFlight: 2 })
      const batch = [commands.incr("a"), commands.incr("b"), commands.incr("c")] as const
      const fiber = yield* start(redis.pipeline(batch, { mode: "result", deadline: "1 second" }))
      yield* settle
      transport.last().congested = true
      transport.last().answer(int(1))
      yield* TestClock.adjust("1 second")
      const [a, b, c] = yield* succeeded(fiber)
      assert.isTrue(a._tag === "Success" && a.success === 1)
      isError(b._tag === "Failure" ? b.failure : assert.fail(), "Timeout", "MayHaveExecuted")
      isError(c._tag === "Failure" ? c.failure : assert.fail(), "Timeout", "MayHaveExecuted")
    })
  )

  it.effect("of a transaction is MayHaveExecuted once it is written", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone(quiet)
      const fiber = yield* start(redis.transaction([commands.incr("a")]))
      yield* TestClock.adjust("10 seconds")
      isError(yield* failed(fiber), "Timeout", "MayHaveExecuted")
    })
  )

  it.effect("can be infinite", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ silence: Number.POSITIVE_INFINITY })
      const fiber = yield* start(redis.run(commands.incr("a"), { deadline: Number.POSITIVE_INFINITY }))
      yield* TestClock.adjust("365 days")
      assert.isFalse(yield* isDone(fiber))
      transport.last().answer(int(1))
      assert.strictEqual(yield* succeeded(fiber), 1)
    })
  )
})
