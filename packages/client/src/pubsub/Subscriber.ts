/**
 * One subscription: the bounded queue between the reader of the sockets and the fiber that reads the stream. Batches go in as the socket
 * gave them, shared by all subscriptions of a channel, and come out as chunks of the stream.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { toRedisError } from "../error/Failure.ts"
import { Overloaded } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { goOn, type Waiter } from "../routing/suspension.ts"
import type { Item, Overflow, SubscriptionEvent } from "./Message.ts"
import { type Batch, givenBy, type Pulled, pullOf } from "./pull.ts"
import type { Topic } from "./Topic.ts"

/**
 * Gets each chunk at once, in the turn in which it came from the socket. What it gives back ends that, as the failure of the listening fiber.
 *
 * @category models
 * @since 0.1.0
 */
export type Listener = (items: Batch) => Effect.Effect<never, RedisError> | undefined

/**
 * A listener that never ends the listening.
 *
 * @category models
 * @since 0.1.0
 */
export type PlainListener = (items: Batch) => void

/** How a fiber's wait for the end of its listener ends. */
type ListeningEnd = Effect.Effect<void, RedisError | Cause.Done>

interface Listening {
  readonly listener: Listener
  readonly resume: (end: ListeningEnd) => void
  /** It is being called. */
  isTelling: boolean
}

/** An empty queue, one for all: a subscription that waits has few objects of its own. */
const NONE: Array<Batch> = []

/**
 * How a subscription receives.
 *
 * @category options
 * @since 0.1.0
 */
export interface SubscriberOptions {
  readonly bytes: boolean
  readonly events: boolean
  readonly capacity: number
  readonly overflow: Overflow
  /** On every primary, not on one. */
  readonly everywhere: boolean
}

/**
 * The subscription.
 *
 * @category models
 * @since 0.1.0
 */
export class Subscriber {
  readonly options: SubscriberOptions
  readonly topics = new Set<Topic>()
  /** Not acknowledged so far, until all have been once. */
  readonly missing = new Set<Topic>()
  /** What belongs together with others of this turn, see `Hub`. */
  pending: Array<Item> = []
  /** Whether the stream was handed over. */
  isLive = false
  /** It holds up its connections. */
  isHolding = false
  /** Told when all is acknowledged, or why it is not. */
  onReady: ((failure: RedisError | undefined) => void) | undefined
  private readonly onRoom: (subscriber: Subscriber) => void
  private queue = NONE
  private head = 0
  private size = 0
  private droppedFront = 0
  private droppedBack = 0
  /** The fiber that waits. */
  private waiter: Waiter | undefined
  /** Others that do, where several run one stream. */
  private waiters: Array<Waiter> | undefined
  /** Instead of a fiber that is woken for each chunk. */
  private listening: Listening | undefined
  private end: Pulled | undefined

  constructor(options: SubscriberOptions, onRoom: (subscriber: Subscriber) => void) {
    this.options = options
    this.onRoom = onRoom
  }

  /** Whether nothing more comes. */
  get isEnded(): boolean {
    return this.end !== undefined
  }

  /** Whether the reader must not go on. */
  get isFull(): boolean {
    return this.size >= this.options.capacity
  }

  /** Messages for the queue. Nobody is woken. */
  put(items: ReadonlyArray<Item>): void {
    const batch = items as ReadonlyArray<Item> & Batch
    if (this.end !== undefined || batch.length === 0) return
    const { capacity, overflow } = this.options
    const room = capacity - this.size
    if (batch.length <= room || overflow === "suspend") return this.push(batch)
    if (overflow === "dropNewest") {
      const kept = this.droppedBack > 0 ? 0 : Math.max(0, room)
      if (kept > 0) this.push(batch.slice(0, kept) as unknown as Batch)
      this.droppedBack += batch.length - kept
    } else if (overflow === "dropOldest") {
      this.push(batch)
      this.dropOldest()
    } else {
      if (room > 0) this.push(batch.slice(0, room) as unknown as Batch)
      const message = `the subscription has ${capacity} messages that were not read, and shall fail then`
      const reason = new Overloaded({ limit: capacity, message })
      this.finish(Effect.fail(toRedisError({ reason, execution: "Executed" }, "SUBSCRIBE", undefined)))
    }
  }

  /**
   * Messages that have just come: straight to whoever waits for them, as the Effect that gives them. Whether somebody did; else they are in the
   * queue.
   */
  deliver(items: ReadonlyArray<Item>, given: Pulled = givenBy(items)): boolean {
    const isNext = this.size === 0 && this.end === undefined
    const { listening } = this
    if (isNext && listening?.isTelling === false) {
      this.tell(listening, items as ReadonlyArray<Item> & Batch)
      return true
    }
    const waiter = isNext && listening === undefined ? this.waiter : undefined
    if (waiter === undefined) {
      this.put(items)
      return false
    }
    this.waiter = this.waiters?.shift()
    goOn(waiter, given)
    return true
  }

  /** An event: never dropped. */
  event(event: SubscriptionEvent<unknown>): void {
    if (!this.options.events || this.end !== undefined) return
    this.flushDropped()
    this.push([event])
  }

  /** Hand what is in the queue to whoever waits. */
  wake(): void {
    const { listening } = this
    if (listening?.isTelling === false) return this.tell(listening, this.take())
    while (this.waiter !== undefined) {
      const next = this.next()
      if (next === undefined) return
      const { waiter } = this
      this.waiter = this.waiters?.shift()
      goOn(waiter, next)
    }
  }

  /** Nothing more comes: behind what is in the queue the stream ends, or fails. */
  finish(end: Pulled): void {
    if (this.end !== undefined) return
    this.flushDropped()
    this.end = end
  }

  /**
   * Give all that comes to a listener, until the end, which is this Effect's. One at a time: `undefined` if there is one. Fibers that read the
   * stream wait until it has gone. `plain`: the same as the listener, where it gives nothing back.
   */
  listen(listener: Listener, plain?: PlainListener): ListeningEnd | undefined {
    if (this.listening !== undefined) return undefined
    return Effect.callback<void, RedisError | Cause.Done>((resume) => {
      const listening: Listening = { listener, resume, isTelling: false }
      this.setListening(listening, plain)
      this.tell(listening, this.take())
      return Effect.sync(() => {
        if (this.listening === listening) this.endListening(undefined)
      })
    })
  }

  /** The listener has thrown this. */
  onDefect(defect: unknown): void {
    this.endListening(Effect.die(defect))
  }

  private endListening(end: ListeningEnd | undefined): void {
    const { listening } = this
    this.setListening(undefined, undefined)
    if (end !== undefined) listening?.resume(end)
    this.wake()
  }

  private setListening(listening: Listening | undefined, plain: PlainListener | undefined): void {
    this.listening = listening
    for (const topic of this.topics) topic.audienceOf(this).setListener(this, plain)
  }

  /** Call the listener with these, then with what is in the queue: also with what comes there because of what it does. */
  private tell(listening: Listening, items: Batch | undefined): void {
    listening.isTelling = true
    let end: ListeningEnd | undefined
    for (let batch = items; batch !== undefined && end === undefined; ) {
      try {
        end = listening.listener(batch)
      } catch (defect) {
        end = Effect.die(defect)
      }
      // It may have ended itself.
      batch = end === undefined && this.listening === listening ? this.take() : undefined
    }
    listening.isTelling = false
    if (this.listening !== listening) return
    end ??= this.end === undefined ? undefined : Effect.asVoid(this.end)
    if (end !== undefined) this.endListening(end)
  }

  /** The next chunk of the stream. */
  readonly pull: Pulled = pullOf(this)

  /** A fiber waits for what `next` did not have. */
  await(waiter: Waiter): void {
    if (this.waiter === undefined) this.waiter = waiter
    else if (this.waiters === undefined) this.waiters = [waiter]
    else this.waiters.push(waiter)
  }

  /** It does not, any more. */
  forget(waiter: Waiter): void {
    if (this.waiter === waiter) this.waiter = this.waiters?.shift()
    else if (this.waiters?.includes(waiter)) this.waiters.splice(this.waiters.indexOf(waiter), 1)
  }

  private push(batch: Batch): void {
    if (this.queue === NONE) this.queue = [batch]
    else this.queue.push(batch)
    this.size += batch.length
  }

  /** What is in the queue, or the end, if either is there and no listener gets it. */
  next(): Pulled | undefined {
    if (this.listening !== undefined) return undefined
    const batch = this.take()
    return batch === undefined ? this.end : givenBy(batch)
  }

  private take(): Batch | undefined {
    if (this.queue === NONE && this.droppedBack === 0) return undefined
    const batch = this.queue[this.head]
    if (this.droppedFront > 0 && batch !== undefined && !isEvent(batch[0])) {
      const messages = this.droppedFront
      this.droppedFront = 0
      if (this.options.events) return [{ _tag: "Dropped", messages }]
    }
    if (batch === undefined) {
      this.flushDropped()
      return this.head < this.queue.length ? this.take() : undefined
    }
    this.head++
    if (this.head === this.queue.length) {
      this.queue = NONE
      this.head = 0
    }
    this.size -= batch.length
    if (this.isHolding && this.size <= this.options.capacity / 2) this.onRoom(this)
    return batch
  }

  /** What was dropped behind the queue is said where it is missing. */
  private flushDropped(): void {
    const messages = this.droppedBack
    if (messages === 0) return
    this.droppedBack = 0
    if (this.options.events) this.push([{ _tag: "Dropped", messages }])
  }

  private dropOldest(): void {
    let at = this.head
    let excess = this.size - this.options.capacity
    while (excess > 0 && at < this.queue.length) {
      const batch = this.queue[at]!
      if (isEvent(batch[0])) {
        at++
        continue
      }
      const dropped = Math.min(excess, batch.length)
      excess -= dropped
      this.size -= dropped
      this.droppedFront += dropped
      if (dropped < batch.length) this.queue[at] = batch.slice(dropped) as unknown as Batch
      else this.queue.splice(at, 1)
    }
  }
}

const isEvent = ({ _tag }: Item): boolean => _tag !== "Message" && _tag !== "MonitorLine"

/**
 * The end of a stream whose scope is closed.
 *
 * @category constants
 * @since 0.1.0
 */
export const done: Effect.Effect<never, Cause.Done> = Cause.done()
