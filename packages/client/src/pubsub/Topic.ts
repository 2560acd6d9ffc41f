/**
 * One channel, pattern or sharded channel that somebody wants: who they are, and how far the server has got. All subscriptions of a client
 * share it, so that the server knows of one.
 *
 * @since 0.1.0
 */
import type { Decoder, Receiver } from "../connection/MessageScanner.ts"
import type { Fence, SubscriptionKind } from "../connection/PushConnection.ts"
import type { Address } from "../connection/Transport.ts"
import { textOf } from "../protocol/internal/bytes.ts"
import type { TextCodec } from "../protocol/TextCodec.ts"
import { Audience } from "./Audience.ts"
import type { Handover } from "./Handover.ts"
import type { Link } from "./Link.ts"
import type { Message } from "./Message.ts"
import type { Subscriber } from "./Subscriber.ts"

/** What a topic needs of the hub. */
export interface Collector {
  readonly codec: TextCodec
  readonly handover: Handover
}

/** How far it is: not asked for, asked for, acknowledged. */
export const Stage = { Wanted: 0, Asked: 1, Live: 2 } as const

/** What one topic is known by. */
export const topicKey = (kind: SubscriptionKind, node: string, binary: string): string => `${kind}:${node}:${binary}`

/**
 * The topic.
 *
 * @category models
 * @since 0.1.0
 */
export class Topic implements Receiver {
  readonly kind: SubscriptionKind
  readonly name: Uint8Array
  readonly text: string
  readonly key: string
  /** Of a sharded channel, where there are slots. */
  readonly slot: number | undefined
  /** The one server that is meant, where it is not any. */
  readonly bound: Address | undefined
  readonly subscribers = new Set<Subscriber>()
  readonly texts = new Audience()
  readonly bytes = new Audience()
  stage: number = Stage.Wanted
  /** Where it is, or is asked for. */
  link: Link | undefined
  /** The command that asks for it. */
  fence: Fence | undefined
  /** It was ended by the server that it is asked of again: nothing is said before that was asked who has its slot. */
  isDoubted = false
  /** While it is doubted: the server that has taken it again. */
  takenBy: string | undefined
  /** Where it was live last. */
  liveAt: string | undefined
  private readonly handover: Handover

  constructor(
    kind: SubscriptionKind,
    name: Uint8Array,
    key: string,
    slot: number | undefined,
    bound: Address | undefined,
    collector: Collector
  ) {
    this.kind = kind
    this.name = name
    this.key = key
    this.bound = bound
    this.handover = collector.handover
    this.text = collector.codec.utf8(name, 0, name.length)
    this.slot = slot
  }

  join(subscriber: Subscriber): void {
    this.subscribers.add(subscriber)
    this.audienceOf(subscriber).join(subscriber)
  }

  leave(subscriber: Subscriber): void {
    this.subscribers.delete(subscriber)
    this.audienceOf(subscriber).leave(subscriber)
  }

  audienceOf({ options }: Subscriber): Audience {
    return options.bytes ? this.bytes : this.texts
  }

  message(chunk: Uint8Array, from: number, to: number, channelFrom: number, channelTo: number, decoder: Decoder): void {
    if (this.stage !== Stage.Live) return
    const { bytes, texts } = this
    const isPattern = this.kind === "pattern"
    if (!texts.isEmpty) {
      this.add(texts, {
        _tag: "Message",
        channel: isPattern ? textOf(chunk, channelFrom, channelTo, decoder) : this.text,
        pattern: isPattern ? this.text : undefined,
        payload: textOf(chunk, from, to, decoder)
      })
    }
    if (bytes.isEmpty) return
    this.add(bytes, {
      _tag: "Message",
      channel: isPattern ? new Uint8Array(chunk.subarray(channelFrom, channelTo)) : this.name,
      pattern: isPattern ? this.name : undefined,
      payload: new Uint8Array(chunk.subarray(from, to))
    })
  }

  private add(audience: Audience, message: Message<unknown, unknown>): void {
    const { handover } = this
    const { only, others } = audience
    if (only.length > 0 && audience.add(message)) handover.begin(audience)
    for (let at = 0; at < others.length; at++) {
      const subscriber = others[at]!
      if (subscriber.pending.push(message) === 1) handover.beginPending(subscriber)
    }
  }
}
