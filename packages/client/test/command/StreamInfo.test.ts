import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { Wire } from "../../src/protocol/RespEncoder.ts"
import { checkGoldens, decoded } from "./golden.ts"
import { streamInfoGoldens } from "./goldens/streamGroups.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what StreamInfo constructors send and read", streamInfoGoldens)

describe("reports on streams", () => {
  it("options that do not apply are refused", () => {
    refusedAt(commands.xInfoStreamFull("s", untyped({ limit: 1 })), undefined, /unknown option limit/)
  })

  it("a report without what all servers tell is refused, never half of it given", () => {
    for (const version of [2, 3] as const) {
      assert.throws(() => decoded(commands.xInfoGroups("s"), [Wire.map(["name", "g"])], version))
    }
  })
})
