/**
 * How long keys and fields live: the options that set it, their arguments, and the replies that tell it. Shared by the commands on
 * strings, keys and hashes.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { epochMillis, millis, optionProblem, wordProblem } from "./arguments.ts"
import type { Argument, CommandSpec, RetryCategory } from "./CommandSpec.ts"
import { mismatch, type Reply, same } from "./Reply.ts"

/**
 * A life that begins with a write: `expiry` and `expireAt` exclude one another.
 *
 * @category options
 * @since 0.1.0
 */
export type Expiry =
  | {
      /** How long it lives from now on. A plain number is milliseconds; fractions of one round up. */
      readonly expiry?: Duration.Input | undefined
      readonly expireAt?: undefined
    }
  | {
      /** When it ends. A plain number is milliseconds of the Unix epoch. */
      readonly expireAt?: DateTime.DateTime.Input | undefined
      readonly expiry?: undefined
    }

/**
 * The life of what is written: `expiry`, `expireAt` and `keepTtl` exclude one another. None of them: it lives until it is deleted.
 *
 * @category options
 * @since 0.1.0
 */
export type WriteExpiry =
  | (Expiry & { readonly keepTtl?: false | undefined })
  | {
      /** Leave the life of what is overwritten as it is (default false). */
      readonly keepTtl?: boolean | undefined
      readonly expiry?: undefined
      readonly expireAt?: undefined
    }

/**
 * The life of what is read: `expiry`, `expireAt` and `persist` exclude one another. None of them: it stays as it is.
 *
 * @category options
 * @since 0.1.0
 */
export type ReadExpiry =
  | (Expiry & { readonly persist?: false | undefined })
  | {
      /** Take away its end, so that it lives until it is deleted (default false). */
      readonly persist?: boolean | undefined
      readonly expiry?: undefined
      readonly expireAt?: undefined
    }

/**
 * When an expiry is set: `NX` only where there is none, `XX` only where there is one, `GT` only to a later end, `LT` only to an
 * earlier one. Having none counts as the latest end.
 *
 * @category options
 * @since 0.1.0
 */
export interface ExpireOptions {
  readonly condition?: "NX" | "XX" | "GT" | "LT" | undefined
}

/** What is wrong with {@link ExpireOptions} of a caller without types. */
export const expireProblem = (options: ExpireOptions | undefined): string | undefined =>
  optionProblem(options, { condition: "value" }) ??
  wordProblem("condition", options?.condition, ["NX", "XX", "GT", "LT"])

/** Why the duration or instant of an expiring command is refused: it is none, or the command takes whole seconds only. */
export const whenProblem = (spec: CommandSpec): string =>
  /^H?P/.test(spec.name)
    ? "expected a finite duration or an instant"
    : "expected a finite duration or an instant in whole seconds; the variant for milliseconds takes fractions"

/** Adds the arguments of an expiry; gives what is wrong with the options of a caller without types. */
export const pushExpiry = (
  args: Array<Argument>,
  options: WriteExpiry | ReadExpiry | undefined
): string | undefined => {
  if (options === undefined) return undefined
  const { expiry, expireAt } = options
  const keepTtl = "keepTtl" in options && options.keepTtl === true
  const persist = "persist" in options && options.persist === true
  const given = [expiry !== undefined, expireAt !== undefined, keepTtl, persist].filter(Boolean)
  if (given.length > 1) return "expiry, expireAt, keepTtl and persist exclude one another"
  if (expiry !== undefined) args.push("PX", millis(expiry))
  if (expireAt !== undefined) args.push("PXAT", epochMillis(expireAt))
  if (keepTtl) args.push("KEEPTTL")
  if (persist) args.push("PERSIST")
  return undefined
}

/**
 * The retry category of setting an expiry. With `NX`, `GT` and `LT` the first run may itself make the condition false, so that the
 * second answers no where the first answered yes.
 */
export const expireRetry = (condition: Argument | undefined): RetryCategory =>
  condition === "NX" || condition === "GT" || condition === "LT" ? "never" : "lastWriteWins"

/** How the servers say that there is no end, or nothing that could have one (TTL, EXPIRETIME, HTTL and HEXPIRETIME alike). */
const NO_EXPIRY = -1
const MISSING = -2

const expecting = <A>(word: string, end: (value: number) => A, none: A): Reply<A | undefined> =>
  same((reply) => {
    if (typeof reply !== "number" || reply < MISSING) return mismatch(word, reply)
    if (reply === MISSING) return undefined
    return reply === NO_EXPIRY ? none : end(reply)
  })

/** Seconds that remain: infinite without an end, `undefined` if there is nothing. @category replies @since 0.1.0 */
export const ttlSeconds: Reply<Duration.Duration | undefined> = expecting(
  "seconds",
  Duration.seconds,
  Duration.infinity
)

/** Milliseconds that remain: infinite without an end, `undefined` if there is nothing. @category replies @since 0.1.0 */
export const ttlMillis: Reply<Duration.Duration | undefined> = expecting(
  "milliseconds",
  Duration.millis,
  Duration.infinity
)

/**
 * When something ends: `"persistent"` if it lives until it is deleted.
 *
 * @category models
 * @since 0.1.0
 */
export type ExpireTime = DateTime.Utc | "persistent"

const fromMillis = (ms: number): ExpireTime => DateTime.toUtc(DateTime.makeUnsafe(ms))

/** An instant in seconds of the Unix epoch; `undefined` if there is nothing. @category replies @since 0.1.0 */
export const expireTimeSeconds: Reply<ExpireTime | undefined> = expecting<ExpireTime>(
  "an instant in seconds",
  (value) => fromMillis(value * 1000),
  "persistent"
)

/** An instant in milliseconds of the Unix epoch; `undefined` if there is nothing. @category replies @since 0.1.0 */
export const expireTimeMillis: Reply<ExpireTime | undefined> = expecting<ExpireTime>(
  "an instant in milliseconds",
  fromMillis,
  "persistent"
)
