import { assert, describe, it } from "@effect/vitest"
import {
  counterKey,
  kindOf,
  listKey,
  SLOT_COUNT,
  slotsIn,
  spread,
  tagOf,
  tagsBySlot,
  valueKey,
  valueOf
} from "../../src/demo/keyspace.ts"

/** CRC16/XMODEM modulo the number of slots, bit by bit. */
const slotOf = (key: string): number => {
  let crc = 0
  for (const byte of Buffer.from(key)) {
    crc ^= byte << 8
    for (let i = 0; i < 8; i++) crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021) & 0xffff
  }
  return crc % SLOT_COUNT
}

describe("tagsBySlot", () => {
  it("has a tag for each slot", () => {
    const tags = tagsBySlot(slotOf)
    assert.lengthOf(tags, SLOT_COUNT)
    assert.isTrue(tags.every((tag, slot) => slotOf(tag) === slot))
  })
})

describe("keys", () => {
  it("tell their kind and tag", () => {
    const keys = [listKey("a1"), counterKey("a1"), valueKey("a1", "3.7")]
    assert.deepStrictEqual(keys.map(kindOf), ["list", "counter", "value"])
    assert.deepStrictEqual(keys.map(tagOf), ["a1", "a1", "a1"])
    assert.isUndefined(kindOf("other"))
  })

  it("show in the content of their value", () => {
    assert.notStrictEqual(valueOf(valueKey("a", "1.1")), valueOf(valueKey("a", "1.2")))
  })
})

describe("slots", () => {
  it("are listed from ranges and spread evenly", () => {
    assert.deepStrictEqual(
      slotsIn([
        { start: 3, end: 5 },
        { start: 9, end: 9 }
      ]),
      [3, 4, 5, 9]
    )
    assert.deepStrictEqual(spread([0, 1, 2, 3, 4, 5, 6, 7], 4), [0, 2, 4, 6])
    assert.deepStrictEqual(spread([1, 2], 4), [1, 2])
  })
})
