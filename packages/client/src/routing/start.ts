/**
 * The start policies: what a layer waits for before it is built.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { NodeConnection } from "../connection/NodeConnection.ts"
import { toRedisError } from "../error/Failure.ts"
import { ConnectFailed } from "../error/Reason.ts"
import { ConnectError, type RedisError } from "../error/RedisError.ts"
import type { Policies } from "./Policies.ts"

/** Credentials that were refused are so the next time, too. */
const hopeless: ReadonlySet<string> = new Set([
  "NoAuth",
  "WrongPassword",
  "NoPermission",
  "ClusterDisabled",
  "InvalidArgument",
  "UnknownService"
])

/**
 * Whether waiting cannot help.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isHopeless = ({ reason }: RedisError): boolean =>
  reason._tag === "NoSentinel"
    ? reason.answers.every((answer) => answer.reason !== undefined && hopeless.has(answer.reason._tag))
    : hopeless.has(reason._tag)

/**
 * Try by the `discovery` policy (once for `failFast`), and fail as `ConnectError` with what the last round met.
 *
 * @category combinators
 * @since 0.1.0
 */
export const untilStarted = <A>(
  attempt: Effect.Effect<A, ReadonlyArray<RedisError>>,
  options: { readonly start: "eager" | "failFast"; readonly engine: { readonly policies: Policies } }
): Effect.Effect<A, ConnectError> => {
  return Effect.suspend(() => {
    let attempts: ReadonlyArray<RedisError> = []
    // The policy sees the last error of the round; the layer's error has them all.
    const round = Effect.mapError(attempt, (errors) => {
      attempts = errors
      return errors.at(-1) ?? nothingToTry()
    })
    const tried =
      options.start === "failFast"
        ? round
        : Effect.retry(round, {
            schedule: options.engine.policies.discovery,
            while: () => !(attempts.length > 0 && attempts.every(isHopeless))
          })
    return Effect.mapError(tried, () => new ConnectError({ attempts }))
  })
}

const nothingToTry = (): RedisError =>
  toRedisError(
    { reason: new ConnectFailed({ address: "", message: "there is no address to try" }), execution: "NotSent" },
    "CONNECT",
    undefined
  )

/**
 * Start a client of one server.
 *
 * @category combinators
 * @since 0.1.0
 */
export const startNode = (
  node: NodeConnection,
  options: { readonly start: "eager" | "failFast" | "lazy"; readonly engine: { readonly policies: Policies } }
): Effect.Effect<void, ConnectError> => {
  const { start } = options
  if (start === "lazy") return Effect.void
  const attempt = Effect.mapError(node.acquire, (failure) => [toRedisError(failure, "CONNECT", node.text)])
  return Effect.asVoid(untilStarted(attempt, { ...options, start }))
}
