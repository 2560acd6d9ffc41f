/**
 * From the reader of the sockets to the fibers that read the streams. What belongs together is handed over together: to wake a fiber costs as
 * much as to read some KiB, and a channel with a hundred subscriptions is a hundred fibers.
 *
 * @since 0.1.0
 */
import type { ConnectionRuntime } from "../connection/ConnectionRuntime.ts"
import type { Audience } from "./Audience.ts"
import type { Subscriber } from "./Subscriber.ts"

/** Bytes for each subscription that is to be woken, beyond which messages are handed over although more come. */
const WORTH_WAKING = 8192

/** What it takes to wake a fiber, in milliseconds. */
const WAKING = 0.001

/** The longest that fewer are held back while reads fill their buffers, so that the server is ahead in any case. Milliseconds. */
const LONGEST_HOLD = 20

/**
 * What the handover needs of its hub.
 *
 * @category options
 * @since 0.1.0
 */
export interface HandoverOptions {
  readonly runtime: ConnectionRuntime
  /** Whether bytes are being read, so that no user's code may run: a flush follows. */
  readonly isReading: () => boolean
  /** A subscription's queue may be full. */
  readonly onQueued: (subscriber: Subscriber) => void
}

/**
 * The handover of one hub.
 *
 * @category models
 * @since 0.1.0
 */
export class Handover {
  private readonly runtime: ConnectionRuntime
  private readonly isReading: () => boolean
  private readonly onQueued: (subscriber: Subscriber) => void
  private audiences: Array<Audience> = []
  private subscribers: Array<Subscriber> = []
  private touched = new Set<Subscriber>()
  private later: Array<() => void> = []
  private isWatching = false
  /** Since when messages are held back; `Infinity` while none are. */
  private heldSince = Number.POSITIVE_INFINITY
  /** Bytes of the reads that they came with. */
  private held = 0
  /** Counts the reads behind which something was held back. */
  private reads = 0
  /** When the last of them was. */
  private readAt = 0
  constructor({ isReading, onQueued, runtime }: HandoverOptions) {
    this.runtime = runtime
    this.isReading = isReading
    this.onQueued = onQueued
  }

  /** An audience has a first message. */
  begin(audience: Audience): void {
    this.audiences.push(audience)
  }

  /** A subscription has a first pending item. */
  beginPending(subscriber: Subscriber): void {
    this.subscribers.push(subscriber)
  }

  /** Something is in the queue, or ends it. */
  touch(subscriber: Subscriber): void {
    this.touched.add(subscriber)
  }

  /** Do something when all is handed over. */
  after(task: () => void): void {
    this.later.push(task)
  }

  /** Put what has come into the queues, so that an event can be put behind it. */
  collect(): void {
    for (const audience of this.takeAudiences()) {
      const batch = audience.take()
      for (const subscriber of audience.only) {
        subscriber.put(batch)
        this.touched.add(subscriber)
      }
    }
    for (const subscriber of this.takeSubscribers()) {
      const { pending } = subscriber
      subscriber.pending = []
      subscriber.put(pending)
      this.touched.add(subscriber)
    }
  }

  private takeAudiences(): ReadonlyArray<Audience> {
    const { audiences } = this
    if (audiences.length > 0) this.audiences = []
    return audiences
  }

  private takeSubscribers(): ReadonlyArray<Subscriber> {
    const { subscribers } = this
    if (subscribers.length > 0) this.subscribers = []
    return subscribers
  }

  /** Hand over what has come: users' code runs from here. Nothing is done while bytes are being read: this follows. */
  flush(): void {
    if (this.isReading()) return
    this.heldSince = Number.POSITIVE_INFINITY
    this.held = 0
    if (this.touched.size > 0) this.collect()
    for (const audience of this.takeAudiences()) audience.deliver(this.onQueued)
    for (const subscriber of this.takeSubscribers()) {
      const { pending } = subscriber
      subscriber.pending = []
      if (!subscriber.deliver(pending)) this.onQueued(subscriber)
    }
    if (this.touched.size > 0) {
      const { touched } = this
      this.touched = new Set()
      for (const subscriber of touched) {
        subscriber.wake()
        this.onQueued(subscriber)
      }
    }
    if (this.later.length > 0) {
      const { later } = this
      this.later = []
      for (const task of later) task()
    }
  }

  /**
   * So many bytes were read, and what they brought is to be handed over. While reads fill their buffers more is on its way, and for few messages
   * each it is not worth to wake many fibers: they wait for more of them, until the server has no more to say, or `LONGEST_HOLD`. (All go at once:
   * where some go after each read, what is held lives through each collection of garbage, which was measured to cost more.)
   */
  onRead(bytes: number, isFull: boolean): void {
    const receivers = this.receivers()
    if (!isFull && (this.heldSince === Number.POSITIVE_INFINITY || patienceFor(receivers) < 1)) return this.flush()
    this.held += bytes
    const now = this.runtime.ticker.exact()
    const isLong = now - this.heldSince >= LONGEST_HOLD
    if (this.touched.size > 0 || this.held >= receivers * WORTH_WAKING || isLong) return this.flush()
    if (this.heldSince === Number.POSITIVE_INFINITY) this.heldSince = now
    this.readAt = now
    this.reads++
    this.watch()
  }

  /** How many fibers are to be woken, or what costs as much. */
  private receivers(): number {
    let receivers = this.subscribers.length
    for (const { weight } of this.audiences) receivers += weight
    return receivers
  }

  /** Look whether reads go on, as long as something is held back. */
  private watch(): void {
    if (this.isWatching) return
    this.isWatching = true
    const { defer } = this.runtime.transport
    const { reads } = this
    // The second comes behind the reads of the next turn.
    defer(() =>
      defer(() => {
        this.isWatching = false
        if (this.heldSince === Number.POSITIVE_INFINITY) return
        const now = this.runtime.ticker.exact()
        const isQuiet = this.reads === reads && now - this.readAt >= Math.floor(patienceFor(this.receivers()))
        if (isQuiet || now - this.heldSince >= LONGEST_HOLD) this.flush()
        else this.watch()
      })
    )
  }
}

/** How long a server that had more to say than was read may pause: a fifth of what it takes to wake so many. Milliseconds. */
const patienceFor = (receivers: number): number => (receivers * WAKING) / 5
