/** Pipelines on a real server: typed results, errors with their place, sizes, and what a lost connection does to each part. */
import { assert, layer } from "@effect/vitest"
import { Command, type RedisError } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { type ClientOptions, callsOf, clientOf, cutNextReply, failing, isError, start } from "./support/client.ts"
import { proxyTo } from "./support/Proxy.ts"
import { leavesNothing } from "./support/resources.ts"

const MANY = 100_000

const failureOf = (result: Result.Result<unknown, RedisError> | undefined): RedisError =>
  result !== undefined && Result.isFailure(result) ? result.failure : assert.fail("expected a failure")

layer(RedisServer.layer(), { excludeTestServices: true })("A pipeline", (it) => {
  const client = (options: ClientOptions = {}) =>
    Effect.gen(function* () {
      const server = yield* RedisServer
      yield* server.admin(["FLUSHALL"])
      return yield* clientOf(server, options)
    })

  it.effect("gives typed results by position and by name", () =>
    leavesNothing(
      Effect.gen(function* () {
        for (const protocol of [3, 2] as const) {
          const redis = yield* client({ protocol })
          const [set, count, value, missing, bytes, mapped] = yield* redis.pipeline([
            Command.set("k", "v"),
            Command.incr("n"),
            Command.get("k"),
            Command.get("missing"),
            Command.asBytes(Command.get("k")),
            Command.map(Command.get("k"), (found) => found?.length ?? 0)
          ])
          const typed: [boolean, number, string | undefined, string | undefined, number] = [
            set,
            count,
            value,
            missing,
            mapped
          ]
          assert.deepStrictEqual(typed, [true, 1, "v", undefined, 1])
          assert.deepStrictEqual(bytes, Uint8Array.of(118))
          const named = yield* redis.pipeline({ hash: Command.hGetAll("h"), n: Command.asBigInt(Command.incr("n")) })
          assert.deepStrictEqual(Object.keys(named), ["hash", "n"])
          assert.strictEqual(named.n, 2n)
          assert.deepStrictEqual(yield* redis.pipeline([]), [])
        }
      })
    )
  )

  it.effect("fails with its first error and the place of it; the others have run", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client()
        const batch = [Command.set("k", "v"), Command.lLen("k"), Command.incr("n"), Command.incr("k")] as const
        const error = isError(yield* failing(redis.pipeline(batch)), "WrongType", "Refused")
        assert.deepInclude(error, { command: "LLEN", index: 1 })
        const results = yield* redis.pipeline(batch, { mode: "result" })
        assert.deepStrictEqual(results[0], Result.succeed(true))
        isError(failureOf(results[1]), "WrongType", "Refused")
        assert.deepStrictEqual(results[2], Result.succeed(2))
        assert.strictEqual(isError(failureOf(results[3]), "ServerReply", "Refused").index, 3)
      })
    )
  )

  it.effect("does not send the commands that cannot be sent, and runs the others in result mode", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client()
        const results = yield* redis.pipeline(
          [
            Command.incr("n"),
            Command.incrBy("n", Number.NaN),
            Command.mGet([]),
            Command.raw("SELECT", [1]),
            Command.incr("n")
          ],
          { mode: "result" }
        )
        assert.deepStrictEqual(
          [results[0], results[2], results[4]],
          [Result.succeed(1), Result.succeed([]), Result.succeed(2)]
        )
        for (const at of [1, 3])
          assert.strictEqual(isError(failureOf(results[at]), "InvalidArgument", "NotSent").index, at)
      })
    )
  )

  it.effect("sends 100 000 commands through a budget of 64 in flight, and gives them in order", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client({ maxInFlight: 64, commandTimeout: "1 minute" })
        const ids = Array.from({ length: MANY }, (_, at) => at)
        const beside = yield* start(Effect.forEach(ids.slice(0, 100), () => redis.incr("beside")))
        const sums = yield* redis.pipeline(ids.map(() => Command.incr("n")))
        assert.isTrue(sums.every((sum, at) => sum === at + 1))
        const echoes = yield* redis.pipeline(ids.map((at) => Command.echo(String(at))))
        assert.isTrue(echoes.every((echo, at) => echo === String(at)))
        assert.strictEqual((yield* Fiber.join(beside)).at(-1), 100)
      })
    )
  )

  it.effect(
    "larger than the budget is not over it by itself, where the client was told to fail, but beside others",
    () =>
      leavesNothing(
        Effect.gen(function* () {
          const redis = yield* client({ maxInFlight: 10, overload: "fail" })
          const increments = (count: number) => Array.from({ length: count }, () => Command.incr("n"))
          const sums = yield* redis.pipeline(increments(1_005))
          assert.deepStrictEqual(sums.at(-1), 1_005)
          const large = "x".repeat(100_000)
          const narrow = yield* client({ maxInFlightBytes: 250_000, overload: "fail" })
          yield* narrow.pipeline(Array.from({ length: 50 }, (_, at) => Command.set(`k${at}`, large)))
          const first = yield* start(redis.pipeline(increments(10)))
          const results = yield* redis.pipeline(increments(15), { mode: "result" })
          for (const result of results.slice(0, 10)) isError(failureOf(result), "Overloaded", "NotSent")
          yield* Fiber.join(first)
        })
      )
  )

  it.effect("tells for each part what may have happened where the reply was cut off, and reads again", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const proxy = yield* proxyTo(server)
        yield* server.admin(["FLUSHALL"])
        const redis = yield* clientOf(proxy)
        yield* redis.set("k", "v")
        yield* cutNextReply(redis, proxy)
        const before = yield* callsOf(server, "incr")
        const results = yield* redis.pipeline(
          [Command.get("k"), Command.incr("n"), Command.get("n"), Command.strLen("k")],
          {
            mode: "result"
          }
        )
        assert.deepStrictEqual(results[0], Result.succeed("v"))
        isError(failureOf(results[1]), "ConnectionLost", "MayHaveExecuted")
        // Behind the write in question, so it shows what became of it.
        assert.deepStrictEqual(results[2], Result.succeed("1"))
        assert.deepStrictEqual(results[3], Result.succeed(1))
        assert.strictEqual((yield* callsOf(server, "incr")) - before, 1)
      })
    )
  )

  it.effect("does not read again before a write of the same key that may have been executed", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const proxy = yield* proxyTo(server)
        yield* server.admin(["FLUSHALL"])
        const redis = yield* clientOf(proxy)
        for (const [text, same] of [
          ["k", "k"],
          ["ключ", Buffer.from("ключ")]
        ] as const) {
          yield* cutNextReply(redis, proxy)
          const results = yield* redis.pipeline([Command.get(text), Command.append(same, "x")], { mode: "result" })
          for (const result of results) isError(failureOf(result), "ConnectionLost", "MayHaveExecuted")
        }
      })
    )
  )

  it.effect("reads again by keys of any size", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const proxy = yield* proxyTo(server)
        const redis = yield* clientOf(proxy)
        const key = new Uint8Array(400_000).fill(255)
        yield* redis.set(key, "v")
        yield* cutNextReply(redis, proxy)
        assert.deepStrictEqual(yield* redis.pipeline([Command.get(key), Command.strLen(key)]), ["v", 1])
      })
    )
  )

  it.effect("of 100 000 reads is sent again where the connection ends in its midst, without a standstill", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const proxy = yield* proxyTo(server)
        const redis = yield* clientOf(proxy, { commandTimeout: "1 minute", maxInFlight: 1_000_000 })
        yield* redis.mSet(Array.from({ length: 1000 }, (_, at) => [`k:${at}`, `v:${at}`]))
        yield* cutNextReply(redis, proxy)
        const reads = Array.from({ length: MANY }, (_, at) => Command.get(`k:${at % 1000}`))
        const started = performance.now()
        const values = yield* redis.pipeline(reads)
        assert.isTrue(values.every((value, at) => value === `v:${at % 1000}`))
        assert.isBelow(performance.now() - started, 15_000)
      })
    )
  )

  it.effect("ends at its deadline as Timeout for each part", () =>
    leavesNothing(
      Effect.gen(function* () {
        const proxy = yield* proxyTo(yield* RedisServer)
        const redis = yield* clientOf(proxy, { closeTimeout: 10 })
        proxy.set("silent")
        const batch = [Command.get("k"), Command.incr("n")] as const
        const results = yield* redis.pipeline(batch, { mode: "result", deadline: 100 })
        for (const [at, result] of results.entries()) {
          const error = isError(failureOf(result), "Timeout", "MayHaveExecuted")
          assert.deepInclude(error.reason, { phase: "written" })
          assert.strictEqual(error.index, at)
        }
        isError(yield* failing(redis.pipeline(batch, { deadline: 0 })), "InvalidArgument", "NotSent")
      })
    )
  )
})
