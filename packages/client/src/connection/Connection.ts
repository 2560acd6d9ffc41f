/**
 * One socket and the commands on it: gathers what is sent in a turn, writes it together, matches replies in order. A connection is one
 * generation: what waits on it dies with it and never meets the bytes of a later socket.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { defineSpec } from "../command/CommandSpec.ts"
import { internalCommand } from "../command/make.ts"
import { DecodeMismatch } from "../command/Reply.ts"
import type { Failure } from "../error/Failure.ts"
import { Closed, ConnectionLost, Decode, Overloaded, Protocol, type Reason, Timeout } from "../error/Reason.ts"
import type { RespLimits } from "../protocol/RespHandler.ts"
import { RespParser } from "../protocol/RespParser.ts"
import { RespError, type RespValue } from "../protocol/RespValue.ts"
import { frameBytes } from "../protocol/RespWriter.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import type { LiveIdentity } from "./LiveIdentity.ts"
import { Liveness } from "./Liveness.ts"
import { abandon, type Pending, PendingPart, type ReplyHandler, State } from "./Pending.ts"
import { Ring } from "./Ring.ts"
import { Sweeper } from "./Sweeper.ts"
import type { Socket, SocketEvents } from "./Transport.ts"

/**
 * Commands of one turn leave together; earlier once half of what is in flight is gathered, but not for fewer than this many
 * (measured: 1.5 to 2 times the throughput of one write a turn).
 */
const EARLIEST_FLUSH = 16

/** Longer strings are several writes of one turn: encoding one beyond 128 KiB was measured at 4 to 5 times the cost for each byte. */
const LONGEST_TEXT = 65_536

const PING = internalCommand(defineSpec({ name: "PING", keys: "none", retry: "readOnly" }), [])
const PING_FRAME = "*1\r\n$4\r\nPING\r\n"

const sizeOf = (pending: Pending): number =>
  typeof pending.frame === "string" ? pending.frame.length : frameBytes(pending.frame)

const swallow: ReplyHandler = { succeed: () => {}, refuse: () => {}, fail: () => {} }

/**
 * The connection.
 *
 * @category models
 * @since 0.1.0
 */
export class Connection {
  readonly address: string
  protected readonly runtime: ConnectionRuntime
  protected readonly parser: RespParser
  protected readonly sweeper: Sweeper
  private readonly onClosed: (reason: Reason) => void
  protected socket: Socket | undefined
  /** Written and waiting for replies, oldest first; behind them what was gathered in this turn and is not yet written. */
  private readonly line = new Ring<Pending>()
  /** How many at the end of the line are not yet written. */
  private gathered = 0
  /** Over the node's bound, waiting for room. */
  private readonly overflow = new Ring<Pending>()
  /** Nothing while a command has the connection to itself. */
  private maxInFlight: number
  /** The command that shall have, or has, the connection to itself. */
  private alone: Pending | undefined
  private readonly maxInFlightBytes: number
  private inFlight = 0
  private inFlightBytes = 0
  private flushScheduled = false
  private congested = false
  private earliestDeadline = Number.POSITIVE_INFINITY
  protected readonly liveness: Liveness
  /** Called when it is probed, since it was silent for too long. */
  onSilent: (() => void) | undefined
  /** Called when bytes come after that. */
  onAlive: (() => void) | undefined
  /** As whom the server knows it, and how that changes; `undefined` where it said nothing of the kind. */
  identity: LiveIdentity | undefined
  private closing: (() => void) | undefined
  /** Why it takes no more commands, while it still awaits replies. */
  private refusedBy: Reason | undefined
  /** Why it ended; `undefined` while it lives. */
  closedBy: Reason | undefined

  /** `onClosed` is called once, before those who wait are told: what they send next must already find another way. */
  constructor(
    runtime: ConnectionRuntime,
    address: string,
    onClosed: (reason: Reason) => void,
    limits?: Partial<RespLimits> | undefined
  ) {
    this.runtime = runtime
    this.address = address
    this.onClosed = onClosed
    this.maxInFlight = runtime.limits.maxInFlight
    this.maxInFlightBytes = runtime.limits.maxInFlightBytes
    this.sweeper = new Sweeper(runtime, (now) => this.sweep(now))
    this.liveness = new Liveness(runtime.limits)
    this.parser = new RespParser(
      {
        asBytes: (push) => this.wantsBytes(push),
        onReply: (value) => this.onReply(value),
        onPush: (values) => this.onPush(values)
      },
      runtime.transport.text,
      limits
    )
  }

  /** What the transport calls. */
  readonly events: SocketEvents = {
    onData: (chunk) => {
      this.runtime.ticker.refresh()
      if (this.liveness.onByte(this.runtime.ticker.now())) this.onAlive?.()
      this.read(chunk)
      const failure = this.parser.failure
      if (failure !== undefined) {
        this.close(new Protocol({ offset: failure.offset, bytes: failure.bytes, message: failure.detail }))
      }
      this.runtime.ticker.refresh()
    },
    onDrain: () => {
      this.congested = false
      if (this.gathered > 0) this.flush()
    },
    onClose: (cause) => this.close(new ConnectionLost({ address: this.address, message: cause }))
  }

  /** Whether chunks are used during `onData` only. */
  get lendsChunks(): boolean {
    return false
  }

  /** Give it the open stream. */
  attach(socket: Socket): void {
    if (this.closedBy !== undefined) return socket.destroy()
    this.socket = socket
    this.liveness.onByte(this.runtime.ticker.exact())
    if (this.gathered > 0) this.flush()
  }

  /** Send one command, when the node's budget has room. */
  send(pending: Pending): void {
    if (this.closedBy !== undefined || this.refusedBy !== undefined) return this.refuseClosed(pending)
    pending.node = this.address
    if (this.overflow.size > 0 || !this.hasRoom()) return this.hold(pending)
    this.gather(pending)
    this.flushIfDue()
  }

  /** Send the commands of one batch: gathered in order, looked at for the write once. */
  sendAll(batch: ReadonlyArray<Pending>): void {
    for (const pending of batch) {
      if (this.closedBy !== undefined || this.refusedBy !== undefined) this.refuseClosed(pending)
      else {
        pending.node = this.address
        if (this.overflow.size > 0 || !this.hasRoom()) this.hold(pending)
        else this.gather(pending)
      }
    }
    if (this.gathered === 0) return
    if (this.written === 0) this.flush()
    else this.flushIfDue()
  }

  /** Send the client's own commands (handshake, discovery): they do not wait for room, without which nothing could be sent at all. */
  sendAhead(batch: ReadonlyArray<Pending>): void {
    for (const pending of batch) {
      if (this.closedBy !== undefined || this.refusedBy !== undefined) this.refuseClosed(pending)
      else {
        pending.node = this.address
        this.gather(pending)
      }
    }
    if (this.gathered > 0) this.flushIfDue()
  }

  /** Send one of the client's own commands once all replies have come, and nothing else until it is answered. One at a time. */
  sendAlone(pending: Pending): void {
    if (this.closedBy !== undefined || this.refusedBy !== undefined) return this.refuseClosed(pending)
    pending.node = this.address
    this.alone = pending
    this.maxInFlight = 0
    if (this.inFlight === 0) this.onIdle()
  }

  /** Whether it is silent although commands wait, and has not answered the probe so far. */
  get isSilent(): boolean {
    return this.liveness.isSilent
  }

  /** Fail what has not been written: the node is no longer the right one for it. If it is silent, too, it was replaced for that. */
  evictUnsent(reason: Reason): void {
    this.liveness.suspect()
    this.sweeper.wake(this.runtime.ticker.exact())
    const failure: Failure = { reason, execution: "NotSent" }
    const unsent = [...this.takeGathered(), ...this.overflow.drain()]
    for (const pending of unsent) this.settleFailed(pending, failure)
  }

  /** End it at once. Idempotent. */
  close(reason: Reason): void {
    if (this.closedBy !== undefined) return
    this.closedBy = reason
    this.sweeper.stop()
    this.parser.stop()
    this.socket?.destroy()
    this.onClosed(reason)
    const unsent = [...this.takeGathered(), ...this.overflow.drain()]
    const written = this.line.drain()
    this.inFlight = 0
    this.inFlightBytes = 0
    for (const pending of written) this.settleFailed(pending, { reason, execution: "MayHaveExecuted" })
    for (const pending of unsent) this.settleFailed(pending, { reason, execution: "NotSent" })
    if (this.alone !== undefined) this.settleFailed(this.alone, { reason, execution: "NotSent" })
    this.closing?.()
  }

  /** Send nothing new, wait for the replies until the close time-out, then end it. What comes or is left fails with the reason. */
  drain(reason: Reason): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.closedBy !== undefined) return Effect.void
      this.refusedBy = reason
      const empty = Effect.callback<void>((resume) => {
        this.closing = () => resume(Effect.void)
        if (this.inFlight === 0 && this.overflow.size === 0) resume(Effect.void)
      })
      return empty.pipe(
        Effect.timeoutOrElse({ duration: this.runtime.limits.closeTimeout, orElse: () => Effect.void }),
        Effect.andThen(Effect.sync(() => this.close(reason)))
      )
    })
  }

  /** For how long no byte has come, in milliseconds. */
  get silence(): number {
    return this.runtime.ticker.exact() - this.liveness.lastByteAt
  }

  /** Whether nothing waits here and nothing has come that nobody asked for, as far as this side can tell. */
  get isQuiet(): boolean {
    return this.closedBy === undefined && this.depth === 0 && this.parser.isBetweenFrames
  }

  /** When the last bytes came, in milliseconds of the client's clock. */
  get lastByteAt(): number {
    return this.liveness.lastByteAt
  }

  /** How many commands wait here, for diagnosis. */
  get depth(): number {
    return this.inFlight + this.overflow.size
  }

  /** How many of them wait for room. */
  get held(): number {
    return this.overflow.size
  }

  /** How many wait for their replies. */
  private get written(): number {
    return this.line.size - this.gathered
  }

  /** Bytes came. */
  protected read(chunk: Uint8Array): void {
    this.parser.push(chunk)
  }

  /** How the strings of the next frame are wanted. */
  protected wantsBytes(push: boolean): boolean {
    return !push && (this.head()?.command.bytes ?? false)
  }

  /** What nobody asked for: of no interest here. */
  protected onPush(_values: Array<RespValue>): void {}

  /** Whether a silence means something. */
  protected get awaitsBytes(): boolean {
    return this.written > 0
  }

  /** Whom the next reply is for. */
  protected head(): Pending | undefined {
    return this.line.size > this.gathered ? this.line.peek() : undefined
  }

  private hasRoom(): boolean {
    return this.inFlight < this.maxInFlight && this.inFlightBytes < this.maxInFlightBytes
  }

  private hold(pending: Pending): void {
    this.runtime.ticker.refresh()
    if (this.runtime.limits.overload === "fail" && this.alone === undefined) {
      const message = `${this.inFlight} commands and ${this.inFlightBytes} bytes are in flight on this node`
      const reason = new Overloaded({ limit: this.maxInFlight, message })
      return this.settleFailed(pending, { reason, execution: "NotSent" })
    }
    this.overflow.push(pending)
    this.watch(pending)
  }

  private watch(pending: Pending): void {
    const deadline = pending.deadline
    if (deadline < this.earliestDeadline) this.earliestDeadline = deadline
    if (deadline < this.sweeper.wakeAt) this.sweeper.wake(deadline)
  }

  private gather(pending: Pending): void {
    this.inFlight += pending.lead + 1
    this.inFlightBytes += sizeOf(pending)
    this.line.push(pending)
    this.gathered++
    this.watch(pending)
  }

  private flushIfDue(): void {
    const waiting = this.gathered
    // An idle connection gains nothing by waiting; a busy one gives the server its next half while this side resumes fibers.
    if (
      this.inFlight === waiting
        ? waiting === 1 && !this.flushScheduled
        : waiting >= Math.max(EARLIEST_FLUSH, this.inFlight / 2)
    ) {
      this.flush()
    } else if (!this.flushScheduled) {
      this.flushScheduled = true
      this.runtime.transport.defer(this.deferredFlush)
    }
  }

  private readonly deferredFlush = (): void => {
    this.flushScheduled = false
    this.runtime.ticker.refresh()
    if (this.gathered > 0) this.flush()
  }

  private flush(): void {
    this.runtime.ticker.refresh()
    const socket = this.socket
    if (socket === undefined || this.congested) return
    const { line } = this
    let kept = this.written
    if (kept === 0) {
      const due = this.liveness.onWaiting(this.runtime.ticker.exact())
      if (due < this.sweeper.wakeAt) this.sweeper.wake(due)
    }
    let text = ""
    let pieces: Array<string | Uint8Array> | undefined
    const end = line.size
    for (let place = kept; place < end; place++) {
      const pending = line.at(place)
      if (pending.state !== State.Queued) {
        this.discount(pending)
        continue
      }
      pending.state = State.Written
      if (kept !== place) line.put(kept, pending)
      kept++
      const frame = pending.frame
      if (typeof frame === "string") {
        text += frame
        if (text.length < LONGEST_TEXT) continue
        pieces ??= []
        pieces.push(text)
        text = ""
        continue
      }
      pieces ??= []
      for (const piece of frame) {
        if (typeof piece === "string") text += piece
        else {
          pieces.push(text, piece)
          text = ""
        }
      }
    }
    this.gathered = 0
    const skipped = kept < end
    if (skipped) line.truncate(kept)
    if (pieces === undefined) {
      if (text.length > 0) this.congested = !socket.write(text)
    } else {
      if (text.length > 0) pieces.push(text)
      this.congested = !socket.write(pieces)
    }
    // Not before the write: who is admitted now must not overtake what this batch has put in line already.
    if (skipped) this.useRoom()
  }

  private discount(pending: Pending): void {
    this.inFlight -= pending.lead + 1
    this.inFlightBytes -= sizeOf(pending)
  }

  private release(pending: Pending): void {
    this.discount(pending)
    this.useRoom()
  }

  private useRoom(): void {
    if (this.overflow.size > 0) this.admit()
    if (this.inFlight === 0) this.onIdle()
  }

  private onIdle(): void {
    const { alone } = this
    if (alone?.state === State.Queued) {
      this.gather(alone)
      return this.flush()
    }
    if (alone !== undefined) {
      this.alone = undefined
      this.maxInFlight = this.runtime.limits.maxInFlight
      this.admit()
    }
    if (this.inFlight === 0) this.closing?.()
  }

  private admit(): void {
    let admitted = false
    while (this.hasRoom()) {
      const pending = this.overflow.shift()
      if (pending === undefined) break
      if (pending.state !== State.Queued) continue
      this.gather(pending)
      admitted = true
    }
    if (admitted) this.flushIfDue()
  }

  protected onReply(value: RespValue): void {
    const pending = this.head()
    if (pending === undefined) {
      // Servers speak unasked only to turn a connection away ("max number of clients reached").
      const said = value instanceof RespError ? value.message : "a reply that nothing waits for"
      return this.close(new ConnectionLost({ address: this.address, message: said }))
    }
    if (pending.leadSeen < pending.lead) {
      if (pending.state === State.Written) pending.handler.lead?.(pending, value, pending.leadSeen)
      pending.leadSeen++
      return
    }
    this.line.shift()
    // Before the fiber goes on: what it sends next must find this place free.
    this.release(pending)
    if (pending.state === State.Abandoned) return
    pending.state = State.Settled
    if (value instanceof RespError) pending.handler.refuse(pending, value)
    else {
      let decoded: unknown
      try {
        decoded = pending.command.decode(value)
      } catch (error) {
        return this.onUndecodable(pending, error)
      }
      pending.handler.succeed(pending, decoded)
    }
  }

  private onUndecodable(pending: Pending, error: unknown): void {
    if (error instanceof DecodeMismatch) {
      const reason = new Decode({ expected: error.expected, message: error.message })
      return pending.handler.fail(pending, { reason, execution: "Executed" })
    }
    // A decoder that breaks in another way is a fault of this library: nothing that comes after it can be trusted.
    const reason = new Decode({ expected: "a decoder that does not throw", message: String(error) })
    pending.handler.fail(pending, { reason, execution: "Executed" })
    this.close(new ConnectionLost({ address: this.address, message: "a decoder failed" }))
  }

  private takeGathered(): Array<Pending> {
    const { line, written } = this
    const taken: Array<Pending> = []
    for (let place = written; place < line.size; place++) taken.push(line.at(place))
    line.truncate(written)
    this.gathered = 0
    for (const pending of taken) this.discount(pending)
    return taken
  }

  private settleFailed(pending: Pending, failure: Failure): void {
    const state = pending.state
    pending.state = State.Settled
    if (state === State.Queued || state === State.Written) pending.handler.fail(pending, failure)
  }

  private refuseClosed(pending: Pending): void {
    this.runtime.ticker.refresh()
    const reason = this.closedBy ?? this.refusedBy ?? new Closed({ message: "the client is closing" })
    pending.node = this.address
    this.settleFailed(pending, { reason, execution: "NotSent" })
  }

  private sweep(now: number): number {
    if (now >= this.earliestDeadline) this.expire(now)
    return Math.min(this.earliestDeadline, this.checkLiveness(now))
  }

  private expire(now: number): void {
    const due: Array<readonly [Pending, boolean]> = []
    let earliest = Number.POSITIVE_INFINITY
    const look = (pending: Pending) => {
      if (pending.state !== State.Queued && pending.state !== State.Written) return
      if (pending.deadline <= now) due.push([pending, pending.state === State.Written])
      else if (pending.deadline < earliest) earliest = pending.deadline
    }
    this.line.forEach(look)
    this.overflow.forEach(look)
    this.earliestDeadline = earliest
    const silence = this.liveness.silentFor(now)
    const queueDepth = this.depth
    for (const [pending, written] of due) {
      const reason = new Timeout({
        phase: written ? "written" : "queued",
        deadline: this.runtime.ticker.byClock(pending.deadline),
        lastCause: undefined,
        queueDepth,
        silence,
        message: `the deadline passed ${written ? "before the reply" : "before it could be written"}; ${queueDepth} commands wait on the node, silent for ${silence} ms`
      })
      abandon(pending)
      pending.handler.fail(pending, { reason, execution: written ? "MayHaveExecuted" : "NotSent" })
    }
  }

  private checkLiveness(now: number): number {
    const { action, next } = this.liveness.check(now, this.awaitsBytes)
    if (action === "giveUp") this.giveUp(this.liveness.lastByteAt)
    if (action === "probe") {
      this.gather(new PendingPart(PING, PING_FRAME, Number.POSITIVE_INFINITY, swallow, 0, 0))
      if (!this.congested) this.flush()
      this.onSilent?.()
    }
    return next
  }

  /** This process may have slept itself: bytes that have arrived by now are read before the verdict. */
  private giveUp(lastByteAt: number): void {
    this.runtime.transport.defer(() =>
      this.runtime.transport.defer(() => {
        if (this.liveness.lastByteAt !== lastByteAt || !this.liveness.isSilent) return
        const silence = this.liveness.silentFor(this.runtime.ticker.exact())
        const message = `the server was silent for ${silence} ms and did not answer a probe`
        this.close(new ConnectionLost({ address: this.address, message }))
      })
    )
  }
}
