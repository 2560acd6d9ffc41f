import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { SLOT_COUNT, slotOf } from "../../src/topology/Slot.ts"

/** What CLUSTER KEYSLOT of Redis 7.0.15 answered. */
const VECTORS: ReadonlyArray<readonly [key: string, slot: number]> = [
  ["", 0],
  ["foo", 12182],
  ["{foo}bar", 12182],
  ["{foo}", 12182],
  ["1337", 4314],
  ["123456789", 12739],
  ["foo{}{bar}", 8363],
  ["foo{{bar}}zap", 4015],
  ["foo{bar}{zap}", 5061],
  ["{}", 15257],
  ["a{b", 13340],
  ["a}b{c}", 7365],
  ["ключ", 10303],
  ["{ключ}x", 10303],
  ["😀", 2959]
]

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Texts of all lengths around tags, of every width in UTF-8, with whole and broken surrogate pairs. */
const keys = Arbitrary.map(
  Arbitrary.array(
    Arbitrary.schema(
      Schema.Literals(["a", "7", "{", "}", "{}", "é", "\u07ff", "\u0800", "ж", "€", "\ud83d\ude00", "\ud83d", "\ude00"])
    ),
    { maxLength: 12 }
  ),
  (parts) => parts.join("")
)
const codeUnits = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffff }))), {
    maxLength: 20
  }),
  (codes) => String.fromCharCode(...codes)
)

describe("Slot", () => {
  it("gives the slots that a server gives, for text and for bytes", () => {
    for (const [key, slot] of VECTORS) {
      assert.strictEqual(slotOf(key), slot, key)
      assert.strictEqual(slotOf(encode(key)), slot, `bytes of ${key}`)
    }
  })

  it("hashes the same key with and without its tag alike", () => {
    assert.strictEqual(slotOf("{user:1}:name"), slotOf("user:1"))
    assert.strictEqual(slotOf("a{user:1}{b}"), slotOf("user:1"))
  })

  it("takes half of a surrogate pair for U+FFFD, as an encoder does", () => {
    for (const key of [
      "\ud83d",
      "\ude00",
      "\ud83dx",
      "x\ud83d",
      "\ude00\ud83d",
      "{\ud83d}\ude00",
      "\ud83d\ud83d\ude00"
    ]) {
      assert.strictEqual(slotOf(key), slotOf(encode(key)), JSON.stringify(key))
    }
    assert.strictEqual(slotOf("\ud83d"), slotOf("\ufffd"))
  })

  it("reads only the given part of a larger buffer", () => {
    assert.strictEqual(slotOf(encode("xxfooxx").subarray(2, 5)), 12182)
  })

  it.prop(
    "a string and its bytes have the same slot",
    [keys],
    ([key]) => {
      assert.strictEqual(slotOf(key), slotOf(encode(key)))
    },
    { arbitrary: { runs: 500 } }
  )

  it.prop(
    "any sequence of code units has the slot of its UTF-8, within range",
    [codeUnits],
    ([key]) => {
      const slot = slotOf(key)
      assert.strictEqual(slot, slotOf(encode(key)))
      assert.isTrue(Number.isInteger(slot) && slot >= 0 && slot < SLOT_COUNT)
    },
    { arbitrary: { runs: 500 } }
  )
})
