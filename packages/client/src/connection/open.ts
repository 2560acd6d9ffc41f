/**
 * From an address to a usable connection: stream, handshake, and one time limit over both.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Failure } from "../error/Failure.ts"
import { ConnectFailed, ConnectionLost, type Reason } from "../error/Reason.ts"
import { errorType } from "../telemetry/failure.ts"
import type { Telemetry } from "../telemetry/Telemetry.ts"
import { Connection } from "./Connection.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import { type ConnectCommands, runConnectCommands } from "./connectCommands.ts"
import type { HandshakeOptions } from "./Handshake.ts"
import type { CredentialsService } from "./Identity.ts"
import type { ResolvedSocketOptions } from "./SocketOptions.ts"
import { signIn } from "./signIn.ts"
import { type Address, addressText, type TlsOptions } from "./Transport.ts"

/**
 * What every connection of a client has in common, wherever it goes.
 *
 * @category options
 * @since 0.1.0
 */
export interface ConnectionProfile {
  readonly handshake: HandshakeOptions
  /** Absent: the connection does not say who it is. */
  readonly credentials?: CredentialsService | undefined
  readonly tls?: TlsOptions | undefined
  readonly socket?: ResolvedSocketOptions | undefined
  /** The user's, run after the handshake. */
  readonly onConnect?: ConnectCommands | undefined
}

/**
 * How the object of a connection is made, before its stream is opened.
 *
 * @category models
 * @since 0.1.0
 */
export type MakeConnection<C extends Connection> = (
  runtime: ConnectionRuntime,
  address: string,
  onClosed: (reason: Reason) => void
) => C

const plain: MakeConnection<Connection> = (runtime, address, onClosed) => new Connection(runtime, address, onClosed)

/**
 * Open a connection within the scope. Closing the scope destroys it; whatever goes wrong before it is usable is `ConnectFailed` (or the
 * server's own refusal of the credentials), and nothing of the user's was sent.
 *
 * @category constructors
 * @since 0.1.0
 */
export const openConnection = (
  runtime: ConnectionRuntime,
  address: Address,
  profile: ConnectionProfile,
  onClosed: (reason: Reason) => void
): Effect.Effect<Connection, Failure, Scope.Scope> => openAs(plain, runtime, address, profile, onClosed)

/**
 * The same with a connection of another kind.
 *
 * @category constructors
 * @since 0.1.0
 */
export const openAs = <C extends Connection>(
  make: MakeConnection<C>,
  runtime: ConnectionRuntime,
  address: Address,
  profile: ConnectionProfile,
  onClosed: (reason: Reason) => void
): Effect.Effect<C, Failure, Scope.Scope> => {
  const text = addressText(address)
  const { connectTimeout } = runtime.limits
  const failed = (message: string): Failure => ({
    reason: new ConnectFailed({ address: text, message }),
    execution: "NotSent"
  })
  const attempt = Effect.gen(function* () {
    const connection = make(runtime, text, onClosed)
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => connection.close(new ConnectionLost({ address: text, message: "closed by this client" })))
    )
    const socket = yield* Effect.mapError(
      runtime.transport.open({
        address,
        tls: profile.tls,
        socket: profile.socket,
        events: connection.events,
        lendChunks: connection.lendsChunks
      }),
      (failure) => failed(failure.message)
    )
    connection.attach(socket)
    yield* Effect.mapError(signIn(runtime, connection, profile.handshake, profile.credentials), (failure) =>
      failure.reason._tag === "ConnectionLost" || failure.reason._tag === "Protocol"
        ? failed(`the handshake failed: ${failure.reason.message}`)
        : failure
    )
    if (profile.onConnect !== undefined) {
      yield* Effect.mapError(runConnectCommands(runtime, connection, profile.onConnect), (failure) =>
        failure.reason._tag === "ConnectFailed" ? failure : failed(`the commands on connect: ${failure.reason.message}`)
      )
    }
    return connection
  })
  // A transport that breaks must not take the node's supervisor with it.
  const guarded = Effect.catchDefect(attempt, (defect) =>
    Effect.fail(failed(`it could not be opened: ${String(defect)}`))
  )
  const limited = Effect.timeoutOrElse(guarded, {
    duration: connectTimeout,
    orElse: () => Effect.fail(failed(`not usable within ${connectTimeout} ms`))
  })
  const { telemetry } = runtime
  return telemetry?.metrics === undefined ? limited : timed(limited, text, telemetry)
}

/** The same with the time it takes recorded; not that of an attempt which was interrupted. */
const timed = <C extends Connection>(
  opening: Effect.Effect<C, Failure, Scope.Scope>,
  text: string,
  { metrics, stopwatch }: Telemetry
): Effect.Effect<C, Failure, Scope.Scope> =>
  Effect.suspend(() => {
    const startedAt = stopwatch.exact()
    const record = (failure?: Failure) =>
      Effect.sync(() => {
        const type = failure === undefined ? undefined : errorType(failure.reason)
        metrics?.opened(text, type, stopwatch.exact() - startedAt)
      })
    return opening.pipe(Effect.tap(record()), Effect.tapError(record))
  })
