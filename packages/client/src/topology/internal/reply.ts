/**
 * Reading untrusted replies without exceptions, and the draft of a view that a reader fills.
 *
 * @since 0.1.0
 */
import { RespMap, type RespValue } from "../../protocol/RespValue.ts"
import type { ClusterNode, SlotRange } from "../ClusterView.ts"
import { SLOT_COUNT } from "../Slot.ts"

/** A reply, or the part of it at `where`, that has not the documented shape. */
export interface Malformed {
  readonly _tag: "Malformed"
  readonly where: string
  readonly detail: string
}

export const malformed = (where: string, detail: string): Malformed => ({ _tag: "Malformed", where, detail })

const decoder = /*#__PURE__*/ new TextDecoder()

/** Text, also where the reader asked for bytes; anything else is `undefined`. */
export const textOf = (value: RespValue): string | undefined =>
  typeof value === "string" ? value : value instanceof Uint8Array ? decoder.decode(value) : undefined

/** A whole number from 0 to 2^53 - 1, also as decimal text; anything else is `undefined`. */
export const integerOf = (value: RespValue): number | undefined => {
  const text = textOf(value)
  if (text === undefined && typeof value !== "number" && typeof value !== "bigint") return undefined
  if (text !== undefined && !/^[0-9]{1,16}$/.test(text)) return undefined
  const number = Number(text ?? value)
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

/** The fields of a map of RESP3 or of the flat list that RESP2 sends in its place; what is neither is `undefined`. */
export const fieldsOf = (value: RespValue): ReadonlyMap<string, RespValue> | undefined => {
  const entries = value instanceof RespMap ? value.entries : value
  if (!Array.isArray(entries) || entries.length % 2 !== 0) return undefined
  const fields = new Map<string, RespValue>()
  for (let i = 0; i < entries.length; i += 2) {
    const name = textOf(entries[i])
    if (name === undefined) return undefined
    fields.set(name, entries[i + 1])
  }
  return fields
}

/** A run of slots as the reply has it, not yet checked. */
export interface Claim {
  readonly start: RespValue
  readonly end: RespValue
  readonly primaryId: string
  readonly where: string
}

/** Nodes merged by id: CLUSTER SLOTS repeats a node in each of its ranges. What says "primary" outweighs what says "replica". */
export const addNode = (nodes: Map<string, ClusterNode>, node: ClusterNode): void => {
  const known = nodes.get(node.id)
  if (known === undefined || (known.role === "replica" && node.role === "primary")) nodes.set(node.id, node)
}

/** The claims in order, adjacent ones of one owner joined. A server has one owner per slot, so an overlap is malformed. */
export const rangesOf = (claims: ReadonlyArray<Claim>): ReadonlyArray<SlotRange> | Malformed => {
  const checked: Array<SlotRange & { readonly where: string }> = []
  for (const claim of claims) {
    const start = integerOf(claim.start)
    const end = integerOf(claim.end)
    if (start === undefined || end === undefined || start > end || end >= SLOT_COUNT) {
      return malformed(claim.where, "not a range of slots from 0 to 16383")
    }
    checked.push({ start, end, primaryId: claim.primaryId, where: claim.where })
  }
  checked.sort((a, b) => a.start - b.start)
  const ranges: Array<SlotRange> = []
  for (const { end, primaryId, start, where } of checked) {
    const last = ranges[ranges.length - 1]
    if (last !== undefined && start <= last.end) return malformed(where, `slot ${start} has two owners`)
    if (last !== undefined && start === last.end + 1 && primaryId === last.primaryId) {
      ranges[ranges.length - 1] = { start: last.start, end, primaryId }
    } else {
      ranges.push({ start, end, primaryId })
    }
  }
  return ranges
}
