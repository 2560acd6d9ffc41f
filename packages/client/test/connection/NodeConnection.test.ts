import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { resolveOptions } from "../../src/ClientOptions.ts"
import { commands } from "../../src/command/Commands.ts"
import { implOf } from "../../src/command/make.ts"
import { makeRuntime } from "../../src/connection/ConnectionRuntime.ts"
import { NodeConnection } from "../../src/connection/NodeConnection.ts"
import { PendingPart, type ReplyHandler } from "../../src/connection/Pending.ts"
import { Transport } from "../../src/connection/Transport.ts"
import { ConnectionLost, type Reason } from "../../src/error/Reason.ts"
import type { RedisError } from "../../src/error/RedisError.ts"
import { failed, isDone, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { error, FakeTransport, int, refused } from "../support/FakeTransport.ts"

const never: Schedule.Schedule<unknown, RedisError> = Schedule.recurs(0)

/** A node's connection by itself, and what it told its owner. */
const node = (reconnect: Schedule.Schedule<unknown, RedisError>) =>
  Effect.gen(function* () {
    const transport = new FakeTransport()
    const { limits, profile } = yield* Effect.fromResult(resolveOptions({}, undefined))
    const runtime = yield* Effect.provideService(makeRuntime(limits), Transport, transport.service)
    const log: Array<string> = []
    const connection = new NodeConnection(runtime, { host: "h", port: 1 }, profile, reconnect, {
      onDown: (_, reason) => log.push(reason._tag),
      onUp: () => log.push("up")
    })
    const closed = connection.close(new ConnectionLost({ address: "h:1", message: "the test is over" }))
    yield* Effect.addFinalizer(() => closed)
    return { connection, log, transport, closed }
  })

describe("NodeConnection: opening", () => {
  it.effect("opens nothing before it is needed", () =>
    Effect.gen(function* () {
      const { connection, transport } = yield* node(never)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(transport.dialled, [])
      assert.isFalse(connection.isUp)
    })
  )

  it.effect("lets commands wait for the attempt that is under way, one attempt for all", () =>
    Effect.gen(function* () {
      const gate = Latch.makeUnsafe(false)
      const { redis, transport } = yield* standalone({ start: "lazy" })
      transport.onOpen = () => gate.await
      const fibers = yield* Effect.forEach(["a", "b"], (key) => start(redis.incr(key)))
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(transport.dialled, ["h:1"])
      gate.openUnsafe()
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [["INCR a", "INCR b"]])
      transport.last().answer(int(1) + int(2))
      assert.deepStrictEqual(yield* Effect.forEach(fibers, succeeded), [1, 2])
    })
  )

  it.effect("fails what waits as NotSent when the attempt fails, and what comes until the next one", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({
        start: "lazy",
        policies: { unavailable: never, reconnect: Schedule.spaced("1 second") }
      })
      transport.onOpen = () => refused("connect ECONNREFUSED 127.0.0.1:1")
      const waited = yield* failed(yield* start(redis.incr("a")))
      isError(waited, "ConnectFailed", "NotSent")
      assert.include(waited.message, "ECONNREFUSED")
      isError(yield* failed(yield* start(redis.incr("b"))), "ConnectFailed", "NotSent")
      assert.strictEqual(transport.dialled.length, 1)
      transport.onOpen = () => Effect.void
      yield* TestClock.adjust("1 second")
      const later = yield* start(redis.incr("c"))
      yield* settle
      transport.last().answer(int(3))
      assert.strictEqual(yield* succeeded(later), 3)
    })
  )

  it.effect("gives an attempt up after the connect time-out, over stream and handshake together", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(
        {
          start: "lazy",
          connectTimeout: "3 seconds",
          silence: Number.POSITIVE_INFINITY,
          policies: { unavailable: never }
        },
        ([name]) => (name === "HELLO" ? "" : undefined)
      )
      transport.onOpen = () => Effect.sleep("2 seconds")
      const fiber = yield* start(redis.incr("a"))
      yield* TestClock.adjust("2999 millis")
      assert.isFalse(yield* isDone(fiber))
      assert.isTrue(transport.last().open)
      yield* TestClock.adjust("1 millis")
      const failure = yield* failed(fiber)
      isError(failure, "ConnectFailed", "NotSent")
      assert.include(failure.message, "3000 ms")
      assert.isFalse(transport.last().open)
    })
  )

  it.effect("survives a transport that breaks instead of failing", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ start: "lazy", policies: { unavailable: never } })
      transport.onOpen = () => Effect.die(new Error("broken platform"))
      const failure = yield* failed(yield* start(redis.incr("a")))
      isError(failure, "ConnectFailed", "NotSent")
      transport.onOpen = () => Effect.void
      yield* TestClock.adjust("1 second")
      const later = yield* start(redis.incr("b"))
      yield* settle
      transport.last().answer(int(1))
      assert.strictEqual(yield* succeeded(later), 1)
    })
  )
})

describe("NodeConnection: opening again", () => {
  it.effect("keeps to the delays of the policy", () =>
    Effect.gen(function* () {
      const { connection, log, transport } = yield* node(Schedule.exponential("100 millis"))
      transport.onOpen = () => refused()
      yield* start(Effect.exit(connection.acquire))
      yield* settle
      for (const [at, attempts] of [
        [99, 1],
        [1, 2],
        [199, 2],
        [1, 3],
        [399, 3],
        [1, 4]
      ] as const) {
        yield* TestClock.adjust(at)
        yield* settle
        assert.strictEqual(transport.dialled.length, attempts)
      }
      assert.deepStrictEqual(log, ["ConnectFailed", "ConnectFailed", "ConnectFailed", "ConnectFailed"])
      transport.onOpen = () => Effect.void
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.strictEqual(log.at(-1), "up")
      assert.isTrue(connection.isUp)
    })
  )

  it.effect("goes on with the policy after a connection that did not last, and starts it anew after one that did", () =>
    Effect.gen(function* () {
      const { connection, transport } = yield* node(Schedule.exponential("100 millis"))
      yield* start(Effect.exit(connection.acquire))
      yield* settle
      transport.last().end()
      yield* TestClock.adjust("100 millis")
      yield* settle
      assert.strictEqual(transport.sockets.length, 2)
      transport.last().end()
      yield* TestClock.adjust("199 millis")
      yield* settle
      assert.strictEqual(transport.sockets.length, 2)
      yield* TestClock.adjust("1 millis")
      yield* settle
      assert.strictEqual(transport.sockets.length, 3)
      yield* TestClock.adjust("5 seconds")
      transport.last().end()
      yield* TestClock.adjust("100 millis")
      yield* settle
      assert.strictEqual(transport.sockets.length, 4)
    })
  )

  it.effect("does not take an attempt that only lasted long for a stable connection", () =>
    Effect.gen(function* () {
      const { connection, log, transport } = yield* node(Schedule.recurs(2))
      transport.onOpen = () => Effect.never
      yield* start(Effect.exit(connection.acquire))
      yield* settle
      for (let n = 0; n < 10; n++) {
        yield* TestClock.adjust("5 seconds")
        yield* settle
      }
      assert.deepStrictEqual(log, ["ConnectFailed", "ConnectFailed", "ConnectFailed"])
    })
  )

  it.effect("rests once the policy has ended, until the next command", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({
        start: "lazy",
        policies: { unavailable: never, reconnect: Schedule.recurs(1) }
      })
      transport.onOpen = () => refused()
      yield* failed(yield* start(redis.incr("a")))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(transport.dialled.length, 2)
      const next = yield* start(redis.incr("b"))
      isError(yield* failed(next), "ConnectFailed", "NotSent")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(transport.dialled.length, 4)
      transport.onOpen = () => Effect.void
      const last = yield* start(redis.incr("c"))
      yield* settle
      transport.last().answer(int(1))
      assert.strictEqual(yield* succeeded(last), 1)
    })
  )

  it.effect("does not forget a command that came while the policy was being asked for the last time", () =>
    Effect.gen(function* () {
      const asked = Schedule.while(Schedule.forever, () => Effect.as(Effect.sleep("1 second"), false))
      const { redis, transport } = yield* standalone({ policies: { reconnect: asked } })
      transport.last().end()
      yield* settle
      const fiber = yield* start(redis.incr("a"))
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.strictEqual(transport.sockets.length, 2)
      transport.last().answer(int(1))
      assert.strictEqual(yield* succeeded(fiber), 1)
    })
  )

  it.effect("gives the policy the error as its input", () =>
    Effect.gen(function* () {
      const seen: Array<Reason["_tag"]> = []
      const policy = Schedule.spaced("1 second").pipe(
        Schedule.setInputType<RedisError>(),
        Schedule.tap(({ input }) => Effect.sync(() => seen.push(input.reason._tag)))
      )
      const { connection, transport } = yield* node(policy)
      transport.script = ([name]) =>
        name === "HELLO" && transport.sockets.length === 1 ? error("WRONGPASS no") : undefined
      yield* start(Effect.exit(connection.acquire))
      yield* TestClock.adjust("1 second")
      yield* settle
      transport.last().end()
      yield* settle
      assert.deepStrictEqual(seen, ["WrongPassword", "ConnectionLost"])
    })
  )
})

describe("NodeConnection: its end", () => {
  it.effect("evicts what was not written as NotSent, and awaits the replies to the rest", () =>
    Effect.gen(function* () {
      const { connection, transport } = yield* node(never)
      const ends: Array<string> = []
      const handler: ReplyHandler = {
        succeed: (pending, value) => ends.push(`${pending.index} ${String(value)}`),
        refuse: (pending, { message }) => ends.push(`${pending.index} ${message}`),
        fail: ({ index }, { execution, reason }) => ends.push(`${index} ${reason._tag} ${execution}`)
      }
      const send = (index: number) => connection.send(new PendingPart(command, frame, 10_000, handler, index, 0))
      const command = implOf(commands.incr("a"))
      const frame = "*2\r\n$4\r\nINCR\r\n$1\r\na\r\n"
      const evicted = new ConnectionLost({ address: "h:1", message: "the node was replaced" })
      transport.onOpen = () => Effect.sleep("1 second")
      send(0)
      connection.evict(evicted)
      assert.deepStrictEqual(ends, ["0 ConnectionLost NotSent"])
      send(1)
      yield* TestClock.adjust("1 second")
      yield* settle
      transport.deferred = []
      transport.last().congested = true
      send(2)
      transport.turn()
      send(3)
      connection.evict(evicted)
      assert.deepStrictEqual(ends.slice(1), ["3 ConnectionLost NotSent"])
      transport.last().answer(int(1) + int(2))
      assert.deepStrictEqual(ends.slice(2), ["1 1", "2 2"])
      assert.deepStrictEqual(transport.last().writes, [["INCR a"], ["INCR a"]])
      assert.isTrue(connection.isUp)
    })
  )

  it.effect("fails those who wait for the connection when it is closed", () =>
    Effect.gen(function* () {
      const { closed, connection, transport } = yield* node(never)
      transport.onOpen = () => Effect.never
      const waiting = yield* start(Effect.flip(connection.acquire))
      yield* settle
      yield* closed
      assert.strictEqual((yield* succeeded(waiting)).reason._tag, "ConnectionLost")
      assert.strictEqual((yield* Effect.flip(connection.acquire)).reason._tag, "ConnectionLost")
    })
  )

  it.effect("does not report its own closing as a loss", () =>
    Effect.gen(function* () {
      const { closed, connection, log, transport } = yield* node(never)
      yield* connection.acquire
      yield* closed
      assert.deepStrictEqual(log, ["up"])
      assert.strictEqual(transport.open.length, 0)
    })
  )
})
