/**
 * Commands on what is pending in the consumer groups of streams: who has it, who takes it over, and that it is done.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { append, epochMillis, list, millis, optionProblem } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { constant, invalid, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"
import { claimedEntries, deliveriesOf, type StreamEntry, type StreamEntryBytes } from "./StreamReplies.ts"
import { deleteResults, type EntryDeleteResult, idsBlock, type ReferencePolicy } from "./Streams.ts"

/**
 * How XCLAIM notes the takeover. `idle` and `time` exclude one another.
 *
 * @category options
 * @since 0.1.0
 */
export type XClaimOptions = {
  /** How often the entries shall count as delivered (default: once more; `xClaimJustId`: as before). */
  readonly retryCount?: number | undefined
  /** Take entries too that are not pending, if they are in the stream (default false). */
  readonly force?: boolean | undefined
  /** Let the group's last delivered id be at least this one. */
  readonly lastId?: string | undefined
} & (
  | {
      /** How long ago the entries shall count as delivered (default: now). */
      readonly idle?: Duration.Input | undefined
      readonly time?: undefined
    }
  | {
      /** When the entries shall count as delivered. */
      readonly time?: DateTime.DateTime.Input | undefined
      readonly idle?: undefined
    }
)

/**
 * How much XAUTOCLAIM does at once.
 *
 * @category options
 * @since 0.1.0
 */
export interface XAutoClaimOptions {
  /** Take at most so many entries (the servers' default is 100). */
  readonly count?: number | undefined
}

/**
 * What XNACK notes of the entries.
 *
 * @category options
 * @since 0.1.0
 */
export interface XNackOptions {
  /** How often the entries shall count as delivered, whatever the mode. */
  readonly retryCount?: number | undefined
  /** Release entries too that are not pending, if they are in the stream (default false). */
  readonly force?: boolean | undefined
}

/**
 * Which pending entries.
 *
 * @category options
 * @since 0.1.0
 */
export interface XPendingRangeOptions {
  /** Only those of this consumer. */
  readonly consumer?: Text | undefined
  /** Only those that were delivered so long ago. Since 6.2. */
  readonly minIdle?: Duration.Input | undefined
}

/**
 * What is pending in a group.
 *
 * @category models
 * @since 0.1.0
 */
export interface PendingSummary {
  readonly pending: number
  /** The least and the greatest id that is pending; `undefined` if nothing is. */
  readonly firstId: string | undefined
  readonly lastId: string | undefined
  /** The consumers that have something pending. */
  readonly consumers: Array<{ readonly name: string; readonly pending: number }>
}

/**
 * A pending entry.
 *
 * @category models
 * @since 0.1.0
 */
export interface PendingEntry {
  readonly id: string
  /** Whose it is; `undefined` if `xNack` released it. */
  readonly consumer: string | undefined
  /** The time since the last delivery; `undefined` if `xNack` released it. */
  readonly idle: Duration.Duration | undefined
  /** How often it was delivered; infinite if `xNack` gave it up as `FATAL`. */
  readonly deliveries: number
}

/**
 * What XAUTOCLAIM took over: begin the next call with `cursor`, which is `"0-0"` behind the last entry. Entries that were deleted from
 * the stream are no longer pending, and listed in `deletedIds` (since 7.0).
 *
 * @category models
 * @since 0.1.0
 */
export type Claimed<Name extends string, A> = { readonly cursor: string } & { readonly [N in Name]: A } & {
  readonly deletedIds: Array<string>
}

/**
 * Commands on what is pending in consumer groups, as constructors or as methods.
 *
 * **Details**
 *
 * What takes something over leaves out entries that were deleted from the stream. Several ids may be given as one array.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamPendingCommands<F extends CommandLambda> {
  /** Acknowledge entries; how many were pending. None: 0 without a call. */
  xAck(key: Text, group: Text, ids: string | ReadonlyArray<string>): Kind<F, number>
  /** Acknowledge entries and delete them; what became of each, by position. None: no call. Redis 8.2. */
  xAckDel(
    key: Text,
    group: Text,
    ids: string | ReadonlyArray<string>,
    references?: ReferencePolicy
  ): Kind<F, Array<EntryDeleteResult>>
  /** Take over entries from `start` (`"0-0"`: all) that were delivered at least `minIdle` ago. Since 6.2. */
  xAutoClaim(
    key: Text,
    group: Text,
    consumer: Text,
    minIdle: Duration.Input,
    start: string,
    options?: XAutoClaimOptions
  ): Kind<F, Claimed<"entries", Array<StreamEntry>>, Claimed<"entries", Array<StreamEntryBytes>>>
  /** `xAutoClaim` that gives only ids, and does not count as a delivery. Since 6.2. */
  xAutoClaimJustId(
    key: Text,
    group: Text,
    consumer: Text,
    minIdle: Duration.Input,
    start: string,
    options?: XAutoClaimOptions
  ): Kind<F, Claimed<"ids", Array<string>>>
  /** Take over those of the entries that were delivered at least `minIdle` ago. None are `InvalidArgument`. */
  xClaim(
    key: Text,
    group: Text,
    consumer: Text,
    minIdle: Duration.Input,
    ids: string | ReadonlyArray<string>,
    options?: XClaimOptions
  ): Kind<F, Array<StreamEntry>, Array<StreamEntryBytes>>
  /** `xClaim` that gives only ids, and does not count as a delivery. */
  xClaimJustId(
    key: Text,
    group: Text,
    consumer: Text,
    minIdle: Duration.Input,
    ids: string | ReadonlyArray<string>,
    options?: XClaimOptions
  ): Kind<F, Array<string>>
  /**
   * Give pending entries back to the group, for any consumer to claim at once; how many were. The deliveries are one less
   * (`SILENT`), as they are (`FAIL`), or without end (`FATAL`). None: 0 without a call. Redis 8.8.
   */
  xNack(
    key: Text,
    group: Text,
    mode: "SILENT" | "FAIL" | "FATAL",
    ids: string | ReadonlyArray<string>,
    options?: XNackOptions
  ): Kind<F, number>
  /** How much is pending, and for which consumers. */
  xPending(key: Text, group: Text): Kind<F, PendingSummary>
  /** Up to `count` pending entries from one id to another, both included (`"-"` and `"+"`: all). */
  xPendingRange(
    key: Text,
    group: Text,
    start: string,
    end: string,
    count: number,
    options?: XPendingRangeOptions
  ): Kind<F, Array<PendingEntry>>
}

const write = (name: string, retry: RetryCategory | CommandSpec["retry"]): CommandSpec =>
  defineSpec({ name, keys: "first", retry })

const XACK = write("XACK", "lastWriteWins")
const XACKDEL = write("XACKDEL", "lastWriteWins")
// What was taken over is not idle any more: a second run finds less, or counts one delivery more.
const XAUTOCLAIM = write("XAUTOCLAIM", "accumulating")
const XCLAIM = write("XCLAIM", "accumulating")
// SILENT takes one delivery off at each run, unless the count is given.
const XNACK = write("XNACK", (args) =>
  args[2] === "SILENT" && args.indexOf("RETRYCOUNT", 3) === -1 ? "accumulating" : "lastWriteWins"
)
const XPENDING = write("XPENDING", "readOnly")

const strings = Reply.array(Reply.string)

const claimed = <const Name extends string, A, B>(
  name: Name,
  items: Reply.Reply<A, B>
): Reply.Reply<Claimed<Name, A>, Claimed<Name, B>> => {
  const view =
    <X>(read: (reply: Parameters<typeof items.text>[0]) => X) =>
    (reply: Parameters<typeof items.text>[0]) => {
      const [cursor, found, deleted] = Reply.elementsOf(reply)
      return {
        cursor: Reply.string.text(cursor),
        [name]: read(found),
        deletedIds: strings.text(deleted ?? [])
      } as Claimed<Name, X>
    }
  return new Reply.Reply(view(items.text), view(items.bytes))
}
const claimedPage = claimed("entries", claimedEntries)
const claimedIds = claimed("ids", strings)

const summary = Reply.same((reply): PendingSummary => {
  const [pending, firstId, lastId, consumers] = Reply.elementsOf(reply)
  return {
    pending: Reply.integer.text(pending),
    firstId: Reply.optionalString.text(firstId),
    lastId: Reply.optionalString.text(lastId),
    consumers: Reply.elementsOf(consumers ?? []).map((consumer) => {
      const [name, count] = Reply.elementsOf(consumer)
      // The count is text in every version of the protocol.
      return { name: Reply.string.text(name), pending: Reply.double.text(count) }
    })
  }
})

/** How XPENDING says that an entry has no consumer, whose name is then empty. */
const RELEASED = -1

const pendingEntries = Reply.array(
  Reply.same((reply): PendingEntry => {
    const [id, consumer, time, deliveries] = Reply.elementsOf(reply)
    const idle = Reply.integer.text(time)
    const released = idle === RELEASED
    return {
      id: Reply.string.text(id),
      consumer: released ? undefined : Reply.string.text(consumer),
      idle: released ? undefined : Duration.millis(idle),
      deliveries: deliveriesOf(deliveries)
    }
  })
)

const claimOptions = { idle: "value", time: "value", retryCount: "value", force: "flag", lastId: "value" } as const

const claim = <A, B>(
  reply: Reply.Reply<A, B>,
  [key, group, consumer]: readonly [Text, Text, Text],
  minIdle: Duration.Input,
  ids: string | ReadonlyArray<string>,
  options: XClaimOptions | undefined,
  justId: boolean
): Command<A, B> => {
  const all = list(ids)
  const problem = optionProblem(options, claimOptions)
  if (problem !== undefined) return invalid(XCLAIM, reply, problem)
  if (all.length === 0) return invalid(XCLAIM, reply, "expected at least one id", 4)
  const args = append([key, group, consumer, millis(minIdle)], all)
  const { force, idle, lastId, retryCount, time } = options ?? {}
  if (idle !== undefined && time !== undefined) return invalid(XCLAIM, reply, "idle and time exclude one another")
  if (idle !== undefined) args.push("IDLE", millis(idle))
  if (time !== undefined) args.push("TIME", epochMillis(time))
  if (retryCount !== undefined) args.push("RETRYCOUNT", retryCount)
  if (force === true) args.push("FORCE")
  if (justId) args.push("JUSTID")
  if (lastId !== undefined) args.push("LASTID", lastId)
  return make(XCLAIM, args, reply)
}

const autoClaim = <A, B>(
  reply: Reply.Reply<A, B>,
  args: Array<Argument>,
  options: XAutoClaimOptions | undefined,
  justId: boolean
): Command<A, B> => {
  if (options?.count !== undefined) args.push("COUNT", options.count)
  if (justId) args.push("JUSTID")
  return makeChecked(XAUTOCLAIM, args, reply, optionProblem(options, { count: "value" }))
}

const nackProblem = (retryCount: number | undefined): string | undefined =>
  retryCount === undefined || retryCount >= 0 ? undefined : "retryCount must not be negative"

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const streamPending: StreamPendingCommands<AsCommand> = {
  xAck: (key, group, ids) => {
    const all = list(ids)
    return all.length === 0 ? constant(XACK, Reply.integer, 0) : make(XACK, append([key, group], all), Reply.integer)
  },
  xAckDel: (key, group, ids, references) => {
    const all = list(ids)
    if (all.length === 0) return constant(XACKDEL, deleteResults, [])
    const args = references === undefined ? [key, group] : [key, group, references]
    return make(XACKDEL, idsBlock(args, all), deleteResults)
  },
  xAutoClaim: (key, group, consumer, minIdle, start, options) =>
    autoClaim(claimedPage, [key, group, consumer, millis(minIdle), start], options, false),
  xAutoClaimJustId: (key, group, consumer, minIdle, start, options) =>
    autoClaim(claimedIds, [key, group, consumer, millis(minIdle), start], options, true),
  xClaim: (key, group, consumer, minIdle, ids, options) =>
    claim(claimedEntries, [key, group, consumer], minIdle, ids, options, false),
  xClaimJustId: (key, group, consumer, minIdle, ids, options) =>
    claim(strings, [key, group, consumer], minIdle, ids, options, true),
  xNack: (key, group, mode, ids, options) => {
    const all = list(ids)
    const problem = optionProblem(options, { retryCount: "value", force: "flag" }) ?? nackProblem(options?.retryCount)
    if (problem !== undefined) return invalid(XNACK, Reply.integer, problem)
    if (all.length === 0) return constant(XNACK, Reply.integer, 0)
    const args = idsBlock([key, group, mode], all)
    if (options?.retryCount !== undefined) args.push("RETRYCOUNT", options.retryCount)
    if (options?.force === true) args.push("FORCE")
    return make(XNACK, args, Reply.integer)
  },
  xPending: (key, group) => make(XPENDING, [key, group], summary),
  xPendingRange: (key, group, start, end, count, options) => {
    const args: Array<Argument> = [key, group]
    if (options?.minIdle !== undefined) args.push("IDLE", millis(options.minIdle))
    args.push(start, end, count)
    if (options?.consumer !== undefined) args.push(options.consumer)
    const known = { consumer: "value", minIdle: "value" } as const
    return makeChecked(XPENDING, args, pendingEntries, optionProblem(options, known))
  }
}
