import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../../src/command/Commands.ts"
import { asBytes, map } from "../../src/command/make.ts"
import { failed, isDone, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { ask, clustered, k1, k2, moved } from "../support/FakeCluster.ts"
import { array, bulk, error, int, nil, ok, queued } from "../support/FakeTransport.ts"

const quick = { unavailable: Schedule.spaced("10 millis"), reconnect: Schedule.spaced("10 millis") }
const two = [commands.incr("a"), commands.get("b")] as const

describe("Transaction", () => {
  it.effect("is one write, and its results come by position or by name", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const list = yield* start(redis.transaction(two))
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [["MULTI", "INCR a", "GET b", "EXEC"]])
      transport.last().answer(ok + queued + queued + array([int(1), bulk("2")]))
      assert.deepStrictEqual(yield* succeeded(list), [1, "2"])
      const named = yield* start(redis.transaction({ count: commands.incr("a") }))
      yield* settle
      transport.last().answer(ok + queued + array([int(5)]))
      assert.deepStrictEqual(yield* succeeded(named), { count: 5 })
    })
  )

  it.effect("of nothing, or of what needs no server, answers without a call", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.transaction([]))), [])
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.transaction([commands.mGet([])]))), [[]])
      assert.deepStrictEqual(transport.last().writes, [])
    })
  )

  it.effect("reads text, bytes and mapped views side by side", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const batch = [
        commands.get("a"),
        asBytes(commands.get("b")),
        commands.mGet([]),
        map(commands.get("c"), Number),
        commands.hGetAll("h")
      ] as const
      const fiber = yield* start(redis.transaction(batch))
      yield* settle
      const hash = `%1\r\n${bulk("f")}${bulk("é")}`
      transport.last().answer(ok + queued.repeat(4) + array([bulk("é"), bulk("é"), bulk("3"), hash]))
      const [a, b, none, c, h] = yield* succeeded(fiber)
      assert.deepStrictEqual([a, none, c, { ...h }], ["é", [], 3, { f: "é" }])
      assert.deepStrictEqual(Array.from(b ?? []), [0xc3, 0xa9])
    })
  )

  it.effect("that was refused while it was queued names the position, and nothing was executed", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const fiber = yield* start(redis.transaction(two))
      yield* settle
      transport
        .last()
        .answer(
          ok +
            queued +
            error("ERR wrong number of arguments for 'get' command") +
            error("EXECABORT Transaction discarded")
        )
      const failure = yield* failed(fiber)
      isError(failure, "ExecAborted", "Refused")
      assert.strictEqual(failure.reason._tag === "ExecAborted" ? failure.reason.position : -1, 1)
      assert.include(failure.message, "wrong number of arguments")
      assert.isTrue(transport.last().open)
    })
  )

  it.effect("has a command's error inside EXEC at its index, as Executed, since the others ran", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const answer = ok + queued + queued + array([error("WRONGTYPE a"), bulk("2")])
      const fiber = yield* start(redis.transaction(two))
      const each = yield* start(redis.transaction(two, { mode: "result" }))
      yield* settle
      transport.last().answer(answer + answer)
      const failure = yield* failed(fiber)
      isError(failure, "WrongType", "Executed")
      assert.strictEqual(failure.index, 0)
      const [a, b] = yield* succeeded(each)
      assert.isTrue(a._tag === "Failure" && b._tag === "Success" && b.success === "2")
    })
  )

  it.effect("has a reply of another kind, and a function that throws, as Decode and Executed at the index", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const thrown = map(commands.get("b"), (): number => {
        throw new Error("mine")
      })
      const fiber = yield* start(redis.transaction([commands.incr("a"), thrown], { mode: "result" }))
      yield* settle
      transport.last().answer(ok + queued + queued + array([array([]), bulk("2")]))
      const results = yield* succeeded(fiber)
      for (const [index, result] of results.entries()) {
        const failure = result._tag === "Failure" ? result.failure : assert.fail("expected a failure")
        isError(failure, "Decode", "Executed")
        assert.strictEqual(failure.index, index)
      }
    })
  )

  it.effect("whose MULTI is not answered by OK may have executed, and its connection is given up", () =>
    Effect.gen(function* () {
      for (const first of [error("ERR unknown command 'MULTI'"), bulk("?")]) {
        const { redis, transport } = yield* standalone({ policies: quick })
        const socket = transport.last()
        const fiber = yield* start(redis.transaction(two))
        yield* settle
        socket.answer(first + int(1) + bulk("2") + error("ERR EXEC without MULTI"))
        isError(yield* failed(fiber), "ServerReply", "MayHaveExecuted")
        assert.isFalse(socket.open)
      }
    })
  )

  it.effect("that EXEC does not answer with its results is Executed, whatever was answered", () =>
    Effect.gen(function* () {
      for (const reply of [nil, int(1), array([int(1)])]) {
        const { redis, transport } = yield* standalone()
        const fiber = yield* start(redis.transaction(two))
        yield* settle
        transport.last().answer(ok + queued + queued + reply)
        const failure = yield* failed(fiber)
        isError(failure, "Decode", "Executed")
      }
    })
  )

  it.effect("is sent again as a whole when it was refused in passing, and never when it may have executed", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ policies: quick })
      const fiber = yield* start(redis.transaction(two))
      yield* settle
      const loading = error("LOADING data")
      transport.last().answer(ok + loading + loading + error("EXECABORT Transaction discarded"))
      yield* TestClock.adjust("10 millis")
      yield* settle
      assert.strictEqual(transport.last().writes.length, 2)
      transport.last().end()
      yield* TestClock.adjust("1 second")
      isError(yield* failed(fiber), "ConnectionLost", "MayHaveExecuted")
      assert.strictEqual(transport.last().writes.length, 0)
    })
  )

  it.effect("is refused before anything is sent if a command of it cannot be sent", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const failure = yield* failed(
        yield* start(redis.transaction([commands.incr("a"), commands.incrBy("b", Number.NaN)]))
      )
      isError(failure, "InvalidArgument", "NotSent")
      assert.strictEqual(failure.index, 1)
      assert.deepStrictEqual(transport.last().writes, [])
    })
  )
})

describe("Transaction in a cluster", () => {
  const exec = (words: ReadonlyArray<string>) =>
    words[0] === "MULTI" ? ok : words[0] === "EXEC" ? array([bulk("done")]) : undefined

  it.effect("is refused before anything is sent if its keys belong to several slots", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      const failure = yield* failed(yield* start(redis.transaction([commands.get(k1), commands.get(k2)])))
      isError(failure, "CrossSlot", "NotSent")
      for (const node of ["n1:1", "n2:1"]) assert.deepStrictEqual(fake.sentTo(node), [])
    })
  )

  it.effect("is re-sent as a whole after MOVED, and the slot is patched", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      fake.on = (words, { address }) =>
        words[0] === "GET"
          ? address === "n1:1"
            ? moved(k1, "n2:1")
            : queued
          : words[0] === "EXEC" && address === "n1:1"
            ? error("EXECABORT Transaction discarded because of previous errors.")
            : exec(words)
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.transaction([commands.get(k1)]))), ["done"])
      assert.deepStrictEqual(fake.writesTo("n2:1"), [["MULTI", `GET ${k1}`, "EXEC"]])
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.transaction([commands.get(k1)]))), ["done"])
      assert.deepStrictEqual(fake.writesTo("n1:1").length, 1)
    })
  )

  it.effect("is re-sent as a whole after ASK, with ASKING before MULTI in the same write", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      fake.on = (words, { address }) =>
        words[0] === "GET"
          ? address === "n1:1"
            ? ask(k1, "n2:1")
            : queued
          : words[0] === "EXEC" && address === "n1:1"
            ? error("EXECABORT Transaction discarded because of previous errors.")
            : exec(words)
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.transaction([commands.get(k1)]))), ["done"])
      assert.deepStrictEqual(fake.writesTo("n2:1"), [["ASKING", "MULTI", `GET ${k1}`, "EXEC"]])
    })
  )

  it.effect("in a circle of redirects ends as TooManyRedirects, and nothing was executed", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      fake.on = (words, { address }) =>
        words[0] === "GET"
          ? moved(k1, address === "n1:1" ? "n2:1" : "n1:1")
          : words[0] === "EXEC"
            ? error("EXECABORT Transaction discarded because of previous errors.")
            : exec(words)
      const fiber = yield* start(redis.transaction([commands.get(k1)]))
      yield* TestClock.adjust("9 seconds")
      isError(yield* failed(fiber), "TooManyRedirects", "Refused")
    })
  )

  it.effect("is sent again when only EXEC was refused, for what passes, and fails with what does not", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ policies: quick })
      const because = (cause: string) =>
        ok + queued + queued + error(`EXECABORT Transaction discarded because of: ${cause}`)
      const fiber = yield* start(redis.transaction(two))
      yield* settle
      transport.last().answer(because("MASTERDOWN Link with MASTER is down"))
      yield* TestClock.adjust("10 millis")
      transport.last().answer(because("OOM command not allowed"))
      const failure = yield* failed(fiber)
      isError(failure, "ExecAborted", "Refused")
      assert.include(failure.message, "OOM")
      assert.lengthOf(transport.last().writes, 2)
    })
  )

  it.effect("waits for a slot that is not served", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({ policies: quick })
      let down = true
      fake.on = (words) =>
        words[0] === "GET"
          ? down
            ? error("CLUSTERDOWN Hash slot not served")
            : queued
          : words[0] === "EXEC" && down
            ? error("EXECABORT Transaction discarded because of previous errors.")
            : exec(words)
      const fiber = yield* start(redis.transaction([commands.get(k1)]))
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* isDone(fiber))
      down = false
      yield* TestClock.adjust("10 millis")
      assert.deepStrictEqual(yield* succeeded(fiber), ["done"])
    })
  )
})
