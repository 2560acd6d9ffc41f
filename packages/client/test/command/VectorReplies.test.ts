import { assert, describe, it } from "@effect/vitest"
import { rawVector, scoredAttributed } from "../../src/command/VectorReplies.ts"
import { RespMap } from "../../src/protocol/RespValue.ts"

describe("replies of vector sets", () => {
  it("elements with scores and attributes that are not complete are refused", () => {
    for (const reply of [
      ["a", "1"],
      ["a", "1", "{}", "b"],
      ["a", ["1"]],
      new RespMap(["a", ["1"]]),
      ["a", "x", "{}"]
    ]) {
      assert.throws(() => scoredAttributed.text(reply))
    }
  })

  it("a vector is kept in one of three known ways", () => {
    assert.throws(() => rawVector.bytes(["int4", new Uint8Array(1), 1]))
    assert.strictEqual(rawVector.bytes(["fp32", new Uint8Array(4), 1])?.quantization, "NOQUANT")
    assert.strictEqual(rawVector.bytes(["q8", new Uint8Array(1), 1, 1])?.quantization, "Q8")
  })
})
