/**
 * Semaphores over Redis: so many holders at once in all processes, each for a time and renewed. A lock is one of a single permit, and what is said
 * of locks holds here.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { RedisError } from "./error/RedisError.ts"
import type { Held } from "./internal/Permit.ts"
import { type PermitOptions, settingsOf } from "./internal/permitSettings.ts"
import { acquirePermit, heldPermits, tryPermit, withPermit } from "./internal/permits.ts"
import type { LockError } from "./LockError.ts"
import type { Redis } from "./Redis.ts"

/**
 * How a semaphore is made.
 *
 * @category options
 * @since 0.1.0
 */
export interface SemaphoreOptions extends PermitOptions {
  /** How many may hold it at once; all who use the name should say the same. */
  readonly permits: number
}

/**
 * A semaphore.
 *
 * @category models
 * @since 0.1.0
 */
export interface RedisSemaphore {
  readonly name: string
  readonly permits: number
  /** Waits for a permit and holds it until the scope ends. */
  readonly acquire: Effect.Effect<Held, LockError | RedisError, Redis | Scope.Scope>
  /** The same if one is free; else `undefined`, at once. */
  readonly tryAcquire: Effect.Effect<Held | undefined, LockError | RedisError, Redis | Scope.Scope>
  /** How many permits are held, by the server's clock. */
  readonly held: Effect.Effect<number, RedisError, Redis>
  /** Runs an effect while a permit is held, and interrupts it as `LockLost` if that is lost. */
  withPermit<A, E, R>(
    use: Effect.Effect<A, E, R> | ((held: Held) => Effect.Effect<A, E, R>)
  ): Effect.Effect<A, E | LockError | RedisError, R | Redis>
}

/**
 * A semaphore by its name. Nothing is sent until it is used; two values of one name are the same semaphore.
 *
 * **Details**
 *
 * Who holds a permit and until when stands in a sorted set with expiries by the server's own clock (TIME), so that clients' clocks do not
 * matter.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (name: string, options: SemaphoreOptions): RedisSemaphore => {
  const { permits } = options
  const settings = settingsOf(name, permits, options)
  if ("_tag" in settings) {
    const refused = Effect.fail(settings)
    return { name, permits, acquire: refused, tryAcquire: refused, held: refused, withPermit: () => refused }
  }
  return {
    name,
    permits,
    acquire: acquirePermit(settings),
    tryAcquire: tryPermit(settings),
    held: heldPermits(settings),
    withPermit: (use) => withPermit(settings, typeof use === "function" ? use : () => use)
  }
}
