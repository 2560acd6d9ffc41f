import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../../src/command/Commands.ts"
import { isDone, settle, standalone, start, succeeded } from "../support/client.ts"
import { array, bulk, int, ok, queued } from "../support/FakeTransport.ts"

/** A client whose turns end by hand, and whose first command is written already: the next ones are gathered. */
const busy = (options?: Parameters<typeof standalone>[0]) =>
  Effect.gen(function* () {
    const client = yield* standalone(options)
    client.transport.deferred = []
    const first = yield* start(client.redis.incr("first"))
    return { ...client, first, socket: client.transport.last() }
  })

describe("Interruption before the write", () => {
  it.effect("leaves no trace of the command", () =>
    Effect.gen(function* () {
      const { first, redis, socket, transport } = yield* busy()
      const a = yield* start(redis.incr("a"))
      const b = yield* start(redis.incr("b"))
      yield* Fiber.interrupt(a)
      transport.turn()
      assert.deepStrictEqual(socket.writes, [["INCR first"], ["INCR b"]])
      socket.answer(int(1) + int(2))
      assert.deepStrictEqual([yield* succeeded(first), yield* succeeded(b)], [1, 2])
    })
  )

  it.effect("leaves no trace of it although the fiber still runs a finalizer", () =>
    Effect.gen(function* () {
      const { redis, socket, transport } = yield* busy()
      const released = Latch.makeUnsafe(false)
      const a = yield* start(Effect.ensuring(redis.incr("a"), released.await))
      a.interruptUnsafe()
      transport.turn()
      assert.deepStrictEqual(socket.writes, [["INCR first"]])
      released.openUnsafe()
      assert.isTrue(yield* isDone(a))
    })
  )

  it.effect("lets the finalizer send a command of its own", () =>
    Effect.gen(function* () {
      const { redis, socket, transport } = yield* busy()
      const a = yield* start(Effect.ensuring(redis.incr("a"), Effect.orDie(redis.incr("finalizer"))))
      a.interruptUnsafe()
      transport.turn()
      assert.deepStrictEqual(socket.writes, [["INCR first"], ["INCR finalizer"]])
      assert.isFalse(yield* isDone(a))
      socket.answer(int(1) + int(2))
      assert.isTrue(yield* isDone(a))
    })
  )

  it.effect("leaves no trace of a command that the congested transport has not taken", () =>
    Effect.gen(function* () {
      const { redis, socket, transport } = yield* busy()
      socket.congested = true
      yield* start(redis.incr("a"))
      transport.turn()
      const b = yield* start(redis.incr("b"))
      transport.turn()
      yield* Fiber.interrupt(b)
      yield* start(redis.incr("c"))
      socket.drain()
      assert.deepStrictEqual(socket.writes, [["INCR first"], ["INCR a"], ["INCR c"]])
    })
  )

  it.effect("leaves no trace of a command that waits for room, and the ones behind it are admitted in order", () =>
    Effect.gen(function* () {
      const { redis, socket, transport } = yield* busy({ maxInFlight: 1 })
      const a = yield* start(redis.incr("a"))
      const b = yield* start(redis.incr("b"))
      const c = yield* start(redis.incr("c"))
      yield* Fiber.interrupt(b)
      socket.answer(int(1))
      transport.turn()
      socket.answer(int(2))
      transport.turn()
      socket.answer(int(3))
      assert.deepStrictEqual(socket.writes, [["INCR first"], ["INCR a"], ["INCR c"]])
      assert.deepStrictEqual([yield* succeeded(a), yield* succeeded(c)], [2, 3])
    })
  )

  it.effect("gives the budget of interrupted commands to those that wait for it", () =>
    Effect.gen(function* () {
      const { redis, socket, transport } = yield* busy({ maxInFlight: 2 })
      const a = yield* start(redis.incr("a"))
      yield* start(redis.incr("b"))
      yield* Fiber.interrupt(a)
      transport.turn()
      transport.turn()
      assert.deepStrictEqual(socket.writes, [["INCR first"], ["INCR b"]])
    })
  )

  it.effect("keeps replies matched when the room of interrupted commands lets many others in during the write", () =>
    Effect.gen(function* () {
      const { first, redis, socket, transport } = yield* busy({ maxInFlightBytes: 10_000 })
      const kept = yield* start(redis.incr("kept"))
      const large = yield* start(redis.set("large", "x".repeat(20_000)))
      const others = yield* Effect.forEach(Array.from({ length: 40 }), (_, n) => start(redis.incr(`other${n}`)))
      yield* Fiber.interrupt(large)
      transport.turn()
      transport.turn()
      yield* settle
      const sent = socket.writes.flat()
      assert.strictEqual(sent.length, 42)
      // Each answer is the place of its command among what the server has read.
      const place = new Map(sent.map((text, n) => [text, n]))
      socket.answer(sent.map((_, n) => int(n)).join(""))
      assert.strictEqual(yield* succeeded(first), place.get("INCR first"))
      assert.strictEqual(yield* succeeded(kept), place.get("INCR kept"))
      for (const [n, other] of others.entries()) {
        assert.strictEqual(yield* succeeded(other), place.get(`INCR other${n}`))
      }
    })
  )

  it.effect("leaves no trace of a pipeline or a transaction", () =>
    Effect.gen(function* () {
      const { redis, socket, transport } = yield* busy()
      const pipeline = yield* start(redis.pipeline([commands.incr("a"), commands.incr("b")]))
      const transaction = yield* start(redis.transaction([commands.incr("c")]))
      yield* Fiber.interrupt(pipeline)
      yield* Fiber.interrupt(transaction)
      yield* start(redis.incr("d"))
      transport.turn()
      assert.deepStrictEqual(socket.writes, [["INCR first"], ["INCR d"]])
    })
  )

  it.effect("leaves no trace of a command that waits for the connection", () =>
    Effect.gen(function* () {
      const gate = Latch.makeUnsafe(false)
      const { redis, transport } = yield* standalone({ start: "lazy" })
      transport.onOpen = () => gate.await
      const a = yield* start(redis.incr("a"))
      const b = yield* start(redis.incr("b"))
      yield* settle
      yield* Fiber.interrupt(a)
      gate.openUnsafe()
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [["INCR b"]])
      assert.isFalse(yield* isDone(b))
    })
  )

  it.effect("ends the waiting between two attempts", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({}, ([name]) =>
        name === "INCR" ? "-LOADING data\r\n" : undefined
      )
      const a = yield* start(redis.incr("a"))
      yield* settle
      const sent = transport.last().writes.length
      yield* Fiber.interrupt(a)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(transport.last().writes.length, sent)
    })
  )
})

describe("Interruption after the write", () => {
  it.effect("swallows the reply, and the following ones reach their commands", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const fibers = yield* Effect.forEach(["a", "b", "c"], (key) => start(redis.get(key)))
      yield* settle
      yield* Fiber.interrupt(fibers[1]!)
      transport.last().answer(bulk("1") + bulk("2") + bulk("3"))
      assert.strictEqual(yield* succeeded(fibers[0]!), "1")
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fibers[1]!)))
      assert.strictEqual(yield* succeeded(fibers[2]!), "3")
    })
  )

  it.effect("swallows all replies of a pipeline and of a transaction", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const pipeline = yield* start(redis.pipeline([commands.incr("a"), commands.incr("b")]))
      const transaction = yield* start(redis.transaction([commands.incr("c"), commands.incr("d")]))
      const after = yield* start(redis.incr("e"))
      yield* settle
      yield* Fiber.interrupt(pipeline)
      yield* Fiber.interrupt(transaction)
      transport.last().answer(int(1) + int(2) + ok + queued + queued + array([int(3), int(4)]) + int(5))
      assert.strictEqual(yield* succeeded(after), 5)
    })
  )

  it.effect("gives the budget back with the reply", () =>
    Effect.gen(function* () {
      const { first, redis, socket, transport } = yield* busy({ maxInFlight: 1 })
      const second = yield* start(redis.incr("second"))
      yield* Fiber.interrupt(first)
      transport.turn()
      assert.deepStrictEqual(socket.writes, [["INCR first"]])
      socket.answer(int(1))
      transport.turn()
      assert.deepStrictEqual(socket.writes, [["INCR first"], ["INCR second"]])
      socket.answer(int(2))
      assert.strictEqual(yield* succeeded(second), 2)
    })
  )
})

describe("A fiber that cannot be interrupted", () => {
  it.effect("has its command sent and answered although an interrupt is pending", () =>
    Effect.gen(function* () {
      const { redis, socket, transport } = yield* busy()
      let seen: number | undefined
      const a = yield* start(
        Effect.uninterruptible(Effect.tap(redis.incr("a"), (value) => Effect.sync(() => (seen = value))))
      )
      a.interruptUnsafe()
      transport.turn()
      assert.deepStrictEqual(socket.writes, [["INCR first"], ["INCR a"]])
      socket.answer(int(1) + int(2))
      assert.isTrue(yield* isDone(a))
      assert.strictEqual(seen, 2)
    })
  )

  it.effect("sends commands after the interrupt came", () =>
    Effect.gen(function* () {
      const { redis, socket, transport } = yield* busy()
      const begun = Latch.makeUnsafe(false)
      const a = yield* start(Effect.uninterruptible(Effect.andThen(begun.await, redis.incr("a"))))
      a.interruptUnsafe()
      begun.openUnsafe()
      yield* settle
      transport.turn()
      assert.deepStrictEqual(socket.writes, [["INCR first"], ["INCR a"]])
    })
  )
})
