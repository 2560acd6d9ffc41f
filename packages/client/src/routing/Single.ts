/**
 * One command on its way: the Effect that `redis.get(key)` gives, and the record in the connection's queue, in one object.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import type * as Fiber from "effect/Fiber"
import type { CommandImpl } from "../command/make.ts"
import { Pending, type ReplyHandler } from "../connection/Pending.ts"
import type { RedisError } from "../error/RedisError.ts"
import type { Frame } from "../protocol/RespWriter.ts"
import type { SuspendableFiber, Waiter } from "./suspension.ts"

/**
 * Who starts singles and is told of their replies: an engine.
 *
 * @category models
 * @since 0.1.0
 */
export interface SingleHandler extends ReplyHandler {
  /** Whether fibers may be suspended directly (see `suspension`). */
  readonly direct: boolean
  /** Give it its deadline and hand it to its node; it may be settled at once. */
  readonly dispatch: (single: Single) => void
}

/** Not a moment: the record has not been started. */
const UNSTARTED = -1

/**
 * The record and Effect. Run again (or by two fibers at once), it makes another record of itself.
 *
 * @category models
 * @since 0.1.0
 */
export class Single extends Pending {
  declare readonly handler: SingleHandler
  /** The fiber that waits, or what it shall go on with if that was known before it could be suspended. */
  private waiter: Waiter | Effect.Effect<unknown, RedisError> | undefined = undefined

  constructor(command: CommandImpl, frame: Frame, handler: SingleHandler) {
    super(command, frame, UNSTARTED, handler)
  }

  /** Run it on a fiber. */
  begin(fiber: Fiber.Fiber<unknown, unknown>): Effect.Effect<unknown, RedisError> {
    if (this.deadline !== UNSTARTED) return new Single(this.command, this.frame, this.handler).begin(fiber)
    if (!this.handler.direct) return this.beginByCallback()
    this.handler.dispatch(this)
    if (this.waiter !== undefined) return this.waiter as Effect.Effect<unknown, RedisError>
    const suspendable = fiber as unknown as SuspendableFiber
    this.waiter = suspendable
    // Woken by its reply the record is settled and this does nothing; else the fiber was interrupted.
    return suspendable.yieldWith(() => this.abandon())
  }

  /** Let the waiting fiber go on. Called at most once, and never for an abandoned record. */
  resume(effect: Effect.Effect<unknown, RedisError>): void {
    if (this.waiter === undefined) this.waiter = effect
    else (this.waiter as Waiter).evaluate(effect)
  }

  private beginByCallback(): Effect.Effect<unknown, RedisError> {
    return Effect.callback<unknown, RedisError>((resume) => {
      this.waiter = { evaluate: resume as Waiter["evaluate"] }
      this.handler.dispatch(this)
      return Effect.sync(() => this.abandon())
    })
  }
}

const describe = (single: Single): string => `Redis.${single.command.toString()}`

// An Effect by its methods; like the command it shows no values.
Object.defineProperties(Single.prototype, {
  ...Object.getOwnPropertyDescriptors(
    Effectable.Prototype<Effect.Effect<unknown, RedisError>>({
      label: "Redis.Single",
      evaluate(fiber) {
        return (this as unknown as Single).begin(fiber)
      }
    })
  ),
  toString: {
    value(this: Single) {
      return describe(this)
    }
  },
  toJSON: {
    value(this: Single) {
      return { _id: "Effect", command: this.command.name, arguments: this.command.args.length }
    }
  },
  [Symbol.for("nodejs.util.inspect.custom")]: {
    value(this: Single) {
      return describe(this)
    }
  }
})

/** The Effect that a single is. */
export const effectOf = (single: Single): Effect.Effect<unknown, RedisError> =>
  single as unknown as Effect.Effect<unknown, RedisError>
