/**
 * Why a lock (or a permit of a semaphore) was not to be had, or is held no longer.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { RedisError } from "./error/RedisError.ts"

/**
 * It did not come free in time. `waited` is in milliseconds; `cause` is the last failure of asking for it, if there was one.
 *
 * @category reasons
 * @since 0.1.0
 */
export class LockTimeout extends Data.TaggedClass("LockTimeout")<{
  readonly waited: number
  readonly cause: RedisError | undefined
  readonly message: string
}> {}

/**
 * It is held no longer: the server said so (`refused`: it has expired there, or was taken away), or nothing could be heard of the server for so long that
 * it may have expired (`unconfirmed`; `cause` is the last failure of renewing it).
 *
 * @category reasons
 * @since 0.1.0
 */
export class LockLost extends Data.TaggedClass("LockLost")<{
  readonly how: "refused" | "unconfirmed"
  readonly cause: RedisError | undefined
  readonly message: string
}> {}

/**
 * It was released before.
 *
 * @category reasons
 * @since 0.1.0
 */
export class NotHeld extends Data.TaggedClass("NotHeld")<{ readonly message: string }> {}

/**
 * It was acquired, too few replicas confirmed that in time, and it was given back.
 *
 * @category reasons
 * @since 0.1.0
 */
export class NotConfirmed extends Data.TaggedClass("NotConfirmed")<{
  readonly wanted: number
  readonly acknowledged: number
  readonly message: string
}> {}

/**
 * Every reason.
 *
 * @category models
 * @since 0.1.0
 */
export type LockReason = LockTimeout | LockLost | NotHeld | NotConfirmed

/**
 * The error of locks and semaphores: `Effect.catchReason("LockError", "LockLost", …)` takes one case. What the server or the connection
 * refuses in the first place is a `RedisError` as everywhere.
 *
 * @category errors
 * @since 0.1.0
 */
export class LockError extends Data.TaggedError("LockError")<{
  readonly reason: LockReason
  /** The name of the lock or semaphore. */
  readonly lock: string
}> {
  override get message(): string {
    return `${this.lock}: ${this.reason._tag}: ${this.reason.message}`
  }
}
