/**
 * The identity of one open connection: says a change to its server between commands, and asks for the newest credentials once more when
 * the server no longer knows who is speaking. Works for every connection that `openConnection` gives, shared or leased.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Failure } from "../error/Failure.ts"
import { ConnectionLost } from "../error/Reason.ts"
import type { Connection } from "./Connection.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import { authenticate } from "./Handshake.ts"
import { type CredentialsService, type Identity, sameIdentity } from "./Identity.ts"

/** A server that accepts AUTH and goes on answering NOAUTH is asked so often in this time, and then believed. Milliseconds. */
const MAX_RENEWALS = 3
const RENEWAL_WINDOW = 10_000

/**
 * The identity.
 *
 * @category models
 * @since 0.1.0
 */
export class LiveIdentity {
  private readonly runtime: ConnectionRuntime
  private readonly connection: Connection
  private readonly credentials: CredentialsService
  /** As whom the server knows the connection; `undefined` before the handshake has ended. */
  private known: Identity | undefined
  /** A change that was not said yet. */
  private wanted: Identity | undefined
  private holds = 0
  private busy = false
  private replaced = false
  private onChange: ((identity: Identity) => void) | undefined
  private renewals: ReadonlyArray<number> = []

  constructor(runtime: ConnectionRuntime, connection: Connection, credentials: CredentialsService) {
    this.runtime = runtime
    this.connection = connection
    this.credentials = credentials
  }

  /** The handshake has ended with this identity. */
  begin(identity: Identity): void {
    this.known = identity
    this.advance()
  }

  /** The credentials have changed. */
  adopt(identity: Identity): void {
    this.wanted = identity
    this.onChange?.(identity)
    this.advance()
  }

  /** The next change to another identity than this one, which may be known already. */
  changeFrom(identity: Identity): Effect.Effect<Identity> {
    return Effect.callback<Identity>((resume) => {
      this.onChange = (next) => {
        if (!sameIdentity(next, identity)) resume(Effect.succeed(next))
      }
      if (this.wanted !== undefined) this.onChange(this.wanted)
      return Effect.sync(() => {
        this.onChange = undefined
      })
    })
  }

  /**
   * Say nothing for now: AUTH would become part of what the connection is in the middle of (a transaction, a subscription of RESP2). Each
   * call needs a `release`.
   */
  hold(): void {
    this.holds++
  }

  /** What changed meanwhile is said now. */
  release(): void {
    this.holds--
    this.advance()
  }

  /**
   * The server answered NOAUTH to a command. Whether it makes sense to send the command again: the newest credentials are being asked for
   * and said, and if they are refused the connection is replaced once its replies have come.
   */
  renew(): boolean {
    if (this.busy || this.replaced) return true
    if (this.connection.closedBy !== undefined) return true
    const now = this.runtime.ticker.exact()
    const recent = this.renewals.filter((at) => now - at < RENEWAL_WINDOW)
    if (recent.length >= MAX_RENEWALS) return false
    this.renewals = [...recent, now]
    this.busy = true
    const asked = Effect.mapError(this.credentials.current, (reason): Failure => ({ reason, execution: "NotSent" }))
    const renewed = Effect.flatMap(asked, (identity) => this.say(identity))
    this.runtime.fork(
      Effect.flatMap(Effect.result(renewed), (result) => {
        this.busy = false
        this.announce(result)
        if (Result.isSuccess(result)) return Effect.sync(() => this.advance())
        this.replaced = true
        const message = `the server no longer knows this connection's identity: ${result.failure.reason._tag}`
        return this.connection.drain(new ConnectionLost({ address: this.connection.address, message }))
      })
    )
    return true
  }

  private advance(): void {
    const { known, wanted } = this
    if (known === undefined || wanted === undefined || this.busy || this.holds > 0 || this.replaced) return
    this.wanted = undefined
    if (sameIdentity(wanted, known)) return
    this.busy = true
    this.runtime.fork(
      Effect.flatMap(Effect.result(this.say(wanted)), (result) =>
        Effect.sync(() => {
          this.busy = false
          this.announce(result)
          this.advance()
        })
      )
    )
  }

  private announce(result: Result.Result<void, Failure>): void {
    const node = this.connection.address
    this.runtime.monitor.announce(
      Result.isSuccess(result)
        ? { _tag: "Reauthenticated", node }
        : { _tag: "ReauthenticationRefused", node, reason: result.failure.reason }
    )
  }

  private say(identity: Identity): Effect.Effect<void, Failure> {
    return Effect.tap(authenticate(this.runtime, this.connection, identity), () =>
      Effect.sync(() => {
        this.known = identity
      })
    )
  }
}
