/**
 * The hash slots as the model keeps them: in segments. A slot that is used is a segment of its own and can move, what lies between two of them is
 * one segment and stays together. Sixteen thousand slots thus cost as little as three dozen.
 */
import { SLOT_COUNT, slotOf } from "../../src/topology/Slot.ts"

export interface Segment {
  readonly start: number
  readonly end: number
}

/** The slots of `shards` equal parts, cut where a shard begins and around each used slot. */
export const segmentsOf = (used: ReadonlyArray<number>, shards: number): ReadonlyArray<Segment> => {
  const starts = new Set<number>()
  for (let shard = 0; shard < shards; shard++) starts.add(Math.floor((shard * SLOT_COUNT) / shards))
  for (const slot of used) {
    starts.add(slot)
    if (slot + 1 < SLOT_COUNT) starts.add(slot + 1)
  }
  const sorted = [...starts].sort((a, b) => a - b)
  return sorted.map((start, at) => ({ start, end: (sorted[at + 1] ?? SLOT_COUNT) - 1 }))
}

/** The position of the segment that has a slot. */
export const segmentAt = (segments: ReadonlyArray<Segment>, slot: number): number =>
  segments.findIndex(({ start, end }) => start <= slot && slot <= end)

/** Hash tags with slots of their own, as many in each shard. */
export const tagsPerShard = (shards: number, perShard: number): ReadonlyArray<string> => {
  const found = new Map<number, Array<string>>()
  const slots = new Set<number>()
  for (let n = 0; [...found.values()].flat().length < shards * perShard; n++) {
    const slot = slotOf(`t${n}`)
    const shard = Math.floor((slot * shards) / SLOT_COUNT)
    const tags = found.get(shard) ?? []
    found.set(shard, tags)
    if (tags.length === perShard || slots.has(slot)) continue
    slots.add(slot)
    tags.push(`t${n}`)
  }
  return [...found.keys()].sort((a, b) => a - b).flatMap((shard) => found.get(shard) ?? [])
}

/** Who owns each segment at first: the shards in their order. */
export const ownersOf = (segments: ReadonlyArray<Segment>, shards: number): ReadonlyArray<number> =>
  segments.map(({ start }) => {
    const above = Array.from({ length: shards }, (_, shard) => Math.floor((shard * SLOT_COUNT) / shards))
    return above.findLastIndex((first) => first <= start)
  })
