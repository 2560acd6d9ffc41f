import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { asBigInt } from "../../src/command/make.ts"
import { Wire } from "../../src/protocol/RespEncoder.ts"
import { decoded } from "./golden.ts"

const LAST = 18446744073709551614n

describe("replies of arrays", () => {
  it("a position beyond 2^53 fails as a number and is exact as a bigint, whatever form it comes in", () => {
    for (const reply of [String(LAST), Wire.simple(String(LAST))]) {
      assert.throws(() => decoded(commands.arLen("k"), reply, 3))
      assert.strictEqual(decoded(asBigInt(commands.arLen("k")), reply, 3), LAST)
      assert.strictEqual(decoded(asBigInt(commands.arNext("k")), reply, 2), LAST)
    }
    assert.strictEqual(decoded(asBigInt(commands.arNext("k")), undefined, 2), undefined)
    assert.strictEqual(decoded(asBigInt(commands.arInsert("k", "v")), 2n ** 60n, 3), 2n ** 60n)
    assert.strictEqual(decoded(asBigInt(commands.arOp("k", 0, 1, "AND")), 2n ** 60n, 3), 2n ** 60n)
    assert.strictEqual(decoded(asBigInt(commands.arOp("k", 0, 1, "SUM")), undefined, 3), undefined)
  })

  it("what is no position is no reply", () => {
    for (const reply of ["", "1.5", "a", [1]]) assert.throws(() => decoded(commands.arLen("k"), reply, 3))
    assert.throws(() => decoded(commands.arLen("k"), undefined, 3))
    assert.throws(() => decoded(commands.arInfo("k"), Wire.map(["count", 1]), 3))
    assert.throws(() => decoded(asBigInt(commands.arOp("k", 0, 1, "SUM")), "1.5", 3))
  })

  it("a field that a later server adds is kept, whatever its name", () => {
    const known = ["count", "len", "next-insert-index", "slices", "directory-size", "super-dir-entries", "slice-size"]
    const reply = Wire.map([...known.flatMap((name) => [name, 1]), "__proto__", 2])
    const { fields } = decoded(commands.arInfo("k"), reply, 2) as { readonly fields: object }
    assert.deepStrictEqual(Object.entries(fields), [["__proto__", 2]])
  })
})
