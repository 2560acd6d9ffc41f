/** Keys that stand in a given slot. The slot is computed anew here: a test must not take the client's own word for it. */

export const SLOT_COUNT = 16_384

/** CRC16 of the cluster specification (polynomial 0x1021, start 0). */
const crc16 = (text: string): number => {
  let crc = 0
  for (const byte of Buffer.from(text)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021
    crc &= 0xffff
  }
  return crc
}

/** The slot of a key with or without a hash tag. */
export const slotOf = (key: string): number => {
  const open = key.indexOf("{")
  const close = key.indexOf("}", open + 1)
  return crc16(open !== -1 && close > open + 1 ? key.slice(open + 1, close) : key) % SLOT_COUNT
}

const findTags = (): ReadonlyArray<string> => {
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

let tags: ReadonlyArray<string> | undefined

/** A key of that name in that slot. */
export const keyIn = (slot: number, name: string): string => {
  tags ??= findTags()
  return `${name}:{${tags[slot]}}`
}

/** `count` slots from `start`, each `step` (default 1) after the one before. */
export const slotsFrom = (start: number, count: number, step = 1): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, i) => start + i * step)
