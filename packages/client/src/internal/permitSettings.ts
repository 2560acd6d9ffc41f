/**
 * How permits of locks and semaphores are asked for and kept, and what the options come to.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { toRedisError } from "../error/Failure.ts"
import { InvalidArgument } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { LockError, type LockReason } from "../LockError.ts"
import type { RedisService } from "../Redis.ts"
import { release } from "./permitScripts.ts"

/**
 * How a lock or semaphore is asked for and kept.
 *
 * @category options
 * @since 0.1.0
 */
export interface PermitOptions {
  /**
   * How long it is held if nobody renews it (default 30 seconds): the time after which others get it when its holder has died.
   * `Duration.infinity` for no end: then nothing is renewed, and a dead holder's permit has to be released by hand.
   */
  readonly ttl?: Duration.Input | undefined
  /** Whether it is renewed, at each third of `ttl`, for as long as it is held (default true). */
  readonly renew?: boolean | undefined
  /** How long `acquire` waits for it at most (default 30 seconds; `Duration.infinity` for ever). */
  readonly wait?: Duration.Input | undefined
  /** How one who waits is woken: at once by whoever gives it back (`notify`, the default; waits on a leased connection), or only by `schedule`. */
  readonly wake?: "notify" | "poll" | undefined
  /** The pace of asking again when no wake-up comes (default: each second with some jitter). Its end is the end of waiting. */
  readonly schedule?: Schedule.Schedule<unknown> | undefined
  /** It counts as acquired only once so many replicas confirm it within `timeout` (WAIT); else it is given back, as `NotConfirmed`. */
  readonly durable?: { readonly replicas: number; readonly timeout: Duration.Input } | undefined
}

/** The settings of one lock or semaphore, in milliseconds. */
export interface Settings {
  readonly name: string
  readonly permits: number
  readonly keys: Record<"holders" | "fence" | "waiting" | "wake", string>
  /** `Infinity` for no end. */
  readonly ttl: number
  readonly wait: number
  readonly renew: boolean
  readonly notify: boolean
  readonly schedule: Schedule.Schedule<unknown>
  readonly durable: { readonly replicas: number; readonly timeout: Duration.Input } | undefined
}

const DEFAULT_TTL = 30_000
const DEFAULT_WAIT = 30_000
const defaultSchedule = Schedule.jittered(Schedule.spaced("1 second"))
/** How long to wait before a renewal or an attempt that failed is tried again, in milliseconds. */
export const PAUSE = 100
/** How long giving back may take at most, in milliseconds: then it expires by itself. */
export const RELEASE_TIME = 2_000
const NANOS_PER_MILLI = 1_000_000

/** The monotonic clock, in milliseconds: it goes on while the process is stopped. */
export const now: Effect.Effect<number> = Effect.map(
  Clock.monotonicTimeNanos,
  (nanos) => Number(nanos) / NANOS_PER_MILLI
)

/** Whole milliseconds, NaN for what is no duration. */
export const millisOf = (input: Duration.Input | undefined, fallback: number): number => {
  if (input === undefined) return fallback
  const duration = Option.getOrUndefined(Duration.fromInput(input))
  return duration === undefined ? Number.NaN : Math.ceil(Duration.toMillis(duration))
}

/** What is wrong with an option. */
export const invalid = (message: string): RedisError =>
  toRedisError(
    { reason: new InvalidArgument({ position: undefined, message }), execution: "NotSent" },
    "LOCK",
    undefined
  )

/** Whether the part of a key that decides its slot is between braces. */
const HAS_TAG = /^[^{]*\{[^}]+\}/

/** All keys of a lock are of one slot, whatever its name. */
const keysOf = (name: string): Settings["keys"] => {
  const base = HAS_TAG.test(name) ? name : `{${name}}`
  return { holders: `${base}:holders`, fence: `${base}:fence`, waiting: `${base}:waiting`, wake: `${base}:wake` }
}

/** What the options come to, or what is wrong with them. */
export const settingsOf = (name: string, permits: number, options: PermitOptions): Settings | RedisError => {
  const ttl = millisOf(options.ttl, DEFAULT_TTL)
  const wait = millisOf(options.wait, DEFAULT_WAIT)
  if (typeof name !== "string" || name === "") return invalid("name: must be text, and not empty")
  if (!Number.isSafeInteger(permits) || permits < 1) return invalid("permits: must be a whole number above zero")
  if (!(ttl > 0)) return invalid("ttl: must be a duration above zero")
  if (!(wait >= 0)) return invalid("wait: must be a duration")
  return {
    name,
    permits,
    keys: keysOf(name),
    ttl,
    wait,
    renew: options.renew !== false && ttl !== Number.POSITIVE_INFINITY,
    notify: options.wake !== "poll",
    schedule: options.schedule ?? defaultSchedule,
    durable: options.durable
  }
}

/** What the user sees. */
export const errorOf = ({ name }: Settings, reason: LockReason): LockError => new LockError({ lock: name, reason })

/** Take back what an attempt may have left behind, as far as the server can be reached; the rest expires. */
export const undo = (redis: RedisService, { keys, permits }: Settings, token: string): Effect.Effect<void> =>
  Effect.ignore(redis.run(release(keys, { token, permits }), { deadline: RELEASE_TIME }))
