/**
 * Locks over Redis: held for a time and renewed, with a fencing token, given back at the end of a scope, and told to whoever holds one if it
 * is lost.
 *
 * **Details**
 *
 * A lock in a store that replicates asynchronously, used by processes that may stop at any time, cannot promise that there is never more
 * than one who believes to hold it. What protects is the fencing token: send it along with each write, and let what is protected refuse a
 * token that is less than one it has seen. See docs/locks.md.
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

export type { Held } from "./internal/Permit.ts"
export type { PermitOptions } from "./internal/permitSettings.ts"
export { LockError, LockLost, type LockReason, LockTimeout, NotConfirmed, NotHeld } from "./LockError.ts"

/**
 * A lock.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lock {
  readonly name: string
  /**
   * Waits for the lock and holds it until the scope ends. Fails as `LockTimeout`, as `NotConfirmed`, or with what the server or the connection refuses. Its loss
   * interrupts nothing by itself: see `lost` of what it gives, or use `withLock`.
   */
  readonly acquire: Effect.Effect<Held, LockError | RedisError, Redis | Scope.Scope>
  /** The same if it is free; else `undefined`, at once. */
  readonly tryAcquire: Effect.Effect<Held | undefined, LockError | RedisError, Redis | Scope.Scope>
  /** Whether anybody holds it. */
  readonly locked: Effect.Effect<boolean, RedisError, Redis>
  /**
   * Runs an effect while the lock is held. If it is lost the effect is interrupted, and the whole fails as `LockLost`; also if only giving
   * it back shows that.
   */
  withLock<A, E, R>(
    use: Effect.Effect<A, E, R> | ((held: Held) => Effect.Effect<A, E, R>)
  ): Effect.Effect<A, E | LockError | RedisError, R | Redis>
}

/**
 * A lock by its name. Nothing is sent until it is used; two values of one name are the same lock.
 *
 * **Details**
 *
 * All its keys are of one slot, that of the name; the client's key prefix stands before them. Needs a server from 6.2 on and the right to run
 * scripts.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (name: string, options: PermitOptions = {}): Lock => {
  const settings = settingsOf(name, 1, options)
  if ("_tag" in settings) {
    const refused = Effect.fail(settings)
    return { name, acquire: refused, tryAcquire: refused, locked: refused, withLock: () => refused }
  }
  return {
    name,
    acquire: acquirePermit(settings),
    tryAcquire: tryPermit(settings),
    locked: Effect.map(heldPermits(settings), (held) => held > 0),
    withLock: (use) => withPermit(settings, typeof use === "function" ? use : () => use)
  }
}
