/** Scripts, functions and locks where sentinels name another primary, which has none of the scripts. */
import { assert } from "@effect/vitest"
import { FunctionLibrary, Lock, Redis, type RedisError, Script } from "@reef-redis/node"
import { SentinelServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { onSentinels, sentinelClient } from "../sentinel/support/sentinel.ts"
import { eventually, start } from "../support/client.ts"
import { PROOF_TIMEOUT, sizeOf } from "../support/proof.ts"

const FIBERS = 20
/** Failovers by word of the sentinels. */
const ROUNDS = sizeOf({ quick: 1, full: 6 })

const bump = Script.make({
  lua: `return redis.call("INCR", KEYS[1])`,
  keys: ["counter"],
  result: Schema.Int
})

const library = FunctionLibrary.make({
  name: "reef_sentinel",
  code: `#!lua name=reef_sentinel
redis.register_function("reef_add", function(keys) return redis.call("INCR", keys[1]) end)`,
  functions: { reef_add: { keys: ["counter"], result: Schema.Int } }
})

onSentinels()("Scripts, functions and locks of a service that sentinels watch", (it) => {
  it.effect(
    "go on at each new primary: no NOSCRIPT is seen, nothing runs twice, and tokens go on growing",
    () =>
      Effect.gen(function* () {
        const servers = yield* SentinelServers
        const { redis } = yield* sentinelClient()
        const errors: Array<RedisError> = []
        const done = new Map<string, number>()
        const unknown = new Map<string, number>()
        const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)
        let running = true
        const work = (index: number) =>
          Effect.gen(function* () {
            for (let turn = 0; running; turn++) {
              const key = `n:${index}`
              const command = turn % 2 === 0 ? bump({ counter: key }) : library.call.reef_add({ counter: key })
              const result = yield* Effect.result(redis.run(command))
              if (result._tag === "Success") count(done, key)
              else {
                errors.push(result.failure)
                if (result.failure.execution === "MayHaveExecuted") count(unknown, key)
              }
              yield* Effect.sleep(5)
            }
          })
        const fibers = yield* start(
          Effect.forEach(
            Array.from({ length: FIBERS }, (_, index) => index),
            work,
            { concurrency: "unbounded", discard: true }
          )
        )
        const lock = Lock.make("watched", { ttl: "2 seconds", wait: "20 seconds" })
        const token = Effect.provideService(
          lock.withLock((held) => Effect.succeed(held.token)),
          Redis,
          redis
        )
        let newest = yield* token
        for (let round = 0; round < ROUNDS; round++) {
          const before = (yield* servers.primary).port
          const load = done.get("n:0") ?? 0
          yield* eventually(
            "the load is on",
            Effect.sync(() => (done.get("n:0") ?? 0) > load + 20)
          )
          yield* servers.failover
          assert.notStrictEqual((yield* servers.primary).port, before)
          const next = yield* token
          assert.isAbove(next, newest)
          newest = next
        }
        running = false
        yield* Fiber.join(fibers)
        for (const { reason } of errors) assert.notInclude(["NoScript", "NoFunction"], reason._tag)
        for (let index = 0; index < FIBERS; index++) {
          const key = `n:${index}`
          // A replica that was promoted may lack what its primary had acknowledged; it never has more.
          assert.isAtMost(Number(yield* redis.get(key)), (done.get(key) ?? 0) + (unknown.get(key) ?? 0))
        }
        const calls = [...done.values()].reduce((sum, n) => sum + n, 0)
        console.log(`${ROUNDS} failovers by sentinels: ${calls} calls answered, ${errors.length} failed`)
      }),
    PROOF_TIMEOUT
  )
})
