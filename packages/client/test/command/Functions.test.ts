import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { functionGoldens } from "./goldens/functions.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Functions constructors send and read", functionGoldens)

describe("functions", () => {
  it("options are checked and values refused with their position", () => {
    refusedAt(commands.functionList(untyped({ withCode: true })), undefined, /unknown option withCode/)
    refusedAt(commands.functionLoad("code", untyped({ replace: "yes" })), undefined, /replace must be a boolean/)
    refusedAt(commands.functionLoad(untyped(null)), 0)
    refusedAt(commands.functionRestore(untyped(undefined), "FLUSH"), 0)
  })
})
