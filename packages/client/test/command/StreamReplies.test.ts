import { assert, describe, it } from "@effect/vitest"
import { DecodeMismatch } from "../../src/command/Reply.ts"
import { deliveriesOf, entry } from "../../src/command/StreamReplies.ts"
import { bytes } from "./golden.ts"

describe("entries of streams", () => {
  it("of a repeated name the first value is in the record, and the others are not lost", () => {
    const read = entry.text(["1-0", ["__proto__", "1", "a", "2", "__proto__", "3"]])
    assert.isNull(Object.getPrototypeOf(read.fields))
    assert.deepStrictEqual(Object.entries(read.fields), [
      ["__proto__", "1"],
      ["a", "2"]
    ])
    assert.deepStrictEqual(read.repeated, [["__proto__", "3"]])
  })

  it("names that are different bytes but the same text are both there", () => {
    const wire = ["1-0", [Uint8Array.of(255), bytes("1"), Uint8Array.of(254), bytes("2")]]
    assert.deepStrictEqual(Object.values(entry.text(wire).fields), ["1"])
    assert.strictEqual(entry.text(wire).repeated?.length, 1)
    assert.deepStrictEqual(entry.bytes(wire).fields, [
      [Uint8Array.of(255), bytes("1")],
      [Uint8Array.of(254), bytes("2")]
    ])
  })

  it("an entry whose fields are no pairs is refused", () => {
    assert.throws(() => entry.text(["1-0", ["a"]]))
    assert.throws(() => entry.bytes(["1-0", ["a"]]))
    assert.throws(() => entry.text("1-0"))
  })

  it("a counter without end is infinite, any other that a number would round is refused", () => {
    assert.strictEqual(deliveriesOf(3), 3)
    assert.strictEqual(deliveriesOf(2n ** 63n - 1n), Number.POSITIVE_INFINITY)
    try {
      deliveriesOf(2n ** 62n)
      assert.fail("a counter was rounded")
    } catch (error) {
      assert.instanceOf(error, DecodeMismatch)
    }
  })
})
