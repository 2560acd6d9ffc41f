/**
 * The keys of the demo: a list, a counter and values for each slot that is used, chosen slot by slot through hash tags.
 */

/** Number of hash slots of every cluster (cluster specification). */
export const SLOT_COUNT = 16_384

/** One hash tag for each slot: `{tag}` anywhere in a key puts it there. */
export const tagsBySlot = (slotOf: (key: string) => number): ReadonlyArray<string> => {
  const tags: Array<string> = new Array(SLOT_COUNT)
  let missing = SLOT_COUNT
  for (let i = 0; missing > 0; i++) {
    const tag = i.toString(36)
    const slot = slotOf(tag)
    if (tags[slot] !== undefined) continue
    tags[slot] = tag
    missing--
  }
  return tags
}

export const listKey = (tag: string): string => `list:{${tag}}`
export const counterKey = (tag: string): string => `count:{${tag}}`
/** Each value has a key of its own, which its content repeats: a reply that belongs to another GET shows at once. */
export const valueKey = (tag: string, id: string): string => `value:{${tag}}:${id}`
export const valueOf = (key: string): string => `content of ${key}`

export type KeyKind = "list" | "counter" | "value"

export const kindOf = (key: string): KeyKind | undefined =>
  key.startsWith("list:{")
    ? "list"
    : key.startsWith("count:{")
      ? "counter"
      : key.startsWith("value:{")
        ? "value"
        : undefined

/** The tag of one of the demo's keys. */
export const tagOf = (key: string): string => key.slice(key.indexOf("{") + 1, key.indexOf("}"))

export interface SlotRange {
  readonly start: number
  readonly end: number
}

export const slotsIn = (ranges: ReadonlyArray<SlotRange>): ReadonlyArray<number> =>
  ranges.flatMap(({ start, end }) => Array.from({ length: end - start + 1 }, (_, i) => start + i))

/** `count` of `slots`, evenly spread. */
export const spread = (slots: ReadonlyArray<number>, count: number): ReadonlyArray<number> =>
  slots.length <= count
    ? slots
    : Array.from({ length: count }, (_, i) => slots[Math.floor((i * slots.length) / count)]!)
