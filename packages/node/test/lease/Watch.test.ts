import { assert, layer } from "@effect/vitest"
import { Command, RedisError, type RedisService } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { type ClientOptions, callsOf, clientOf, failing, isError, start } from "../support/client.ts"
import { leavesNothing } from "../support/resources.ts"

const client = (options: ClientOptions = {}) =>
  Effect.gen(function* () {
    const server = yield* RedisServer
    yield* Effect.orDie(server.admin(["FLUSHALL"]))
    return yield* clientOf(server, options)
  })

/** Read, add one, write. */
const increment = (redis: RedisService, key = "n") =>
  redis.watch(key, (tx) =>
    Effect.map(tx.get(key), (value) => ({ stored: Command.set(key, Number(value ?? 0) + 1), now: Command.get(key) }))
  )

layer(RedisServer.layer({ appendonly: true }), { excludeTestServices: true })("An optimistic transaction", (it) => {
  it.effect("gives typed results, and reads at once", () =>
    leavesNothing(
      Effect.gen(function* () {
        for (const protocol of [2, 3] as const) {
          const redis = yield* client({ protocol })
          const { now, stored } = yield* increment(redis)
          const typed: [boolean, string | undefined] = [stored, now]
          assert.deepStrictEqual(typed, [true, "1"])
          const [length] = yield* redis.watch(["l"], () => Effect.succeed([Command.rPush("l", "x")] as const))
          const number: number = length
          assert.strictEqual(number, 1)
          assert.deepStrictEqual(yield* redis.watch("k", () => Effect.succeed([])), [])
          const results = yield* redis.watch("k", () => Effect.succeed({ a: Command.incr("l") }), { mode: "result" })
          assert.isTrue(Result.isFailure(results.a))
        }
      })
    )
  )

  it.effect("is done again after a conflict, and fails as WatchConflict when the policy ends", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client()
        let runs = 0
        const contended = (times: number) =>
          redis.watch("k", (tx) =>
            Effect.gen(function* () {
              runs++
              const value = yield* tx.get("k")
              if (runs <= times) yield* redis.set("k", `${runs}`)
              return [Command.set("k", `${value} and more`)]
            })
          )
        yield* contended(3)
        assert.strictEqual(runs, 4)
        assert.strictEqual(yield* redis.get("k"), "3 and more")
        const server = yield* RedisServer
        const hasty = yield* clientOf(server, { policies: { watchConflict: Schedule.recurs(2) } })
        runs = 0
        const always = hasty.watch("k", () =>
          Effect.gen(function* () {
            runs++
            yield* redis.incr("other").pipe(Effect.andThen(redis.set("k", `${runs}`)))
            return [Command.set("k", "never")]
          })
        )
        const error = isError(yield* failing(always), "WatchConflict", "Refused")
        assert.isTrue(RedisError.isSafeToRetry(error))
        assert.strictEqual(runs, 3)
      })
    )
  )

  it.effect("fails with the function's own failure, and watches nothing any more", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client({ pool: { max: 1 } })
        assert.strictEqual(yield* failing(redis.watch("k", () => Effect.fail("mine" as const))), "mine")
        yield* redis.set("k", "v")
        yield* Effect.scoped(
          Effect.flatMap(redis.lease(), (mine) =>
            Effect.map(mine.transaction([Command.get("k")]), ([value]) => assert.strictEqual(value, "v"))
          )
        )
      })
    )
  )

  it.effect("is isolated: another caller's transaction does not eat the watch", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client()
        let runs = 0
        yield* redis.watch("k", (tx) =>
          Effect.gen(function* () {
            runs++
            const value = yield* tx.get("k")
            if (runs === 1) yield* redis.transaction([Command.set("k", "theirs"), Command.incr("x")])
            return [Command.set("k", `${value} and mine`)]
          })
        )
        assert.strictEqual(runs, 2)
        assert.strictEqual(yield* redis.get("k"), "theirs and mine")
      })
    )
  )

  it.effect("interrupted anywhere leaves no watch, no connection taken and nothing half done", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client({ pool: { max: 2 } })
        let done = 0
        for (let n = 0; n < 200; n++) {
          const fiber = yield* start(increment(redis))
          if (n % 3 === 1) yield* Effect.yieldNow
          if (n % 3 === 2) yield* Effect.sleep(Math.random() * 2)
          yield* Fiber.interrupt(fiber)
          if (fiber.pollUnsafe()?._tag === "Success") done++
        }
        const now = Number((yield* redis.get("n")) ?? 0)
        assert.isAtLeast(now, done)
        yield* increment(redis)
        assert.strictEqual(Number(yield* redis.get("n")), now + 1)
      })
    )
  )

  it.effect("checks its arguments before anything is sent", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client()
        const before = yield* callsOf(yield* RedisServer, "watch")
        isError(yield* failing(redis.watch([], () => Effect.succeed([]))), "InvalidArgument", "NotSent")
        isError(
          yield* failing(redis.watch("k", () => Effect.succeed([]), { deadline: -1 })),
          "InvalidArgument",
          "NotSent"
        )
        assert.strictEqual(yield* callsOf(yield* RedisServer, "watch"), before)
        const inside = redis.watch("k", (tx) => Effect.as(tx.run(Command.raw("MULTI")), []))
        isError(yield* failing(inside), "InvalidArgument", "NotSent")
      })
    )
  )

  it.effect(
    "counts right: 100 fibers, kills and freezes, and every outcome accounted for",
    () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer
          const redis = yield* client({
            pool: { max: 20 },
            commandTimeout: "20 seconds",
            silence: 300,
            probeTimeout: 200
          })
          const counts = { succeeded: 0, refused: 0 }
          /** Ids of attempts of which nobody knows. */
          const unknown: Array<string> = []
          const one = (id: string) =>
            redis.watch("n", (tx) =>
              Effect.map(tx.get("n"), (value) => [Command.set("n", Number(value ?? 0) + 1), Command.sAdd("done", id)])
            )
          const fiber = (at: number) =>
            Effect.gen(function* () {
              for (let n = 0; n < 10; n++) {
                const id = `${at}-${n}`
                const exit = yield* Effect.exit(one(id))
                if (Exit.isSuccess(exit)) {
                  counts.succeeded++
                  continue
                }
                const error = yield* Effect.flip(exit)
                if (error.execution === "MayHaveExecuted") unknown.push(id)
                else counts.refused++
              }
            })
          const fibers = yield* Effect.forEach(
            Array.from({ length: 100 }, (_, at) => at),
            (at) => start(fiber(at))
          )
          for (let fault = 0; fault < 4; fault++) {
            yield* Effect.sleep(300)
            if (fault % 2 === 0) {
              yield* server.kill
              yield* server.restart
            } else {
              yield* server.freeze
              yield* Effect.sleep(1000)
              yield* server.thaw
            }
          }
          for (const running of fibers) yield* Fiber.join(running)
          const checker = yield* clientOf(server)
          const members = new Set(yield* checker.sMembers("done"))
          const happened = unknown.filter((id) => members.has(id)).length
          assert.strictEqual(Number(yield* checker.get("n")), counts.succeeded + happened)
          assert.strictEqual(members.size, counts.succeeded + happened)
          assert.strictEqual(counts.succeeded + counts.refused + unknown.length, 1000)
          assert.isAbove(counts.succeeded, 100)
        })
      ),
    90_000
  )
})
