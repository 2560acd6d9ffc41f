/**
 * What the commands on arrays answer: positions of up to 64 bits without a sign, and how a server stores an array.
 *
 * @since 0.1.0
 */
import type { RespValue } from "../protocol/RespValue.ts"
import * as Reply from "./Reply.ts"

/**
 * How a server stores an array. What is not among the named fields is in `fields`, by the server's own names.
 *
 * @category models
 * @since 0.1.0
 */
export interface ArrayInfo {
  /** How many positions have a value. */
  readonly count: number
  /** The last of them, plus 1. */
  readonly length: number
  /** Where the next insertion goes; 0 also if the positions are used up. */
  readonly nextInsertIndex: number
  readonly slices: number
  readonly directorySize: number
  readonly superDirectoryEntries: number
  /** How many positions one slice has. */
  readonly sliceSize: number
  readonly fields: Readonly<Record<string, number>>
}

/**
 * The same with what takes a look at each slice.
 *
 * @category models
 * @since 0.1.0
 */
export interface ArrayInfoFull extends ArrayInfo {
  readonly denseSlices: number
  readonly sparseSlices: number
  readonly averageDenseSize: number
  /** From 0 to 1. */
  readonly averageDenseFill: number
  readonly averageSparseSize: number
}

const DIGITS = /^-?\d+$/

/** Beyond 63 bits a server sends the digits as text. */
const exact = (reply: RespValue): bigint => {
  if (typeof reply === "bigint") return reply
  if (typeof reply === "number" && Number.isInteger(reply)) return BigInt(reply)
  const text = typeof reply === "string" || reply instanceof Uint8Array ? Reply.string.text(reply) : ""
  return DIGITS.test(text) ? BigInt(text) : Reply.mismatch("an integer", reply)
}

const safe = (reply: RespValue): number => {
  if (typeof reply === "number") return reply
  const value = Number(exact(reply))
  return Number.isSafeInteger(value) ? value : Reply.mismatch("an integer within 2^53", reply)
}

/** A position. */
export const index: Reply.Reply<number> = new Reply.Reply(safe, safe, exact)

/** A position, or `undefined`. */
export const optionalIndex: Reply.Reply<number | undefined> = new Reply.Reply(
  (reply) => (reply === undefined ? undefined : safe(reply)),
  (reply) => (reply === undefined ? undefined : safe(reply)),
  (reply) => (reply === undefined ? undefined : exact(reply))
)

/** Positions. */
export const indexes: Reply.Reply<Array<number>> = Reply.array(index)

/** A number of either kind (sums come as text, bitwise results as integers), or `undefined`. */
export const numberOrNone: Reply.Reply<number | undefined> = new Reply.Reply(
  Reply.optionalDouble.text,
  Reply.optionalDouble.text,
  (reply) => (reply === undefined ? undefined : exact(reply))
)

const names = {
  count: "count",
  length: "len",
  nextInsertIndex: "next-insert-index",
  slices: "slices",
  directorySize: "directory-size",
  superDirectoryEntries: "super-dir-entries",
  sliceSize: "slice-size"
} as const

const fullNames = {
  ...names,
  denseSlices: "dense-slices",
  sparseSlices: "sparse-slices",
  averageDenseSize: "avg-dense-size",
  averageDenseFill: "avg-dense-fill",
  averageSparseSize: "avg-sparse-size"
} as const

const infoOf = <A extends ArrayInfo>(known: Readonly<Record<Exclude<keyof A, "fields">, string>>): Reply.Reply<A> =>
  Reply.same((reply) => {
    const parts = new Map(Reply.partsOf(reply))
    const info: Record<string, unknown> = {}
    for (const [field, name] of Object.entries<string>(known)) {
      info[field] = Reply.double.text(parts.get(name))
      parts.delete(name)
    }
    const fields: Record<string, number> = Object.create(null)
    for (const [name, value] of parts) fields[name] = Reply.double.text(value)
    return { ...info, fields } as unknown as A
  })

/** ARINFO. */
export const arrayInfo: Reply.Reply<ArrayInfo> = infoOf<ArrayInfo>(names)

/** ARINFO FULL. */
export const arrayInfoFull: Reply.Reply<ArrayInfoFull> = infoOf<ArrayInfoFull>(fullNames)
