/**
 * Commands on the entries of streams. Reading with a wait is in `StreamReadCommands`, consumer groups in `StreamGroupCommands`.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import { append, type Fields, flatten, list, NOT_FIELDS, optionProblem, seconds, wordOf } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { constant, invalid, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"
import { entries, type StreamEntry, type StreamEntryBytes } from "./StreamReplies.ts"

/**
 * What becomes of the consumer groups' references to entries that are deleted: `KEEPREF` leaves them (default), `DELREF` deletes them
 * too, `ACKED` deletes only entries that every group has acknowledged. Redis 8.2.
 *
 * @category options
 * @since 0.1.0
 */
export type ReferencePolicy = "KEEPREF" | "DELREF" | "ACKED"

/**
 * What a stream is cut down to: `maxLength` and `minId` exclude one another.
 *
 * @category options
 * @since 0.1.0
 */
export type TrimOptions = (
  | {
      /** Keep at most so many entries, the newest. */
      readonly maxLength: number
      readonly minId?: undefined
    }
  | {
      /** Keep the entries from this id on. Since 6.2. */
      readonly minId: string
      readonly maxLength?: undefined
    }
) &
  (
    | {
        /** Cut only where it costs little, and so leave a few more (default false). */
        readonly approximate: true
        /** Look at no more than so many entries at once (0: no limit; default: the server's). Since 6.2. */
        readonly limit?: number | undefined
      }
    | { readonly approximate?: false | undefined; readonly limit?: undefined }
  ) & {
    /** What becomes of references to the entries that are cut off. */
    readonly references?: ReferencePolicy | undefined
  }

/**
 * How the server knows a message that a producer sends twice, and adds it only once (Redis 8.6): `idmp` and `idmpAuto` exclude one
 * another, and the id of the entry must be `"*"`. For how long and for how many: `xCfgSet`.
 *
 * @category options
 * @since 0.1.0
 */
export type IdempotencyOptions =
  | {
      /** The producer and its own id of the message. */
      readonly idmp?: { readonly producer: Text; readonly id: Text } | undefined
      readonly idmpAuto?: undefined
    }
  | {
      /** The producer; the server makes the message's id from its fields. */
      readonly idmpAuto?: Text | undefined
      readonly idmp?: undefined
    }

/**
 * What else XADD does: cut the stream, and add a message only once.
 *
 * @category options
 * @since 0.1.0
 */
export type XAddOptions = IdempotencyOptions & (TrimOptions | { readonly [K in keyof typeof trimOptions]?: undefined })

/**
 * Which entries of a range.
 *
 * @category options
 * @since 0.1.0
 */
export interface StreamRangeOptions {
  /** At most so many (default: all). */
  readonly count?: number | undefined
}

/**
 * How a stream remembers what producers sent. At least one of them.
 *
 * @category options
 * @since 0.1.0
 */
export interface XCfgSetOptions {
  /** For how long, in whole seconds (the servers' default is 100 seconds, the most is a day). */
  readonly duration?: Duration.Input | undefined
  /** How many messages of each producer (the servers' default is 100, the most 10 000). */
  readonly maxSize?: number | undefined
}

/**
 * What XSETID sets besides the last id.
 *
 * @category options
 * @since 0.1.0
 */
export interface XSetIdOptions {
  /** How many entries were ever added. Since 7.0. */
  readonly entriesAdded?: number | undefined
  /** The greatest id that was ever deleted. Since 7.0. */
  readonly maxDeletedId?: string | undefined
}

/**
 * What became of an entry that was to be deleted: `"referenced"` is one that stays since a group has not acknowledged it (`ACKED`);
 * `undefined` if there is no such entry.
 *
 * @category models
 * @since 0.1.0
 */
export type EntryDeleteResult = "deleted" | "referenced" | undefined

/**
 * Commands on the entries of streams, as constructors or as methods.
 *
 * **Details**
 *
 * Ids are text: milliseconds and a sequence number (`"1526919030474-0"`), or milliseconds alone. In ranges `"-"` is the least and
 * `"+"` the greatest, and `"("` before an id excludes it (since 6.2).
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamCommands<F extends CommandLambda> {
  /**
   * Add an entry; its id. `"*"` lets the server make the id, `"1526919030474-*"` the sequence number (since 7.0); an own one must be
   * greater than the last. Pairs may name a field more than once. No fields are `InvalidArgument`.
   */
  xAdd(key: Text, id: string, fields: Fields, options?: XAddOptions): Kind<F, string>
  /** `xAdd` only if the stream is there; else `undefined`. Since 6.2. */
  xAddNoMkStream(key: Text, id: string, fields: Fields, options?: XAddOptions): Kind<F, string | undefined>
  /** Set how the stream remembers what producers sent, which forgets what it has. Redis 8.6. */
  xCfgSet(key: Text, options: XCfgSetOptions): Kind<F, void>
  /** Delete entries; how many were there. None: 0 without a call. */
  xDel(key: Text, ids: string | ReadonlyArray<string>): Kind<F, number>
  /** Delete entries and say what became of each, by position. None: no call. Redis 8.2. */
  xDelEx(
    key: Text,
    ids: string | ReadonlyArray<string>,
    references?: ReferencePolicy
  ): Kind<F, Array<EntryDeleteResult>>
  /** How many entries there are. */
  xLen(key: Text): Kind<F, number>
  /** The entries from one id to another, both included (default: all). */
  xRange(
    key: Text,
    start?: string,
    end?: string,
    options?: StreamRangeOptions
  ): Kind<F, Array<StreamEntry>, Array<StreamEntryBytes>>
  /** The same from the greatest id down: `end` comes first. */
  xRevRange(
    key: Text,
    end?: string,
    start?: string,
    options?: StreamRangeOptions
  ): Kind<F, Array<StreamEntry>, Array<StreamEntryBytes>>
  /** Set the last id of a stream that is there, as replication does. */
  xSetId(key: Text, lastId: string, options?: XSetIdOptions): Kind<F, void>
  /** Cut the stream; how many entries were deleted. */
  xTrim(key: Text, options: TrimOptions): Kind<F, number>
}

const trimOptions = {
  maxLength: "value",
  minId: "value",
  approximate: "flag",
  limit: "value",
  references: "value"
} as const
const addOptions = { ...trimOptions, idmp: "value", idmpAuto: "value" } as const

/** What the options of a trim that has no threshold say in vain. */
const wasted = (options: Readonly<Record<string, unknown>>): boolean =>
  options.approximate !== undefined || options.limit !== undefined || options.references !== undefined

const trimProblem = (options: Partial<TrimOptions>, required: boolean): string | undefined => {
  const { limit, maxLength, minId } = options
  if (maxLength !== undefined && minId !== undefined) return "maxLength and minId exclude one another"
  if (maxLength === undefined && minId === undefined) {
    return required || wasted(options) ? "expected maxLength or minId" : undefined
  }
  if (maxLength !== undefined && !(Number.isInteger(maxLength) && maxLength >= 0)) {
    return "maxLength must be a whole number"
  }
  if (limit !== undefined && options.approximate !== true) return "limit needs approximate"
  return undefined
}

const pushTrim = (args: Array<Argument>, options: Partial<TrimOptions>): void => {
  const { approximate, limit, maxLength, minId } = options
  if (maxLength === undefined && minId === undefined) return
  args.push(maxLength === undefined ? "MINID" : "MAXLEN")
  if (approximate === true) args.push("~")
  args.push((maxLength ?? minId) as Argument)
  if (limit !== undefined) args.push("LIMIT", limit)
}

const idmpProblem = (id: string, { idmp, idmpAuto }: IdempotencyOptions): string | undefined => {
  if (idmp === undefined && idmpAuto === undefined) return undefined
  if (idmp !== undefined && idmpAuto !== undefined) return "idmp and idmpAuto exclude one another"
  if (idmp !== undefined && (typeof idmp !== "object" || idmp === null)) return "idmp must have a producer and an id"
  return id === "*" ? undefined : "idmp and idmpAuto need the id *"
}

const write = (name: string, retry: RetryCategory | CommandSpec["retry"] = "lastWriteWins"): CommandSpec =>
  defineSpec({ name, keys: "first", retry })
const read = (name: string): CommandSpec => write(name, "readOnly")

// One description for each thing that a second run of XADD may do: the arguments alone do not tell ids from options.
const XADD = {
  /** The server makes another id. */
  again: write("XADD", "accumulating"),
  /** The id is taken: the second run fails. */
  taken: write("XADD", "never"),
  /** The server knows the message, and gives the id that it has. */
  known: write("XADD", "idempotent")
}
const XCFGSET = write("XCFGSET")
const XDEL = write("XDEL")
const XDELEX = write("XDELEX")
const XLEN = read("XLEN")
const XRANGE = read("XRANGE")
const XREVRANGE = read("XREVRANGE")
const XSETID = write("XSETID")
// A limit ends one run before its threshold: the second goes on.
const XTRIM = write("XTRIM", (args) => (args.indexOf("LIMIT", 1) !== -1 ? "accumulating" : "lastWriteWins"))

const addSpec = (id: string, options: XAddOptions): CommandSpec => {
  if (options.idmp !== undefined || options.idmpAuto !== undefined) return XADD.known
  return wordOf(id).endsWith("*") ? XADD.again : XADD.taken
}

const add = <A>(
  reply: Reply.Reply<A>,
  key: Text,
  id: string,
  fields: Fields,
  options: XAddOptions | undefined,
  word?: "NOMKSTREAM"
): Command<A> => {
  const given = options ?? {}
  const problem =
    optionProblem(options, addOptions) ?? trimProblem(given as Partial<TrimOptions>, false) ?? idmpProblem(id, given)
  if (problem !== undefined) return invalid(XADD.taken, reply, problem)
  const flat = flatten(fields)
  if (flat === undefined) return invalid(XADD.taken, reply, NOT_FIELDS, 2)
  if (flat.length === 0) return invalid(XADD.taken, reply, "expected at least one field", 2)
  const args: Array<Argument> = [key]
  if (word !== undefined) args.push(word)
  if (given.references !== undefined) args.push(given.references)
  if (given.idmpAuto !== undefined) args.push("IDMPAUTO", given.idmpAuto)
  if (given.idmp !== undefined) args.push("IDMP", given.idmp.producer, given.idmp.id)
  pushTrim(args, given as Partial<TrimOptions>)
  args.push(id)
  return make(addSpec(id, given), append(args, flat), reply)
}

const range = (spec: CommandSpec, key: Text, from: string, to: string, options: StreamRangeOptions | undefined) => {
  const args: Array<Argument> = [key, from, to]
  if (options?.count !== undefined) args.push("COUNT", options.count)
  return makeChecked(spec, args, entries, optionProblem(options, { count: "value" }))
}

const deleted: ReadonlyMap<number, EntryDeleteResult> = new Map<number, EntryDeleteResult>([
  [-1, undefined],
  [1, "deleted"],
  [2, "referenced"]
])

/** What became of each entry. @internal */
export const deleteResults: Reply.Reply<Array<EntryDeleteResult>> = Reply.array(
  Reply.map(
    Reply.integer,
    (code): EntryDeleteResult => (deleted.has(code) ? deleted.get(code) : Reply.mismatch("-1, 1 or 2", code))
  )
)

/** A block of ids with their number. @internal */
export const idsBlock = (args: Array<Argument>, ids: ReadonlyArray<string>): Array<Argument> =>
  append(append(args, ["IDS", ids.length]), ids)

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const streams: StreamCommands<AsCommand> = {
  xAdd: (key, id, fields, options) => add(Reply.string, key, id, fields, options),
  xAddNoMkStream: (key, id, fields, options) => add(Reply.optionalString, key, id, fields, options, "NOMKSTREAM"),
  xCfgSet: (key, options) => {
    const problem = optionProblem(options ?? {}, { duration: "value", maxSize: "value" })
    if (problem !== undefined) return invalid(XCFGSET, Reply.ok, problem)
    const { duration, maxSize } = options ?? {}
    if (duration === undefined && maxSize === undefined) {
      return invalid(XCFGSET, Reply.ok, "expected duration or maxSize")
    }
    // Nothing is out of range; the upper ends have changed from one server version to the next, and are the server's to say.
    const args: Array<Argument> = [key]
    if (duration !== undefined) args.push("IDMP-DURATION", seconds(duration) || Number.NaN)
    if (maxSize !== undefined) args.push("IDMP-MAXSIZE", maxSize >= 1 ? maxSize : Number.NaN)
    return make(XCFGSET, args, Reply.ok)
  },
  xDel: (key, ids) => {
    const all = list(ids)
    return all.length === 0 ? constant(XDEL, Reply.integer, 0) : make(XDEL, append([key], all), Reply.integer)
  },
  xDelEx: (key, ids, references) => {
    const all = list(ids)
    if (all.length === 0) return constant(XDELEX, deleteResults, [])
    return make(XDELEX, idsBlock(references === undefined ? [key] : [key, references], all), deleteResults)
  },
  xLen: (key) => make(XLEN, [key], Reply.integer),
  xRange: (key, start = "-", end = "+", options) => range(XRANGE, key, start, end, options),
  xRevRange: (key, end = "+", start = "-", options) => range(XREVRANGE, key, end, start, options),
  xSetId: (key, lastId, options) => {
    const args: Array<Argument> = [key, lastId]
    if (options?.entriesAdded !== undefined) args.push("ENTRIESADDED", options.entriesAdded)
    if (options?.maxDeletedId !== undefined) args.push("MAXDELETEDID", options.maxDeletedId)
    const known = { entriesAdded: "value", maxDeletedId: "value" } as const
    return makeChecked(XSETID, args, Reply.ok, optionProblem(options, known))
  },
  xTrim: (key, options) => {
    const problem = optionProblem(options ?? {}, trimOptions) ?? trimProblem(options ?? {}, true)
    if (problem !== undefined) return invalid(XTRIM, Reply.integer, problem)
    const args: Array<Argument> = [key]
    pushTrim(args, options)
    if (options.references !== undefined) args.push(options.references)
    return make(XTRIM, args, Reply.integer)
  }
}
