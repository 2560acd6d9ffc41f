/**
 * The retry loop of whatever is not a single command on a shared connection: transactions, blocking commands, durable writes. One
 * attempt after the other, as the router and the policies say, within the deadline.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { CommandImpl } from "../command/make.ts"
import { type Failure, worst } from "../error/Failure.ts"
import type { Execution } from "../error/RedisError.ts"
import type { Observation } from "../telemetry/Observation.ts"
import type { Engine } from "./Engine.ts"
import { describe, Pacer, toScheduleInput, withCause } from "./Pacer.ts"
import { type Decision, mayPass, type Outcome } from "./Router.ts"

/**
 * What is tried.
 *
 * @category models
 * @since 0.1.0
 */
export interface Attempts<A> {
  /** The command that the router decides about. */
  readonly command: CommandImpl
  /** Its name in errors. */
  readonly name: string
  /** One attempt, at the node that the decision names, if there was one. */
  readonly once: (decision: Decision | undefined) => Effect.Effect<{ readonly done: A } | Outcome>
  /** Until when a next attempt may begin, in milliseconds of the client's clock. */
  readonly deadline: () => number
  /** Whether an attempt that ended so may be repeated. */
  readonly mayResend: (execution: Execution) => boolean
  /** Who is told of each further attempt. */
  readonly observation?: Observation | undefined
}

/**
 * Try until there is a result, the decision is to fail, a policy ends, or the deadline leaves no room. The outcome's execution is the worst
 * over all attempts.
 *
 * @category combinators
 * @since 0.1.0
 */
export const attempts = <A>(
  engine: Engine,
  { command, deadline, mayResend, name, observation, once }: Attempts<A>
): Effect.Effect<{ readonly done: A } | Outcome> =>
  Effect.gen(function* () {
    const pacer = new Pacer(engine.options.policies)
    let decision: Decision | undefined
    let execution: Failure["execution"] = "NotSent"
    let lastCause: string | undefined
    while (true) {
      const attempt: { readonly done: A } | Outcome = yield* once(decision)
      if ("done" in attempt) return attempt
      execution = worst(execution, attempt.failure.execution)
      decision = engine.router.decide(command, attempt)
      const { failure } = decision
      const ended: Outcome = { ...attempt, failure: { reason: withCause(failure.reason, lastCause), execution } }
      if (
        decision._tag === "Fail" ||
        !mayResend(attempt.failure.execution) ||
        !mayPass(failure.reason) ||
        failure.reason._tag === "Timeout"
      ) {
        return ended
      }
      const delay = yield* pacer.next(
        decision,
        toScheduleInput(failure, name, attempt.node),
        engine.runtime.ticker.byClock(engine.now())
      )
      if (delay === undefined) return { ...ended, failure: pacer.exhausted(decision, execution) }
      if (engine.now() + delay >= deadline()) {
        return { ...ended, failure: engine.outOfTime(deadline(), failure, execution) }
      }
      observation?.repeated(failure.reason, attempt.node, delay)
      lastCause = describe(failure)
      if (delay > 0) yield* Effect.sleep(delay)
    }
  })

/** Whether an attempt left nothing behind on the server. */
export const leftNothing = (execution: Execution): boolean => execution === "NotSent" || execution === "Refused"
