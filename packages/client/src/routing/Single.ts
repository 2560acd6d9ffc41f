/**
 * One command on its way: the Effect that `redis.get(key)` gives, and the record in the connection's queue, in one object.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import type { CommandImpl } from "../command/make.ts"
import { abandon, type Pending, type ReplyHandler, State } from "../connection/Pending.ts"
import type { RedisError } from "../error/RedisError.ts"
import type { Frame } from "../protocol/RespWriter.ts"
import type { Observation } from "../telemetry/Observation.ts"
import { goOn, type SuspendableFiber, type Waiter } from "./suspension.ts"

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

/** There is no value to go on with. */
const NONE: unique symbol = Symbol("NONE")

/**
 * Woken by its reply the record is settled and this does nothing; else the fiber was interrupted. A function of its own, since the scope of
 * a closure is made on each entry to the function around it.
 */
const wakeOf = (single: Single) => () => single.left()

/**
 * The record and Effect. Run again (or by two fibers at once), it makes another record of itself.
 *
 * @category models
 * @since 0.1.0
 */
export class Single implements Pending {
  readonly command: CommandImpl
  readonly frame: Frame
  deadline: number = UNSTARTED
  readonly handler: SingleHandler
  state: number = State.Queued
  node: string | undefined = undefined
  declare readonly lead: number
  declare leadSeen: number
  declare readonly index: number
  /** Who watches it: nobody, unless the client has telemetry (see `ObservedSingle`). */
  declare readonly observation: Observation | undefined
  /** The fiber that waits, or what it shall go on with if that was known before it could be suspended. */
  private waiter: Waiter | Effect.Effect<unknown, RedisError> | undefined = undefined
  /** What the waiting fiber finds when it goes on with this record as its Effect: saves the object that `Effect.succeed` is. */
  private value: unknown = NONE

  constructor(command: CommandImpl, frame: Frame, handler: SingleHandler) {
    this.command = command
    this.frame = frame
    this.handler = handler
  }

  /** Whether it was not run so far. */
  get isFresh(): boolean {
    return this.deadline === UNSTARTED
  }

  /** Run it on a fiber: begin, or go on with the value that came. */
  evaluate(fiber: SuspendableFiber): Effect.Effect<unknown, RedisError> {
    const { value } = this
    if (value !== NONE && this.waiter === fiber) {
      this.value = NONE
      return fiber.succeedWith(value)
    }
    if (this.deadline !== UNSTARTED) return this.again().evaluate(fiber)
    if (!this.handler.direct) return this.beginByCallback()
    this.handler.dispatch(this)
    if (this.waiter !== undefined) return this.waiter as Effect.Effect<unknown, RedisError>
    this.waiter = fiber
    return fiber.yieldWith(wakeOf(this))
  }

  /** Let the waiting fiber go on with a value. As `resume`, called at most once, and never for an abandoned record. */
  succeed(value: unknown): void {
    if (this.waiter === undefined || !this.handler.direct) return this.resume(Effect.succeed(value))
    this.value = value
    goOn(this.waiter as Waiter, effectOf(this))
  }

  /** Let the waiting fiber go on. */
  resume(effect: Effect.Effect<unknown, RedisError>): void {
    if (this.waiter === undefined) this.waiter = effect
    else (this.waiter as Waiter).evaluate(effect)
  }

  private beginByCallback(): Effect.Effect<unknown, RedisError> {
    return Effect.callback<unknown, RedisError>((resume) => {
      this.waiter = { evaluate: resume as Waiter["evaluate"] }
      this.handler.dispatch(this)
      return Effect.sync(() => this.left())
    })
  }

  /** The fiber goes on: with what it waited for, or because it was interrupted. */
  left(): void {
    abandon(this)
  }

  /** What the fiber goes on with instead of a value, seen by whoever watches. */
  over(effect: Effect.Effect<unknown, RedisError>): Effect.Effect<unknown, RedisError> {
    return effect
  }

  /** Another record of the same command. */
  protected again(): Single {
    return new Single(this.command, this.frame, this.handler)
  }
}

/**
 * How a generator runs a single: yields it once and ends with what comes back. It is its own result each time: two objects fewer for
 * each `yield*` than by Effect's own iterator.
 */
class Once {
  value: unknown
  done = false
  private begun = false
  constructor(single: Single) {
    this.value = single
  }
  next(value: unknown): this {
    if (this.begun) {
      this.value = value
      this.done = true
    }
    this.begun = true
    return this
  }
}

const describe = (single: Single): string => `Redis.${single.command.toString()}`

// An Effect by its methods; like the command it shows no values.
Object.defineProperties(Single.prototype, {
  ...Object.getOwnPropertyDescriptors(
    Effectable.Prototype<Effect.Effect<unknown, RedisError>>({
      label: "Redis.Single",
      evaluate: Single.prototype.evaluate as never
    })
  ),
  [Symbol.iterator]: {
    value(this: Single) {
      return new Once(this)
    }
  },
  lead: { value: 0 },
  leadSeen: { value: 0, writable: true },
  index: { value: 0 },
  observation: { value: undefined },
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
