import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { implOf } from "../../src/command/make.ts"
import { checkGoldens } from "./golden.ts"
import { scriptingGoldens } from "./goldens/scripting.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Scripting constructors send and read", scriptingGoldens)

describe("scripts", () => {
  it("what can write is known to run code, so that its errors may come half-way; what cannot write is not", () => {
    for (const command of [commands.eval("s"), commands.evalSha("s"), commands.fCall("f")]) {
      assert.isTrue(implOf(command).spec.script)
    }
    for (const command of [commands.evalRo("s"), commands.evalShaRo("s"), commands.fCallRo("f")]) {
      assert.isFalse(implOf(command).spec.script)
    }
  })

  it("options are checked and values refused with their position", () => {
    answersWith(commands.scriptExists([]), [])
    refusedAt(commands.eval("s", untyped(["k"])), undefined, /must be an object/)
    refusedAt(commands.eval("s", untyped({ args: [1] })), undefined, /unknown option args/)
    refusedAt(commands.eval("s", untyped({ keys: ["a", null] })), 3)
    refusedAt(commands.eval("s", untyped({ keys: ["a"], arguments: [true] })), 3)
  })
})
