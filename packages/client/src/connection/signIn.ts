/**
 * The handshake with the newest credentials, and what keeps a connection's identity up to date from then on.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Failure } from "../error/Failure.ts"
import type { Connection } from "./Connection.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import { type HandshakeOptions, handshake } from "./Handshake.ts"
import { type CredentialsService, sameIdentity } from "./Identity.ts"
import { LiveIdentity } from "./LiveIdentity.ts"

/** How long a change is awaited after a refusal, by a source that tells of changes. Milliseconds. */
const ROTATION_GRACE = 500

/**
 * Run the handshake. As long as the scope (the connection's) lives, changes of the credentials are said on the connection, too.
 *
 * @category constructors
 * @since 0.1.0
 */
export const signIn = Effect.fnUntraced(function* (
  runtime: ConnectionRuntime,
  connection: Connection,
  options: HandshakeOptions,
  credentials: CredentialsService | undefined
) {
  if (credentials === undefined) return yield* handshake(runtime, connection, options, undefined)
  const live = new LiveIdentity(runtime, connection, credentials)
  // Listens before it asks for the newest: a change between the two is not missed.
  const listens = credentials.changes !== Stream.empty
  if (listens) {
    yield* Effect.forkScoped(
      Stream.runForEach(credentials.changes, (identity) => Effect.sync(() => live.adopt(identity))),
      { startImmediately: true }
    )
  }
  const ask = Effect.mapError(credentials.current, (reason): Failure => ({ reason, execution: "NotSent" }))
  let identity = yield* ask
  let done = yield* Effect.result(handshake(runtime, connection, options, identity))
  if (Result.isFailure(done) && done.failure.reason._tag === "WrongPassword") {
    // They may have been replaced while they were on their way, or the server may know of it before this client does.
    const newest = yield* ask
    const newer = !sameIdentity(newest, identity)
      ? Option.some(newest)
      : listens
        ? yield* Effect.timeoutOption(live.changeFrom(identity), ROTATION_GRACE)
        : Option.none()
    if (Option.isSome(newer)) {
      identity = newer.value
      done = yield* Effect.result(handshake(runtime, connection, options, identity))
    }
  }
  if (Result.isFailure(done)) return yield* Effect.fail(done.failure)
  live.begin(identity)
  connection.identity = live
  return done.success
})
