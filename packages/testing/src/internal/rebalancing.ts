/**
 * Which slots have to move so that some primaries share them evenly and the others have none. Pure.
 */
import { SLOT_COUNT, type SlotRange } from "../ClusterView.ts"

export interface Owned {
  readonly id: string
  readonly slots: ReadonlyArray<SlotRange>
}

/** Slots that go from one node to another, in ascending order. */
export interface Move {
  readonly from: string
  readonly to: string
  readonly slots: ReadonlyArray<number>
}

const slotsIn = (ranges: ReadonlyArray<SlotRange>): Array<number> =>
  ranges.flatMap(({ end, start }) => Array.from({ length: end - start + 1 }, (_, i) => start + i))

/** Consecutive slots as ranges; the slots come in ascending order. */
export const rangesOf = (slots: ReadonlyArray<number>): ReadonlyArray<SlotRange> => {
  const ranges: Array<{ start: number; end: number }> = []
  for (const slot of slots) {
    const last = ranges.at(-1)
    if (last !== undefined && last.end + 1 === slot) last.end = slot
    else ranges.push({ start: slot, end: slot })
  }
  return ranges
}

/**
 * The fewest moves of slots that leave the nodes `onto` with equal shares, one slot more or less, and all others with none. `onto` is not empty,
 * and every slot has an owner.
 */
export const planMoves = (owned: ReadonlyArray<Owned>, onto: ReadonlyArray<string>): ReadonlyArray<Move> => {
  const has = new Map(owned.map(({ id, slots }) => [id, slotsIn(slots)]))
  // Who has the most keeps the slots that do not divide evenly.
  const ranked = onto.toSorted((a, b) => (has.get(b)?.length ?? 0) - (has.get(a)?.length ?? 0))
  const share = Math.floor(SLOT_COUNT / onto.length)
  const target = new Map(ranked.map((id, at) => [id, share + (at < SLOT_COUNT % onto.length ? 1 : 0)]))
  const surplus = [...has].map(([id, slots]) => ({ id, slots: slots.slice(target.get(id) ?? 0) }))
  const moves: Array<Move> = []
  for (const to of onto) {
    let missing = (target.get(to) ?? 0) - (has.get(to)?.length ?? 0)
    for (const source of surplus) {
      if (missing <= 0) break
      const slots = source.slots.splice(0, missing)
      missing -= slots.length
      if (slots.length > 0) moves.push({ from: source.id, to, slots })
    }
  }
  return moves
}
