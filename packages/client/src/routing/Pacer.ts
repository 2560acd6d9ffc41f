/**
 * The steps of an operation through the policies, and what they and the user are told of a failed attempt.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import { type Failure, toRedisError } from "../error/Failure.ts"
import { type Reason, Timeout, TooManyRedirects } from "../error/Reason.ts"
import type { Execution, RedisError } from "../error/RedisError.ts"
import type { Policies } from "./Policies.ts"
import type { Decision } from "./Router.ts"

/** A failure in a few words. */
export const describe = (failure: Failure): string => `${failure.reason._tag}: ${failure.reason.message}`

/** The reason; if the deadline passed during a later attempt, with the cause of the one before it. */
export const withCause = (reason: Reason, lastCause: string | undefined): Reason =>
  reason._tag !== "Timeout" || lastCause === undefined || reason.lastCause !== undefined
    ? reason
    : new Timeout({ ...reason, lastCause, message: `${reason.message}; the last attempt ended with ${lastCause}` })

/** The input of a policy is an error value; without its stack trace it costs a seventh. */
export const toScheduleInput = (failure: Failure, command: string, node: string | undefined): RedisError => {
  const limit = traced.stackTraceLimit
  traced.stackTraceLimit = 0
  try {
    return toRedisError(failure, command, node)
  } finally {
    traced.stackTraceLimit = limit
  }
}

/** V8's switch; elsewhere it is a property that nobody reads. */
const traced: ErrorConstructor & { stackTraceLimit?: number | undefined } = Error

type Step = (now: number, input: RedisError) => Pull.Pull<[unknown, Duration.Duration], never, unknown>

/** So often an operation is tried elsewhere at once, more than a shard has nodes; then it is paced as `unavailable`. */
const MAX_ELSEWHERE = 8

/** TRYAGAIN has the redirect policy for itself: a migration's many refusals must not use up the redirects that end it. */
type Kind = "redirect" | "tryAgain" | "unavailable" | "watchConflict"

/**
 * The steps of one operation through the policies: each policy is started when it is first needed.
 *
 * @category models
 * @since 0.1.0
 */
export class Pacer {
  private readonly policies: Policies
  private readonly steps = new Map<Kind, Step>()
  /** How many have followed one another. */
  private redirects = 0
  private elsewhere = 0

  constructor(policies: Policies) {
    this.policies = policies
  }

  /** The delay before the next attempt in milliseconds, or `undefined` when the policy has ended. */
  next(decision: Decision, input: RedisError, now: number): Effect.Effect<number | undefined> {
    const redirected = decision._tag === "Redirect"
    if (redirected) this.redirects++
    else {
      // While a slot moves, ASK and TRYAGAIN alternate for as long as that takes: only redirects in a row are a loop.
      this.redirects = 0
      this.steps.delete("redirect")
    }
    const atOnce = decision._tag === "Again" && decision.policy === "elsewhere"
    if (atOnce && this.elsewhere++ < MAX_ELSEWHERE) return Effect.succeed(0)
    const kind: Kind = redirected
      ? "redirect"
      : decision._tag !== "Again" || decision.policy === "elsewhere"
        ? "unavailable"
        : decision.policy === "redirect"
          ? "tryAgain"
          : decision.policy
    const policy = this.policies[kind === "tryAgain" ? "redirect" : kind]
    const known = this.steps.get(kind)
    const step: Effect.Effect<Step> =
      known !== undefined
        ? Effect.succeed(known)
        : Effect.tap(Schedule.toStep(policy) as Effect.Effect<Step>, (made) =>
            Effect.sync(() => {
              this.steps.set(kind, made)
            })
          )
    return Effect.flatMap(step, (run) =>
      Pull.catchDone(
        Effect.map(run(now, input), ([, delay]): number | undefined => Duration.toMillis(delay)),
        () => Effect.succeed(undefined)
      )
    )
  }

  /** What the operation ends with once its policy has ended. */
  exhausted({ _tag, failure }: Decision, execution: Execution): Failure {
    if (_tag !== "Redirect") return { reason: failure.reason, execution }
    const message = `${this.redirects} redirects in a row; the last: ${failure.reason.message}`
    return { reason: new TooManyRedirects({ redirects: this.redirects, message }), execution }
  }
}
