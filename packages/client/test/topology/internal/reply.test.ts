import { assert, describe, it } from "@effect/vitest"
import { RespError, RespMap, type RespValue } from "../../../src/protocol/RespValue.ts"
import { fieldsOf, integerOf, rangesOf, textOf } from "../../../src/topology/internal/reply.ts"

describe("reply", () => {
  it("reads text from strings and bytes only", () => {
    assert.strictEqual(textOf("é"), "é")
    assert.strictEqual(textOf(new TextEncoder().encode("é")), "é")
    for (const value of [undefined, 5, true, [], new RespMap([]), new RespError("ERR")])
      assert.isUndefined(textOf(value))
  })

  it("reads whole numbers that a number holds exactly", () => {
    for (const value of [7, 7n, "7", new TextEncoder().encode("7")]) assert.strictEqual(integerOf(value), 7)
    assert.strictEqual(integerOf("9007199254740991"), Number.MAX_SAFE_INTEGER)
    for (const value of [
      "",
      "7 ",
      "-7",
      "1.5",
      "1e3",
      "9007199254740992",
      -7,
      1.5,
      2n ** 53n,
      Number.NaN,
      true,
      undefined,
      []
    ]) {
      assert.isUndefined(integerOf(value))
    }
  })

  it("reads fields from a map or a flat list of pairs, also one named __proto__", () => {
    const entries: Array<RespValue> = ["a", 1, "__proto__", 2]
    for (const value of [entries, new RespMap(entries)]) {
      const fields = fieldsOf(value)
      assert.deepStrictEqual([fields?.get("a"), fields?.get("__proto__"), fields?.get("b")], [1, 2, undefined])
    }
    for (const value of [["a"], [1, 2], "a", undefined]) assert.isUndefined(fieldsOf(value))
  })

  it("names the claim that overlaps another", () => {
    const claim = (start: number, end: number, where: string) => ({ start, end, primaryId: "a", where })
    assert.deepStrictEqual(rangesOf([claim(5, 9, "x"), claim(0, 5, "y")]), {
      _tag: "Malformed",
      where: "x",
      detail: "slot 5 has two owners"
    })
  })
})
