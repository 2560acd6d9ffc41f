/**
 * What credentials are, and how a source of them fails: shared by the sources and by the connections that use them.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Stream from "effect/Stream"
import { CredentialsUnavailable, type TokenExpired } from "../error/Reason.ts"

/**
 * A user name and password. Without a name the password is the `default` user's. An access token is a password.
 *
 * @category models
 * @since 0.1.0
 */
export interface Identity {
  readonly username?: string | undefined
  readonly password: Redacted.Redacted
}

/**
 * Why there are no credentials now. A connection that needs them is then not opened; the retry and reconnect policies decide when it is
 * tried again.
 *
 * @category errors
 * @since 0.1.0
 */
export type CredentialsFailure = CredentialsUnavailable | TokenExpired

/**
 * The interface.
 *
 * @category services
 * @since 0.1.0
 */
export interface CredentialsService {
  /** The newest. Asked on each connect, so within the connect time-out. */
  readonly current: Effect.Effect<Identity, CredentialsFailure>
  /** Each one from now on that replaces the one before. */
  readonly changes: Stream.Stream<Identity>
}

/**
 * Whether two identities are the same to a server.
 *
 * @category predicates
 * @since 0.1.0
 */
export const sameIdentity = (a: Identity, b: Identity): boolean =>
  (a.username ?? "default") === (b.username ?? "default") && Redacted.value(a.password) === Redacted.value(b.password)

/** The name of an error's kind: its text might hold the secret. */
const kindOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "_tag") && typeof error._tag === "string") return error._tag
  return error instanceof Error ? error.name : typeof error
}

/** What a source that failed comes to. */
const unavailable = (cause: Cause.Cause<unknown>): CredentialsUnavailable => {
  const error = Cause.squash(cause)
  return new CredentialsUnavailable({
    message: `the source of the credentials failed with ${kindOf(error)}`,
    cause: Redacted.make(error)
  })
}

/**
 * The same with every failure and defect as `CredentialsUnavailable`. Interruption stays what it is.
 *
 * @category combinators
 * @since 0.1.0
 */
export const orUnavailable = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, CredentialsUnavailable> =>
  Effect.catchCause(effect, (cause) =>
    Cause.hasInterruptsOnly(cause) ? Effect.interrupt : Effect.fail(unavailable(cause))
  )
