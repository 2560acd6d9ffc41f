import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens, decoded } from "./golden.ts"
import { persistenceGoldens } from "./goldens/persistence.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Persistence constructors send and read", persistenceGoldens)

describe("data on disk", () => {
  it("options that are none are refused", () => {
    refusedAt(commands.shutdown(untyped({ save: true })), undefined, /unknown option save/)
    refusedAt(commands.bgSave(untyped({ schedule: 1 })), undefined, /schedule must be a boolean/)
  })

  it("another answer than the servers' own is none", () => {
    assert.throws(() => decoded(commands.bgSave(), "Fine", 3))
    assert.throws(() => decoded(commands.bgSaveCancel(), "Fine", 3))
  })
})
