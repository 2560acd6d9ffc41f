import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { hyperLogLogGoldens } from "./goldens/bitmaps.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what HyperLogLogs constructors send and read", hyperLogLogGoldens)

describe("HyperLogLogs", () => {
  it("no keys have counted nothing, without a call", () => {
    answersWith(commands.pfCount([]), 0)
  })

  it("elements that are none are refused with their position", () => {
    refusedAt(commands.pfAdd("h", "a", untyped<string>(undefined)), 2)
    refusedAt(commands.pfMerge("d", untyped(undefined)), 1)
  })
})
