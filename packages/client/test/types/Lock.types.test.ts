import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { describe, expectTypeOf, it } from "vitest"
import type { RedisError } from "../../src/error/RedisError.ts"
import * as Lock from "../../src/Lock.ts"
import type { Redis } from "../../src/Redis.ts"
import * as RedisSemaphore from "../../src/RedisSemaphore.ts"

class Mine {
  readonly _tag = "Mine"
}
declare const work: Effect.Effect<string, Mine, Scope.Scope>

// What these tests say is checked by the compiler; nothing of it is run.
const unrun = (_: () => void): void => {}

describe("the types of locks", () => {
  it("what is protected keeps its result, errors and needs, and may fail with the lock's own", () => {
    unrun(() => {
      const lock = Lock.make("name")
      type Protected = Effect.Effect<string, Mine | Lock.LockError | RedisError, Scope.Scope | Redis>
      expectTypeOf(lock.withLock(work)).toEqualTypeOf<Protected>()
      expectTypeOf(lock.withLock((held) => Effect.as(work, String(held.token)))).toEqualTypeOf<Protected>()
      expectTypeOf(RedisSemaphore.make("name", { permits: 2 }).withPermit(work)).toEqualTypeOf<Protected>()
      expectTypeOf(lock.acquire).toEqualTypeOf<
        Effect.Effect<Lock.Held, Lock.LockError | RedisError, Redis | Scope.Scope>
      >()
      // @ts-expect-error a semaphore has a number of permits
      RedisSemaphore.make("name", {})
    })
  })

  it("a reason can be caught by its name, with what it is about", () => {
    unrun(() => {
      const caught = Effect.catchReason(Lock.make("name").withLock(Effect.void), "LockError", "LockLost", (reason) => {
        expectTypeOf(reason.how).toEqualTypeOf<"refused" | "unconfirmed">()
        expectTypeOf(reason.cause).toEqualTypeOf<RedisError | undefined>()
        return Effect.void
      })
      expectTypeOf(caught).toExtend<Effect.Effect<void, Lock.LockError | RedisError, Redis>>()
    })
  })
})
