import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { sortedSetGoldens } from "./goldens/sortedSets.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what SortedSets constructors send and read", sortedSetGoldens)

const a = { member: "a", score: 1 }

describe("sorted sets", () => {
  it("no members answer without a call", () => {
    answersWith(commands.zAdd("z", []), 0)
    answersWith(commands.zRem("z", []), 0)
    answersWith(commands.zmScore("z", []), [])
  })

  it("members that are none, and scores that are no numbers, are refused with their position", () => {
    refusedAt(commands.zAdd("z", untyped(null)), 1)
    refusedAt(commands.zAdd("z", untyped("a")), 1)
    refusedAt(commands.zAdd("z", [a, { member: "b", score: Number.NaN }]), 3)
    refusedAt(commands.zAdd("z", untyped({ score: 1, value: "a" })), 2)
    refusedAt(commands.zAddIncr("z", untyped(undefined)), 2)
    refusedAt(commands.zIncrBy("z", Number.NaN, "a"), 1)
  })

  it("conditions that exclude one another are refused", () => {
    refusedAt(commands.zAdd("z", a, untyped({ condition: "NX", comparison: "GT" })), undefined, /exclude one another/)
    refusedAt(
      commands.zAddIncr("z", a, untyped({ condition: "NX", comparison: "LT" })),
      undefined,
      /exclude one another/
    )
  })

  it("words that are no conditions are refused, since they would change what the command does", () => {
    refusedAt(commands.zAdd("z", a, untyped({ condition: "INCR" })), undefined, /condition must be one of NX, XX/)
    refusedAt(commands.zAdd("z", a, untyped({ comparison: "NX" })), undefined, /comparison must be one of GT, LT/)
    refusedAt(commands.zAdd("z", a, untyped({ CH: true })), undefined, /unknown option CH/)
    refusedAt(commands.zAddIncr("z", a, untyped({ change: true })), undefined, /unknown option change/)
    refusedAt(commands.zScan("z", "0", untyped({ COUNT: 1 })), undefined, /unknown option COUNT/)
  })

  it("there must be a key to take from", () => {
    refusedAt(commands.zmPop([], "MIN"), undefined, /at least one key/)
    refusedAt(commands.zmPop("z", "MIN", untyped({ COUNT: 1 })), undefined, /unknown option COUNT/)
  })
})
