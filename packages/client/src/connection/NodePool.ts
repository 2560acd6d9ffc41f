/**
 * The leased connections of one node: each belongs to one caller at a time. Bounded, first come first served with a deadline, and nothing
 * comes back dirty: what a caller changed is undone or its connection closed.
 *
 * Effect's own `Pool` does not fit: it has no deadline for who waits, cannot reset on return, counts one time to live only, and its
 * end waits for borrowers, who may wait for an element for ever.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Scope from "effect/Scope"
import type { Failure } from "../error/Failure.ts"
import { ConnectionLost, PoolTimeout, type Reason, Timeout } from "../error/Reason.ts"
import type { PoolMetrics } from "../telemetry/ClientMetrics.ts"
import { ask } from "./ask.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import type { NodeConnection } from "./NodeConnection.ts"
import { type ConnectionProfile, openConnection } from "./open.ts"
import { PooledConnection } from "./PooledConnection.ts"
import { Sweeper } from "./Sweeper.ts"

/**
 * Bounds and times of a node's pool, in connections and milliseconds.
 *
 * @category options
 * @since 0.1.0
 */
export interface PoolLimits {
  readonly min: number
  readonly max: number
  readonly idleTimeout: number
  readonly maxAge: number
  readonly checkAfter: number
  readonly acquireTimeout: number
}

/**
 * How many connections a node's pool has: free, in the hands of callers (or being opened, or reset), and how many callers wait.
 *
 * @category models
 * @since 0.1.0
 */
export interface PoolStats {
  readonly idle: number
  readonly used: number
  readonly waiting: number
  readonly max: number
}

/** Of a second. */
const MILLIS = 1000

/** Between attempts to have the minimum, in milliseconds. */
const REFILL_PAUSE = 1000

/** A caller in line, or with a place: at any moment it is known what it has, and so what must come back. */
class Ticket {
  readonly since: number
  readonly until: number
  state: "new" | "waiting" | "granted" | "done" = "new"
  resume: ((effect: Effect.Effect<void, Failure>) => void) | undefined
  pooled: PooledConnection | undefined
  /** When the caller had its connection. */
  servedAt: number | undefined

  constructor(since: number, until: number) {
    this.since = since
    this.until = until
  }
}

/**
 * The pool.
 *
 * @category models
 * @since 0.1.0
 */
export class NodePool {
  readonly node: NodeConnection
  private readonly runtime: ConnectionRuntime
  private readonly profile: ConnectionProfile
  private readonly limits: PoolLimits
  private readonly sweeper: Sweeper
  /** The newest at the end: what is seldom needed grows old. */
  private readonly idle: Array<PooledConnection> = []
  private readonly used = new Set<PooledConnection>()
  private readonly waiting = new Set<Ticket>()
  /** Small internal fibers that this pool has started and not yet seen the end of. */
  private readonly fibers = new Set<Fiber.Fiber<void>>()
  /** Places taken: in use, being opened, being reset. */
  private taken = 0
  private opening = 0
  private probing = false
  private refillAt = 0
  private nextBeat = Number.POSITIVE_INFINITY
  private closedBy: Failure | undefined
  private readonly closing = Latch.makeUnsafe(false)
  private readonly settled = Latch.makeUnsafe(true)
  private readonly ended = Latch.makeUnsafe(false)

  constructor(runtime: ConnectionRuntime, node: NodeConnection, profile: ConnectionProfile, limits: PoolLimits) {
    // A server that blocks a client does not answer it either: whether the node lives is judged on its shared connection.
    this.runtime = { ...runtime, limits: { ...runtime.limits, silence: Number.POSITIVE_INFINITY } }
    this.node = node
    this.profile = profile
    this.limits = limits
    this.silence = runtime.limits.silence
    this.sweeper = new Sweeper(runtime, (now) => this.sweep(now))
    this.metrics = runtime.telemetry?.metrics?.pool({
      name: `${node.text} leased`,
      min: limits.min,
      max: limits.max,
      counts: () => ({ idle: this.idle.length, used: this.taken, pending: this.waiting.size })
    })
    if (limits.min > 0) this.sweeper.wake(this.now())
  }
  private readonly silence: number
  private readonly metrics: PoolMetrics | undefined

  get stats(): PoolStats {
    return { idle: this.idle.length, used: this.taken, waiting: this.waiting.size, max: this.limits.max }
  }

  /** A connection for as long as the scope lives, by `deadline` (milliseconds of the client's clock) at the latest. */
  lease(deadline: number): Effect.Effect<PooledConnection, Failure, Scope.Scope> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const now = this.now()
        const ticket = new Ticket(now, Math.min(deadline, now + this.limits.acquireTimeout))
        return restore(Effect.andThen(this.stand(ticket), this.take(ticket, deadline))).pipe(
          Effect.onError(() => this.giveBack(ticket)),
          Effect.tap(() => {
            ticket.servedAt = this.now()
            this.metrics?.waited((ticket.servedAt - ticket.since) / MILLIS)
            return Effect.addFinalizer(() => this.giveBack(ticket))
          })
        )
      })
    )
  }

  /** Destroy what is in use, but (if asked) not what blocks: the server can still be told to end that, and says what came of it. */
  abort(reason: Reason, sparesBlocked: boolean): void {
    for (const pooled of [...this.used]) {
      if (pooled.isOpen && !(sparesBlocked && pooled.unblock !== undefined)) pooled.connection.close(reason)
    }
  }

  /** End it: nobody gets in any more, who is in may have its replies until the close time-out, what blocks is unblocked. */
  close(reason: Reason): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.closedBy !== undefined) return this.ended.await
      const failure: Failure = { reason, execution: "NotSent" }
      this.closedBy = failure
      this.sweeper.stop()
      for (const ticket of [...this.waiting]) this.refuse(ticket, failure)
      this.closing.openUnsafe()
      const ends = [...this.idle.splice(0).map((pooled) => this.discard(pooled))]
      for (const pooled of this.used) {
        if (!pooled.isOpen) continue
        const unblocked = pooled.unblock ?? Effect.void
        const drained = Effect.andThen(
          unblocked,
          Effect.suspend(() => pooled.connection.drain(reason))
        )
        ends.push(Effect.andThen(drained, this.discard(pooled)))
      }
      return Effect.all(ends, { concurrency: "unbounded", discard: true }).pipe(
        Effect.andThen(this.settled.await),
        Effect.andThen(Effect.suspend(() => Fiber.interruptAll(this.fibers))),
        Effect.ensuring(
          Effect.sync(() => {
            this.metrics?.close()
            this.ended.openUnsafe()
          })
        )
      )
    })
  }

  private now(): number {
    return this.runtime.ticker.exact()
  }

  /** Wait for a place. Whoever comes while others wait stands behind them. */
  private stand(ticket: Ticket): Effect.Effect<void, Failure> {
    return Effect.callback<void, Failure>((resume) => {
      if (this.closedBy !== undefined) return resume(Effect.fail(this.closedBy))
      if (this.taken < this.limits.max && this.waiting.size === 0) {
        this.grant(ticket)
        return resume(Effect.void)
      }
      if (ticket.until <= ticket.since) return resume(Effect.fail(this.tooLate(ticket, ticket.since)))
      ticket.state = "waiting"
      ticket.resume = resume
      this.waiting.add(ticket)
      this.sweeper.wake(ticket.until)
      return Effect.sync(() => {
        this.waiting.delete(ticket)
      })
    })
  }

  private grant(ticket: Ticket): void {
    ticket.state = "granted"
    this.taken++
  }

  private refuse(ticket: Ticket, failure: Failure): void {
    this.waiting.delete(ticket)
    ticket.state = "done"
    ticket.resume?.(Effect.fail(failure))
  }

  /** One place is free again. */
  private release(): void {
    this.taken--
    while (this.taken < this.limits.max && this.closedBy === undefined) {
      const [next] = this.waiting
      if (next === undefined) return
      this.waiting.delete(next)
      this.grant(next)
      next.resume?.(Effect.void)
    }
  }

  /** With a place: a free connection that is fit for use, or a new one. */
  private take(ticket: Ticket, deadline: number): Effect.Effect<PooledConnection, Failure> {
    return Effect.suspend(() => {
      const pooled = this.idle.pop()
      if (pooled === undefined) return this.open(ticket, deadline)
      ticket.pooled = pooled
      this.used.add(pooled)
      const now = this.now()
      const again = Effect.suspend(() => {
        ticket.pooled = undefined
        return Effect.andThen(this.discard(pooled), this.take(ticket, deadline))
      })
      if (!pooled.isClean || now - pooled.openedAt >= this.limits.maxAge) return again
      this.beatLater(now)
      if (now - pooled.idleSince < this.limits.checkAfter) return Effect.succeed(pooled)
      return Effect.flatMap(this.undo(pooled), (fit) => (fit ? Effect.succeed(pooled) : again))
    })
  }

  /** Open a connection. The node's shared one comes first, so that a node that is down is dialled at the shared one's pace. */
  private open(ticket: Ticket, deadline: number): Effect.Effect<PooledConnection, Failure> {
    return Effect.suspend(() => {
      this.opening++
      this.settled.closeUnsafe()
      const opened = Effect.flatMap(this.node.acquire, () => {
        const pooled = new PooledConnection(this.now(), this.profile.handshake.database)
        ticket.pooled = pooled
        this.used.add(pooled)
        return openConnection(this.runtime, this.node.address, this.profile, () => this.onEnded(pooled)).pipe(
          Scope.provide(pooled.scope),
          Effect.map((connection) => {
            pooled.attach(connection)
            this.beatLater(this.now())
            return pooled
          })
        )
      })
      const limited =
        deadline === Number.POSITIVE_INFINITY
          ? opened
          : Effect.timeoutOrElse(opened, {
              duration: Math.max(0, deadline - this.now()),
              orElse: () => Effect.fail(this.slow(deadline))
            })
      const closed = Effect.andThen(
        this.closing.await,
        Effect.suspend(() => Effect.fail(this.closedBy ?? this.slow(deadline)))
      )
      return Effect.ensuring(
        Effect.raceFirst(limited, closed),
        Effect.sync(() => {
          this.opening--
          if (this.opening === 0) this.settled.openUnsafe()
        })
      )
    })
  }

  /** Take back whatever the caller has by now. Never waits for the server: a connection that has to be reset is so in the background. */
  private giveBack(ticket: Ticket): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { pooled, servedAt, state } = ticket
      ticket.state = "done"
      if (servedAt !== undefined) this.metrics?.used((this.now() - servedAt) / MILLIS)
      ticket.servedAt = undefined
      if (state !== "granted") {
        this.waiting.delete(ticket)
        return Effect.void
      }
      if (pooled === undefined) return Effect.sync(() => this.release())
      if (!pooled.isOpen || pooled.spoilt || this.closedBy !== undefined) {
        return Effect.ensuring(
          this.discard(pooled),
          Effect.sync(() => this.release())
        )
      }
      if (pooled.isClean) return Effect.sync(() => this.putBack(pooled))
      this.background(
        Effect.flatMap(this.undo(pooled), (fit) =>
          fit ? Effect.sync(() => this.putBack(pooled)) : this.discardAndRelease(pooled)
        ).pipe(Effect.onInterrupt(() => this.discardAndRelease(pooled)))
      )
      return Effect.void
    })
  }

  private discardAndRelease(pooled: PooledConnection): Effect.Effect<void> {
    return Effect.ensuring(
      this.discard(pooled),
      Effect.sync(() => this.release())
    )
  }

  /** Reset it (which also shows that it lives); whether it is fit for use. */
  private undo(pooled: PooledConnection): Effect.Effect<boolean> {
    return pooled.reset(this.runtime).pipe(
      Effect.catch(() => Effect.succeed(false)),
      Effect.timeoutOrElse({
        duration: this.runtime.limits.probeTimeout,
        orElse: () => Effect.succeed(false)
      })
    )
  }

  private putBack(pooled: PooledConnection): void {
    this.used.delete(pooled)
    const now = this.now()
    pooled.idleSince = now
    this.idle.push(pooled)
    this.sweeper.wake(Math.min(now + this.limits.idleTimeout, pooled.openedAt + this.limits.maxAge))
    this.release()
  }

  private discard(pooled: PooledConnection): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.used.delete(pooled)
      return Scope.close(pooled.scope, Exit.void)
    })
  }

  private onEnded(pooled: PooledConnection): void {
    const at = this.idle.indexOf(pooled)
    if (at === -1) return
    this.idle.splice(at, 1)
    this.background(this.discard(pooled))
    if (this.limits.min > 0) this.sweeper.wake(this.now())
  }

  private background(effect: Effect.Effect<void>): void {
    const fiber = this.runtime.fork(effect)
    this.fibers.add(fiber)
    fiber.addObserver(() => this.fibers.delete(fiber))
  }

  private tooLate(ticket: Ticket, now: number): Failure {
    const { max } = this.limits
    const waited = now - ticket.since
    this.metrics?.timedOut()
    const message = `all ${max} leased connections of the node were in use for ${waited} ms`
    return { reason: new PoolTimeout({ limit: max, waited, message }), execution: "NotSent" }
  }

  private slow(deadline: number): Failure {
    const reason = new Timeout({
      phase: "connecting",
      deadline: this.runtime.ticker.byClock(deadline),
      lastCause: this.node.downBy?.message,
      message: "the deadline passed while a connection of its own was being opened"
    })
    return { reason, execution: "NotSent" }
  }

  private beatLater(now: number): void {
    if (this.nextBeat !== Number.POSITIVE_INFINITY || this.silence === Number.POSITIVE_INFINITY) return
    this.nextBeat = now + this.silence
    this.sweeper.wake(this.nextBeat)
  }

  private sweep(now: number): number {
    for (const ticket of [...this.waiting]) if (ticket.until <= now) this.refuse(ticket, this.tooLate(ticket, now))
    this.evict(now)
    let next = this.refill(now)
    if (now >= this.nextBeat) {
      this.nextBeat = this.used.size === 0 ? Number.POSITIVE_INFINITY : now + this.silence
      if (!this.probing && this.waitingSince(now).length > 0) this.background(this.probe)
    }
    next = Math.min(next, this.nextBeat)
    for (const ticket of this.waiting) next = Math.min(next, ticket.until)
    for (const { idleSince, openedAt } of this.idle) {
      next = Math.min(next, openedAt + this.limits.maxAge)
      // Those of the minimum have no time-out; who takes them looks whether they still live.
      if (this.isOverMinimum) next = Math.min(next, idleSince + this.limits.idleTimeout)
    }
    return next
  }

  private get isOverMinimum(): boolean {
    return this.taken + this.idle.length > this.limits.min
  }

  private evict(now: number): void {
    const { idleTimeout, maxAge } = this.limits
    for (const pooled of [...this.idle]) {
      const old = now - pooled.openedAt >= maxAge
      if (!old && !(this.isOverMinimum && now - pooled.idleSince >= idleTimeout)) continue
      this.idle.splice(this.idle.indexOf(pooled), 1)
      this.background(this.discard(pooled))
    }
  }

  /** Open what is missing to the minimum; when to look again. */
  private refill(now: number): number {
    if (this.taken + this.idle.length >= this.limits.min) return Number.POSITIVE_INFINITY
    if (now < this.refillAt) return this.refillAt
    this.refillAt = now + REFILL_PAUSE
    for (let missing = this.limits.min - this.taken - this.idle.length; missing > 0; missing--) {
      const ticket = new Ticket(now, now)
      this.grant(ticket)
      const filled = this.open(ticket, Number.POSITIVE_INFINITY).pipe(
        Effect.ignore,
        Effect.ensuring(this.giveBack(ticket))
      )
      this.background(filled)
    }
    return this.refillAt
  }

  /** The connections that wait for a reply and have had no byte since. */
  private waitingSince(moment: number): ReadonlyArray<PooledConnection> {
    return [...this.used].filter(
      (pooled) => pooled.isOpen && pooled.connection.depth > 0 && pooled.connection.lastByteAt <= moment
    )
  }

  /** Ask on the shared connection whether the node lives, twice since that one may just have been lost. If not, end what waits. */
  private readonly probe: Effect.Effect<void> = Effect.suspend(() => {
    this.probing = true
    const asked = this.now()
    const { probeTimeout } = this.runtime.limits
    return Effect.gen({ self: this }, function* () {
      for (const limit of [this.silence + probeTimeout, probeTimeout]) {
        if (yield* ask(this.runtime, this.node, limit, "PING").pipe(Effect.as(true), Effect.catch(isAlive))) return
      }
      const address = this.node.text
      const message = `the node did not answer for ${this.now() - asked} ms on any connection`
      for (const pooled of this.waitingSince(asked)) pooled.connection.close(new ConnectionLost({ address, message }))
    }).pipe(
      Effect.ensuring(
        Effect.sync(() => {
          this.probing = false
        })
      )
    )
  })
}

const gone: ReadonlySet<Reason["_tag"]> = new Set<Reason["_tag"]>(["ConnectionLost", "ConnectFailed", "Timeout"])

/** A node that refuses lives; of one whose queue is full nothing is known. */
const isAlive = ({ reason }: Failure): Effect.Effect<boolean> => Effect.succeed(!gone.has(reason._tag))
