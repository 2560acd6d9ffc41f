/**
 * What a subscription receives: messages, and on request what happened to the subscription itself.
 *
 * @since 0.1.0
 */
import type { Reason } from "../error/Reason.ts"
import type { MonitorLine } from "./MonitorLine.ts"

/**
 * A message. `pattern` is the pattern that matched, or `undefined` where the channel itself was subscribed to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Message<out Payload = string, out Name = string> {
  readonly _tag: "Message"
  readonly channel: Name
  readonly pattern: Name | undefined
  readonly payload: Payload
}

/**
 * What happened to a subscription. `channels` are its channels or patterns that this is about, `node` is the address of the server.
 *
 * - `Subscribed`: the server has acknowledged them for the first time.
 * - `Gap`: from here on messages may be missing: the connection was lost (`reason`), or the channel moved to another node. It comes when that
 *   is known, so before the first message after the loss; there is one for each loss. What was published before its `Resubscribed` or `Moved` may
 *   be missing.
 * - `Resubscribed`: the same server has acknowledged them again.
 * - `Moved`: another server has (after a failover or the migration of a slot).
 * - `Dropped`: this subscription was too slow, and by its overflow policy so many messages were dropped at this place.
 *
 * @category models
 * @since 0.1.0
 */
export type SubscriptionEvent<Name = string> =
  | { readonly _tag: "Subscribed"; readonly channels: ReadonlyArray<Name>; readonly node: string }
  | {
      readonly _tag: "Gap"
      readonly channels: ReadonlyArray<Name>
      readonly node: string
      readonly cause: "connection" | "moved"
      readonly reason: Reason | undefined
    }
  | { readonly _tag: "Resubscribed"; readonly channels: ReadonlyArray<Name>; readonly node: string }
  | { readonly _tag: "Moved"; readonly channels: ReadonlyArray<Name>; readonly from: string; readonly node: string }
  | { readonly _tag: "Dropped"; readonly messages: number }

/**
 * What to do when a subscription is not read as fast as messages come.
 *
 * - `suspend`: read no more from the socket until there is room, so that the server holds up (and in the end disconnects, by its
 *   `client-output-buffer-limit`, which is a `Gap`). Other subscriptions on the same connection wait, too.
 * - `dropOldest`, `dropNewest`: forget messages; `Dropped` says how many, and where.
 * - `fail`: the stream fails as `Overloaded` behind what it has.
 *
 * @category models
 * @since 0.1.0
 */
export type Overflow = "suspend" | "dropOldest" | "dropNewest" | "fail"

/** What stands in a queue. */
export type Item = Message<unknown, unknown> | MonitorLine | SubscriptionEvent<unknown>
