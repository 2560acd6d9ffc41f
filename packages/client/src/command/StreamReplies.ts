/**
 * The entries of streams, as replies bring them.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type { RespValue } from "../protocol/RespValue.ts"
import * as Reply from "./Reply.ts"

/**
 * An entry of a stream.
 *
 * **Details**
 *
 * Servers keep fields as pairs in their order, and a name may occur more than once. `fields` is a record without a prototype, since
 * that is what nearly all entries are; of a repeated name it has the first value, and the further ones are in `repeated`, which is
 * only there if there are any. So nothing is lost, and no entry fails because of its names. The bytes view has all pairs as they are.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamEntry {
  /** Milliseconds and a sequence number: `"1526919030474-0"`. */
  readonly id: string
  readonly fields: Record<string, string>
  readonly repeated?: Array<readonly [field: string, value: string]>
}

/**
 * An entry of a stream in the bytes view: all its pairs, in their order.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamEntryBytes {
  readonly id: string
  readonly fields: Array<readonly [field: Uint8Array, value: Uint8Array]>
}

/**
 * An entry that is still pending in a consumer group, but was deleted from the stream.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeletedStreamEntry {
  readonly id: string
  readonly fields: undefined
}

/**
 * How an entry was delivered before: never (nothing and 0) if it is new.
 *
 * @category models
 * @since 0.1.0
 */
export interface Delivered {
  /** The time since the last delivery. */
  readonly idle: Duration.Duration
  /** How often it was delivered before; infinite if `xNack` gave it up as `FATAL`. */
  readonly deliveries: number
}

/**
 * What was read from one of several streams.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadStream<Key = string, Entry = StreamEntry> {
  readonly key: Key
  readonly entries: Array<Entry>
}

const textEntry = (id: string, reply: RespValue): StreamEntry => {
  const flat = Reply.entriesOf(reply)
  const fields: Record<string, string> = Object.create(null)
  let repeated: Array<readonly [string, string]> | undefined
  for (let at = 0; at < flat.length; at += 2) {
    const name = Reply.text.text(flat[at])
    const value = Reply.text.text(flat[at + 1])
    if (!(name in fields)) fields[name] = value
    else if (repeated === undefined) repeated = [[name, value]]
    else repeated.push([name, value])
  }
  return repeated === undefined ? { id, fields } : { id, fields, repeated }
}

const pairs = Reply.pairs(Reply.text, Reply.text)
const bytesEntry = (id: string, reply: RespValue): StreamEntryBytes => ({ id, fields: pairs.bytes(reply) })

/** A reply from what its parts are read to: the id, the fields, and what may follow. */
const entryOf = <A, B>(
  text: (id: string, fields: RespValue, more: ReadonlyArray<RespValue>) => A,
  bytes: (id: string, fields: RespValue, more: ReadonlyArray<RespValue>) => B
): Reply.Reply<A, B> => {
  const view =
    <X>(read: (id: string, fields: RespValue, more: ReadonlyArray<RespValue>) => X) =>
    (reply: RespValue): X => {
      const parts = Reply.elementsOf(reply)
      return read(Reply.string.text(parts[0]), parts[1], parts)
    }
  return new Reply.Reply(view(text), view(bytes))
}

/** An entry. @category replies @since 0.1.0 */
export const entry: Reply.Reply<StreamEntry, StreamEntryBytes> = entryOf(textEntry, bytesEntry)

/** Entries in the order of the reply. @category replies @since 0.1.0 */
export const entries: Reply.Reply<Array<StreamEntry>, Array<StreamEntryBytes>> = Reply.array(entry)

const isThere = (reply: RespValue): boolean => reply !== undefined

/** Entries that were claimed: servers before 7.0 say null in the place of each that was deleted. @category replies @since 0.1.0 */
export const claimedEntries: Reply.Reply<Array<StreamEntry>, Array<StreamEntryBytes>> = new Reply.Reply(
  (reply) => Reply.elementsOf(reply).filter(isThere).map(entry.text),
  (reply) => Reply.elementsOf(reply).filter(isThere).map(entry.bytes)
)

/** An entry of a consumer's own, which may have been deleted. @category replies @since 0.1.0 */
export const pendingEntry: Reply.Reply<StreamEntry | DeletedStreamEntry, StreamEntryBytes | DeletedStreamEntry> =
  entryOf<StreamEntry | DeletedStreamEntry, StreamEntryBytes | DeletedStreamEntry>(
    (id, fields) => (fields === undefined ? { id, fields } : textEntry(id, fields)),
    (id, fields) => (fields === undefined ? { id, fields } : bytesEntry(id, fields))
  )

/** The counter that XNACK FATAL sets: the greatest of 64 bits. */
const GIVEN_UP = 2n ** 63n - 1n

/** How often an entry was delivered. @category getters @since 0.1.0 */
export const deliveriesOf = (reply: RespValue): number =>
  reply === GIVEN_UP ? Number.POSITIVE_INFINITY : Reply.integer.text(reply)

const deliveredOf = (more: ReadonlyArray<RespValue>): Delivered => ({
  idle: Duration.millis(Reply.integer.text(more[2] ?? 0)),
  deliveries: deliveriesOf(more[3] ?? 0)
})

/** An entry with how it was delivered before. @category replies @since 0.1.0 */
export const deliveredEntry: Reply.Reply<StreamEntry & Delivered, StreamEntryBytes & Delivered> = entryOf(
  (id, fields, more) => ({ ...textEntry(id, fields), ...deliveredOf(more) }),
  (id, fields, more) => ({ ...bytesEntry(id, fields), ...deliveredOf(more) })
)

/**
 * What was read from several streams: pairs of RESP2, a map of RESP3, null if there is nothing.
 *
 * @category combinators
 * @since 0.1.0
 */
export const readStreams = <A, B>(
  item: Reply.Reply<A, B>
): Reply.Reply<Array<ReadStream<string, A>>, Array<ReadStream<Uint8Array, B>>> => {
  const both = Reply.pairs(Reply.text, Reply.array(item))
  const view = <K, E>([key, items]: readonly [K, Array<E>]): ReadStream<K, E> => ({ key, entries: items })
  return new Reply.Reply(
    (reply) => (reply === undefined ? [] : both.text(reply).map(view)),
    (reply) => (reply === undefined ? [] : both.bytes(reply).map(view))
  )
}
