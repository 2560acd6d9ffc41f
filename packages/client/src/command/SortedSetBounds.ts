/**
 * Where a range of a sorted set begins and ends, by score or by the members' own order.
 *
 * @since 0.1.0
 */
import type { Argument, Text } from "./CommandSpec.ts"

/**
 * One end of a range of scores: a number (`Infinity` and `-Infinity` leave it open) that belongs to the range, one that does not
 * (`{ exclusive: 1 }`), or the servers' own spelling of either (`"(1"`, `"-inf"`).
 *
 * @category models
 * @since 0.1.0
 */
export type ScoreBound =
  | number
  | { readonly exclusive: number }
  | `${number}`
  | `(${number}`
  | `${"(" | ""}${"-" | "+" | ""}inf`

/**
 * One end of a range of members that all have the same score, compared as bytes: a member that belongs to the range, one that does
 * not, or the servers' own spelling of either (`"[a"`, `"(a"`), `"-"` and `"+"` leaving it open.
 *
 * @category models
 * @since 0.1.0
 */
export type LexBound =
  | "-"
  | "+"
  | `[${string}`
  | `(${string}`
  | { readonly inclusive: Text; readonly exclusive?: undefined }
  | { readonly exclusive: Text; readonly inclusive?: undefined }

const CANNOT_BE_SENT = undefined as unknown as Argument

/** A bound of scores as it is sent; what is none stays something that the writer refuses with its position. */
export const scoreBound = (bound: ScoreBound): Argument => {
  if (typeof bound !== "object" || bound === null) return bound
  const score: unknown = bound.exclusive
  if (typeof score !== "number" || Number.isNaN(score)) return Number.NaN
  return Number.isFinite(score) ? `(${score}` : score > 0 ? "(inf" : "(-inf"
}

const prefixed = (prefix: "[" | "(", member: unknown): Argument => {
  if (typeof member === "string") return prefix + member
  if (!(member instanceof Uint8Array)) return CANNOT_BE_SENT
  const bytes = new Uint8Array(member.length + 1)
  bytes[0] = prefix.charCodeAt(0)
  bytes.set(member, 1)
  return bytes
}

/** A bound of members as it is sent; what is none stays something that the writer refuses with its position. */
export const lexBound = (bound: LexBound): Argument => {
  if (typeof bound !== "object" || bound === null) return bound
  const { exclusive, inclusive } = bound
  if (inclusive === undefined) return prefixed("(", exclusive)
  return exclusive === undefined ? prefixed("[", inclusive) : CANNOT_BE_SENT
}
