/**
 * How failures are paced, as ordinary Schedules over the error that caused the wait. Replace any of them in a client's options; all
 * together stay inside the operation's deadline.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type { RedisError } from "../error/RedisError.ts"

/**
 * A policy: what it is given is the failed attempt, what it gives back is not used.
 *
 * @category models
 * @since 0.1.0
 */
export type Policy = Schedule.Schedule<unknown, RedisError>

/** More redirects than this in one operation are a loop (other clients: 5 to 16). */
const MAX_REDIRECTS = 16
/** So many MOVED and ASK are followed at once; then they are paced too. */
const AT_ONCE = 5

/** A random part of the delay: clients that failed together do not come back together. */
const fullJitter = <O, I>(self: Schedule.Schedule<O, I>): Schedule.Schedule<O, I> =>
  Schedule.modifyDelay(self, ({ duration }) =>
    Effect.map(Random.next, (part) => Duration.millis(Duration.toMillis(duration) * part))
  )

/**
 * MOVED and ASK are followed at once (16 at most); TRYAGAIN waits 5 ms at first, 100 ms at most.
 *
 * @category policies
 * @since 0.1.0
 */
export const redirect: Policy = Schedule.min([Schedule.exponential("5 millis"), Schedule.spaced("100 millis")]).pipe(
  Schedule.setInputType<RedisError>(),
  Schedule.modifyDelay(({ attempt, duration, input }) =>
    Effect.succeed(input.reason._tag === "Redirected" && attempt <= AT_ONCE ? Duration.zero : duration)
  ),
  Schedule.while(({ attempt, input }) => input.reason._tag !== "Redirected" || attempt <= MAX_REDIRECTS)
)

/**
 * While a node or slot is not served: from 2 ms, 50 ms at most, jittered, for as long as the deadline allows. Costs no traffic where no
 * connection is open.
 *
 * @category policies
 * @since 0.1.0
 */
export const unavailable: Policy = Schedule.min([Schedule.exponential("2 millis"), Schedule.spaced("50 millis")]).pipe(
  Schedule.setInputType<RedisError>(),
  Schedule.jittered
)

/**
 * Between attempts to open a node's connection: full jitter, from 20 ms to 1 s. A connection that lasted starts it anew.
 *
 * @category policies
 * @since 0.1.0
 */
export const reconnect: Policy = Schedule.min([Schedule.exponential("20 millis"), Schedule.spaced("1 second")]).pipe(
  Schedule.setInputType<RedisError>(),
  fullJitter
)

/**
 * Between rounds over all seeds while a client starts: from 50 ms to 500 ms, for 10 s. Then the layer fails as `ConnectError`.
 *
 * @category policies
 * @since 0.1.0
 */
export const discovery: Policy = Schedule.max([
  Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced("500 millis")]),
  Schedule.during("10 seconds")
]).pipe(Schedule.setInputType<RedisError>())

/**
 * Between attempts of `redis.watch` that met a conflict: full jitter, from 1 ms to 50 ms, for as long as the deadline allows.
 *
 * @category policies
 * @since 0.1.0
 */
export const watchConflict: Policy = Schedule.min([
  Schedule.exponential("1 millis"),
  Schedule.spaced("50 millis")
]).pipe(Schedule.setInputType<RedisError>(), fullJitter)

/**
 * All policies of a client.
 *
 * @category models
 * @since 0.1.0
 */
export interface Policies {
  readonly redirect: Policy
  readonly unavailable: Policy
  readonly reconnect: Policy
  readonly discovery: Policy
  readonly watchConflict: Policy
}

/**
 * The policies to use where the user gives none.
 *
 * @category policies
 * @since 0.1.0
 */
export const defaults: Policies = { redirect, unavailable, reconnect, discovery, watchConflict }
