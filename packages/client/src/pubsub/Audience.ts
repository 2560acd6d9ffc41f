/**
 * Those of a topic's subscriptions that want text, or bytes, and what has come for them and was not handed over so far.
 *
 * @since 0.1.0
 */
import type { Item, Message } from "./Message.ts"
import { type Batch, givenBy } from "./pull.ts"
import type { PlainListener, Subscriber } from "./Subscriber.ts"

/** What it takes to call a listener and to let a batch be garbage for it, of what it takes to wake a fiber. */
const LISTENER_WEIGHT = 0.2

/**
 * The audience.
 *
 * @category models
 * @since 0.1.0
 */
export class Audience {
  /** These have no other topic: a batch is handed to all of them as it is. Replaced, never changed. */
  only: ReadonlyArray<Subscriber> = []
  /** These have others, whose messages stand in order with this one's. */
  others: ReadonlyArray<Subscriber> = []
  /**
   * In the places of `only`, who listens. Nothing else of a subscription is touched to call it: 10,000 are larger than the processor's caches, and
   * to fetch each costs more than the call. Replaced with `only`.
   */
  private listeners: Array<PlainListener | undefined> = []
  private listening = 0
  private batch: Array<Message<unknown, unknown>> = []

  join(subscriber: Subscriber): void {
    if (subscriber.topics.size > 1 || subscriber.options.everywhere) {
      this.others = [...this.others, subscriber]
      return
    }
    this.only = [...this.only, subscriber]
    this.listeners = [...this.listeners, undefined]
  }

  leave(subscriber: Subscriber): void {
    this.others = this.others.filter((one) => one !== subscriber)
    const at = this.only.indexOf(subscriber)
    if (at === -1) return
    this.setListener(subscriber, undefined)
    this.listeners = this.listeners.toSpliced(at, 1)
    this.only = this.only.toSpliced(at, 1)
  }

  /** It listens from now on, or does not any more. */
  setListener(subscriber: Subscriber, listener: PlainListener | undefined): void {
    const at = this.only.indexOf(subscriber)
    if (at === -1) return
    if (this.listeners[at] !== undefined) this.listening--
    if (listener !== undefined) this.listening++
    this.listeners[at] = listener
  }

  /** Hand over all that has come; `onQueued` is told who had nobody waiting for it. */
  deliver(onQueued: (subscriber: Subscriber) => void): void {
    const { listeners, only } = this
    const batch = this.take()
    if (!isBatch(batch)) return
    const given = givenBy(batch)
    for (let at = 0; at < only.length; at++) {
      // What one of them does may let others leave.
      const listener = this.listeners === listeners ? listeners[at] : undefined
      if (listener === undefined) {
        const subscriber = only[at]!
        if (!subscriber.deliver(batch, given)) onQueued(subscriber)
        continue
      }
      try {
        listener(batch)
      } catch (defect) {
        only[at]!.onDefect(defect)
      }
    }
  }

  /** What a handover costs, in fibers that are woken. */
  get weight(): number {
    return this.only.length - this.listening * (1 - LISTENER_WEIGHT)
  }

  get isEmpty(): boolean {
    return this.only.length + this.others.length === 0
  }

  /** A message has come; whether it is the first one. */
  add(message: Message<unknown, unknown>): boolean {
    return this.batch.push(message) === 1
  }

  /** All that has come, to be handed over. */
  take(): ReadonlyArray<Message<unknown, unknown>> {
    const { batch } = this
    this.batch = []
    return batch
  }
}

const isBatch = (items: ReadonlyArray<Item>): items is Batch => items.length > 0
