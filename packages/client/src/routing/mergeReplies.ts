/**
 * How the replies of several parts become the reply that one server would give. Pure; what is no such reply is a mismatch.
 *
 * @since 0.1.0
 */
import { mismatch } from "../command/Reply.ts"
import type { RespValue } from "../protocol/RespValue.ts"

/** One reply of several. */
export type Merge = (replies: ReadonlyArray<RespValue>) => RespValue

const integer = (reply: RespValue): bigint =>
  typeof reply === "number" && Number.isInteger(reply)
    ? BigInt(reply)
    : typeof reply === "bigint"
      ? reply
      : mismatch("an integer", reply)

/** As the protocol reads an integer: a number where that is exact. */
const asReply = (total: bigint): RespValue => {
  const small = Number(total)
  return Number.isSafeInteger(small) ? small : total
}

export const elements = (reply: RespValue): ReadonlyArray<RespValue> =>
  Array.isArray(reply) ? reply : mismatch("an array", reply)

/** The first: all say the same, or say what one server says. */
export const same: Merge = ([first]) => first

/** The sum of integers, exact. */
export const sum: Merge = (replies) => asReply(replies.reduce((total: bigint, reply) => total + integer(reply), 0n))

/** One array behind the other. */
export const concat: Merge = (replies) => replies.flatMap((reply) => elements(reply))

/** Arrays of one length, element by element. */
const byElement = (combine: (a: RespValue, b: RespValue) => RespValue): Merge => {
  const both = (left: RespValue, right: RespValue): RespValue => {
    if (!Array.isArray(left) || !Array.isArray(right)) return combine(left, right)
    if (left.length !== right.length) return mismatch(`an array of ${left.length}`, right)
    return left.map((item, at) => combine(item, right[at]))
  }
  return (replies) => replies.reduce(both)
}

const least = (a: RespValue, b: RespValue): RespValue => (integer(a) <= integer(b) ? a : b)
const most = (a: RespValue, b: RespValue): RespValue => (integer(a) >= integer(b) ? a : b)

/** The least of integers, or of each place of arrays of them. */
export const min: Merge = byElement(least)

/** The greatest, as `min`. */
export const max: Merge = byElement(most)

const truth = (reply: RespValue): RespValue => (typeof reply === "boolean" ? (reply ? 1 : 0) : reply)

/** Whether all say 1, or do so at each place. */
export const and: Merge = byElement((a, b) => least(truth(a), truth(b)))

/** Whether one says 1, or does so at each place. */
export const or: Merge = byElement((a, b) => most(truth(a), truth(b)))

/** Elements back at the places of their keys; `keys` has those of each part. */
export const atKeys =
  (keys: ReadonlyArray<ReadonlyArray<number>>): Merge =>
  (replies) => {
    const out: Array<RespValue> = []
    for (const [part, places] of keys.entries()) {
      const reply = replies[part]
      const found = elements(reply)
      if (found.length !== places.length) return mismatch(`an array of ${places.length}`, reply)
      for (let at = 0; at < places.length; at++) out[places[at]!] = found[at]
    }
    return out
  }
