import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { clusterGoldens } from "./goldens/cluster.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Cluster constructors send and read", clusterGoldens)

describe("clusters", () => {
  it("no slots answer without a call", () => {
    answersWith(commands.clusterAddSlots([]), undefined)
    answersWith(commands.clusterDelSlotsRange([]), undefined)
  })

  it("slots and nodes that are none are refused with their position", () => {
    refusedAt(commands.clusterAddSlots(untyped([1, null])), 1)
    refusedAt(commands.clusterAddSlotsRange(untyped([{ start: 1 }])), 1)
    refusedAt(commands.clusterAddSlotsRange(untyped(null)), 0)
    refusedAt(commands.clusterSetSlot(5, untyped("NODE"), untyped(undefined)), 2)
  })
})
