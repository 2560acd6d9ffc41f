/**
 * What servers tell about streams, their groups and consumers.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { RespValue } from "../protocol/RespValue.ts"
import { optionProblem } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { type Argument, defineSpec, type Text } from "./CommandSpec.ts"
import { make, makeChecked } from "./make.ts"
import { type OtherFields, Report } from "./OtherFields.ts"
import * as Reply from "./Reply.ts"
import { deliveriesOf, entries, entry, type StreamEntry, type StreamEntryBytes } from "./StreamReplies.ts"

/**
 * How a stream remembers what producers sent, so that a message is added only once. Redis 8.6.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamIdempotency {
  readonly duration: Duration.Duration
  /** How many messages of each producer are remembered. */
  readonly maxSize: number
  readonly producersTracked: number
  readonly messagesTracked: number
  /** How many messages with an id were ever added. */
  readonly messagesAdded: number
  /** How many messages were not added since they were known. */
  readonly duplicates: number
}

/**
 * What all reports on a stream have.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamFacts {
  readonly length: number
  readonly radixTreeKeys: number
  readonly radixTreeNodes: number
  readonly lastGeneratedId: string
  /** The greatest id that was ever deleted (`"0-0"`: none). Since 7.0. */
  readonly maxDeletedEntryId: string | undefined
  /** How many entries were ever added. Since 7.0. */
  readonly entriesAdded: number | undefined
  /** The least id in the stream (`"0-0"`: it is empty). Since 7.0. */
  readonly recordedFirstEntryId: string | undefined
  readonly idempotency: StreamIdempotency | undefined
  /** What this library has no name for. */
  readonly fields: OtherFields
}

/**
 * A stream in short.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamInfo<Entry = StreamEntry> extends StreamFacts {
  /** How many groups there are. */
  readonly groups: number
  readonly firstEntry: Entry | undefined
  readonly lastEntry: Entry | undefined
}

/**
 * A stream with its entries and all that its groups have pending.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamInfoFull<Entry = StreamEntry> extends StreamFacts {
  readonly entries: Array<Entry>
  readonly groups: Array<StreamGroupFull>
}

/**
 * A group in short.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamGroup {
  readonly name: string
  /** How many consumers it has. */
  readonly consumers: number
  /** How many entries are pending. */
  readonly pending: number
  readonly lastDeliveredId: string
  /** How many entries it has read; `undefined` if the server cannot tell. Since 7.0. */
  readonly entriesRead: number | undefined
  /** How many entries it has still to read; `undefined` if the server cannot tell. Since 7.0. */
  readonly lag: number | undefined
  /** What this library has no name for. */
  readonly fields: OtherFields
}

/**
 * A consumer in short.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamConsumer {
  readonly name: string
  /** How many entries are pending for it. */
  readonly pending: number
  /** The time since it last tried to read or to claim. */
  readonly idle: Duration.Duration
  /** The time since it last got an entry; `undefined` if it never did. Since 7.2. */
  readonly inactive: Duration.Duration | undefined
  /** What this library has no name for. */
  readonly fields: OtherFields
}

/**
 * A pending entry of a group or a consumer.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamDelivery {
  readonly id: string
  readonly delivered: DateTime.Utc
  /** How often; infinite if `xNack` gave it up as `FATAL`. */
  readonly deliveries: number
}

/**
 * A group with all that is pending.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamGroupFull extends Omit<StreamGroup, "consumers"> {
  readonly deliveries: Array<StreamDelivery & { readonly consumer: string }>
  readonly consumers: Array<StreamConsumerFull>
}

/**
 * A consumer with all that is pending for it.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamConsumerFull {
  readonly name: string
  readonly pending: number
  /** When it last tried to read or to claim. */
  readonly seen: DateTime.Utc
  /** When it last got an entry; `undefined` if it never did. Since 7.2. */
  readonly active: DateTime.Utc | undefined
  readonly deliveries: Array<StreamDelivery>
  /** What this library has no name for. */
  readonly fields: OtherFields
}

/**
 * How much XINFO STREAM FULL tells.
 *
 * @category options
 * @since 0.1.0
 */
export interface XInfoStreamFullOptions {
  /** At most so many entries, and pending ones of each group and consumer (the servers' default is 10; 0: all). */
  readonly count?: number | undefined
}

/**
 * Commands about streams, as constructors or as methods. A missing key is an error.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamInfoCommands<F extends CommandLambda> {
  /** The consumers of a group. */
  xInfoConsumers(key: Text, group: Text): Kind<F, Array<StreamConsumer>>
  /** The groups of a stream. */
  xInfoGroups(key: Text): Kind<F, Array<StreamGroup>>
  /** What the server says of the XINFO commands. */
  xInfoHelp(): Kind<F, Array<string>>
  /** A stream in short. */
  xInfoStream(key: Text): Kind<F, StreamInfo, StreamInfo<StreamEntryBytes>>
  /** A stream with its first entries, its groups and their consumers. Since 6.0. */
  xInfoStreamFull(
    key: Text,
    options?: XInfoStreamFullOptions
  ): Kind<F, StreamInfoFull, StreamInfoFull<StreamEntryBytes>>
}

const read = (name: string) => defineSpec({ name, keys: "first", retry: "readOnly" })
const XINFO_CONSUMERS = read("XINFO CONSUMERS")
const XINFO_GROUPS = read("XINFO GROUPS")
const XINFO_HELP = defineSpec({ name: "XINFO HELP", keys: "none", retry: "readOnly" })
const XINFO_STREAM = read("XINFO STREAM")

const string = Reply.string.text
const optionalString = Reply.optionalString.text
const integer = Reply.integer.text
const optionalInteger = Reply.optionalInteger.text
const reports = <A>(read: (report: Report) => A): Reply.Reply<Array<A>> =>
  Reply.array(Reply.same((reply) => read(new Report(reply))))

const instant = (reply: RespValue): DateTime.Utc => DateTime.toUtc(DateTime.makeUnsafe(integer(reply)))

/** How servers say that a consumer never got an entry; before 7.2 they say nothing. */
const NEVER = -1
const orNever = <A>(reply: RespValue, read: (value: number) => A): A | undefined =>
  reply === undefined || reply === NEVER ? undefined : read(integer(reply))

const idempotencyOf = (report: Report): StreamIdempotency | undefined => {
  const duration = optionalInteger(report.take("idmp-duration"))
  if (duration === undefined) return undefined
  return {
    duration: Duration.seconds(duration),
    maxSize: integer(report.take("idmp-maxsize")),
    producersTracked: integer(report.take("pids-tracked")),
    messagesTracked: integer(report.take("iids-tracked")),
    messagesAdded: integer(report.take("iids-added")),
    duplicates: integer(report.take("iids-duplicates"))
  }
}

/** What all reports have; `fields` last, since it is what nobody took. */
const facts = (report: Report): StreamFacts => ({
  length: integer(report.take("length")),
  radixTreeKeys: integer(report.take("radix-tree-keys")),
  radixTreeNodes: integer(report.take("radix-tree-nodes")),
  lastGeneratedId: string(report.take("last-generated-id")),
  maxDeletedEntryId: optionalString(report.take("max-deleted-entry-id")),
  entriesAdded: optionalInteger(report.take("entries-added")),
  recordedFirstEntryId: optionalString(report.take("recorded-first-entry-id")),
  idempotency: idempotencyOf(report),
  fields: report.rest()
})

const group = (report: Report): StreamGroup => ({
  name: string(report.take("name")),
  consumers: integer(report.take("consumers")),
  pending: integer(report.take("pending")),
  lastDeliveredId: string(report.take("last-delivered-id")),
  entriesRead: optionalInteger(report.take("entries-read")),
  lag: optionalInteger(report.take("lag")),
  fields: report.rest()
})

const consumer = (report: Report): StreamConsumer => ({
  name: string(report.take("name")),
  pending: integer(report.take("pending")),
  idle: Duration.millis(integer(report.take("idle"))),
  inactive: orNever(report.take("inactive"), Duration.millis),
  fields: report.rest()
})

const groups = reports(group)
const consumers = reports(consumer)

const consumerDelivery = (reply: RespValue): StreamDelivery => {
  const [id, delivered, deliveries] = Reply.elementsOf(reply)
  return { id: string(id), delivered: instant(delivered), deliveries: deliveriesOf(deliveries) }
}

const groupDelivery = (reply: RespValue): StreamDelivery & { readonly consumer: string } => {
  const [id, consumer, ...rest] = Reply.elementsOf(reply)
  return { consumer: string(consumer), ...consumerDelivery([id, ...rest]) }
}

const consumersFull = reports(
  (report): StreamConsumerFull => ({
    name: string(report.take("name")),
    pending: integer(report.take("pel-count")),
    seen: instant(report.take("seen-time")),
    active: orNever(report.take("active-time"), instant),
    deliveries: Reply.elementsOf(report.take("pending")).map(consumerDelivery),
    fields: report.rest()
  })
)

const groupsFull = reports(
  (report): StreamGroupFull => ({
    name: string(report.take("name")),
    pending: integer(report.take("pel-count")),
    lastDeliveredId: string(report.take("last-delivered-id")),
    entriesRead: optionalInteger(report.take("entries-read")),
    lag: optionalInteger(report.take("lag")),
    deliveries: Reply.elementsOf(report.take("pending")).map(groupDelivery),
    consumers: consumersFull.text(report.take("consumers")),
    fields: report.rest()
  })
)

const infoOf =
  <Entry>(read: (reply: RespValue) => Entry | undefined) =>
  (reply: RespValue): StreamInfo<Entry> => {
    const report = new Report(reply)
    return {
      groups: integer(report.take("groups")),
      firstEntry: read(report.take("first-entry")),
      lastEntry: read(report.take("last-entry")),
      ...facts(report)
    }
  }
const optionalEntry = Reply.optional(entry)
const info = new Reply.Reply(infoOf(optionalEntry.text), infoOf(optionalEntry.bytes))

const fullOf =
  <Entry>(read: (reply: RespValue) => Array<Entry>) =>
  (reply: RespValue): StreamInfoFull<Entry> => {
    const report = new Report(reply)
    return {
      entries: read(report.take("entries")),
      groups: groupsFull.text(report.take("groups")),
      ...facts(report)
    }
  }
const full = new Reply.Reply(fullOf(entries.text), fullOf(entries.bytes))

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const streamInfo: StreamInfoCommands<AsCommand> = {
  xInfoConsumers: (key, name) => make(XINFO_CONSUMERS, [key, name], consumers),
  xInfoGroups: (key) => make(XINFO_GROUPS, [key], groups),
  xInfoHelp: () => make(XINFO_HELP, [], Reply.array(Reply.string)),
  xInfoStream: (key) => make(XINFO_STREAM, [key], info),
  xInfoStreamFull: (key, options) => {
    const args: Array<Argument> = [key, "FULL"]
    if (options?.count !== undefined) args.push("COUNT", options.count)
    return makeChecked(XINFO_STREAM, args, full, optionProblem(options, { count: "value" }))
  }
}
