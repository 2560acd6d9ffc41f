/**
 * A failed attempt as plain data: what the retry engine decides on. An error value with its stack trace is built only from the
 * last one, when it reaches the user.
 *
 * @since 0.1.0
 */

import type { Reason } from "./Reason.ts"
import { type Execution, RedisError } from "./RedisError.ts"

/**
 * One attempt's failure.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failure {
  readonly reason: Reason
  readonly execution: Execution
}

const rank: Record<Execution, number> = { NotSent: 0, Refused: 1, MayHaveExecuted: 2, Executed: 3 }

/**
 * The worse of two: over several attempts the worst one counts.
 *
 * @category combinators
 * @since 0.1.0
 */
export const worst = (a: Execution, b: Execution): Execution => (rank[a] >= rank[b] ? a : b)

/** The reasons after which a later try may succeed (DESIGN §5). A table, so that no caller can disagree. */
const transientTags: ReadonlySet<Reason["_tag"]> = new Set<Reason["_tag"]>([
  "Redirected",
  "TryAgain",
  "ClusterDown",
  "MasterDown",
  "Loading",
  "ReadOnly",
  "Unblocked",
  "ConnectFailed",
  "ConnectionLost",
  "CredentialsUnavailable",
  "TokenExpired",
  "UncoveredSlot",
  "NoReplica",
  "Overloaded",
  "PoolTimeout",
  "Timeout",
  "WatchConflict",
  "NoSentinel",
  "PrimaryDown"
])

/**
 * Whether a later try may succeed.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isTransient = (reason: Reason): boolean => transientTags.has(reason._tag)

/**
 * The error that the user sees.
 *
 * @category constructors
 * @since 0.1.0
 */
export const toRedisError = (
  failure: Failure,
  command: string,
  node: string | undefined,
  index?: number | undefined
): RedisError =>
  new RedisError({
    reason: failure.reason,
    command,
    node,
    execution: failure.execution,
    transient: isTransient(failure.reason),
    index
  })
