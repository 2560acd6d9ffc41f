/**
 * The one error of the library. Its `reason` is a flat tagged union; `execution` says what may have happened on the server, and
 * `transient` whether a later try may succeed.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { Reason } from "./Reason.ts"

/**
 * What may have happened on the server, of this one operation over all its attempts (the worst counts, in this order):
 *
 * - `NotSent`: no byte was handed to the transport.
 * - `Refused`: the server said, before executing anything, that it would not.
 * - `MayHaveExecuted`: written, and no answer (or one that a script may have given half-way).
 * - `Executed`: the server did it; the reply could not be used.
 *
 * @category models
 * @since 0.1.0
 */
export type Execution = "NotSent" | "Refused" | "MayHaveExecuted" | "Executed"

/**
 * Why an operation failed, with all that is known about it.
 *
 * **Details**
 *
 * `command` is the command's name only, never its arguments. `node` is the address that the last attempt went to. `index` is the
 * place within a batch. Use `Effect.catchReason("RedisError", "CrossSlot", …)` for one case and
 * `Effect.unwrapReason("RedisError")` for the flat union.
 *
 * @category errors
 * @since 0.1.0
 */
export class RedisError extends Data.TaggedError("RedisError")<{
  readonly reason: Reason
  readonly command: string
  readonly node: string | undefined
  readonly execution: Execution
  readonly transient: boolean
  readonly index: number | undefined
}> {
  override get message(): string {
    const at = this.node === undefined ? "" : ` at ${this.node}`
    const place = this.index === undefined ? "" : ` (command ${this.index} of the batch)`
    return `${this.command}${place}${at}: ${this.reason._tag}: ${this.reason.message} [${this.execution}]`
  }

  /**
   * Whether nothing was executed and a later try may succeed. Made for `Effect.retry({ while: RedisError.isSafeToRetry, … })`
   * around one command or one pipeline, never around a whole program.
   *
   * @since 0.1.0
   */
  static readonly isSafeToRetry = (error: unknown): boolean =>
    error instanceof RedisError && error.transient && (error.execution === "NotSent" || error.execution === "Refused")
}

/**
 * A layer could not be built: no server could be reached, or each that was refused. `attempts` holds what the last round of
 * tries met, one error for each address.
 *
 * @category errors
 * @since 0.1.0
 */
export class ConnectError extends Data.TaggedError("ConnectError")<{
  readonly attempts: ReadonlyArray<RedisError>
}> {
  override get message(): string {
    return this.attempts.length === 0
      ? "no address to connect to"
      : this.attempts.map((attempt) => attempt.message).join("; ")
  }
}
