import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { commandTableGoldens } from "./goldens/commandTable.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what CommandTable constructors send and read", commandTableGoldens)

describe("commands about commands", () => {
  it("of no names nothing is asked, since a server would tell of all commands", () => {
    answersWith(commands.commandDocs([]), {})
    answersWith(commands.commandInfo([]), [])
  })

  it("keys are looked for in a whole command", () => {
    refusedAt(commands.commandGetKeys([]), 0, /expected a command/)
    refusedAt(commands.commandGetKeysAndFlags([]), 0, /expected a command/)
  })

  it("filters exclude one another", () => {
    refusedAt(commands.commandList(untyped({ module: "m", pattern: "p" })), undefined, /one of module/)
    refusedAt(commands.commandList(untyped({})), undefined, /one of module/)
    refusedAt(commands.commandList(untyped({ name: "p" })), undefined, /unknown option name/)
  })
})
