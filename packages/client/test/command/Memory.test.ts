import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens, decoded } from "./golden.ts"
import { memoryGoldens } from "./goldens/observation.ts"

checkGoldens("what Memory constructors send and read", memoryGoldens)

describe("memory", () => {
  it("a report without what all servers know is none", () => {
    assert.throws(() => decoded(commands.memoryStats(), ["peak.allocated", 1], 3))
  })
})
