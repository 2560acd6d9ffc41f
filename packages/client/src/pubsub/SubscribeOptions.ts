/**
 * How a subscription receives, and what that makes of its type.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Schema from "effect/Schema"
import type { Message, Overflow, SubscriptionEvent } from "./Message.ts"

/**
 * Options of a subscription.
 *
 * @category options
 * @since 0.1.0
 */
export interface SubscribeOptions {
  /** Payloads and names as text (default; what is no UTF-8 becomes U+FFFD) or as bytes. */
  readonly as?: "text" | "bytes" | undefined
  /**
   * Decodes each payload, synchronously and without services: `Schema.fromJsonString(Order)`. What does not fit fails the stream as `Decode`,
   * behind the messages before it.
   */
  readonly schema?: Schema.Decoder<unknown> | undefined
  /** Put what happens to the subscription among its messages (default false). */
  readonly events?: boolean | undefined
  /** So many messages may wait to be read (default 4096); beyond that comes what is read before the reader can be told. */
  readonly capacity?: number | undefined
  /** What happens then (default `suspend`). */
  readonly overflow?: Overflow | undefined
  /** How long the acknowledgement is awaited (default: the client's `commandTimeout`). A plain number is milliseconds. */
  readonly deadline?: Duration.Input | undefined
}

/**
 * What channels are named by.
 *
 * @category models
 * @since 0.1.0
 */
export type NameOf<O> = O extends { readonly as?: infer As } ? (As extends "bytes" ? Uint8Array : string) : string

/**
 * What payloads are.
 *
 * @category models
 * @since 0.1.0
 */
export type PayloadOf<O> = O extends { readonly schema?: infer S }
  ? S extends Schema.Decoder<infer T>
    ? T
    : NameOf<O>
  : NameOf<O>

/**
 * What the stream of a subscription consists of.
 *
 * @category models
 * @since 0.1.0
 */
export type Received<O> =
  | Message<PayloadOf<O>, NameOf<O>>
  | (WantsEvents<O> extends true ? SubscriptionEvent<NameOf<O>> : never)

/**
 * Whether events stand among the messages.
 *
 * @category models
 * @since 0.1.0
 */
export type WantsEvents<O> = O extends { readonly events?: infer E }
  ? unknown extends E
    ? false
    : true extends E
      ? true
      : false
  : false
