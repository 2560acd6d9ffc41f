/**
 * Asking for a permit and waiting for it.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import type { RedisError } from "../error/RedisError.ts"
import { type LockError, LockTimeout } from "../LockError.ts"
import type { RedisService } from "../Redis.ts"
import * as scripts from "./permitScripts.ts"
import { errorOf, now, PAUSE, type Settings, undo } from "./permitSettings.ts"

/** One who waits counts as such for so long after it was to have asked again, in milliseconds. */
const LATENESS = 2_000
/** Blocking for less is not worth a connection, in milliseconds. */
const SHORTEST_BLOCK = 10
/** An attempt may take so long even if less is left to wait, in milliseconds. */
const SHORTEST_ATTEMPT = 1_000

/** A permit that was given. */
export interface Taken {
  readonly fence: number
  /** Until when it is certain, in milliseconds of the monotonic clock. */
  readonly until: number
}

type Attempt = Taken | { readonly frees: number }

/** What came of the attempts so far: whether one of them may have left something on the server. */
export interface Traces {
  any: boolean
}

/** Ask once. */
export const ask = (
  redis: RedisService,
  settings: Settings,
  token: string,
  traces: Traces,
  { allowed, patience, ticket }: { readonly ticket: string; readonly patience: number; readonly allowed: number }
): Effect.Effect<Attempt, RedisError> =>
  Effect.gen(function* () {
    const { keys, permits, ttl } = settings
    const begun = yield* now
    const args = { token, permits, ttl: Number.isFinite(ttl) ? ttl : 0, ticket, patience: Math.ceil(patience) }
    const limited = Number.isFinite(allowed) ? { deadline: Math.ceil(allowed) } : undefined
    const earlier = traces.any
    traces.any = true
    const asked = redis.run(scripts.acquire(keys, args), limited)
    const [taken, answer] = yield* Effect.tapError(asked, ({ execution }) =>
      Effect.sync(() => {
        traces.any = earlier || execution === "MayHaveExecuted" || execution === "Executed"
      })
    )
    return taken === 1 ? { fence: answer, until: begun + ttl } : { frees: answer }
  })

/** Whoever fails or is interrupted leaves nothing behind. */
export const traceless = <A, E>(
  redis: RedisService,
  settings: Settings,
  token: string,
  get: (traces: Traces) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    const traces: Traces = { any: false }
    return Effect.onExit(get(traces), (exit) =>
      traces.any && Exit.isFailure(exit) ? undo(redis, settings, token) : Effect.void
    )
  })
/** A pause until the next attempt: a ticket if one came meanwhile. */
const pause = (redis: RedisService, { keys, notify }: Settings, millis: number): Effect.Effect<string> => {
  if (!notify || millis < SHORTEST_BLOCK) return Effect.as(Effect.sleep(millis), "")
  return redis.blPop([keys.wake], millis).pipe(
    Effect.map((popped) => popped?.element ?? ""),
    // No connection to wait on: the schedule alone has to do.
    Effect.catch(() => Effect.as(Effect.sleep(Math.min(millis, PAUSE)), "")),
    Effect.timeoutOption(millis + PAUSE),
    Effect.map(Option.getOrElse(() => ""))
  )
}

/** Until it is taken, or the time to wait or the schedule ends. */
export const take = (
  redis: RedisService,
  settings: Settings,
  token: string,
  traces: Traces
): Effect.Effect<Taken, LockError | RedisError> =>
  Effect.gen(function* () {
    const begun = yield* now
    const end = begun + settings.wait
    const step = yield* Schedule.toStep(settings.schedule)
    let ticket = ""
    let cause: RedisError | undefined
    while (true) {
      const at = yield* now
      const next = yield* Pull.catchDone(
        Effect.map(step(yield* Clock.currentTimeMillis, undefined), ([, delay]): number | undefined =>
          Duration.toMillis(delay)
        ),
        () => Effect.succeed(undefined)
      )
      const delay = next === undefined ? 0 : Math.min(next, end - at)
      const patience = delay > 0 ? delay + LATENESS : 0
      const allowed = Math.max(end - at, SHORTEST_ATTEMPT)
      const tried = yield* Effect.result(ask(redis, settings, token, traces, { ticket, patience, allowed }))
      let frees = Number.POSITIVE_INFINITY
      if (tried._tag === "Failure") {
        if (!tried.failure.transient) return yield* Effect.fail(tried.failure)
        cause = tried.failure
        frees = PAUSE
      } else if ("fence" in tried.success) {
        if ((yield* now) < tried.success.until) return tried.success
        // The answer came so late that it is worth nothing; the next attempt takes the place of this one.
        frees = 0
      } else if (tried.success.frees >= 0) frees = tried.success.frees + 1
      const left = end - (yield* now)
      if (next === undefined || left <= 0) {
        const waited = (yield* now) - begun
        const message = next === undefined ? "the schedule of waiting has ended" : `not free within ${settings.wait} ms`
        return yield* Effect.fail(errorOf(settings, new LockTimeout({ waited, cause, message })))
      }
      ticket = yield* pause(redis, settings, Math.max(1, Math.min(delay, left, frees)))
    }
  })
