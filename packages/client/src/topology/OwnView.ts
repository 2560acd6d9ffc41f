/**
 * What a node says of itself: which process it is, and which slots it serves under which claim. Read from INFO and CLUSTER NODES. Pure.
 *
 * @since 0.1.0
 */
import type { RespValue } from "../protocol/RespValue.ts"
import { integerOf, textOf } from "./internal/reply.ts"
import { SLOT_COUNT } from "./Slot.ts"
import { SlotSet } from "./SlotSet.ts"

/**
 * A node by its own account.
 *
 * @category models
 * @since 0.1.0
 */
export interface OwnView {
  readonly id: string
  readonly isPrimary: boolean
  /** With which it claims its slots: another one after a failover, and after it has taken slots over. */
  readonly configEpoch: number
  /** What it owns and is not moving elsewhere. */
  readonly settled: SlotSet
  /** How many slots it owns and is moving elsewhere. */
  readonly moving: number
}

/** Of a line of CLUSTER NODES, the same since Redis 3.0. */
const ID_FIELD = 0
const FLAGS_FIELD = 2
const EPOCH_FIELD = 6
const SLOTS_FIELD = 8

/**
 * The line of the answering node in a reply to CLUSTER NODES; `undefined` if there is none of the known form.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseOwnView = (reply: RespValue): OwnView | undefined => {
  for (const line of textOf(reply)?.split(/\r?\n/) ?? []) {
    const fields = line.split(" ")
    const flags = fields[FLAGS_FIELD]?.split(",") ?? []
    if (!flags.includes("myself")) continue
    const id = fields[ID_FIELD]
    const configEpoch = integerOf(fields[EPOCH_FIELD])
    if (id === undefined || configEpoch === undefined) return undefined
    const owned = new Set<number>()
    const moving = new Set<number>()
    for (const field of fields.slice(SLOTS_FIELD)) {
      const move = /^\[(\d+)(->-|-<-)/.exec(field)
      if (move !== null) {
        if (move[2] === "->-") moving.add(Number(move[1]))
        continue
      }
      const [first, last] = field.split("-").map(Number)
      if (first === undefined || !(first >= 0 && (last ?? first) < SLOT_COUNT)) return undefined
      for (let slot = first; slot <= (last ?? first); slot++) owned.add(slot)
    }
    const settled = SlotSet.where((slot) => owned.has(slot) && !moving.has(slot))
    return { id, isPrimary: flags.includes("master"), configEpoch, settled, moving: moving.size }
  }
  return undefined
}

/**
 * The identity of a server's process (`run_id`), from a reply to INFO; `undefined` if it is not told.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseRunId = (reply: RespValue): string | undefined =>
  /^run_id:([0-9A-Za-z]{1,64})\r?$/m.exec(textOf(reply) ?? "")?.[1]
