import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../../src/command/Commands.ts"
import { Transport } from "../../src/connection/Transport.ts"
import { RedisError } from "../../src/error/RedisError.ts"
import { Redis, type RedisService } from "../../src/Redis.ts"
import { RedisCluster } from "../../src/RedisCluster.ts"
import { ChaosServer } from "../support/ChaosServer.ts"
import { settle, start } from "../support/client.ts"
import { keysIn } from "../support/FakeCluster.ts"

const DEADLINE = 3000
const STEP = 50
const keys = keysIn(0, 16383, 12)

/** Every kind of operation; each gives the value that it must have if it succeeds. */
const operations: ReadonlyArray<
  (redis: RedisService, key: string, other: string) => readonly [Effect.Effect<unknown, RedisError>, unknown]
> = [
  (redis, key) => [redis.get(key), `value of ${key}`],
  (redis, key) => [redis.incr(key), 1],
  (redis, key) => [redis.set(key, "1"), true],
  (redis, key) => [redis.eval(`script ${key}`, { keys: [key] }), `result of script ${key}`],
  (redis, key, other) => [
    redis.pipeline([commands.get(key), commands.incr(other), commands.get(other)]),
    [`value of ${key}`, 1, `value of ${other}`]
  ],
  (redis, key) => [redis.transaction([commands.get(key), commands.get(key)]), ["exec", "exec"]],
  (redis, key) => [redis.run(commands.get(key), { deadline: 500, retry: "never" }), `value of ${key}`]
]

const choice = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 99 }))
const chaos = Arbitrary.schema(
  Schema.Tuple([
    Schema.Array(choice).check(Schema.isMinLength(1)),
    Schema.Array(Schema.String),
    Schema.Literals(["server", "cluster"]),
    Schema.Literals(["suspend", "fail"])
  ])
)

const check = (exit: Exit.Exit<unknown, RedisError>, expected: unknown) => {
  if (Exit.isSuccess(exit)) return assert.deepStrictEqual(exit.value, expected)
  if (Exit.hasInterrupts(exit)) return
  const found = Cause.findError(exit.cause)
  const failure = Result.isSuccess(found) ? found.success : assert.fail(Cause.pretty(exit.cause))
  assert.instanceOf(failure, RedisError)
  assert.match(failure.reason._tag, /^[A-Z][A-Za-z]+$/)
}

describe("whatever servers and connections do", () => {
  it.effect.prop(
    "every operation ends within its deadline with its own value or a RedisError, and the client can be closed",
    [chaos],
    ([[choices, texts, kind, overload]]) =>
      Effect.gen(function* () {
        const chaotic = new ChaosServer(choices, texts)
        const scope = yield* Scope.make()
        const options = { start: "lazy", commandTimeout: DEADLINE, maxInFlight: 7, overload } as const
        const made: Effect.Effect<RedisService, unknown, Transport | Scope.Scope> =
          kind === "server"
            ? Redis.make({ host: "n1", port: 1, ...options })
            : Effect.map(RedisCluster.make({ nodes: ["n1:1", "n2:1"], ...options }), ({ redis }) => redis)
        const redis = yield* made.pipe(
          Effect.provideService(Transport, chaotic.transport.service),
          Scope.provide(scope)
        )
        const begun: Array<{
          readonly fiber: { pollUnsafe(): Exit.Exit<unknown, RedisError> | undefined; interruptUnsafe(): void }
          readonly at: number
          readonly expected: unknown
        }> = []
        for (let step = 0; step < 40 + (2 * DEADLINE) / STEP; step++) {
          const now = step * STEP
          if (step < 40) {
            const n = choices[step % choices.length] ?? 0
            for (let more = 0; more <= n % 3; more++) {
              const operation = operations[(n + step + more) % operations.length]!
              const [effect, expected] = operation(redis, keys[n % keys.length]!, keys[step % keys.length]!)
              begun.push({ fiber: yield* start(effect), at: now, expected })
            }
            if (n % 11 === 0) begun[n % begun.length]?.fiber.interruptUnsafe()
          }
          chaotic.step()
          yield* TestClock.adjust(STEP)
          for (const { at, fiber } of begun) {
            if (now >= at + DEADLINE + STEP) assert.isDefined(fiber.pollUnsafe(), "an operation outlived its deadline")
          }
        }
        for (const { expected, fiber } of begun) check(fiber.pollUnsafe() ?? assert.fail("it still waits"), expected)
        const closing = yield* start(Scope.close(scope, Exit.void))
        yield* TestClock.adjust("2 seconds")
        yield* settle
        assert.isDefined(closing.pollUnsafe())
        assert.strictEqual(chaotic.transport.open.length, 0)
      }),
    { arbitrary: { runs: 40 } }
  )
})
