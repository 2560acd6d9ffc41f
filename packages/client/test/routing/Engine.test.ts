import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../../src/command/Commands.ts"
import { raw } from "../../src/command/custom.ts"
import { asBytes, map } from "../../src/command/make.ts"
import type { RedisService } from "../../src/Redis.ts"
import { failed, isDone, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { bulk, error, int, refused, type Script } from "../support/FakeTransport.ts"

const quick = { unavailable: Schedule.spaced("10 millis"), reconnect: Schedule.spaced("10 millis") }

/** Answers INCR and GET by the list, then by `value`. */
const refusing = (texts: ReadonlyArray<string>, value: string): Script => {
  let next = 0
  return ([name]) => {
    if (name !== "INCR" && name !== "GET" && name !== "EVAL" && name !== "SET") return undefined
    const text = texts[next++]
    return text === undefined ? value : error(text)
  }
}

describe("Engine: what was refused", () => {
  it.effect("is sent again by the policy when the cause passes, whatever the command does", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(
        { policies: quick },
        refusing(["LOADING data", "MASTERDOWN link", "LOADING data"], int(1))
      )
      const fiber = yield* start(redis.incr("a"))
      yield* TestClock.adjust("29 millis")
      assert.isFalse(yield* isDone(fiber))
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* succeeded(fiber), 1)
      assert.strictEqual(transport.last().writes.length, 4)
    })
  )

  it.effect("fails at once as Refused when it will be refused again", () =>
    Effect.gen(function* () {
      for (const [text, tag] of [
        ["WRONGTYPE Operation against a key holding the wrong kind of value", "WrongType"],
        ["BUSY Redis is busy running a script", "Busy"],
        ["OOM command not allowed", "OutOfMemory"],
        ["NOPERM this user has no permissions", "NoPermission"],
        ["READONLY You can't write against a read only replica.", "ReadOnly"],
        ["ERR value is not an integer or out of range", "ServerReply"]
      ] as const) {
        const { redis, transport } = yield* standalone({ policies: quick }, refusing([text], int(1)))
        const failure = yield* failed(yield* start(redis.incr("a")))
        isError(failure, tag, "Refused")
        assert.deepStrictEqual([failure.command, failure.node, failure.index], ["INCR", "h:1", undefined])
        assert.strictEqual(transport.last().writes.length, 1)
      }
    })
  )

  it.effect("fails with the last cause when the policy ends", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(
        { policies: { unavailable: Schedule.recurs(2) } },
        refusing(["LOADING 1", "LOADING 2", "LOADING 3", "LOADING 4"], int(1))
      )
      const failure = yield* failed(yield* start(redis.incr("a")))
      isError(failure, "Loading", "Refused")
      assert.include(failure.message, "LOADING 3")
      assert.strictEqual(transport.last().writes.length, 3)
    })
  )

  it.effect("is paced by a policy of the user's, which sees each cause", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const policy = Schedule.spaced("1 second").pipe(
        Schedule.setInputType<{ readonly reason: { readonly _tag: string } }>(),
        Schedule.tap(({ input }) => Effect.sync(() => seen.push(input.reason._tag)))
      )
      const { redis } = yield* standalone(
        { policies: { unavailable: policy } },
        refusing(["LOADING a", "MASTERDOWN b"], int(1))
      )
      const fiber = yield* start(redis.incr("a"))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* succeeded(fiber), 1)
      assert.deepStrictEqual(seen, ["Loading", "MasterDown"])
    })
  )
})

describe("Engine: what may have executed", () => {
  /** The connection takes the command and ends: what is sent on later ones? */
  const attempt = (
    options: Parameters<typeof standalone>[0],
    run: (redis: RedisService) => Effect.Effect<unknown, unknown>
  ) =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ policies: quick, ...options })
      const fiber = yield* start(run(redis))
      yield* settle
      transport.last().end()
      yield* TestClock.adjust("100 millis")
      yield* settle
      return { fiber, sent: transport.sockets.slice(1).flatMap((socket) => socket.writes.flat()) }
    })

  it.effect("is sent again if it only reads, and is told otherwise", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* attempt({}, (redis) => redis.get("a"))).sent, ["GET a"])
      for (const run of [
        (redis: RedisService) => redis.set("a", "1"),
        (redis: RedisService) => redis.incr("a"),
        (redis: RedisService) => redis.eval("return 1")
      ]) {
        const { fiber, sent } = yield* attempt({}, run)
        assert.deepStrictEqual(sent, [])
        isError(yield* failed(fiber), "ConnectionLost", "MayHaveExecuted")
      }
    })
  )

  it.effect("is sent again up to the category that the client allows", () =>
    Effect.gen(function* () {
      const options = { resend: "lastWriteWins" } as const
      assert.deepStrictEqual((yield* attempt(options, (redis) => redis.set("a", "1"))).sent, ["SET a 1"])
      assert.deepStrictEqual((yield* attempt(options, (redis) => redis.incr("a"))).sent, [])
      assert.deepStrictEqual((yield* attempt({ resend: "accumulating" }, (redis) => redis.incr("a"))).sent, ["INCR a"])
      assert.deepStrictEqual((yield* attempt({ resend: "accumulating" }, (redis) => redis.eval("x"))).sent, [])
    })
  )

  it.effect("is sent again, or not, by what one call says of its command", () =>
    Effect.gen(function* () {
      const incr = commands.incr("a")
      const again = yield* attempt({}, (redis) => redis.run(incr, { retry: "idempotent" }))
      assert.deepStrictEqual(again.sent, ["INCR a"])
      const read = yield* attempt({}, (redis) => redis.run(commands.get("a"), { retry: "never" }))
      assert.deepStrictEqual(read.sent, [])
      const worse = yield* attempt({}, (redis) => redis.run(incr, { retry: "lastWriteWins" }))
      assert.deepStrictEqual(worse.sent, [])
    })
  )

  it.effect("decides the execution of the whole: the worst attempt counts", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ policies: { ...quick, unavailable: Schedule.recurs(3) } })
      const fiber = yield* start(redis.get("a"))
      yield* settle
      transport.onOpen = () => refused()
      transport.last().end()
      yield* TestClock.adjust("1 second")
      const failure = yield* failed(fiber)
      isError(failure, "ConnectFailed", "MayHaveExecuted")
    })
  )

  it.effect("is a script's error that may have come half-way", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(
        { policies: quick },
        refusing(["LOADING script: 123, on @user_script:1.", "NOSCRIPT No matching script"], int(1))
      )
      isError(yield* failed(yield* start(redis.eval("x"))), "Loading", "MayHaveExecuted")
      isError(yield* failed(yield* start(redis.eval("x"))), "NoScript", "Refused")
      assert.strictEqual(transport.last().writes.length, 2)
    })
  )
})

describe("Engine: what is never sent", () => {
  it.effect("is what changes the state of the connection, raw too", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const all = [
        raw("MULTI", []),
        raw("SELECT", ["1"]),
        raw("subscribe", ["c"]),
        raw("CLIENT", ["REPLY", "OFF"]),
        raw("client reply", ["OFF"]),
        raw("MONITOR", []),
        raw("HELLO", ["2"]),
        raw("RESET", []),
        raw("QUIT", []),
        raw("WATCH", ["a"]),
        raw("ASKING", []),
        raw("READONLY", []),
        raw("CLIENT TRACKING", ["on"])
      ]
      for (const command of all) isError(yield* failed(yield* start(redis.run(command))), "InvalidArgument", "NotSent")
      assert.deepStrictEqual(transport.last().writes, [])
    })
  )

  it.effect("is an argument that cannot be sent, and the error tells its position but not its value", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const failure = yield* failed(yield* start(redis.incrBy("a", Number.NaN)))
      isError(failure, "InvalidArgument", "NotSent")
      assert.strictEqual(failure.reason._tag === "InvalidArgument" ? failure.reason.position : -1, 1)
      assert.deepStrictEqual(transport.last().writes, [])
    })
  )

  it.effect("is a command that needs no server: its constant is the result", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.mGet([]))), [])
      assert.deepStrictEqual(transport.last().writes, [])
    })
  )
})

describe("Engine: views", () => {
  it.effect("runs the user's function on the caller's fiber, and what it throws is Decode and Executed", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({}, ([name]) => (name === "GET" ? bulk("5") : undefined))
      const good = yield* start(redis.run(map(commands.get("a"), Number)))
      assert.strictEqual(yield* succeeded(good), 5)
      const bad = yield* start(
        redis.run(
          map(commands.get("a"), (): number => {
            throw new Error("no such user")
          })
        )
      )
      const failure = yield* failed(bad)
      isError(failure, "Decode", "Executed")
      assert.include(failure.message, "no such user")
      assert.isTrue(transport.last().open)
    })
  )

  it.effect("holds over a retry, the bytes view too", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({ policies: quick }, refusing(["LOADING a"], bulk("5")))
      const fiber = yield* start(redis.run(map(asBytes(commands.get("a")), (bytes) => bytes?.length)))
      yield* TestClock.adjust("10 millis")
      assert.strictEqual(yield* succeeded(fiber), 1)
    })
  )

  it.effect("can be run again: one value, as many runs as one likes", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({}, ([name]) => (name === "INCR" ? int(1) : undefined))
      const once = redis.incr("a")
      const fiber = yield* start(Effect.all([once, once, once], { concurrency: "unbounded" }))
      assert.deepStrictEqual(yield* succeeded(fiber), [1, 1, 1])
      assert.strictEqual(transport.last().writes.flat().length, 3)
    })
  )

  it.effect("refuses a deadline that is none", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone()
      isError(yield* failed(yield* start(redis.run(commands.get("a"), { deadline: 0 }))), "InvalidArgument", "NotSent")
      isError(yield* failed(yield* start(redis.run(commands.get("a"), { deadline: -1 }))), "InvalidArgument", "NotSent")
    })
  )
})
