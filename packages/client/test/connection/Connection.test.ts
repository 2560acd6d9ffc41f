import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../../src/command/Commands.ts"
import { asBytes } from "../../src/command/make.ts"
import type { RedisService } from "../../src/Redis.ts"
import { failed, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { array, bulk, error, type FakeTransport, int, nil, ok } from "../support/FakeTransport.ts"

const names = (count: number, prefix = "k") => Array.from({ length: count }, (_, n) => `${prefix}${n}`)

const getAll = (redis: RedisService, keys: ReadonlyArray<string>) =>
  Effect.forEach(keys, (key) => start(redis.get(key)))

/** From here on a turn of the event loop ends when the test says so. */
const manual = (transport: FakeTransport) => {
  transport.deferred = []
}

describe("Connection: writing", () => {
  it.effect("writes at once when nothing is in flight", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      manual(transport)
      yield* start(redis.get("a"))
      assert.deepStrictEqual(transport.last().writes, [["GET a"]])
    })
  )

  it.effect("writes the commands of one turn together", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      manual(transport)
      yield* getAll(redis, ["a", "b", "c"])
      assert.deepStrictEqual(transport.last().writes, [["GET a"]])
      transport.turn()
      assert.deepStrictEqual(transport.last().writes, [["GET a"], ["GET b", "GET c"]])
    })
  )

  it.effect("does not wait for the end of the turn once half of what is in flight is gathered, 16 at least", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      manual(transport)
      yield* getAll(redis, names(16))
      assert.deepStrictEqual(
        transport.last().writes.map((write) => write.length),
        [1]
      )
      yield* getAll(redis, names(84, "l"))
      // 1, then 16 of 17, 17 of 34, 34 of 68; 32 of 100 wait for the turn's end.
      assert.deepStrictEqual(
        transport.last().writes.map((write) => write.length),
        [1, 16, 17, 34]
      )
      transport.turn()
      assert.strictEqual(transport.last().writes.at(-1)?.length, 32)
    })
  )

  it.effect("writes a large payload as a piece of its own, uncopied and in its place", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const large = new Uint8Array(10_000).fill(120)
      const fiber = yield* start(
        redis.pipeline([commands.set("a", "1"), commands.set("b", large), commands.set("c", "3")])
      )
      const written = transport.last().raw.at(-1)
      assert.isTrue(Array.isArray(written) && written.includes(large))
      assert.deepStrictEqual(transport.last().writes, [["SET a 1", `SET b ${"x".repeat(10_000)}`, "SET c 3"]])
      transport.last().answer(ok + ok + ok)
      assert.deepStrictEqual(yield* succeeded(fiber), [true, true, true])
    })
  )

  it.effect("cuts what would become one very long string, and loses nothing of it", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const values = names(100).map((name) => `${name}-`.repeat(400))
      yield* start(redis.pipeline(values.map((value, n) => commands.set(`k${n}`, value))))
      const written = transport.last().raw.at(-1)
      assert.isTrue(Array.isArray(written) && written.length > 1 && written.every((piece) => piece.length < 128 * 1024))
      assert.deepStrictEqual(
        transport.last().writes.flat(),
        values.map((value, n) => `SET k${n} ${value}`)
      )
    })
  )

  it.effect("waits for the drain while the transport is congested, then writes all in one", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      transport.last().congested = true
      yield* getAll(redis, names(40))
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [["GET k0"]])
      transport.last().drain()
      assert.deepStrictEqual(transport.last().writes.slice(1), [names(39).map((_, n) => `GET k${n + 1}`)])
    })
  )
})

describe("Connection: replies", () => {
  it.effect("matches replies in order, over more commands than the ring begins with", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const keys = names(1000)
      const first = yield* getAll(redis, keys.slice(0, 50))
      yield* settle
      transport.last().answer(...keys.slice(0, 30).map(bulk))
      const rest = yield* getAll(redis, keys.slice(50))
      yield* settle
      transport.last().answer(keys.slice(30).map(bulk).join(""))
      assert.deepStrictEqual(yield* Effect.forEach([...first, ...rest], succeeded), keys)
    })
  )

  it.effect("reads replies that are cut anywhere", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const fibers = yield* getAll(redis, ["a", "b", "c"])
      yield* settle
      transport.last().answer(...Array.from(bulk("one") + nil + bulk("three")))
      assert.deepStrictEqual(yield* Effect.forEach(fibers, succeeded), ["one", undefined, "three"])
    })
  )

  it.effect("gives bytes to the command that wants bytes, and text to its neighbours", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const before = yield* start(redis.get("a"))
      const bytes = yield* start(redis.run(asBytes(commands.get("b"))))
      const after = yield* start(redis.get("c"))
      yield* settle
      transport.last().answer(bulk("1") + bulk("2") + bulk("3"))
      assert.deepStrictEqual(yield* succeeded(before), "1")
      assert.deepStrictEqual(Array.from((yield* succeeded(bytes)) ?? []), [50])
      assert.deepStrictEqual(yield* succeeded(after), "3")
    })
  )

  it.effect("fails a reply of another kind as Decode and Executed, and matches the later ones", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const wrong = yield* start(redis.incr("a"))
      const right = yield* start(redis.incr("b"))
      yield* settle
      transport.last().answer(array([bulk("secret")]) + int(2))
      const failure = yield* failed(wrong)
      isError(failure, "Decode", "Executed")
      assert.notInclude(failure.message, "secret")
      assert.strictEqual(yield* succeeded(right), 2)
      assert.isTrue(transport.last().open)
    })
  )

  it.effect("ends the connection on bytes that are not RESP: written MayHaveExecuted, unwritten NotSent", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const answered = yield* start(redis.incr("a"))
      const written = yield* start(redis.incr("b"))
      yield* settle
      const socket = transport.last()
      socket.congested = true
      const blocking = yield* start(redis.incr("c"))
      yield* settle
      const unwritten = yield* start(redis.incr("d"))
      yield* settle
      assert.deepStrictEqual(socket.commands.slice(-3), ["INCR a", "INCR b", "INCR c"])
      socket.answer(`${int(1)}HTTP/1.1 400 Bad Request\r\n`)
      assert.strictEqual(yield* succeeded(answered), 1)
      for (const fiber of [written, blocking]) isError(yield* failed(fiber), "Protocol", "MayHaveExecuted")
      isError(yield* failed(unwritten), "Protocol", "NotSent")
      assert.isFalse(socket.open)
    })
  )

  it.effect("ends the connection on a reply that nothing waits for, and says what the server said", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const first = transport.last()
      first.answer(error("ERR max number of clients reached"))
      assert.isFalse(first.open)
      yield* TestClock.adjust("1 second")
      const fiber = yield* start(redis.get("a"))
      yield* settle
      transport.last().answer(bulk("1"))
      assert.strictEqual(yield* succeeded(fiber), "1")
      assert.strictEqual(transport.sockets.length, 2)
    })
  )

  it.effect("ignores RESP3 pushes between replies", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const push = `>2\r\n${bulk("invalidate")}${array([bulk("a")])}`
      transport.last().answer(push)
      const fibers = yield* getAll(redis, ["a", "b"])
      yield* settle
      transport.last().answer(push + bulk("1") + push + bulk("2") + push)
      assert.deepStrictEqual(yield* Effect.forEach(fibers, succeeded), ["1", "2"])
    })
  )

  it.effect("lets a fiber that got its reply send the next command from there", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({}, ([name]) => (name === "INCR" ? int(7) : undefined))
      const fiber = yield* start(Effect.all(names(100).map((name) => redis.incr(name))))
      assert.deepStrictEqual(
        yield* succeeded(fiber),
        names(100).map(() => 7)
      )
      assert.strictEqual(transport.last().commands.filter((text) => text.startsWith("INCR")).length, 100)
    })
  )
})

describe("Connection: its end", () => {
  it.effect("fails what is written as MayHaveExecuted and sends what is not on the next connection", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const first = transport.last()
      first.congested = true
      const written = yield* start(redis.incr("a"))
      const unwritten = yield* start(redis.incr("b"))
      yield* settle
      first.end("read ECONNRESET")
      const failure = yield* failed(written)
      isError(failure, "ConnectionLost", "MayHaveExecuted")
      assert.include(failure.message, "ECONNRESET")
      assert.strictEqual(failure.node, "h:1")
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [["INCR b"]])
      transport.last().answer(int(1))
      assert.strictEqual(yield* succeeded(unwritten), 1)
    })
  )

  it.effect("never delivers a late reply of the old socket", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const first = transport.last()
      const read = yield* start(redis.get("a"))
      yield* settle
      first.end()
      yield* TestClock.adjust("1 second")
      yield* settle
      first.answerLate(bulk("old"))
      assert.deepStrictEqual(transport.last().writes, [["GET a"]])
      transport.last().answer(bulk("new"))
      assert.strictEqual(yield* succeeded(read), "new")
    })
  )
})
