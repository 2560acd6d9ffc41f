import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens, decoded } from "./golden.ts"
import { serverGoldens } from "./goldens/server.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Server constructors send and read", serverGoldens)

describe("servers", () => {
  it("no parameters answer without a call", () => {
    answersWith(commands.configGet([]), {})
    answersWith(commands.configSet({}), undefined)
  })

  it("parameters that are none are refused", () => {
    refusedAt(commands.configSet(untyped(null)), 0)
    refusedAt(commands.configSet("maxmemory", untyped(undefined)), 1)
    refusedAt(commands.configSet(untyped({ a: true })), 1)
  })

  it("a role that nobody knows is no role", () => {
    assert.throws(() => decoded(commands.role(), ["king", 1], 3))
    assert.throws(() => decoded(commands.role(), ["slave", "h", 1, "dancing", 1], 3))
  })
})
