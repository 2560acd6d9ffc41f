/**
 * Commands on lists. Those that wait for an element are in `BlockingListCommands`.
 *
 * @since 0.1.0
 */
import { append, list, numberOf, optionProblem, type Several, several, wordProblem } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { invalid, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * An end of a list.
 *
 * @category models
 * @since 0.1.0
 */
export type ListSide = "LEFT" | "RIGHT"

/**
 * How many elements LMPOP takes.
 *
 * @category options
 * @since 0.1.0
 */
export interface ListPopOptions {
  /** At most so many (default 1). */
  readonly count?: number | undefined
}

/**
 * How many elements LMOVEM moves and in which order they arrive: one by one, so that they are reversed (`OBO`), or as the block that
 * they are (`BULK`). `count` moves up to so many, `exactly` so many or none.
 *
 * @category options
 * @since 0.1.0
 */
export type MoveManyOptions = { readonly order: "OBO" | "BULK" } & (
  | { readonly count: number; readonly exactly?: undefined }
  | { readonly exactly: number; readonly count?: undefined }
)

/**
 * Where LPOS searches.
 *
 * @category options
 * @since 0.1.0
 */
export interface ListPositionOptions {
  /** Which match to begin with: 1 is the first (default), 2 the second, -1 the last. */
  readonly rank?: number | undefined
  /** Compare at most so many elements (default: all). */
  readonly maxLength?: number | undefined
}

/**
 * Commands on lists, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListCommands<F extends CommandLambda> {
  /** The element at a position (0 is the first, -1 the last), or `undefined`. */
  lIndex(key: Text, index: number): Kind<F, string | undefined, Uint8Array | undefined>
  /** Insert beside the first `pivot`; the new length, 0 if the key is missing, `undefined` if there is no such pivot. */
  lInsert(key: Text, position: "BEFORE" | "AFTER", pivot: Argument, element: Argument): Kind<F, number | undefined>
  /** How many elements there are. */
  lLen(key: Text): Kind<F, number>
  /** Move an element from an end of one list to an end of another; the element. Since 6.2. */
  lMove(
    source: Text,
    destination: Text,
    from: ListSide,
    to: ListSide
  ): Kind<F, string | undefined, Uint8Array | undefined>
  /** Move several elements (without options one); they, or `undefined` if none was moved. Redis 8.10. */
  lMoveM(
    source: Text,
    destination: Text,
    from: ListSide,
    to: ListSide,
    options?: MoveManyOptions
  ): Kind<F, Array<string> | undefined, Array<Uint8Array> | undefined>
  /** Take elements from the first of several lists that has any; `undefined` if none has. Since 7.0. */
  lmPop(
    keys: Text | ReadonlyArray<Text>,
    side: ListSide,
    options?: ListPopOptions
  ): Kind<
    F,
    Reply.Taken<string, "elements", Array<string>> | undefined,
    Reply.Taken<Uint8Array, "elements", Array<Uint8Array>> | undefined
  >
  /** Take the first element; `undefined` if the key is missing. */
  lPop(key: Text): Kind<F, string | undefined, Uint8Array | undefined>
  /** Take up to `count` elements from the front; `undefined` if the key is missing. Since 6.2. */
  lPopCount(key: Text, count: number): Kind<F, Array<string> | undefined, Array<Uint8Array> | undefined>
  /** The position of an element, or `undefined`. Since 6.0.6. */
  lPos(key: Text, element: Argument, options?: ListPositionOptions): Kind<F, number | undefined>
  /** The positions of up to `count` equal elements (0: of all). Since 6.0.6. */
  lPosCount(key: Text, element: Argument, count: number, options?: ListPositionOptions): Kind<F, Array<number>>
  /** Add to the front, one after the other; the new length. None is `InvalidArgument`: only the server knows the length. */
  lPush(key: Text, ...elements: Several<Argument>): Kind<F, number>
  /** The same if the list is there, else 0. */
  lPushX(key: Text, ...elements: Several<Argument>): Kind<F, number>
  /** The elements from `start` to `stop`, both included; negative positions count from the end. */
  lRange(key: Text, start: number, stop: number): Kind<F, Array<string>, Array<Uint8Array>>
  /** Remove up to `count` equal elements, from the end if it is negative, all if it is 0; how many there were. */
  lRem(key: Text, count: number, element: Argument): Kind<F, number>
  /** Overwrite the element at a position; an error if there is none. */
  lSet(key: Text, index: number, element: Argument): Kind<F, void>
  /** Keep only the elements from `start` to `stop`, both included. */
  lTrim(key: Text, start: number, stop: number): Kind<F, void>
  /** Take the last element; `undefined` if the key is missing. */
  rPop(key: Text): Kind<F, string | undefined, Uint8Array | undefined>
  /** Take up to `count` elements from the end, the last first; `undefined` if the key is missing. Since 6.2. */
  rPopCount(key: Text, count: number): Kind<F, Array<string> | undefined, Array<Uint8Array> | undefined>
  /** Move the last element of one list to the front of another. Servers call it deprecated: see `lMove`. */
  rPopLPush(source: Text, destination: Text): Kind<F, string | undefined, Uint8Array | undefined>
  /** Add to the end; the new length. None is `InvalidArgument`: only the server knows the length. */
  rPush(key: Text, ...elements: Several<Argument>): Kind<F, number>
  /** The same if the list is there, else 0. */
  rPushX(key: Text, ...elements: Several<Argument>): Kind<F, number>
}

const read = (name: string): CommandSpec => defineSpec({ name, keys: "first", retry: "readOnly" })
const write = (name: string, retry: RetryCategory | CommandSpec["retry"]): CommandSpec =>
  defineSpec({ name, keys: "first", retry })
const move = (name: string): CommandSpec =>
  defineSpec({ name, keys: { first: 0, last: 1, step: 1 }, retry: "accumulating" })

const LINDEX = read("LINDEX")
const LINSERT = write("LINSERT", "accumulating")
const LLEN = read("LLEN")
const LMOVE = move("LMOVE")
const LMOVEM = move("LMOVEM")
const LMPOP = defineSpec({ name: "LMPOP", keys: { numkeys: 0 }, retry: "accumulating" })
const LPOP = write("LPOP", "accumulating")
const LPOS = read("LPOS")
const LPUSH = write("LPUSH", "accumulating")
const LPUSHX = write("LPUSHX", "accumulating")
const LRANGE = read("LRANGE")
// A count limits one run: a second one removes the next equal elements.
const LREM = write("LREM", (args) => (args[1] === 0 ? "lastWriteWins" : "accumulating"))
const LSET = write("LSET", "lastWriteWins")
// What is kept stays in place only if it is counted from the end that is kept.
const LTRIM = write("LTRIM", (args) => {
  const start = numberOf(args[1])
  const stop = numberOf(args[2])
  const fromFront = start === 0 && stop >= -1
  const fromBack = start < 0 && stop === -1
  return fromFront || fromBack ? "lastWriteWins" : "accumulating"
})
const RPOP = write("RPOP", "accumulating")
const RPOPLPUSH = move("RPOPLPUSH")
const RPUSH = write("RPUSH", "accumulating")
const RPUSHX = write("RPUSHX", "accumulating")

const elements = Reply.array(Reply.text)
const optionalElements = Reply.optional(elements)
const positions = Reply.array(Reply.integer)
/** How LINSERT says that there is no such pivot. */
const NO_PIVOT = -1
const inserted = Reply.map(Reply.integer, (length) => (length === NO_PIVOT ? undefined : length))

/** What LMPOP and BLMPOP took. @internal */
export const takenElements = Reply.taken("elements", elements)

/** The arguments of LMPOP behind a time-out. @internal */
export const popArgs = (
  keys: ReadonlyArray<Text>,
  side: ListSide,
  options: ListPopOptions | undefined
): Array<Argument> => {
  const args = append([keys.length], keys)
  args.push(side)
  if (options?.count !== undefined) args.push("COUNT", options.count)
  return args
}

/** What is wrong with the keys or options of a pop. @internal */
export const popProblem = (keys: ReadonlyArray<Text>, options: ListPopOptions | undefined): string | undefined =>
  keys.length === 0 ? "expected at least one key" : optionProblem(options, { count: "value" })

/** The arguments of LMOVEM behind a time-out, and what is wrong with them. @internal */
export const moveManyArgs = (
  options: MoveManyOptions | undefined
): { readonly args: ReadonlyArray<Argument>; readonly problem: string | undefined } => {
  const problem = optionProblem(options, { order: "value", count: "value", exactly: "value" })
  if (options === undefined || problem !== undefined) return { args: [], problem }
  const { count, exactly, order } = options
  if ((count === undefined) === (exactly === undefined)) {
    return { args: [], problem: "expected either count or exactly" }
  }
  const orderProblem = wordProblem("order", order ?? "", ["OBO", "BULK"])
  if (orderProblem !== undefined) return { args: [], problem: orderProblem }
  return { args: count === undefined ? ["EXACTLY", exactly!, order] : ["COUNT", count, order], problem: undefined }
}

const push = (spec: CommandSpec, key: Text, added: Several<Argument>): Command<number> => {
  const all = several(added)
  return all.length === 0
    ? invalid(spec, Reply.integer, "expected at least one element", 1)
    : make(spec, append([key], all), Reply.integer)
}

const positionArgs = (key: Text, element: Argument, options: ListPositionOptions | undefined): Array<Argument> => {
  const args: Array<Argument> = [key, element]
  if (options?.rank !== undefined) args.push("RANK", options.rank)
  if (options?.maxLength !== undefined) args.push("MAXLEN", options.maxLength)
  return args
}
const positionOptions = { rank: "value", maxLength: "value" } as const

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const lists: ListCommands<AsCommand> = {
  lIndex: (key, index) => make(LINDEX, [key, index], Reply.optionalText),
  lInsert: (key, position, pivot, element) => make(LINSERT, [key, position, pivot, element], inserted),
  lLen: (key) => make(LLEN, [key], Reply.integer),
  lMove: (source, destination, from, to) => make(LMOVE, [source, destination, from, to], Reply.optionalText),
  lMoveM: (source, destination, from, to, options) => {
    const { args, problem } = moveManyArgs(options)
    return makeChecked(LMOVEM, [source, destination, from, to, ...args], optionalElements, problem)
  },
  lmPop: (keys, side, options) => {
    const all = list(keys)
    return makeChecked(LMPOP, popArgs(all, side, options), takenElements, popProblem(all, options))
  },
  lPop: (key) => make(LPOP, [key], Reply.optionalText),
  lPopCount: (key, count) => make(LPOP, [key, count], optionalElements),
  lPos: (key, element, options) =>
    makeChecked(
      LPOS,
      positionArgs(key, element, options),
      Reply.optionalInteger,
      optionProblem(options, positionOptions)
    ),
  lPosCount: (key, element, count, options) => {
    const args = [...positionArgs(key, element, options), "COUNT", count]
    return makeChecked(LPOS, args, positions, optionProblem(options, positionOptions))
  },
  lPush: (key, ...added) => push(LPUSH, key, added),
  lPushX: (key, ...added) => push(LPUSHX, key, added),
  lRange: (key, start, stop) => make(LRANGE, [key, start, stop], elements),
  lRem: (key, count, element) => make(LREM, [key, count, element], Reply.integer),
  lSet: (key, index, element) => make(LSET, [key, index, element], Reply.ok),
  lTrim: (key, start, stop) => make(LTRIM, [key, start, stop], Reply.ok),
  rPop: (key) => make(RPOP, [key], Reply.optionalText),
  rPopCount: (key, count) => make(RPOP, [key, count], optionalElements),
  rPopLPush: (source, destination) => make(RPOPLPUSH, [source, destination], Reply.optionalText),
  rPush: (key, ...added) => push(RPUSH, key, added),
  rPushX: (key, ...added) => push(RPUSHX, key, added)
}
