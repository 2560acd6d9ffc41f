/**
 * Access tokens that expire: one fiber asks for the next before the one in use ends. What a token is (a JWT, an IAM signature) is the
 * user's to know; here it is a password with an end.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { invalidOption } from "../error/invalidOption.ts"
import { CredentialsUnavailable, TokenExpired } from "../error/Reason.ts"
import type { ConnectError } from "../error/RedisError.ts"
import { type CredentialsFailure, type CredentialsService, type Identity, orUnavailable } from "./Identity.ts"

/**
 * A token, and when it expires: milliseconds since the epoch by the client's clock, or never.
 *
 * @category models
 * @since 0.1.0
 */
export interface Token extends Identity {
  readonly expiresAt?: number | undefined
}

/**
 * Where tokens come from and when the next is asked for.
 *
 * @category options
 * @since 0.1.0
 */
export interface TokenSourceOptions<E = unknown> {
  /** Ask for a token now. */
  readonly request: Effect.Effect<Token, E>
  /** After this part of what a token has left when it comes, the next is asked for (0 to 1, default 0.8). */
  readonly refreshRatio?: number | undefined
  /** The next token is asked for this long before the end at the latest (default 0). */
  readonly lowerBound?: Duration.Input | undefined
  /** How long one request may take (default 10 s). */
  readonly requestTimeout?: Duration.Input | undefined
  /**
   * Between requests that failed (default: from 100 ms to 5 s, jittered, without end). Once it has ended the next connect that finds no
   * valid token begins it anew.
   */
  readonly retry?: Schedule.Schedule<unknown, CredentialsFailure> | undefined
}

const REFRESH_RATIO = 0.8
/** Milliseconds. */
const REQUEST_TIMEOUT = 10_000
/** A token that is to be replaced as soon as it comes must not make this a loop without a pause. Milliseconds. */
const SHORTEST_PAUSE = 50
/** Only the newest matters to a connection. */
const CHANGES_KEPT = 2

/** The retries of a token source that is given none. */
const defaultRetry = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("5 seconds")]).pipe(
  Schedule.setInputType<CredentialsFailure>(),
  Schedule.jittered
)

const millisOf = (input: Duration.Input): number => {
  const duration = Option.getOrUndefined(Duration.fromInput(input))
  return duration === undefined ? Number.NaN : Duration.toMillis(duration)
}

/**
 * How long after its arrival a token is replaced, in milliseconds; `undefined` for never. The bound counts only for tokens that live
 * longer than it.
 *
 * @category getters
 * @since 0.1.0
 */
export const refreshDelay = (
  token: Token,
  now: number,
  { lowerBound, ratio }: { readonly ratio: number; readonly lowerBound: number }
): number | undefined => {
  if (token.expiresAt === undefined) return undefined
  const left = token.expiresAt - now
  const byRatio = left * ratio
  return Math.max(SHORTEST_PAUSE, left > lowerBound ? Math.min(byRatio, left - lowerBound) : byRatio)
}

/**
 * A source of credentials that renews its tokens for as long as the scope lives.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeTokenSource = Effect.fnUntraced(function* <E>(
  options: TokenSourceOptions<E>
): Effect.fn.Return<CredentialsService, ConnectError, Scope.Scope> {
  const ratio = options.refreshRatio ?? REFRESH_RATIO
  const lowerBound = millisOf(options.lowerBound ?? 0)
  const requestTimeout = millisOf(options.requestTimeout ?? REQUEST_TIMEOUT)
  if (!(ratio > 0 && ratio <= 1)) return yield* invalidOption("refreshRatio", "must be above 0 and at most 1")
  if (!(lowerBound >= 0)) return yield* invalidOption("lowerBound", "must be a duration")
  if (!(requestTimeout > 0)) return yield* invalidOption("requestTimeout", "must be a duration above zero")

  const clock = yield* Clock.Clock
  const now = () => clock.currentTimeMillisUnsafe()
  const hub = yield* PubSub.sliding<Identity>({ capacity: CHANGES_KEPT })
  /** Opened by whoever finds no valid token after the retries have ended. */
  const demand = Latch.makeUnsafe(false)
  let waiters = new Set<(effect: Effect.Effect<Identity, CredentialsFailure>) => void>()
  let token: Token | undefined
  let lastFailure: CredentialsFailure | undefined
  let state: "asking" | "pausing" | "ended" = "asking"

  const isValid = (one: Token): boolean => one.expiresAt === undefined || one.expiresAt > now()
  const answer = (effect: Effect.Effect<Identity, CredentialsFailure>) => {
    const waiting = waiters
    waiters = new Set()
    for (const resume of waiting) resume(effect)
  }
  /** Why there is no valid token: that the last one expired, and what keeps the next one from coming. */
  const missing = (cause: CredentialsFailure): CredentialsFailure =>
    token?.expiresAt === undefined || cause._tag === "TokenExpired"
      ? cause
      : new TokenExpired({ expiredAt: token.expiresAt, message: `the token has expired; ${cause.message}` })

  const request: Effect.Effect<Token, CredentialsFailure> = Effect.suspend(() => {
    state = "asking"
    return Effect.timeoutOrElse(orUnavailable(options.request), {
      duration: requestTimeout,
      orElse: () => {
        const message = `the source of tokens gave none within ${requestTimeout} ms`
        return Effect.fail(new CredentialsUnavailable({ message, cause: Redacted.make(undefined) }))
      }
    })
  }).pipe(
    Effect.flatMap((one: Token): Effect.Effect<Token, CredentialsFailure> => {
      if (isValid(one)) return Effect.succeed(one)
      const message = "the source of tokens gave one that has expired already"
      return Effect.fail(new TokenExpired({ expiredAt: one.expiresAt ?? now(), message }))
    }),
    Effect.tapError((failure) =>
      Effect.sync(() => {
        state = "pausing"
        lastFailure = failure
        answer(Effect.fail(missing(failure)))
      })
    )
  )

  const renew = Effect.gen(function* () {
    const asked = yield* Effect.result(Effect.retry(request, options.retry ?? defaultRetry))
    if (Result.isFailure(asked)) {
      state = "ended"
      demand.closeUnsafe()
      return yield* demand.await
    }
    token = asked.success
    state = "pausing"
    lastFailure = undefined
    answer(Effect.succeed(token))
    PubSub.publishUnsafe(hub, token)
    const delay = refreshDelay(token, now(), { ratio, lowerBound })
    yield* delay === undefined ? Effect.never : Effect.sleep(delay)
  })
  yield* Effect.forkScoped(Effect.forever(renew), { startImmediately: true })

  const current = Effect.callback<Identity, CredentialsFailure>((resume) => {
    if (token !== undefined && isValid(token)) return resume(Effect.succeed(token))
    // While a pause lasts nobody waits for it: the cause is known, and the caller has policies of its own.
    if (state === "pausing" && lastFailure !== undefined) return resume(Effect.fail(missing(lastFailure)))
    waiters.add(resume)
    if (state === "ended") demand.openUnsafe()
    return Effect.sync(() => {
      waiters.delete(resume)
    })
  })
  return { current, changes: Stream.fromPubSub(hub) }
})
