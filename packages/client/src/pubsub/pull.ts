/**
 * How the fiber that reads a subscription waits for the next chunk at the least cost: suspended directly where that works (see `suspension`).
 * A hundred subscriptions of one channel are a hundred fibers that wait again and again.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import type { RedisError } from "../error/RedisError.ts"
import { canSuspendDirectly, type SuspendableFiber, type Waiter } from "../routing/suspension.ts"
import type { Item } from "./Message.ts"

/**
 * A chunk of the stream.
 *
 * @category models
 * @since 0.1.0
 */
export type Batch = readonly [Item, ...Array<Item>]

/**
 * What gives a chunk, or the end.
 *
 * @category models
 * @since 0.1.0
 */
export type Pulled = Effect.Effect<Batch, RedisError | Cause.Done>

/**
 * The Effect that gives these, one or more. It can be given to all that wait for the same.
 *
 * @category constructors
 * @since 0.1.0
 */
export const givenBy = (items: ReadonlyArray<Item>): Pulled => Effect.succeed(items as unknown as Batch)

/**
 * What is pulled from.
 *
 * @category models
 * @since 0.1.0
 */
export interface Source {
  /** What is there, if anything is. */
  next(): Pulled | undefined
  /** Let this go on with what comes. */
  await(waiter: Waiter): void
  /** It was interrupted. */
  forget(waiter: Waiter): void
}

/** The Effect, as Effect's own primitives see it. */
interface Pull {
  readonly source: Source
  /** Who waited last, and what ends that: mostly it is one fiber again and again. */
  waiter: Waiter | undefined
  left: () => void
}

const leftOf = (source: Source, waiter: Waiter) => () => source.forget(waiter)

const prototype = /* @__PURE__ */ Effectable.Prototype<Pulled>({
  label: "Redis.Pull",
  evaluate(this: unknown, fiber) {
    const pull = this as unknown as Pull
    const { source } = pull
    const next = source.next()
    if (next !== undefined) return next
    const waiter = fiber as unknown as SuspendableFiber
    source.await(waiter)
    if (pull.waiter !== waiter) {
      pull.waiter = waiter
      pull.left = leftOf(source, waiter)
    }
    return waiter.yieldWith(pull.left)
  }
})

const byCallback = (source: Source): Pulled =>
  Effect.callback<Batch, RedisError | Cause.Done>((resume) => {
    const waiter: Waiter = { evaluate: resume as Waiter["evaluate"] }
    source.await(waiter)
    return Effect.sync(() => source.forget(waiter))
  })

/**
 * The Effect that gives the next chunk each time. `direct`: suspend fibers directly.
 *
 * @category constructors
 * @since 0.1.0
 */
export const pullOf = (source: Source, direct = canSuspendDirectly()): Pulled => {
  if (direct) {
    return Object.assign(Object.create(prototype), { source, waiter: undefined, left: () => {} } satisfies Pull)
  }
  const waiting = byCallback(source)
  return Effect.suspend(() => source.next() ?? waiting)
}
