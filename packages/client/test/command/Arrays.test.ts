import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { arrayGoldens } from "./goldens/arrays.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Arrays constructors send and read", arrayGoldens)

describe("arrays", () => {
  it("empty input answers without a call where the answer is known", () => {
    answersWith(commands.arDel("k", []), 0)
    answersWith(commands.arDelRange("k", []), 0)
    answersWith(commands.arMGet("k", []), [])
    answersWith(commands.arMSet("k", []), 0)
    answersWith(commands.arMSet("k", new Map()), 0)
    answersWith(commands.arSet("k", 0, []), 0)
    refusedAt(commands.arInsert("k", []), 1)
    refusedAt(commands.arRing("k", 5, []), 2)
    refusedAt(commands.arGrep("k", "-", "+", []), undefined, /at least one predicate/)
  })

  it("a predicate is one of the known ones, and one at a time", () => {
    for (const predicate of [{}, null, "a", { LIKE: "a" }, { RE: "a", GLOB: "b" }, [{ RE: "a" }, {}]]) {
      refusedAt(commands.arGrep("k", 0, 1, untyped(predicate)), undefined, /at least one predicate/)
    }
    refusedAt(commands.arGrep("k", 0, 1, { RE: untyped(undefined) }), 4)
  })

  it("options and words are checked", () => {
    refusedAt(commands.arGrep("k", 0, 1, { RE: "a" }, untyped({ combine: "XOR" })), undefined, /one of AND, OR/)
    refusedAt(commands.arGrep("k", 0, 1, { RE: "a" }, untyped({ nocase: true })), undefined, /unknown option nocase/)
    refusedAt(commands.arScan("k", 0, 1, untyped({ LIMIT: 1 })), undefined, /unknown option LIMIT/)
    refusedAt(commands.arLastItems("k", 1, untyped({ rev: 1 })), undefined, /rev must be a boolean/)
    refusedAt(commands.arOp("k", 0, 1, untyped("USED")), 3, /operation must be one of/)
    refusedAt(commands.arOp("k", 0, 1, untyped(undefined)), 3, /operation must be one of/)
  })

  it("positions that cannot be sent are refused where they stand", () => {
    refusedAt(commands.arGet("k", Number.NaN), 1)
    refusedAt(commands.arDelRange("k", untyped<{ start: 0; end: 1 }>(null)), 1)
    refusedAt(commands.arMSet("k", untyped({ a: undefined })), 2)
    refusedAt(commands.arMSet("k", untyped("a")), 1)
    assert.deepStrictEqual(commands.arSet("k", 2n ** 64n - 2n, "v").args, ["k", 18446744073709551614n, "v"])
  })
})
