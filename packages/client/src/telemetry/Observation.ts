/**
 * One operation under observation, from its start to its only end.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type * as Tracer from "effect/Tracer"
import type { Reason } from "../error/Reason.ts"
import { RedisError } from "../error/RedisError.ts"
import { peerAttributes, serverAttributes } from "./address.ts"
import { errorType, spanError, statusCode } from "./failure.ts"
import { momentBy } from "./span.ts"
import type { Telemetry } from "./Telemetry.ts"

/** The class of an operation whose fiber was interrupted: no error to the conventions, and yet a duration to know of. */
const INTERRUPTED = "Interrupted"

/** The class of what is a fault of this library. */
const DEFECT = "Defect"

const MILLIS_PER_SECOND = 1000

/**
 * The observation.
 *
 * @category models
 * @since 0.1.0
 */
export class Observation {
  readonly span: Tracer.Span | undefined
  private readonly telemetry: Telemetry
  private readonly operation: string
  private readonly startedAt: number
  private readonly clock: Clock.Clock | undefined
  /** The node that it was first given to, and the one that was last tried. */
  private first: string | undefined
  private last: string | undefined
  private attempts = 1
  private ended = false

  /** `startedAt` in seconds of the stopwatch, `clock` for the moments of the span. */
  constructor(
    telemetry: Telemetry,
    operation: string,
    span: Tracer.Span | undefined,
    clock: Clock.Clock | undefined,
    startedAt: number
  ) {
    this.telemetry = telemetry
    this.operation = operation
    this.span = span
    this.clock = clock
    this.startedAt = startedAt
  }

  /** An attempt went to that node. */
  contacted(node: string | undefined): void {
    this.first ??= node
    this.last = node ?? this.last
  }

  /** An attempt failed (at that node), and there will be another, in so many milliseconds. */
  repeated(reason: Reason, node: string | undefined, delay: number): void {
    const { metrics } = this.telemetry
    this.contacted(node)
    this.attempts++
    const type = errorType(reason)
    const redirect = reason._tag === "Redirected" ? reason : undefined
    if (redirect === undefined) metrics?.retried(type)
    else metrics?.redirected(redirect.kind)
    const { span } = this
    if (span === undefined) return
    const reconnect = reason._tag === "ConnectFailed" || reason._tag === "ConnectionLost"
    const name = redirect !== undefined ? "redirect" : reconnect ? "reconnect" : "retry"
    span.event(`redis.client.${name}`, momentBy(this.clock), {
      "error.type": type,
      "redis.client.attempt": this.attempts,
      "redis.client.retry.delay": delay / MILLIS_PER_SECOND,
      ...(node === undefined ? {} : { "redis.client.node": node }),
      ...(redirect === undefined ? {} : { "redis.client.redirect.to": redirect.to }),
      ...(redirect?.slot === undefined ? {} : { "redis.client.redirect.slot": redirect.slot })
    })
  }

  /** The reply came and was read, in a turn that ends with a refresh of the stopwatch or (`exactly`) at any time. */
  succeeded(exactly = true): void {
    if (this.ended) return
    this.ended = true
    const { metrics, stopwatch } = this.telemetry
    if (metrics !== undefined) {
      const now = exactly ? stopwatch.exact() : stopwatch.now()
      metrics.succeeded(this.operation, this.last ?? "", now - this.startedAt)
    }
    if (this.span !== undefined) this.endSpan(this.span, Exit.void)
  }

  /** It ended with an error. */
  failed(error: RedisError): void {
    const { reason } = error
    this.contacted(error.node)
    const code = statusCode(reason)
    this.fail(errorType(reason), code, () => Exit.fail(spanError(this.operation, error)))
  }

  /** Its fiber was interrupted. */
  interrupted(): void {
    this.fail(INTERRUPTED, undefined, () => Exit.interrupt())
  }

  /** End with the effect. */
  over<A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.onExit(effect, (exit) => Effect.sync(() => this.endBy(exit)))
  }

  /** End with a batch: as its first failure, which in result mode is one of the results. */
  overBatch<E>(
    effect: Effect.Effect<Array<Result.Result<unknown, RedisError>>, E>
  ): Effect.Effect<Array<Result.Result<unknown, RedisError>>, E> {
    return Effect.onExit(effect, (exit) =>
      Effect.sync(() => {
        const failure = Exit.isSuccess(exit) ? exit.value.find(Result.isFailure) : undefined
        if (failure === undefined) this.endBy(exit)
        else this.failed(failure.failure)
      })
    )
  }

  private endBy(exit: Exit.Exit<unknown, unknown>): void {
    if (Exit.isSuccess(exit)) return this.succeeded()
    const found = Cause.findError(exit.cause)
    if (Result.isSuccess(found) && found.success instanceof RedisError) return this.failed(found.success)
    if (Cause.hasInterruptsOnly(exit.cause)) return this.interrupted()
    this.fail(DEFECT, undefined, () => Exit.die(DEFECT))
  }

  private fail(type: string, code: string | undefined, exit: () => Exit.Exit<unknown, unknown>): void {
    if (this.ended) return
    this.ended = true
    const { metrics, stopwatch } = this.telemetry
    metrics?.failed(this.operation, this.last ?? "", type, code, stopwatch.exact() - this.startedAt)
    const { span } = this
    if (span === undefined) return
    // To the conventions an interruption is none of the database's errors.
    if (type !== INTERRUPTED) span.attribute("error.type", type)
    if (code !== undefined) span.attribute("db.response.status_code", code)
    this.endSpan(span, exit())
  }

  private endSpan(span: Tracer.Span, exit: Exit.Exit<unknown, unknown>): void {
    const { first, last, telemetry } = this
    if (first !== undefined) setAll(span, serverAttributes(telemetry.addressOf(first)))
    if (last !== undefined) setAll(span, peerAttributes(telemetry.addressOf(last)))
    span.end(momentBy(this.clock), exit)
  }
}

const setAll = (span: Tracer.Span, attributes: Readonly<Record<string, unknown>>): void => {
  for (const key in attributes) span.attribute(key, attributes[key])
}
