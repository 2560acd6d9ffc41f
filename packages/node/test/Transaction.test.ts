/** Transactions on a real server: all or nothing, errors inside of EXEC and before it, and what a lost connection leaves open. */
import { assert, layer } from "@effect/vitest"
import { Command, type RedisError } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { type ClientOptions, callsOf, clientOf, cutNextReply, failing, isError, start } from "./support/client.ts"
import { proxyTo } from "./support/Proxy.ts"
import { leavesNothing } from "./support/resources.ts"

const failureOf = (result: Result.Result<unknown, RedisError> | undefined): RedisError =>
  result !== undefined && Result.isFailure(result) ? result.failure : assert.fail("expected a failure")

const unknownCommand = Command.raw("NOSUCHCOMMAND", ["k"], { keys: [0] })

layer(RedisServer.layer(), { excludeTestServices: true })("A transaction", (it) => {
  const client = (options: ClientOptions = {}) =>
    Effect.gen(function* () {
      const server = yield* RedisServer
      yield* server.admin(["FLUSHALL"])
      return yield* clientOf(server, options)
    })

  it.effect("gives typed results by position and by name, text and bytes side by side", () =>
    leavesNothing(
      Effect.gen(function* () {
        for (const protocol of [3, 2] as const) {
          const redis = yield* client({ protocol })
          const [count, text, bytes, hash, big, none] = yield* redis.transaction([
            Command.rPush("l", "é", "b"),
            Command.lRange("l", 0, -1),
            Command.asBytes(Command.lRange("l", 0, -1)),
            Command.hGetAll("h"),
            Command.asBigInt(Command.incr("n")),
            Command.mGet([])
          ])
          const typed: [number, Array<string>, bigint, Array<never>] = [count, text, big, none]
          assert.deepStrictEqual(typed, [2, ["é", "b"], 1n, []])
          assert.deepStrictEqual(
            bytes.map((item) => Buffer.from(item).toString()),
            ["é", "b"]
          )
          assert.deepStrictEqual(Object.keys(hash), [])
          const named = yield* redis.transaction({ a: Command.set("k", "v"), b: Command.get("k") })
          assert.deepStrictEqual(named, { a: true, b: "v" })
          assert.deepStrictEqual(yield* redis.transaction([]), [])
        }
      })
    )
  )

  it.effect("is one: nobody sees a part of it", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client()
        const other = yield* clientOf(yield* RedisServer)
        const writer = yield* start(
          Effect.forEach(Array.from({ length: 300 }), () => redis.transaction([Command.incr("a"), Command.incr("b")]), {
            concurrency: 20,
            discard: true
          })
        )
        while (writer.pollUnsafe() === undefined) {
          const [a, b] = yield* other.mGet(["a", "b"])
          assert.strictEqual(a, b)
        }
        yield* Fiber.join(writer)
        assert.strictEqual(yield* redis.get("b"), "300")
      })
    )
  )

  it.effect("gives a command's error inside EXEC as Executed with its place; the others ran", () =>
    leavesNothing(
      Effect.gen(function* () {
        for (const protocol of [3, 2] as const) {
          const redis = yield* client({ protocol })
          const batch = [Command.set("k", "v"), Command.lLen("k"), Command.incr("n")] as const
          const error = isError(yield* failing(redis.transaction(batch)), "WrongType", "Executed")
          assert.deepInclude(error, { command: "LLEN", index: 1, transient: false })
          const results = yield* redis.transaction(batch, { mode: "result" })
          assert.deepStrictEqual([results[0], results[2]], [Result.succeed(true), Result.succeed(2)])
          isError(failureOf(results[1]), "WrongType", "Executed")
        }
      })
    )
  )

  it.effect("is aborted as a whole by a command that the server refuses to queue, and names its place", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client()
        for (const bad of [unknownCommand, Command.raw("INCR", [], { keys: "none" })]) {
          const error = yield* failing(redis.transaction([Command.incr("n"), Command.get("n"), bad, Command.incr("n")]))
          const { reason } = isError(error, "ExecAborted", "Refused")
          assert.deepInclude(reason, { position: 2 })
          assert.match(error.message, /unknown command|wrong number of arguments/)
        }
        assert.strictEqual(yield* redis.exists("n"), 0)
        assert.deepStrictEqual(yield* redis.transaction([Command.incr("n")]), [1])
      })
    )
  )

  it.effect("with a command that cannot be sent is not sent at all", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client()
        const server = yield* RedisServer
        const before = yield* callsOf(server, "multi")
        const invalid = [Command.incrBy("n", Number.NaN), Command.raw("WATCH", ["k"]), Command.blPop("l", "1 second")]
        for (const bad of invalid) {
          const error = isError(
            yield* failing(redis.transaction([Command.incr("n"), bad])),
            "InvalidArgument",
            "NotSent"
          )
          assert.strictEqual(error.index, 1)
        }
        assert.strictEqual(yield* callsOf(server, "multi"), before)
      })
    )
  )

  it.effect("decodes an integer beyond 2^53 as Decode at its place, and gives the others", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client()
        yield* redis.set("n", 2n ** 60n)
        const results = yield* redis.transaction([Command.incr("n"), Command.set("k", "v")], { mode: "result" })
        isError(failureOf(results[0]), "Decode", "Executed")
        assert.deepStrictEqual(results[1], Result.succeed(true))
      })
    )
  )

  it.effect("larger than the budget is sent once there is room, and counts its parts", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client({ maxInFlight: 10 })
        const block = Array.from({ length: 500 }, () => Command.incr("n"))
        const beside = yield* start(
          Effect.forEach(Array.from({ length: 50 }), () => redis.incr("m"), { concurrency: 50 })
        )
        const [one, two] = yield* Effect.all([redis.transaction(block), redis.transaction(block)], { concurrency: 2 })
        assert.deepStrictEqual([one.at(-1), two.at(-1)].sort(), [1000, 500].sort())
        assert.strictEqual((yield* Fiber.join(beside)).length, 50)
      })
    )
  )

  it.effect("is MayHaveExecuted where its reply is cut off, and is not sent again", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        yield* server.admin(["FLUSHALL"])
        const proxy = yield* proxyTo(server)
        const redis = yield* clientOf(proxy)
        yield* cutNextReply(redis, proxy)
        const error = yield* failing(redis.transaction([Command.incr("n"), Command.rPush("l", "x")]))
        assert.strictEqual(isError(error, "ConnectionLost", "MayHaveExecuted").command, "MULTI")
        assert.deepStrictEqual(yield* redis.mGet(["n"]), ["1"])
        assert.strictEqual(yield* redis.lLen("l"), 1)
      })
    )
  )

  it.effect("ends at its deadline as Timeout, MayHaveExecuted once it was written", () =>
    leavesNothing(
      Effect.gen(function* () {
        const proxy = yield* proxyTo(yield* RedisServer)
        const redis = yield* clientOf(proxy, { closeTimeout: 10 })
        proxy.set("silent")
        const error = yield* failing(redis.transaction([Command.incr("n")], { deadline: 100 }))
        assert.deepInclude(isError(error, "Timeout", "MayHaveExecuted").reason, { phase: "written" })
      })
    )
  )
})

layer(RedisServer.layer({ appendonly: true }), { excludeTestServices: true })("A transaction at a SIGKILL", (it) => {
  it.effect("is MayHaveExecuted, and is there as a whole or not at all", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const redis = yield* clientOf(server)
        yield* server.freeze
        const fibers = yield* Effect.forEach(Array.from({ length: 20 }), () =>
          start(redis.transaction([Command.incr("a"), Command.incr("b")]))
        )
        yield* Effect.yieldNow
        yield* server.kill
        for (const fiber of fibers) isError(yield* failing(Fiber.join(fiber)), "ConnectionLost", "MayHaveExecuted")
        yield* server.restart
        const [a, b] = yield* redis.mGet(["a", "b"])
        assert.strictEqual(a, b)
      })
    )
  )
})
