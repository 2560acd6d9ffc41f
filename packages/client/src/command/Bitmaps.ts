/**
 * Commands on the bits of strings. The bit at offset 0 is the highest one of the first byte.
 *
 * @since 0.1.0
 */
import type { RespValue } from "../protocol/RespValue.ts"
import { append, list, optionProblem, readsItself, wordProblem } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type Text } from "./CommandSpec.ts"
import { constant, invalid, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * One bit.
 *
 * @category models
 * @since 0.1.0
 */
export type Bit = 0 | 1

/**
 * A stretch of a string, both ends included; negative positions count from the end (-1 is the last).
 *
 * @category models
 * @since 0.1.0
 */
export interface BitRange {
  readonly start: number
  readonly end: number
  /** What the positions count (default `BYTE`). Since 7.0. */
  readonly unit?: "BYTE" | "BIT" | undefined
}

/**
 * A stretch of a string that may have no end: beyond the string are zeros then, of which the first is found.
 *
 * @category models
 * @since 0.1.0
 */
export type BitSearchRange = BitRange | { readonly start: number; readonly end?: undefined; readonly unit?: undefined }

/**
 * What BITOP makes of the bits at one offset: all (`AND`), any (`OR`), an odd number (`XOR`) or exactly one (`ONE`) of them are set;
 * the first and none of the others (`DIFF`), any of the others but not the first (`DIFF1`), the first and any of the others
 * (`ANDOR`). The last four since Redis 8.2.
 *
 * @category models
 * @since 0.1.0
 */
export type BitOperation = "AND" | "OR" | "XOR" | "DIFF" | "DIFF1" | "ANDOR" | "ONE"

/**
 * A signed (`i1` to `i64`) or unsigned (`u1` to `u63`) integer of that many bits.
 *
 * @category models
 * @since 0.1.0
 */
export type BitFieldEncoding = `i${number}` | `u${number}`

/**
 * The bit where an integer begins; `"#2"` is the third integer of its size.
 *
 * @category models
 * @since 0.1.0
 */
export type BitFieldOffset = number | `#${number}`

/**
 * Read an integer; 0 where the string ends before it.
 *
 * @category models
 * @since 0.1.0
 */
export interface BitFieldGet {
  readonly operation: "GET"
  readonly encoding: BitFieldEncoding
  readonly offset: BitFieldOffset
}

/**
 * What to do with a value that its encoding cannot hold: wrap around (`WRAP`), stop at the bound (`SAT`), or leave all as it is and
 * answer `undefined` (`FAIL`).
 *
 * @category models
 * @since 0.1.0
 */
export type BitFieldOverflow = "WRAP" | "SAT" | "FAIL"

/**
 * Overwrite an integer; the answer is its old value.
 *
 * @category models
 * @since 0.1.0
 */
export interface BitFieldSet {
  readonly operation: "SET"
  readonly encoding: BitFieldEncoding
  readonly offset: BitFieldOffset
  readonly value: number | bigint
  /** Default `WRAP`. */
  readonly overflow?: BitFieldOverflow | undefined
}

/**
 * Add to an integer; the answer is the sum.
 *
 * @category models
 * @since 0.1.0
 */
export interface BitFieldIncrBy {
  readonly operation: "INCRBY"
  readonly encoding: BitFieldEncoding
  readonly offset: BitFieldOffset
  readonly increment: number | bigint
  /** Default `WRAP`. */
  readonly overflow?: BitFieldOverflow | undefined
}

/**
 * One step of BITFIELD.
 *
 * @category models
 * @since 0.1.0
 */
export type BitFieldOperation = BitFieldGet | BitFieldSet | BitFieldIncrBy

/**
 * One answer for each step of BITFIELD, by position.
 *
 * @category models
 * @since 0.1.0
 */
export type BitFieldResults<Operations extends ReadonlyArray<BitFieldOperation>, Integer> = {
  -readonly [I in keyof Operations]: Operations[I] extends BitFieldGet ? Integer : Integer | undefined
}

/**
 * Commands on the bits of strings, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface BitmapCommands<F extends CommandLambda> {
  /** How many bits are set, in the whole string or a stretch of it. */
  bitCount(key: Text, range?: BitRange): Kind<F, number>
  /** Read, write and count integers within a string, one answer for each; see `bitFieldBigInt`. None: no call. */
  bitField<const O extends ReadonlyArray<BitFieldOperation>>(
    key: Text,
    operations: O
  ): Kind<F, BitFieldResults<O, number>>
  /** `bitField` for integers that may pass 2^53. */
  bitFieldBigInt<const O extends ReadonlyArray<BitFieldOperation>>(
    key: Text,
    operations: O
  ): Kind<F, BitFieldResults<O, bigint>>
  /** Read integers within a string, for replicas too. None: no call. */
  bitFieldRo<const O extends ReadonlyArray<BitFieldGet>>(key: Text, operations: O): Kind<F, BitFieldResults<O, number>>
  /** `bitFieldRo` for integers that may pass 2^53. */
  bitFieldRoBigInt<const O extends ReadonlyArray<BitFieldGet>>(
    key: Text,
    operations: O
  ): Kind<F, BitFieldResults<O, bigint>>
  /** Write the complement of a string into another; its length in bytes. */
  bitOp(operation: "NOT", destination: Text, key: Text | readonly [Text]): Kind<F, number>
  /** Write what strings give bit by bit into another; its length in bytes. `DIFF`, `DIFF1` and `ANDOR` need two or more. */
  bitOp(operation: BitOperation, destination: Text, keys: Text | ReadonlyArray<Text>): Kind<F, number>
  /** The offset of the first bit with a value, from the beginning of the string; `undefined` if there is none. */
  bitPos(key: Text, bit: Bit, range?: BitSearchRange): Kind<F, number | undefined>
  /** The bit at an offset, 0 beyond the end. */
  getBit(key: Text, offset: number): Kind<F, Bit>
  /** Set the bit at an offset, making the string as long as it takes; its old value. */
  setBit(key: Text, offset: number, value: Bit): Kind<F, Bit>
}

const read = (name: string): CommandSpec => defineSpec({ name, keys: "first", retry: "readOnly" })

const destinationAndKeys = { first: 1, last: -1, step: 1 } as const

const BITCOUNT = read("BITCOUNT")
const BITFIELD = defineSpec({
  name: "BITFIELD",
  keys: "first",
  // Reading alone repeats well, but goes to the primary: replicas take BITFIELD_RO only.
  retry: (args) => (args.includes("SET", 1) || args.includes("INCRBY", 1) ? "accumulating" : "idempotent")
})
const BITFIELD_RO = read("BITFIELD_RO")
const BITOP = defineSpec({
  name: "BITOP",
  keys: destinationAndKeys,
  retry: (args) => {
    const keys = Array.from(args, (_, at) => at).slice(2)
    return readsItself(args, 1, keys) ? "accumulating" : "lastWriteWins"
  }
})
const BITPOS = read("BITPOS")
const GETBIT = read("GETBIT")
// The first reply alone tells what the bit was.
const SETBIT = defineSpec({ name: "SETBIT", keys: "first", retry: "accumulating" })

const NO_SUCH_BIT = -1

const bit: Reply.Reply<Bit> = Reply.same((reply) =>
  reply === 0 || reply === 1 ? reply : Reply.mismatch("0 or 1", reply)
)
const position: Reply.Reply<number | undefined> = Reply.map(Reply.integer, (at) =>
  at === NO_SUCH_BIT ? undefined : at
)
const toBigInt = (reply: RespValue): bigint | undefined => {
  if (typeof reply === "bigint" || reply === undefined) return reply
  return typeof reply === "number" ? BigInt(reply) : Reply.mismatch("an integer", reply)
}
const numbers = Reply.array(Reply.optionalInteger)
const bigints = Reply.array(Reply.same(toBigInt))

const ranges = { start: "value", end: "value", unit: "value" } as const

const rangeProblem = (range: BitSearchRange | undefined): string | undefined => {
  const problem = optionProblem(range, ranges) ?? wordProblem("unit", range?.unit, ["BYTE", "BIT"])
  if (problem !== undefined || range === undefined) return problem
  if (range.start === undefined) return "a range needs start"
  return range.unit !== undefined && range.end === undefined ? "unit needs end" : undefined
}

const pushRange = (args: Array<Argument>, range: BitSearchRange | undefined): Array<Argument> => {
  if (range?.start !== undefined) args.push(range.start)
  if (range?.end !== undefined) args.push(range.end)
  if (range?.unit !== undefined) args.push(range.unit)
  return args
}

// OVERFLOW holds for all that follows, so that it is sent where it changes.
const pushOperations = (args: Array<Argument>, operations: ReadonlyArray<BitFieldOperation>): string | undefined => {
  let overflow: BitFieldOverflow = "WRAP"
  for (const step of operations) {
    if (typeof step !== "object" || step === null) return "an operation must be an object"
    const { encoding, offset, operation } = step
    if (operation === "GET") {
      args.push("GET", encoding, offset)
      continue
    }
    const problem =
      wordProblem("operation", operation ?? "", ["GET", "SET", "INCRBY"]) ??
      wordProblem("overflow", step.overflow, ["WRAP", "SAT", "FAIL"])
    if (problem !== undefined) return problem
    const wanted = step.overflow ?? "WRAP"
    if (wanted !== overflow) args.push("OVERFLOW", wanted)
    overflow = wanted
    args.push(operation, encoding, offset, operation === "SET" ? step.value : step.increment)
  }
  return undefined
}

// One answer for each operation: what the decoder gives as an array is a tuple by position.
const fields = <Results>(
  spec: CommandSpec,
  reply: Reply.Reply<Array<unknown>>,
  key: Text,
  operations: ReadonlyArray<BitFieldOperation>
): Command<Results> => {
  const results = reply as Reply.Reply<unknown> as Reply.Reply<Results>
  const all = list(operations)
  if (all.length === 0) return constant(spec, results, [] as unknown as Results)
  const args: Array<Argument> = [key]
  const problem = pushOperations(args, all)
  const writes = spec === BITFIELD_RO && args.some((word, at) => at > 0 && (word === "SET" || word === "INCRBY"))
  return makeChecked(spec, args, results, problem ?? (writes ? "expected GET only" : undefined))
}

const bitProblem = (value: unknown): string | undefined => (value === 0 || value === 1 ? undefined : "a bit is 0 or 1")

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const bitmaps: BitmapCommands<AsCommand> = {
  bitCount: (key, range) => {
    const problem = rangeProblem(range)
    const half = range !== undefined && range?.end === undefined ? "a range needs end" : undefined
    return makeChecked(BITCOUNT, pushRange([key], range), Reply.integer, problem ?? half)
  },
  bitField: (key, operations) => fields(BITFIELD, numbers, key, operations),
  bitFieldBigInt: (key, operations) => fields(BITFIELD, bigints, key, operations),
  bitFieldRo: (key, operations) => fields(BITFIELD_RO, numbers, key, operations),
  bitFieldRoBigInt: (key, operations) => fields(BITFIELD_RO, bigints, key, operations),
  bitOp: (operation: BitOperation | "NOT", destination: Text, keys: Text | ReadonlyArray<Text>) => {
    const all = list(keys)
    if (operation === "NOT" && all.length !== 1) return invalid(BITOP, Reply.integer, "NOT takes one key", 2)
    const least = operation === "DIFF" || operation === "DIFF1" || operation === "ANDOR" ? 2 : 1
    const problem = all.length < least ? `expected at least ${least} key${least === 1 ? "" : "s"}` : undefined
    return makeChecked(BITOP, append([operation, destination], all), Reply.integer, problem, 2)
  },
  bitPos: (key, value, range) =>
    makeChecked(BITPOS, pushRange([key, value], range), position, bitProblem(value) ?? rangeProblem(range)),
  getBit: (key, offset) => make(GETBIT, [key, offset], bit),
  setBit: (key, offset, value) => makeChecked(SETBIT, [key, offset, value], bit, bitProblem(value), 2)
}
