import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { Wire } from "../../src/protocol/RespEncoder.ts"
import { checkGoldens, decoded } from "./golden.ts"
import { hashGoldens } from "./goldens/hashes.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Hashes constructors send and read", hashGoldens)

describe("hashes", () => {
  it("no fields answer without a call", () => {
    answersWith(commands.hSet("h", {}), 0)
    answersWith(commands.hSet("h", new Map()), 0)
    answersWith(commands.hmSet("h", {}), undefined)
    answersWith(commands.hDel("h", []), 0)
    answersWith(commands.hmGet("h", []), [])
  })

  it("fields that are none are refused with their position", () => {
    refusedAt(commands.hSet("h", untyped(null)), 1)
    refusedAt(commands.hSet("h", untyped(new Date(0))), 1)
    refusedAt(commands.hmSet("h", untyped("f")), 1)
    refusedAt(commands.hSet("h", untyped([["a", 1, 2]])), 1)
    refusedAt(commands.hSet("h", untyped("f")), 2)
    refusedAt(commands.hSet("h", untyped(new Uint8Array(1))), 2)
    refusedAt(commands.hSet("h", "f", untyped(undefined)), 2)
    refusedAt(commands.hSet("h", untyped({ a: 1, b: null })), 4)
    refusedAt(commands.hDel("h", "a", untyped<string>(["b"])), 2)
    refusedAt(commands.hScan("h", "0", untyped({ COUNT: 1 })), undefined, /unknown option COUNT/)
  })

  it("a field named __proto__ is one like any other, on the way out and back", () => {
    const fields = JSON.parse(`{"__proto__":"1","a":"2"}`)
    assert.deepStrictEqual(commands.hSet("h", fields).args, ["h", "__proto__", "1", "a", "2"])
    for (const version of [2, 3] as const) {
      const found = decoded(commands.hGetAll("h"), Wire.map(["__proto__", "1", "constructor", "2"]), version)
      assert.isNull(Object.getPrototypeOf(found))
      assert.deepStrictEqual(Object.entries(found as object), [
        ["__proto__", "1"],
        ["constructor", "2"]
      ])
    }
  })
})
