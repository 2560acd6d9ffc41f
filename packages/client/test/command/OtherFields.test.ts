import { assert, describe, it } from "@effect/vitest"
import { Report } from "../../src/command/OtherFields.ts"
import { RespError, RespMap } from "../../src/protocol/RespValue.ts"
import { bare, bytes } from "./golden.ts"

describe("reports", () => {
  it("what nobody took is kept by its name, alike from maps and flat arrays, text and bytes", () => {
    const flat = ["a", 1, "__proto__", bytes("x"), bytes("b"), [new RespMap(["k", undefined]), new RespError("ERR no")]]
    for (const reply of [flat, new RespMap(flat)]) {
      const report = new Report(reply)
      assert.strictEqual(report.take("a"), 1)
      assert.isUndefined(report.take("none"))
      const rest = report.rest()
      assert.isNull(Object.getPrototypeOf(rest))
      assert.deepStrictEqual(rest, bare({ ["__proto__"]: "x", b: [["k", undefined], "ERR no"] }))
    }
  })
})
