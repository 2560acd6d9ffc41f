/**
 * Reading several streams at once, alone or as a consumer of a group, with or without a wait.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import { append, blockingMillis, flatten, list, millis, NOT_FIELDS, optionProblem } from "./arguments.ts"
import { millisAt } from "./blocking.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type Text } from "./CommandSpec.ts"
import { invalid, make } from "./make.ts"
import type * as Reply from "./Reply.ts"
import {
  type DeletedStreamEntry,
  type Delivered,
  deliveredEntry,
  entry,
  pendingEntry,
  type ReadStream,
  readStreams,
  type StreamEntry,
  type StreamEntryBytes
} from "./StreamReplies.ts"

/**
 * Streams and the id in each behind which to read: a record, a Map or pairs. JavaScript puts the keys of a record that are whole
 * numbers first: pairs keep their order.
 *
 * @category models
 * @since 0.1.0
 */
export type StreamPositions =
  | Readonly<Record<string, string>>
  | ReadonlyMap<Text, string>
  | ReadonlyArray<readonly [key: Text, id: string]>

/**
 * How much is read at once.
 *
 * @category options
 * @since 0.1.0
 */
export interface StreamReadLimits {
  /** At most so many entries of each stream (default: all). */
  readonly count?: number | undefined
  /** At most so many entries of all streams together; not less than `count`. Redis 8.10. */
  readonly maxCount?: number | undefined
  /** Stop behind so many bytes of all streams together. Redis 8.10. */
  readonly maxSize?: number | undefined
}

/**
 * How much is read at once, and whether to wait for it.
 *
 * @category options
 * @since 0.1.0
 */
export interface XReadOptions extends StreamReadLimits {
  /**
   * Wait so long for an entry if there is none, on a connection of its own (default: do not wait). `Duration.infinity` waits for
   * ever; a duration of nothing is `InvalidArgument`, since it would mean for ever on the wire.
   */
  readonly block?: Duration.Input | undefined
}

/**
 * How much is read at once, whether to wait for it, and whether it becomes pending.
 *
 * @category options
 * @since 0.1.0
 */
export interface XReadGroupOptions extends XReadOptions {
  /** Count what is read as acknowledged at once, so that it is lost if this client fails (default false). */
  readonly noAck?: boolean | undefined
}

/**
 * Commands that read several streams, as constructors or as methods.
 *
 * **Details**
 *
 * Results are by stream, in the order of the request, each with its key; a stream that has nothing is left out. Empty if none has
 * anything, also after a wait. No streams are `InvalidArgument`. In a cluster all streams of one call must be in one slot.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamReadCommands<F extends CommandLambda> {
  /**
   * The entries behind an id of each stream: `"0"` is before all, `"$"` is the last one there is now (with `block`), `"+"` gives the
   * last entry itself (Redis 7.4, Valkey 8.0). With `"$"` it is not repeated by itself, since entries may come in between.
   */
  xRead(
    streams: StreamPositions,
    options?: XReadOptions
  ): Kind<F, Array<ReadStream>, Array<ReadStream<Uint8Array, StreamEntryBytes>>>
  /** Entries that no consumer of the group has had, which become pending for this one. The id `>` of the servers is implied. */
  xReadGroup(
    group: Text,
    consumer: Text,
    keys: Text | ReadonlyArray<Text>,
    options?: XReadGroupOptions
  ): Kind<F, Array<ReadStream>, Array<ReadStream<Uint8Array, StreamEntryBytes>>>
  /**
   * Entries that have been pending with any consumer for `minIdle`, longest first, then new ones. Each with its deliveries before
   * this one. `noAck` concerns the new ones only. Redis 8.4.
   */
  xReadGroupClaim(
    group: Text,
    consumer: Text,
    keys: Text | ReadonlyArray<Text>,
    minIdle: Duration.Input,
    options?: XReadGroupOptions
  ): Kind<
    F,
    Array<ReadStream<string, StreamEntry & Delivered>>,
    Array<ReadStream<Uint8Array, StreamEntryBytes & Delivered>>
  >
  /**
   * The consumer's own pending entries behind an id of each stream (`"0"`: all), as after a restart; it counts as a delivery. Every
   * stream of the request is in the result. The fields of entries that were deleted from the stream are `undefined`.
   */
  xReadGroupPending(
    group: Text,
    consumer: Text,
    streams: StreamPositions,
    options?: StreamReadLimits
  ): Kind<
    F,
    Array<ReadStream<string, StreamEntry | DeletedStreamEntry>>,
    Array<ReadStream<Uint8Array, StreamEntryBytes | DeletedStreamEntry>>
  >
}

/** The keys are the first half of what follows STREAMS. A group or a consumer may have any name, also that one. */
const streamKeys = (args: ReadonlyArray<Argument>): ReadonlyArray<number> => {
  let at = args[0] === "GROUP" ? 3 : 0
  while (at < args.length && args[at] !== "STREAMS") at += args[at] === "NOACK" ? 1 : 2
  const count = (args.length - at - 1) / 2
  const positions: Array<number> = []
  for (let index = 0; index < count; index++) positions.push(at + 1 + index)
  return positions
}

// The time stands behind BLOCK, which is the first option. Without it nothing waits, and no connection of its own is needed.
const xread = (blocking: boolean, retry: CommandSpec["retry"]): CommandSpec =>
  defineSpec({ name: "XREAD", keys: streamKeys, retry, blocking: blocking ? millisAt(1) : undefined })

// What comes in between two runs from "$" is lost: as what was taken, it is only in the first reply.
const XREAD = xread(false, (args) => (args.slice(-streamKeys(args).length).includes("$") ? "accumulating" : "readOnly"))
const XREAD_BLOCK = xread(true, XREAD.retry)

const xreadgroup = (blocking: boolean): CommandSpec =>
  defineSpec({
    name: "XREADGROUP",
    keys: streamKeys,
    retry: "accumulating",
    blocking: blocking ? millisAt(4) : undefined
  })
const XREADGROUP = xreadgroup(false)
const XREADGROUP_BLOCK = xreadgroup(true)

const streams = readStreams(entry)
const claimed = readStreams(deliveredEntry)
const pending = readStreams(pendingEntry)

const limits = { count: "value", maxCount: "value", maxSize: "value" } as const
const readOptions = { ...limits, block: "value" } as const
const groupOptions = { ...readOptions, noAck: "flag" } as const

const positive = (name: string, value: number | undefined): string | undefined =>
  value === undefined || value >= 1 ? undefined : `${name} must be at least 1`

const limitProblem = ({ count, maxCount, maxSize }: StreamReadLimits): string | undefined => {
  const problem = positive("count", count) ?? positive("maxCount", maxCount) ?? positive("maxSize", maxSize)
  if (problem !== undefined) return problem
  return count !== undefined && maxCount !== undefined && maxCount < count
    ? "maxCount must not be less than count"
    : undefined
}

interface Specs {
  readonly plain: CommandSpec
  readonly block: CommandSpec
  readonly known: Readonly<Record<string, "value" | "flag">>
}
const alone: Specs = { plain: XREAD, block: XREAD_BLOCK, known: readOptions }
const asGroup: Specs = { plain: XREADGROUP, block: XREADGROUP_BLOCK, known: groupOptions }
const asOwner: Specs = { ...asGroup, known: limits }

/** `pairs` are keys and ids alternately. */
const read = <A, B>(
  { block, known, plain }: Specs,
  reply: Reply.Reply<A, B>,
  args: Array<Argument>,
  options: XReadGroupOptions | undefined,
  pairs: ReadonlyArray<Argument> | undefined,
  claim?: number
): Command<A, B> => {
  const problem = optionProblem(options, known) ?? limitProblem(options ?? {})
  if (problem !== undefined) return invalid(plain, reply, problem)
  if (pairs === undefined) return invalid(plain, reply, NOT_FIELDS)
  if (pairs.length === 0) return invalid(plain, reply, "expected at least one stream")
  const { block: time, count, maxCount, maxSize, noAck } = options ?? {}
  const wait = time === undefined ? undefined : blockingMillis(time)
  if (Number.isNaN(wait)) {
    return invalid(plain, reply, "block must be more than nothing (Duration.infinity waits for ever)")
  }
  if (wait !== undefined) args.push("BLOCK", wait)
  if (count !== undefined) args.push("COUNT", count)
  if (maxCount !== undefined) args.push("MAXCOUNT", maxCount)
  if (maxSize !== undefined) args.push("MAXSIZE", maxSize)
  if (claim !== undefined) args.push("CLAIM", claim)
  if (noAck === true) args.push("NOACK")
  args.push("STREAMS")
  for (let at = 0; at < pairs.length; at += 2) args.push(pairs[at]!)
  for (let at = 1; at < pairs.length; at += 2) args.push(pairs[at]!)
  return make(wait === undefined ? plain : block, args, reply)
}

const asNew = (keys: Text | ReadonlyArray<Text>): ReadonlyArray<Argument> => {
  const pairs: Array<Argument> = []
  for (const key of list(keys)) append(pairs, [key, ">"])
  return pairs
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const streamReads: StreamReadCommands<AsCommand> = {
  xRead: (positions, options) => read(alone, streams, [], options, flatten(positions)),
  xReadGroup: (group, consumer, keys, options) =>
    read(asGroup, streams, ["GROUP", group, consumer], options, asNew(keys)),
  xReadGroupClaim: (group, consumer, keys, minIdle, options) =>
    read(asGroup, claimed, ["GROUP", group, consumer], options, asNew(keys), millis(minIdle)),
  xReadGroupPending: (group, consumer, positions, options) =>
    read(asOwner, pending, ["GROUP", group, consumer], options, flatten(positions))
}
