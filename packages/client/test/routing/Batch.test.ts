import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../../src/command/Commands.ts"
import { raw } from "../../src/command/custom.ts"
import { asBytes, map } from "../../src/command/make.ts"
import type { RedisError } from "../../src/error/RedisError.ts"
import { failed, isDone, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { ask, clustered, k1, k2, k3, keysIn, moved } from "../support/FakeCluster.ts"
import { array, bulk, error, int, ok } from "../support/FakeTransport.ts"

const quick = { unavailable: Schedule.spaced("10 millis"), reconnect: Schedule.spaced("10 millis") }

const failureOf = (result: Result.Result<unknown, RedisError>): RedisError =>
  result._tag === "Failure" ? result.failure : assert.fail(`expected a failure, got ${String(result.success)}`)

/** In short: the value, or the reason and what was executed. */
const brief = (results: ReadonlyArray<Result.Result<unknown, RedisError>>) =>
  results.map((one) =>
    one._tag === "Success" ? one.success : `${one.failure.index} ${one.failure.reason._tag} ${one.failure.execution}`
  )

describe("Pipeline on one server", () => {
  it.effect("is one write, and its results come in the caller's order, by position or by name", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const list = yield* start(redis.pipeline([commands.incr("a"), commands.get("b"), commands.set("c", "3")]))
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [["INCR a", "GET b", "SET c 3"]])
      transport.last().answer(int(1) + bulk("2") + ok)
      assert.deepStrictEqual(yield* succeeded(list), [1, "2", true])
      const named = yield* start(redis.pipeline({ count: commands.incr("a"), value: commands.get("b") }))
      yield* settle
      transport.last().answer(int(1) + bulk("2"))
      assert.deepStrictEqual(yield* succeeded(named), { count: 1, value: "2" })
    })
  )

  it.effect("of nothing answers without a call", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.pipeline([]))), [])
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.pipeline({}))), {})
      assert.deepStrictEqual(transport.last().writes, [])
    })
  )

  it.effect("fails with its first error and the index, after all were answered", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const fiber = yield* start(redis.pipeline([commands.incr("a"), commands.incr("b"), commands.incr("c")]))
      yield* settle
      transport.last().answer(int(1) + error("WRONGTYPE b"))
      assert.isFalse(yield* isDone(fiber))
      transport.last().answer(error("ERR c"))
      const failure = yield* failed(fiber)
      isError(failure, "WrongType", "Refused")
      assert.deepStrictEqual([failure.index, failure.command, failure.node], [1, "INCR", "h:1"])
    })
  )

  it.effect("gives each position its own result in mode result", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const batch = {
        good: commands.incr("a"),
        bad: commands.incr("b"),
        wrong: commands.incr("c"),
        none: commands.mGet([]),
        refused: raw("MULTI", []),
        bytes: asBytes(commands.get("d")),
        mapped: map(commands.get("e"), Number),
        thrown: map(commands.get("f"), (): number => {
          throw new Error("mine")
        })
      }
      const fiber = yield* start(redis.pipeline(batch, { mode: "result" }))
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [["INCR a", "INCR b", "INCR c", "GET d", "GET e", "GET f"]])
      transport.last().answer(int(1) + error("WRONGTYPE b") + array([]) + bulk("d") + bulk("5") + bulk("6"))
      const results = yield* succeeded(fiber)
      assert.deepStrictEqual(brief([results.good, results.none, results.mapped]), [1, [], 5])
      isError(failureOf(results.bad), "WrongType", "Refused")
      isError(failureOf(results.wrong), "Decode", "Executed")
      isError(failureOf(results.refused), "InvalidArgument", "NotSent")
      isError(failureOf(results.thrown), "Decode", "Executed")
      assert.strictEqual(failureOf(results.thrown).index, 7)
      assert.isTrue(results.bytes._tag === "Success" && results.bytes.success instanceof Uint8Array)
    })
  )

  it.effect("sends again only what may be sent again", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ policies: quick })
      const batch = [commands.incr("a"), commands.get("b"), commands.incr("c"), commands.get("d")]
      const fiber = yield* start(redis.pipeline(batch, { mode: "result" }))
      yield* settle
      transport.last().answer(int(1) + bulk("2"))
      transport.last().end()
      yield* TestClock.adjust("100 millis")
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [["GET d"]])
      transport.last().answer(bulk("4"))
      assert.deepStrictEqual(brief(yield* succeeded(fiber)), [1, "2", "2 ConnectionLost MayHaveExecuted", "4"])
    })
  )

  it.effect("names the last cause when the deadline passes during another attempt", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ policies: quick, silence: "1 hour" })
      const fiber = yield* start(redis.pipeline([commands.get("a")]))
      yield* settle
      transport.last().end("read ECONNRESET")
      yield* TestClock.adjust("10 seconds")
      const failure = yield* failed(fiber)
      isError(failure, "Timeout", "MayHaveExecuted")
      assert.include(failure.message, "ECONNRESET")
    })
  )

  it.effect("starts no attempt that cannot fit its deadline", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({ policies: { unavailable: Schedule.spaced("3 seconds") } }, ([name]) =>
        name === "INCR" ? error("LOADING data") : undefined
      )
      const fiber = yield* start(redis.pipeline([commands.incr("a")], { deadline: "5 seconds" }))
      yield* TestClock.adjust("3 seconds")
      const failure = yield* failed(fiber)
      isError(failure, "Timeout", "Refused")
      assert.include(failure.message, "LOADING data")
    })
  )
})

describe("Pipeline in a cluster", () => {
  it.effect("goes to all nodes at once, each part in one write, and keeps the caller's order", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      const keys = [k3, k1, k2, k1, k3]
      const fiber = yield* start(redis.pipeline(keys.map((key) => commands.get(key))))
      assert.deepStrictEqual(yield* succeeded(fiber), ["n3:1", "n1:1", "n2:1", "n1:1", "n3:1"])
      for (const [node, key] of [
        ["n1:1", k1],
        ["n3:1", k3]
      ] as const) {
        assert.deepStrictEqual(fake.writesTo(node), [[`GET ${key}`, `GET ${key}`]])
      }
    })
  )

  it.effect("refuses one command with keys of several slots and runs the others", () =>
    Effect.gen(function* () {
      const { redis } = yield* clustered()
      const batch = [commands.get(k1), commands.mSetNX({ [k1]: "1", [k2]: "2" }), commands.get(k2)]
      const results = yield* succeeded(yield* start(redis.pipeline(batch, { mode: "result" })))
      assert.deepStrictEqual(brief(results), ["n1:1", "1 CrossSlot NotSent", "n2:1"])
    })
  )

  it.effect("follows MOVED and ASK of single parts, ASKING right before its command", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      const [a = "", b = "", c = ""] = keysIn(0, 5460, 3)
      fake.on = ([, key = ""], { address }) =>
        address !== "n1:1" ? undefined : key === b ? ask(b, "n2:1") : key === c ? moved(c, "n2:1") : undefined
      const fiber = yield* start(redis.pipeline([commands.get(a), commands.get(b), commands.get(c)]))
      assert.deepStrictEqual(yield* succeeded(fiber), ["n1:1", "n2:1", "n2:1"])
      assert.deepStrictEqual(fake.writesTo("n2:1"), [["ASKING", `GET ${b}`, `GET ${c}`]])
    })
  )

  it.effect("moves all commands of a slot in order", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      fake.on = ([name, key = ""], { address }) =>
        name === "APPEND" ? (address === "n1:1" ? moved(key, "n2:1") : int(1)) : undefined
      const batch = Array.from({ length: 50 }, (_, n) => commands.append(k1, `${n};`))
      yield* succeeded(yield* start(redis.pipeline(batch)))
      assert.deepStrictEqual(
        fake.sentTo("n2:1"),
        batch.map((_, n) => `APPEND ${k1} ${n};`)
      )
    })
  )

  it.effect("does not send a redirected write again if a later command on its key has run", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      const [other = ""] = keysIn(0, 5460, 1, "other")
      let told = 0
      fake.on = ([name, key = ""], { address }) =>
        name !== "SET" ? undefined : address === "n1:1" && told++ < 2 ? ask(key, "n2:1") : ok
      const batch = [commands.set(k1, "first"), commands.set(other, "1"), commands.set(k1, "second")]
      const results = yield* succeeded(yield* start(redis.pipeline(batch, { mode: "result" })))
      assert.deepStrictEqual(brief(results), ["0 Redirected Refused", true, true])
      assert.deepStrictEqual(fake.sentTo("n2:1"), ["ASKING", `SET ${other} 1`])
    })
  )

  it.effect("sends a redirected read again although a later read of its key has run, but not over a write", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      let told = 0
      fake.on = ([name, key = ""], { address }) =>
        name === "SET" ? ok : name === "GET" && address === "n1:1" && told++ < 1 ? ask(key, "n2:1") : undefined
      const reads = [commands.get(k1), commands.get(k1)]
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.pipeline(reads))), ["n2:1", "n1:1"])
      told = 0
      const mixed = [commands.get(k1), commands.set(k1, "1")]
      const results = yield* succeeded(yield* start(redis.pipeline(mixed, { mode: "result" })))
      assert.deepStrictEqual(brief(results), ["0 Redirected Refused", true])
    })
  )

  it.effect("knows a key by its bytes, be it text or bytes, and however long", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      const key = `{${k1}}é${"x".repeat(300_000)}`
      let told = 0
      fake.on = ([name], { address }) =>
        name !== "SET" ? undefined : address === "n1:1" && told++ < 1 ? ask(k1, "n2:1") : ok
      const batch = [commands.set(key, "first"), commands.set(new TextEncoder().encode(key), "second")]
      const results = yield* succeeded(yield* start(redis.pipeline(batch, { mode: "result" })))
      assert.deepStrictEqual(brief(results), ["0 Redirected Refused", true])
    })
  )

  it.effect("does not send a part again if a later one may have executed", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({ policies: quick })
      fake.on = ([name]) => (name === "SET" ? "" : undefined)
      const batch = [commands.set(k1, "first"), commands.set(k1, "second")]
      const fiber = yield* start(redis.pipeline(batch, { mode: "result" }))
      yield* settle
      const socket = fake.transport.last("n1:1")
      socket.answer(error("LOADING data"))
      socket.end()
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(brief(yield* succeeded(fiber)), ["0 Loading Refused", "1 ConnectionLost MayHaveExecuted"])
      assert.deepStrictEqual(fake.sentTo("n1:1"), [`SET ${k1} first`, `SET ${k1} second`])
    })
  )

  it.effect("in a circle of redirects ends as TooManyRedirects", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      fake.on = ([name, key = ""], { address }) =>
        name === "INCR" ? moved(key, address === "n1:1" ? "n2:1" : "n1:1") : undefined
      const fiber = yield* start(redis.pipeline([commands.incr(k1)]))
      yield* TestClock.adjust("9 seconds")
      isError(yield* failed(fiber), "TooManyRedirects", "Refused")
    })
  )
})
