import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens, decoded } from "./golden.ts"
import { hotKeysGoldens } from "./goldens/observation.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what HotKeys constructors send and read", hotKeysGoldens)

describe("hot keys", () => {
  it("at least one measure and one slot are needed, and whole seconds", () => {
    refusedAt(commands.hotkeysStart({ metrics: [] }), undefined, /at least one of CPU and NET/)
    refusedAt(commands.hotkeysStart(untyped(undefined)), undefined, /at least one of CPU and NET/)
    refusedAt(commands.hotkeysStart({ metrics: "NET", slots: [] }), undefined, /slots/)
    refusedAt(commands.hotkeysStart({ metrics: "NET", duration: 1500 }), 4)
    refusedAt(commands.hotkeysStart(untyped({ metrics: "NET", cpu: true })), undefined, /unknown option cpu/)
  })

  it("a report may also come without the list around it", () => {
    const parts = ["tracking-active", 0, "sample-ratio", 1, "selected-slots", [7]]
    const times = ["collection-start-time-unix-ms", 0, "collection-duration-ms", 0]
    const found = decoded(commands.hotkeysGet(), [...parts, ...times], 2) as { readonly slots: unknown }
    assert.deepStrictEqual(found.slots, [{ start: 7, end: 7 }])
    assert.throws(() => decoded(commands.hotkeysGet(), [parts], 2))
  })
})
