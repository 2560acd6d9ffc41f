/**
 * A command on its way that somebody watches: the record of `Single`, with an observation that begins and ends with it.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import type * as Fiber from "effect/Fiber"
import type { CommandImpl } from "../command/make.ts"
import { State } from "../connection/Pending.ts"
import type { RedisError } from "../error/RedisError.ts"
import type { Frame } from "../protocol/RespWriter.ts"
import type { Observation } from "../telemetry/Observation.ts"
import type { Telemetry } from "../telemetry/Telemetry.ts"
import { Single, type SingleHandler } from "./Single.ts"
import type { SuspendableFiber } from "./suspension.ts"

/**
 * The record and Effect.
 *
 * @category models
 * @since 0.1.0
 */
export class ObservedSingle extends Single {
  override observation: Observation | undefined = undefined
  private readonly telemetry: Telemetry

  constructor(command: CommandImpl, frame: Frame, handler: SingleHandler, telemetry: Telemetry) {
    super(command, frame, handler)
    this.telemetry = telemetry
  }

  override evaluate(fiber: SuspendableFiber): Effect.Effect<unknown, RedisError> {
    if (this.isFresh) {
      this.observation = this.telemetry.begin(fiber as unknown as Fiber.Fiber<unknown, unknown>, this.command)
    }
    return super.evaluate(fiber)
  }

  override succeed(value: unknown): void {
    this.observation?.contacted(this.node)
    this.observation?.succeeded(false)
    super.succeed(value)
  }

  override left(): void {
    // Who was answered is settled by now, and one whose deadline passed is abandoned.
    if (this.state === State.Queued || this.state === State.Written) {
      this.observation?.contacted(this.node)
      this.observation?.interrupted()
    }
    super.left()
  }

  override over(effect: Effect.Effect<unknown, RedisError>): Effect.Effect<unknown, RedisError> {
    this.observation?.contacted(this.node)
    return this.observation === undefined ? effect : this.observation.over(effect)
  }

  protected override again(): Single {
    return new ObservedSingle(this.command, this.frame, this.handler, this.telemetry)
  }
}

// An Effect by its own `evaluate`; all else is inherited.
const observed = Effectable.Prototype<Effect.Effect<unknown, RedisError>>({
  label: "Redis.Single",
  evaluate: ObservedSingle.prototype.evaluate as never
})
for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(observed))) {
  if (key.endsWith("/evaluate")) Object.defineProperty(ObservedSingle.prototype, key, descriptor)
}
