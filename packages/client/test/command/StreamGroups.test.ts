import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { streamGroupGoldens } from "./goldens/streamGroups.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what StreamGroups constructors send and read", streamGroupGoldens)

describe("consumer groups", () => {
  it("options that do not apply are refused", () => {
    refusedAt(commands.xGroupCreate("s", "g", "0", untyped({ mkstream: true })), undefined, /unknown option mkstream/)
    refusedAt(commands.xGroupCreate("s", "g", "0", untyped({ mkStream: 1 })), undefined, /must be a boolean/)
    refusedAt(commands.xGroupSetId("s", "g", "0", untyped({ mkStream: true })), undefined, /unknown option mkStream/)
  })
})
