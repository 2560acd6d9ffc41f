/**
 * Commands on strings.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type { RespValue } from "../protocol/RespValue.ts"
import {
  type ByPosition,
  type Fields,
  flatten,
  list,
  millis,
  NOT_FIELDS,
  numberOf,
  optionProblem,
  seconds,
  wordProblem
} from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind, MultiSlotKind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { pushExpiry, type ReadExpiry, type WriteExpiry } from "./Expiry.ts"
import { constant, invalid, make, makeChecked, multiSlot } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * What the present value must be: equal (`IFEQ`; Valkey 8.1, Redis 8.4) or unequal (`IFNE`; Redis 8.4) to another, or the same by
 * digest (`IFDEQ`, `IFDNE`; Redis 8.4; see `digest`).
 *
 * @category options
 * @since 0.1.0
 */
export type ValueCondition =
  | { readonly IFEQ: Argument }
  | { readonly IFNE: Argument }
  | { readonly IFDEQ: Text }
  | { readonly IFDNE: Text }

/**
 * When SET writes and how long the value lives. `expiry`, `expireAt` and `keepTtl` exclude one another.
 *
 * @category options
 * @since 0.1.0
 */
export type SetOptions = {
  /** `NX` only if the key is missing, `XX` only if it is there, or by its present value. */
  readonly condition?: "NX" | "XX" | ValueCondition | undefined
} & WriteExpiry

/**
 * When MSETEX writes and how long the values live.
 *
 * @category options
 * @since 0.1.0
 */
export type MSetExOptions = {
  /** `NX` only if all keys are missing, `XX` only if all are there. */
  readonly condition?: "NX" | "XX" | undefined
} & WriteExpiry

/**
 * Where two strings agree: pairs of ranges, both ends included, from the last match to the first.
 *
 * @category models
 * @since 0.1.0
 */
export interface LcsIndex<Match> {
  readonly matches: ReadonlyArray<Match>
  /** The length of the whole common subsequence. */
  readonly length: number
}

/**
 * A stretch that both strings have.
 *
 * @category models
 * @since 0.1.0
 */
export interface LcsMatch {
  readonly first: { readonly start: number; readonly end: number }
  readonly second: { readonly start: number; readonly end: number }
}

/**
 * Which matches `lcsIdx` gives.
 *
 * @category options
 * @since 0.1.0
 */
export interface LcsOptions {
  /** Leave out shorter matches (default 0). */
  readonly minMatchLength?: number | undefined
}

/**
 * Commands on strings, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface StringCommands<F extends CommandLambda> {
  /** Append to the string at `key` (empty if missing); its new length in bytes. */
  append(key: Text, value: Argument): Kind<F, number>
  /** Delete `key` if its value is `value`; whether it did. Valkey 9.0; see `delEx` for Redis 8.4. */
  delIfEq(key: Text, value: Argument): Kind<F, boolean>
  /** Delete `key` if its value meets the condition, or in any case without one; whether it did. Redis 8.4. */
  delEx(key: Text, condition?: ValueCondition): Kind<F, boolean>
  /** The server's digest of the value (hexadecimal XXH3), or `undefined` if the key is missing. Redis 8.4. */
  digest(key: Text): Kind<F, string | undefined>
  /** The value of `key`, or `undefined` if it is missing. */
  get(key: Text): Kind<F, string | undefined, Uint8Array | undefined>
  /** The value of `key`, which is deleted. Since 6.2. */
  getDel(key: Text): Kind<F, string | undefined, Uint8Array | undefined>
  /** The value of `key`, whose life may be changed. Since 6.2. */
  getEx(key: Text, options?: ReadExpiry): Kind<F, string | undefined, Uint8Array | undefined>
  /** The bytes from `start` to `end`, both included; negative positions count from the end (-1 is the last). */
  getRange(key: Text, start: number, end: number): Kind<F, string, Uint8Array>
  /** Set `key` and give its old value. Servers call GETSET deprecated: `setGet` does the same with options. */
  getSet(key: Text, value: Argument): Kind<F, string | undefined, Uint8Array | undefined>
  /** The longest common subsequence of two strings. Since 7.0. */
  lcs(first: Text, second: Text): Kind<F, string, Uint8Array>
  /** The length of the longest common subsequence. Since 7.0. */
  lcsLen(first: Text, second: Text): Kind<F, number>
  /** Where the longest common subsequence lies. Since 7.0. */
  lcsIdx(first: Text, second: Text, options?: LcsOptions): Kind<F, LcsIndex<LcsMatch>>
  /** Where the longest common subsequence lies, with the length of each match. Since 7.0. */
  lcsIdxWithMatchLen(
    first: Text,
    second: Text,
    options?: LcsOptions
  ): Kind<F, LcsIndex<LcsMatch & { readonly length: number }>>
  /**
   * The values of several keys, by position; `undefined` for each that is missing or no string. No keys: no call. A cluster reads them slot
   * by slot.
   */
  mGet<const K extends ReadonlyArray<Text>>(
    keys: K
  ): MultiSlotKind<F, ByPosition<K, string | undefined>, ByPosition<K, Uint8Array | undefined>>
  /** Set several keys at once; in a cluster those of each slot at once. None: no call. */
  mSet(values: Fields): MultiSlotKind<F, void>
  /**
   * Set several keys at once if a condition holds for all, with one life for all; whether it did. In a cluster those of each slot at once,
   * and with a condition only keys of one slot. Redis 8.4, Valkey 9.1.
   */
  mSetEx(values: Fields, options?: MSetExOptions): MultiSlotKind<F, boolean>
  /** Set several keys (of one slot) at once if all are missing; whether it did. None: `true` without a call. */
  mSetNX(values: Fields): Kind<F, boolean>
  /** Set `key` for a time in milliseconds. Servers call PSETEX deprecated: `set` with `expiry` does the same. */
  pSetEx(key: Text, expiry: Duration.Input, value: Argument): Kind<F, void>
  /** Set `key`. `false` if the condition did not hold. */
  set(key: Text, value: Argument, options?: SetOptions): Kind<F, boolean>
  /** Set `key` for a time in whole seconds. Servers call SETEX deprecated: `set` with `expiry` does the same. */
  setEx(key: Text, expiry: Duration.Input, value: Argument): Kind<F, void>
  /** Set `key` and give the value that it had (also if the condition did not hold). Since 6.2; with `NX` since 7.0. */
  setGet(key: Text, value: Argument, options?: SetOptions): Kind<F, string | undefined, Uint8Array | undefined>
  /** Set `key` if it is missing; whether it did. Servers call SETNX deprecated: `set` with `condition: "NX"` does the same. */
  setNX(key: Text, value: Argument): Kind<F, boolean>
  /** Overwrite from a byte position on (filled up with zero bytes); the new length in bytes. */
  setRange(key: Text, offset: number, value: Argument): Kind<F, number>
  /** The length of the string in bytes, 0 if the key is missing. */
  strLen(key: Text): Kind<F, number>
  /** The same as `getRange`, under its old name. Servers call SUBSTR deprecated. */
  subStr(key: Text, start: number, end: number): Kind<F, string, Uint8Array>
}

const read = (name: string): CommandSpec => defineSpec({ name, keys: "first", retry: "readOnly" })
const write = (name: string, retry: RetryCategory | CommandSpec["retry"]): CommandSpec =>
  defineSpec({ name, keys: "first", retry })

// The first run of a write that depends on the present value makes its own condition false; with XX it stays true.
const setRetry = (otherwise: RetryCategory) => (args: ReadonlyArray<Argument>) => {
  const word = args[2]
  return word === "NX" || (typeof word === "string" && word.startsWith("IF")) ? "never" : otherwise
}
const pairsOfKeys = { first: 0, last: -1, step: 2 } as const

const APPEND = write("APPEND", "accumulating")
const DELIFEQ = write("DELIFEQ", "never")
const DELEX = write("DELEX", (args) => (args.length > 1 ? "never" : "lastWriteWins"))
const DIGEST = read("DIGEST")
const GET = read("GET")
const GETDEL = write("GETDEL", "accumulating")
const GETEX = write("GETEX", (args) => (args.length > 1 ? "lastWriteWins" : "idempotent"))
const GETRANGE = read("GETRANGE")
const GETSET = write("GETSET", "accumulating")
const LCS = defineSpec({ name: "LCS", keys: { first: 0, last: 1, step: 1 }, retry: "readOnly" })
const MGET = defineSpec({ name: "MGET", keys: "all", retry: "readOnly" })
const MSET = defineSpec({ name: "MSET", keys: pairsOfKeys, retry: "lastWriteWins" })
const MSETEX = defineSpec({
  name: "MSETEX",
  keys: { numkeys: 0, step: 2 },
  retry: (args) => (args[1 + 2 * numberOf(args[0])] === "NX" ? "never" : "lastWriteWins")
})
const MSETNX = defineSpec({ name: "MSETNX", keys: pairsOfKeys, retry: "never" })
const PSETEX = write("PSETEX", "lastWriteWins")
const SET = write("SET", setRetry("lastWriteWins"))
const SET_GET = write("SET", setRetry("accumulating"))
const SETEX = write("SETEX", "lastWriteWins")
const SETNX = write("SETNX", "never")
const SETRANGE = write("SETRANGE", "lastWriteWins")
const STRLEN = read("STRLEN")
const SUBSTR = read("SUBSTR")

const values = Reply.array(Reply.optionalText)
const setOptions = { condition: "value", expiry: "value", expireAt: "value", keepTtl: "flag" } as const
const getExOptions = { expiry: "value", expireAt: "value", persist: "flag" } as const
const valueConditions: ReadonlySet<string> = new Set(["IFEQ", "IFNE", "IFDEQ", "IFDNE"])

const CONDITION = "condition must be NX or XX (of SET), or one of IFEQ, IFNE, IFDEQ and IFDNE with its value"

// A condition in small letters would be as good for a server, but not be seen where the retry category is computed.
const pushCondition = (args: Array<Argument>, condition: SetOptions["condition"]): string | undefined => {
  if (condition === undefined) return undefined
  if (condition === "NX" || condition === "XX") {
    args.push(condition)
    return undefined
  }
  if (typeof condition !== "object" || condition === null) return CONDITION
  const [entry, ...others] = Object.entries(condition)
  if (entry === undefined || others.length > 0 || !valueConditions.has(entry[0])) {
    return CONDITION
  }
  args.push(entry[0], entry[1])
  return undefined
}

const setWith = <A, B>(
  spec: CommandSpec,
  reply: Reply.Reply<A, B>,
  key: Text,
  value: Argument,
  options: SetOptions | undefined
): Command<A, B> => {
  const args: Array<Argument> = [key, value]
  let problem = optionProblem(options, setOptions) ?? pushCondition(args, options?.condition)
  if (spec === SET_GET) args.push("GET")
  problem ??= pushExpiry(args, options)
  return makeChecked(spec, args, reply, problem)
}

const range = Reply.map(Reply.tuple(Reply.integer, Reply.integer), ([start, end]) => ({ start, end }))
const lcsIndex = <Match>(match: (elements: ReadonlyArray<RespValue>) => Match): Reply.Reply<LcsIndex<Match>> =>
  Reply.same((reply) => {
    const parts = Reply.partsOf(reply)
    const matches = Reply.elementsOf(parts.get("matches")).map((found) => match(Reply.elementsOf(found)))
    return { matches, length: Reply.integer.text(parts.get("len")) }
  })
const matches = lcsIndex<LcsMatch>(([first, second]) => ({ first: range.text(first), second: range.text(second) }))
const matchesWithLength = lcsIndex<LcsMatch & { readonly length: number }>(([first, second, length]) => ({
  first: range.text(first),
  second: range.text(second),
  length: Reply.integer.text(length)
}))

const lcsWith = <A>(
  reply: Reply.Reply<A>,
  first: Text,
  second: Text,
  options: LcsOptions | undefined,
  rest: ReadonlyArray<Argument>
): Command<A> => {
  const args: Array<Argument> = [first, second, "IDX"]
  if (options?.minMatchLength !== undefined) args.push("MINMATCHLEN", options.minMatchLength)
  return makeChecked(LCS, [...args, ...rest], reply, optionProblem(options, { minMatchLength: "value" }))
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const strings: StringCommands<AsCommand> = {
  append: (key, value) => make(APPEND, [key, value], Reply.integer),
  delIfEq: (key, value) => make(DELIFEQ, [key, value], Reply.boolean),
  delEx: (key, condition) => {
    const args: Array<Argument> = [key]
    const problem = typeof condition === "string" ? CONDITION : pushCondition(args, condition)
    return makeChecked(DELEX, args, Reply.boolean, problem, 1)
  },
  digest: (key) => make(DIGEST, [key], Reply.optionalString),
  get: (key) => make(GET, [key], Reply.optionalText),
  getDel: (key) => make(GETDEL, [key], Reply.optionalText),
  getEx: (key, options) => {
    const args: Array<Argument> = [key]
    const problem = optionProblem(options, getExOptions) ?? pushExpiry(args, options)
    return makeChecked(GETEX, args, Reply.optionalText, problem)
  },
  getRange: (key, start, end) => make(GETRANGE, [key, start, end], Reply.text),
  getSet: (key, value) => make(GETSET, [key, value], Reply.optionalText),
  lcs: (first, second) => make(LCS, [first, second], Reply.text),
  lcsLen: (first, second) => make(LCS, [first, second, "LEN"], Reply.integer),
  lcsIdx: (first, second, options) => lcsWith(matches, first, second, options, []),
  lcsIdxWithMatchLen: (first, second, options) => lcsWith(matchesWithLength, first, second, options, ["WITHMATCHLEN"]),
  mGet: ((keys: ReadonlyArray<Text>) => {
    const all = list(keys)
    return multiSlot(all.length === 0 ? constant(MGET, values, []) : make(MGET, all, values))
  }) as StringCommands<AsCommand>["mGet"],
  mSet: (fields) => {
    const args = flatten(fields)
    if (args === undefined) return multiSlot(invalid(MSET, Reply.ok, NOT_FIELDS, 0))
    return multiSlot(args.length === 0 ? constant(MSET, Reply.ok, undefined) : make(MSET, args, Reply.ok))
  },
  mSetEx: (fields, options) => {
    const flat = flatten(fields)
    if (flat === undefined || flat.length === 0) return multiSlot(invalid(MSETEX, Reply.boolean, NOT_FIELDS, 1))
    const args = [flat.length / 2, ...flat]
    if (options?.condition !== undefined) args.push(options.condition)
    const problem =
      optionProblem(options, setOptions) ??
      wordProblem("condition", options?.condition, ["NX", "XX"]) ??
      pushExpiry(args, options)
    return multiSlot(makeChecked(MSETEX, args, Reply.boolean, problem))
  },
  mSetNX: (fields) => {
    const args = flatten(fields)
    if (args === undefined) return invalid(MSETNX, Reply.boolean, NOT_FIELDS, 0)
    return args.length === 0 ? constant(MSETNX, Reply.boolean, true) : make(MSETNX, args, Reply.boolean)
  },
  pSetEx: (key, expiry, value) => make(PSETEX, [key, millis(expiry), value], Reply.ok),
  set: (key, value, options) =>
    options === undefined ? make(SET, [key, value], Reply.okOrNull) : setWith(SET, Reply.okOrNull, key, value, options),
  setEx: (key, expiry, value) => make(SETEX, [key, seconds(expiry), value], Reply.ok),
  setGet: (key, value, options) => setWith(SET_GET, Reply.optionalText, key, value, options),
  setNX: (key, value) => make(SETNX, [key, value], Reply.boolean),
  setRange: (key, offset, value) => make(SETRANGE, [key, offset, value], Reply.integer),
  strLen: (key) => make(STRLEN, [key], Reply.integer),
  subStr: (key, start, end) => make(SUBSTR, [key, start, end], Reply.text)
}
