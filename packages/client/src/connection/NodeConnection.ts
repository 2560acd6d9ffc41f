/**
 * The multiplexed connection of one node over all its sockets: opened when first needed, opened again by Schedule when lost. While none is
 * open, commands wait for the attempt that is under way; once an attempt has failed they fail at once (nothing was sent), and the
 * retry engine decides.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import { type Failure, toRedisError } from "../error/Failure.ts"
import { ConnectionLost, Overloaded, type Reason, Timeout } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import type { Connection } from "./Connection.ts"
import type { ConnectionState } from "./ConnectionMonitor.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import { type ConnectionProfile, openConnection } from "./open.ts"
import { type Pending, State } from "./Pending.ts"
import { Ring } from "./Ring.ts"
import { Sweeper } from "./Sweeper.ts"
import { type Address, addressText } from "./Transport.ts"

/** A connection that lived this long ends a series of failed attempts: the next starts the reconnect policy anew. Milliseconds. */
const STABLE_AFTER = 5000

/** A connection that takes longer to open is reported as silent: perhaps another node serves by now. Milliseconds. */
const SLOW_OPENING = 250

/**
 * What a node's connection tells its owner.
 *
 * @category models
 * @since 0.1.0
 */
export interface NodeEvents {
  /** An attempt failed, or an open connection ended. */
  readonly onDown: (node: NodeConnection, reason: Reason) => void
  /** An open connection is silent although commands wait, and was probed. */
  readonly onSilent?: ((node: NodeConnection) => void) | undefined
  /** A connection is usable. */
  readonly onUp: (node: NodeConnection) => void
  /** It was closed for good. */
  readonly onGone?: ((node: NodeConnection) => void) | undefined
}

const none = (): void => {}

/**
 * The node's connection.
 *
 * @category models
 * @since 0.1.0
 */
export class NodeConnection {
  readonly address: Address
  readonly text: string
  /** What it is told apart by in states, events and metrics: a node may have a connection for reads from a replica beside the other one. */
  readonly label: string
  private readonly runtime: ConnectionRuntime
  private readonly profile: ConnectionProfile
  private readonly reconnect: Schedule.Schedule<unknown, RedisError>
  private readonly events: NodeEvents
  private readonly sweeper: Sweeper
  private readonly wanted = Latch.makeUnsafe(false)
  private readonly waiting = new Ring<Pending>()
  /** The open connection: read on the hot path. */
  private connection: Connection | undefined
  /** Why the last attempt failed, while none is under way. */
  private down: Failure | undefined
  /** When the open connection became usable, in milliseconds of the client's clock. */
  private openedAt: number | undefined
  private started = false
  private supervisor: Fiber.Fiber<void> | undefined
  /** With what commands fail once it is closing. */
  private closedBy: Failure | undefined
  private readonly ended = Latch.makeUnsafe(false)

  constructor(
    runtime: ConnectionRuntime,
    address: Address,
    profile: ConnectionProfile,
    reconnect: Schedule.Schedule<unknown, RedisError>,
    events: NodeEvents
  ) {
    this.runtime = runtime
    this.address = address
    this.text = addressText(address)
    this.label = profile.handshake.readOnly === true ? `${this.text}/readonly` : this.text
    this.profile = profile
    this.reconnect = reconnect
    this.events = events
    this.sweeper = new Sweeper(runtime, (now) => this.expire(now))
  }

  /**
   * One open connection that somebody else opened and will close, as a node to send to. Nothing is opened in its place: once it has ended
   * commands fail as it did.
   */
  static over(node: NodeConnection, connection: Connection): NodeConnection {
    const fixed = new NodeConnection(node.runtime, node.address, node.profile, node.reconnect, {
      onDown: none,
      onUp: none
    })
    fixed.connection = connection
    return fixed
  }

  /** Take nothing more on the connection of another: what is sent from now on fails with the reason. */
  detach(reason: Reason): void {
    this.connection = undefined
    this.closedBy = { reason, execution: "NotSent" }
  }

  /** Whether a connection is open now. */
  get isUp(): boolean {
    return this.connection !== undefined
  }

  /** Why there is none, if the last attempt failed. */
  get downBy(): Reason | undefined {
    return this.down?.reason
  }

  /** How many commands wait on the connection, or for one. */
  get queueDepth(): number {
    return this.connection?.depth ?? this.waiting.size
  }

  /** For how long no byte has come, in milliseconds; `undefined` without a connection. */
  get silence(): number | undefined {
    return this.connection?.silence
  }

  /** Whether it was wanted and cannot be reached, as far as this side can tell. */
  get isDoubtful(): boolean {
    const { connection } = this
    return connection === undefined ? this.started && this.closedBy === undefined : connection.isSilent
  }

  /** How many commands are on their way to or from it, and how many of them wait for a connection or for room. For diagnosis. */
  get load(): { readonly depth: number; readonly held: number } {
    const { connection, waiting } = this
    return { depth: waiting.size + (connection?.depth ?? 0), held: waiting.size + (connection?.held ?? 0) }
  }

  /** Send one command, or let it wait for the attempt under way. */
  send(pending: Pending): void {
    const connection = this.connection
    if (connection !== undefined) connection.send(pending)
    else this.enqueue(pending)
  }

  /** Send the commands of one batch in order. */
  sendAll(batch: ReadonlyArray<Pending>): void {
    const connection = this.connection
    if (connection !== undefined) connection.sendAll(batch)
    else for (const pending of batch) this.enqueue(pending)
  }

  /** Give the open connection, opening it if need be. */
  readonly acquire: Effect.Effect<Connection, Failure> = Effect.callback<Connection, Failure>((resume) => {
    const connection = this.connection
    if (connection !== undefined) return resume(Effect.succeed(connection))
    if (this.closedBy !== undefined) return resume(Effect.fail(this.closedBy))
    this.listeners.add(resume)
    this.start()
    return Effect.sync(() => {
      this.listeners.delete(resume)
    })
  })
  private readonly listeners = new Set<(effect: Effect.Effect<Connection, Failure>) => void>()

  /** What waits and was not written fails as `NotSent`: another node serves it now. */
  evict(reason: Reason): void {
    this.connection?.evictUnsent(reason)
    this.failWaiting({ reason, execution: "NotSent" })
  }

  /** Destroy the open socket; the supervisor opens another. */
  reset(message: string): void {
    this.connection?.close(new ConnectionLost({ address: this.text, message }))
  }

  /** The node answered NOAUTH: whether its connection's identity is being renewed, so that the command may be sent again. */
  renewIdentity(): boolean {
    return this.connection?.identity?.renew() ?? false
  }

  /**
   * Take no more commands, await the replies until the close time-out, end. What comes or is left fails with the reason. Whoever calls it
   * again waits for the same end.
   */
  close(reason: Reason): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.closedBy !== undefined) return this.ended.await
      const failure: Failure = { reason, execution: "NotSent" }
      this.closedBy = failure
      this.failWaiting(failure)
      this.failListeners(failure)
      const end = Effect.suspend(() => {
        this.sweeper.stop()
        this.failWaiting(failure)
        if (this.started) this.report({ _tag: "Closed", since: this.clock(), reason })
        return this.supervisor === undefined ? Effect.void : Fiber.interrupt(this.supervisor)
      })
      return (this.connection?.drain(reason) ?? Effect.void).pipe(
        Effect.andThen(end),
        Effect.ensuring(Effect.sync(() => this.ended.openUnsafe()))
      )
    })
  }

  private enqueue(pending: Pending): void {
    pending.node = this.text
    this.runtime.ticker.refresh()
    if (this.closedBy !== undefined) return this.settle(pending, this.closedBy)
    if (this.down !== undefined) return this.settle(pending, this.down)
    const { maxInFlight } = this.runtime.limits
    if (this.waiting.size >= maxInFlight && this.runtime.limits.overload === "fail") {
      const message = `${this.waiting.size} commands wait for the connection already`
      const reason = new Overloaded({ limit: maxInFlight, message })
      return this.settle(pending, { reason, execution: "NotSent" })
    }
    this.waiting.push(pending)
    if (pending.deadline < this.sweeper.wakeAt) this.sweeper.wake(pending.deadline)
    this.start()
  }

  private start(): void {
    this.wanted.openUnsafe()
    if (this.started || this.closedBy !== undefined) return
    // The fiber runs until it first waits before `fork` returns: what it causes meanwhile must not start another one.
    this.started = true
    this.supervisor = this.runtime.fork(this.supervise)
  }

  private readonly supervise: Effect.Effect<void> = Effect.suspend(() =>
    Effect.gen({ self: this }, function* () {
      let step = yield* Schedule.toStep(this.reconnect)
      while (this.closedBy === undefined) {
        this.down = undefined
        this.openedAt = undefined
        this.report({ _tag: "Connecting", since: this.clock() })
        const failure = yield* this.session
        const now = this.runtime.ticker.exact()
        const isStable: boolean = this.openedAt !== undefined && now - this.openedAt >= STABLE_AFTER
        if (isStable) step = yield* Schedule.toStep(this.reconnect)
        const error = toRedisError(failure, "CONNECT", this.text)
        const delay = yield* Pull.catchDone(
          Effect.map(step(this.runtime.ticker.byClock(now), error), ([, duration]) => duration),
          () => Effect.succeed(undefined)
        )
        if (delay === undefined) {
          // The policy gave up: only a new command (or one that came while the policy was asked) starts it again.
          this.down = undefined
          if (this.waiting.size === 0 && this.listeners.size === 0) {
            this.wanted.closeUnsafe()
            yield* this.wanted.await
          }
          step = yield* Schedule.toStep(this.reconnect)
        } else yield* Effect.sleep(delay)
      }
    })
  )

  /** One connection from its opening to its end; gives why it ended. */
  private readonly session: Effect.Effect<Failure> = Effect.scoped(
    Effect.gen({ self: this }, function* () {
      const ended = Latch.makeUnsafe(false)
      let endedBy: Reason | undefined
      const slow = yield* Effect.forkScoped(
        Effect.andThen(
          Effect.sleep(SLOW_OPENING),
          Effect.sync(() => this.events.onSilent?.(this))
        )
      )
      const opened = yield* Effect.result(
        openConnection(this.runtime, this.address, this.profile, (reason) => {
          endedBy = reason
          if (this.connection !== undefined) {
            this.connection = undefined
            if (this.closedBy === undefined) {
              this.report({ _tag: "Disconnected", since: this.clock(), reason })
              this.events.onDown(this, reason)
            }
          }
          ended.openUnsafe()
        })
      )
      if (opened._tag === "Failure") {
        this.onAttemptFailed(opened.failure)
        return opened.failure
      }
      slow.interruptUnsafe()
      if (endedBy === undefined) this.onOpened(opened.success)
      yield* ended.await
      const reason = endedBy ?? new ConnectionLost({ address: this.text, message: "closed" })
      return { reason, execution: "NotSent" } satisfies Failure
    })
  )

  private onOpened(connection: Connection): void {
    this.connection = connection
    this.openedAt = this.runtime.ticker.exact()
    connection.onSilent = () => {
      this.report({ _tag: "Silent", since: this.clock() })
      this.events.onSilent?.(this)
    }
    connection.onAlive = () => this.report({ _tag: "Connected", since: this.clock() })
    this.down = undefined
    this.report({ _tag: "Connected", since: this.clock() })
    this.events.onUp(this)
    const listeners = [...this.listeners]
    this.listeners.clear()
    for (const resume of listeners) resume(Effect.succeed(connection))
    const waiting = this.waiting.drain().filter((pending) => pending.state === State.Queued)
    if (waiting.length > 0) connection.sendAll(waiting)
  }

  private onAttemptFailed(failure: Failure): void {
    this.down = failure
    this.report({ _tag: "Disconnected", since: this.clock(), reason: failure.reason })
    this.events.onDown(this, failure.reason)
    this.failListeners(failure)
    this.failWaiting(failure)
  }

  private report(state: ConnectionState): void {
    this.runtime.monitor.change(this, state)
  }

  private clock(): number {
    return this.runtime.ticker.byClock(this.runtime.ticker.exact())
  }

  private failListeners(failure: Failure): void {
    const listeners = [...this.listeners]
    this.listeners.clear()
    for (const resume of listeners) resume(Effect.fail(failure))
  }

  private failWaiting(failure: Failure): void {
    for (const pending of this.waiting.drain()) this.settle(pending, failure)
  }

  private settle(pending: Pending, failure: Failure): void {
    if (pending.state !== State.Queued) return
    pending.state = State.Settled
    pending.handler.fail(pending, failure)
  }

  private expire(now: number): number {
    let earliest = Number.POSITIVE_INFINITY
    const due: Array<Pending> = []
    this.waiting.forEach((pending) => {
      if (pending.state !== State.Queued) return
      if (pending.deadline <= now) due.push(pending)
      else if (pending.deadline < earliest) earliest = pending.deadline
    })
    const queueDepth = this.waiting.size
    for (const pending of due) {
      const message = `the deadline passed while the connection was being opened; ${queueDepth} commands wait for it`
      const deadline = this.runtime.ticker.byClock(pending.deadline)
      const reason = new Timeout({ phase: "connecting", deadline, lastCause: undefined, queueDepth, message })
      this.settle(pending, { reason, execution: "NotSent" })
    }
    return earliest
  }
}
