/**
 * Commands on arrays: sparse, with positions from 0 to 2^64-2. Redis 8.8.
 *
 * @since 0.1.0
 */

import {
  type ArrayInfo,
  type ArrayInfoFull,
  arrayInfo,
  arrayInfoFull,
  index,
  indexes,
  numberOrNone,
  optionalIndex
} from "./ArrayReplies.ts"
import {
  append,
  type ByPosition,
  flatten,
  list,
  NOT_FIELDS,
  optionProblem,
  type Several,
  several,
  wordProblem
} from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { constant, invalid, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * A position in an array, from 0 to 2^64-2. As a result it is a number, or fails as `Decode` beyond 2^53 (see `Command.asBigInt`).
 *
 * @category models
 * @since 0.1.0
 */
export type ArrayIndex = number | bigint

/**
 * Positions from `start` to `end`, both included, in either direction.
 *
 * @category models
 * @since 0.1.0
 */
export interface ArrayRange {
  readonly start: ArrayIndex
  readonly end: ArrayIndex
}

/**
 * Positions and values: a Map, or pairs.
 *
 * @category models
 * @since 0.1.0
 */
export type ArrayItems =
  | ReadonlyMap<ArrayIndex, Argument>
  | ReadonlyArray<readonly [index: ArrayIndex, value: Argument]>

/**
 * What ARGREP looks for: the whole value (`EXACT`), a part of it (`MATCH`), a glob-style pattern (`GLOB`) or a regular expression (`RE`).
 *
 * @category options
 * @since 0.1.0
 */
export type ArrayPredicate =
  | { readonly EXACT: Text }
  | { readonly MATCH: Text }
  | { readonly GLOB: Text }
  | { readonly RE: Text }

/**
 * How ARGREP searches.
 *
 * @category options
 * @since 0.1.0
 */
export interface ArrayGrepOptions {
  /** Whether all predicates must hold or one of them (default `OR`). */
  readonly combine?: "AND" | "OR" | undefined
  /** At most so many, above zero (default: all). */
  readonly limit?: number | undefined
  /** Do not tell capital letters from small ones (default false). */
  readonly noCase?: boolean | undefined
}

/**
 * Commands on arrays, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface ArrayCommands<F extends CommandLambda> {
  /** How many positions have a value; 0 if the key is missing. */
  arCount(key: Text): Kind<F, number>
  /** Empty positions; how many had a value. None: 0 without a call. */
  arDel(key: Text, ...indexes: Several<ArrayIndex>): Kind<F, number>
  /** Empty the positions of ranges; how many had a value. None: 0 without a call. */
  arDelRange(key: Text, ...ranges: Several<ArrayRange>): Kind<F, number>
  /** The value at a position, or `undefined`. */
  arGet(key: Text, index: ArrayIndex): Kind<F, string | undefined, Uint8Array | undefined>
  /** The values from `start` to `end`, both included (backwards if `end` is smaller); `undefined` for what is empty. */
  arGetRange(
    key: Text,
    start: ArrayIndex,
    end: ArrayIndex
  ): Kind<F, Array<string | undefined>, Array<Uint8Array | undefined>>
  /** The positions from `start` (`-`: the first) to `end` (`+`: the last) whose values meet one or several predicates. */
  arGrep(
    key: Text,
    start: ArrayIndex | "-" | "+",
    end: ArrayIndex | "-" | "+",
    predicates: ArrayPredicate | ReadonlyArray<ArrayPredicate>,
    options?: ArrayGrepOptions
  ): Kind<F, Array<number>>
  /** The same as `arGrep`, with the values. */
  arGrepWithValues(
    key: Text,
    start: ArrayIndex | "-" | "+",
    end: ArrayIndex | "-" | "+",
    predicates: ArrayPredicate | ReadonlyArray<ArrayPredicate>,
    options?: ArrayGrepOptions
  ): Kind<F, Array<readonly [index: number, value: string]>, Array<readonly [index: number, value: Uint8Array]>>
  /** How the server stores the array; an error if the key is missing. */
  arInfo(key: Text): Kind<F, ArrayInfo>
  /** The same with figures for which the server looks at each slice. */
  arInfoFull(key: Text): Kind<F, ArrayInfoFull>
  /** Write values one after the other at the cursor; the last position. None is `InvalidArgument`. */
  arInsert(key: Text, ...values: Several<Argument>): Kind<F, number>
  /** What was inserted last, up to `count`: the oldest first, or the newest (`rev`); `undefined` for what is empty. */
  arLastItems(
    key: Text,
    count: number,
    options?: { readonly rev?: boolean | undefined }
  ): Kind<F, Array<string | undefined>, Array<Uint8Array | undefined>>
  /** The last position that has a value, plus 1; 0 if the key is missing. */
  arLen(key: Text): Kind<F, number>
  /** The values at several positions; `undefined` for each that is empty. None: no call. */
  arMGet<const K extends ReadonlyArray<ArrayIndex>>(
    key: Text,
    indexes: K
  ): Kind<F, ByPosition<K, string | undefined>, ByPosition<K, Uint8Array | undefined>>
  /** Write values at several positions; how many were empty. None: 0 without a call. */
  arMSet(key: Text, items: ArrayItems): Kind<F, number>
  /** Where `arInsert` will write next; `undefined` if the positions are used up. */
  arNext(key: Text): Kind<F, number | undefined>
  /** The sum, extreme or bitwise combination of the numbers from `start` to `end`; `undefined` if there are none. */
  arOp(
    key: Text,
    start: ArrayIndex,
    end: ArrayIndex,
    operation: "SUM" | "MIN" | "MAX" | "AND" | "OR" | "XOR"
  ): Kind<F, number | undefined>
  /** How many values from `start` to `end` are equal to one. */
  arOpMatch(key: Text, start: ArrayIndex, end: ArrayIndex, value: Argument): Kind<F, number>
  /** How many positions from `start` to `end` have a value. */
  arOpUsed(key: Text, start: ArrayIndex, end: ArrayIndex): Kind<F, number>
  /** Write values one after the other into a ring of `size` positions, over the oldest; the last position. None is `InvalidArgument`. */
  arRing(key: Text, size: number, ...values: Several<Argument>): Kind<F, number>
  /** The positions from `start` to `end` that have a value, with it; at most `limit` of them. */
  arScan(
    key: Text,
    start: ArrayIndex,
    end: ArrayIndex,
    options?: { readonly limit?: number | undefined }
  ): Kind<F, Array<readonly [index: number, value: string]>, Array<readonly [index: number, value: Uint8Array]>>
  /** Let `arInsert` and `arRing` write at a position next; whether the key is there. */
  arSeek(key: Text, index: ArrayIndex): Kind<F, boolean>
  /** Write values from a position on; how many positions were empty. None: 0 without a call. */
  arSet(key: Text, index: ArrayIndex, ...values: Several<Argument>): Kind<F, number>
}

const read = (name: string): CommandSpec => defineSpec({ name, keys: "first", retry: "readOnly" })
const write = (name: string, retry: RetryCategory = "lastWriteWins"): CommandSpec =>
  defineSpec({ name, keys: "first", retry })

const ARCOUNT = read("ARCOUNT")
const ARDEL = write("ARDEL")
const ARDELRANGE = write("ARDELRANGE")
const ARGET = read("ARGET")
const ARGETRANGE = read("ARGETRANGE")
const ARGREP = read("ARGREP")
const ARINFO = read("ARINFO")
const ARINSERT = write("ARINSERT", "accumulating")
const ARLASTITEMS = read("ARLASTITEMS")
const ARLEN = read("ARLEN")
const ARMGET = read("ARMGET")
const ARMSET = write("ARMSET")
const ARNEXT = read("ARNEXT")
const AROP = read("AROP")
const ARRING = write("ARRING", "accumulating")
const ARSCAN = read("ARSCAN")
const ARSEEK = write("ARSEEK")
const ARSET = write("ARSET")

const optionalTexts = Reply.array(Reply.optionalText)
const pairs = Reply.pairs(index, Reply.text)

const predicateWords: ReadonlySet<string> = new Set(["EXACT", "MATCH", "GLOB", "RE"])
const NO_PREDICATE = "expected at least one predicate: EXACT, MATCH, GLOB or RE, with what it looks for"

/** Adds the predicates; what is wrong with them. */
const pushPredicates = (
  args: Array<Argument>,
  predicates: ArrayPredicate | ReadonlyArray<ArrayPredicate>
): string | undefined => {
  const all = list(predicates)
  if (all.length === 0) return NO_PREDICATE
  for (const predicate of all) {
    const entries = typeof predicate === "object" && predicate !== null ? Object.entries(predicate) : []
    const [entry] = entries
    if (entry === undefined || entries.length > 1 || !predicateWords.has(entry[0])) return NO_PREDICATE
    args.push(entry[0], entry[1])
  }
  return undefined
}

const grepWith = <A, B>(
  reply: Reply.Reply<A, B>,
  args: Array<Argument>,
  predicates: ArrayPredicate | ReadonlyArray<ArrayPredicate>,
  options: ArrayGrepOptions | undefined,
  withValues: boolean
): Command<A, B> => {
  const problem =
    pushPredicates(args, predicates) ??
    optionProblem(options, { combine: "value", limit: "value", noCase: "flag" }) ??
    wordProblem("combine", options?.combine, ["AND", "OR"])
  if (options?.combine !== undefined) args.push(options.combine)
  if (options?.limit !== undefined) args.push("LIMIT", options.limit)
  if (withValues) args.push("WITHVALUES")
  if (options?.noCase === true) args.push("NOCASE")
  return makeChecked(ARGREP, args, reply, problem)
}

/** A write that without values is known to change nothing. */
const change = (spec: CommandSpec, args: Array<Argument>, values: ReadonlyArray<Argument>): Command<number> =>
  values.length === 0 ? constant(spec, Reply.integer, 0) : make(spec, append(args, values), Reply.integer)

const insert = (spec: CommandSpec, args: Array<Argument>, values: Several<Argument>): Command<number> => {
  const all = several(values)
  const problem = all.length === 0 ? "expected at least one value" : undefined
  return makeChecked(spec, append(args, all), index, problem, args.length)
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const arrays: ArrayCommands<AsCommand> = {
  arCount: (key) => make(ARCOUNT, [key], index),
  arDel: (key, ...positions) => change(ARDEL, [key], several(positions)),
  arDelRange: (key, ...ranges) => {
    const bounds: Array<Argument> = []
    for (const range of several(ranges)) bounds.push(range?.start, range?.end)
    return change(ARDELRANGE, [key], bounds)
  },
  arGet: (key, position) => make(ARGET, [key, position], Reply.optionalText),
  arGetRange: (key, start, end) => make(ARGETRANGE, [key, start, end], optionalTexts),
  arGrep: (key, start, end, predicates, options) => grepWith(indexes, [key, start, end], predicates, options, false),
  arGrepWithValues: (key, start, end, predicates, options) =>
    grepWith(pairs, [key, start, end], predicates, options, true),
  arInfo: (key) => make(ARINFO, [key], arrayInfo),
  arInfoFull: (key) => make(ARINFO, [key, "FULL"], arrayInfoFull),
  arInsert: (key, ...values) => insert(ARINSERT, [key], values),
  arLastItems: (key, count, options) => {
    const args: Array<Argument> = options?.rev === true ? [key, count, "REV"] : [key, count]
    return makeChecked(ARLASTITEMS, args, optionalTexts, optionProblem(options, { rev: "flag" }))
  },
  arLen: (key) => make(ARLEN, [key], index),
  arMGet: ((key: Text, positions: ReadonlyArray<ArrayIndex>) => {
    const all = list(positions)
    return all.length === 0 ? constant(ARMGET, optionalTexts, []) : make(ARMGET, append([key], all), optionalTexts)
  }) as ArrayCommands<AsCommand>["arMGet"],
  arMSet: (key, items) => {
    const flat = flatten(items)
    return flat === undefined ? invalid(ARMSET, Reply.integer, NOT_FIELDS, 1) : change(ARMSET, [key], flat)
  },
  arNext: (key) => make(ARNEXT, [key], optionalIndex),
  arOp: (key, start, end, operation) => {
    const problem = wordProblem("operation", operation ?? "", ["SUM", "MIN", "MAX", "AND", "OR", "XOR"])
    return makeChecked(AROP, [key, start, end, operation], numberOrNone, problem, 3)
  },
  arOpMatch: (key, start, end, value) => make(AROP, [key, start, end, "MATCH", value], Reply.integer),
  arOpUsed: (key, start, end) => make(AROP, [key, start, end, "USED"], Reply.integer),
  arRing: (key, size, ...values) => insert(ARRING, [key, size], values),
  arScan: (key, start, end, options) => {
    const args: Array<Argument> = [key, start, end]
    if (options?.limit !== undefined) args.push("LIMIT", options.limit)
    return makeChecked(ARSCAN, args, pairs, optionProblem(options, { limit: "value" }))
  },
  arSeek: (key, position) => make(ARSEEK, [key, position], Reply.boolean),
  arSet: (key, position, ...values) => change(ARSET, [key, position], several(values))
}
