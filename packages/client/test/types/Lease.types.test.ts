import { describe, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Command, type LeasedRedis, type RedisError, type RedisService } from "../../src/index.ts"

declare const redis: RedisService

/** Never run: only its types matter. */
const typesOf = (_: () => void): void => {}

describe("The types of leases", () => {
  it("a lease is scoped, and its commands are typed as the client's are", () => {
    typesOf(() => {
      expectTypeOf(redis.lease()).toEqualTypeOf<Effect.Effect<LeasedRedis, RedisError, Scope.Scope>>()
      Effect.map(redis.lease({ key: "k", deadline: "1 second" }), (mine) => {
        expectTypeOf(mine.get("k")).toEqualTypeOf<Effect.Effect<string | undefined, RedisError>>()
        expectTypeOf(mine.select(1)).toEqualTypeOf<Effect.Effect<void, RedisError>>()
        expectTypeOf(mine.withKeyPrefix("a:")).toEqualTypeOf<LeasedRedis>()
        // @ts-expect-error a lease of a lease there is not
        mine.lease()
      })
      // @ts-expect-error the shared connection has no database of one caller
      redis.select(1)
    })
  })

  it("what is watched gives results by name or position, and keeps the function's failures and requirements", () => {
    typesOf(() => {
      const named = redis.watch("k", (tx) =>
        Effect.gen(function* () {
          const value = yield* tx.get("k")
          if (value === undefined) return yield* Effect.fail("missing" as const)
          return { stored: Command.set("k", value), length: Command.strLen("k") }
        })
      )
      expectTypeOf(named).toEqualTypeOf<Effect.Effect<{ stored: boolean; length: number }, RedisError | "missing">>()
      const listed = redis.watch(["a"], () => Effect.succeed([Command.incr("a"), Command.get("a")] as const))
      expectTypeOf(listed).toEqualTypeOf<Effect.Effect<[number, string | undefined], RedisError>>()
      redis.watch("k", (tx) => {
        // @ts-expect-error EXEC would end the watch
        tx.transaction([])
        return Effect.succeed([])
      })
    })
  })

  it("a durable write gives what the write gives", () => {
    typesOf(() => {
      const durable = redis.durable(Command.incr("n"), { replicas: 1, timeout: "1 second" })
      expectTypeOf(durable).toEqualTypeOf<Effect.Effect<number, RedisError>>()
      // @ts-expect-error for how long must be said
      redis.durable(Command.incr("n"), { replicas: 1 })
    })
  })
})
