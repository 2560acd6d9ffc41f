import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens, decoded } from "./golden.ts"
import { logGoldens } from "./goldens/observation.ts"

checkGoldens("what Logs constructors send and read", logGoldens)

describe("logs", () => {
  it("an entry without a time is none", () => {
    assert.throws(() => decoded(commands.slowLogGet(), [[1]], 3))
  })
})
