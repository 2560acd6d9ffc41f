/**
 * Those of a topic's subscriptions that want text, or bytes, and what has come for them and was not handed over so far.
 *
 * @since 0.1.0
 */
import type { Message } from "./Message.ts"
import type { Subscriber } from "./Subscriber.ts"

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
  private batch: Array<Message<unknown, unknown>> = []

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
