import { assert, describe, it } from "@effect/vitest"
import { SLOT_COUNT } from "../../src/topology/Slot.ts"
import { noSlots, SlotSet } from "../../src/topology/SlotSet.ts"

const slotsOf = (set: SlotSet) => Array.from({ length: SLOT_COUNT }, (_, slot) => slot).filter((slot) => set.has(slot))

/** A repeatable choice of slots, by a hash with good bits. */
const chosen = (seed: number, part: number) =>
  SlotSet.where((slot) => {
    const first = Math.imul(slot + 1 + seed * SLOT_COUNT, 0x9e3779b1)
    const second = Math.imul(first ^ (first >>> 15), 0x85ebca6b)
    return (second ^ (second >>> 13)) >>> 0 < part * 2 ** 32
  })

describe("A set of slots", () => {
  it("counts and holds what it was made of", () => {
    assert.strictEqual(noSlots.size, 0)
    const ends = SlotSet.where((slot) => slot === 0 || slot === 31 || slot === 32 || slot === SLOT_COUNT - 1)
    assert.deepStrictEqual(slotsOf(ends), [0, 31, 32, SLOT_COUNT - 1])
    assert.strictEqual(ends.size, 4)
    assert.isFalse(ends.has(-1))
    assert.isFalse(ends.has(SLOT_COUNT))
    assert.strictEqual(SlotSet.where(() => true).size, SLOT_COUNT)
  })

  it("unites with another and leaves both as they are", () => {
    const [a, b] = [chosen(1, 0.3), chosen(2, 0.3)]
    const both = a.union(b)
    for (let slot = 0; slot < SLOT_COUNT; slot++) assert.strictEqual(both.has(slot), a.has(slot) || b.has(slot))
    assert.isAbove(both.size, Math.max(a.size, b.size))
  })

  it("comes back from its text, which is bounded", () => {
    assert.strictEqual(noSlots.toString(), "")
    assert.strictEqual(SlotSet.where(() => true).toString(), "0-cn3")
    assert.strictEqual(SlotSet.where((slot) => slot < 2 || slot === 100).toString(), "0-1_2s")
    for (let seed = 0; seed < 20; seed++) {
      for (const part of [0, 0.0005, 0.01, 0.5, 0.99, 1]) {
        const set = chosen(seed, part)
        const text = set.toString()
        assert.isAtMost(text.length, 4_097)
        assert.match(text, /^[0-9a-z_-]*$/)
        assert.deepStrictEqual(slotsOf(SlotSet.parse(text)!), slotsOf(set))
      }
    }
  })

  it("is not read from text that no set has", () => {
    for (const text of [
      "-",
      "1-0",
      "0-cn4",
      "zzz",
      "zzzz",
      "a__b",
      "A",
      "-x",
      `-${"0".repeat(4_095)}`,
      `-${"g".repeat(4_096)}`
    ]) {
      assert.isUndefined(SlotSet.parse(text), text)
    }
  })
})
