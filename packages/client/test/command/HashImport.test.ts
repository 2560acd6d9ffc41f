import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { implOf } from "../../src/command/make.ts"
import { checkGoldens } from "./golden.ts"
import { hashImportGoldens } from "./goldens/hashes.ts"
import { refusedAt } from "./outcomes.ts"

checkGoldens("what HashImport constructors send and read", hashImportGoldens)

describe("prepared fields", () => {
  it("belong to one connection, so that none of these commands goes to the shared one", () => {
    for (const { command } of hashImportGoldens) assert.isTrue(implOf(command).spec.connectionState, command.name)
  })

  it("no fields and no values are refused", () => {
    refusedAt(commands.hImportPrepare("user", []), 1)
    refusedAt(commands.hImportSet("h", "user", []), 2)
  })
})
