import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { setGoldens } from "./goldens/sets.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Sets constructors send and read", setGoldens)

describe("sets", () => {
  it("empty input answers without a call where the answer is known", () => {
    answersWith(commands.sAdd("s", []), 0)
    answersWith(commands.sRem("s", []), 0)
    answersWith(commands.smIsMember("s", []), [])
    answersWith(commands.sUnion([]), [])
    refusedAt(commands.sInter([]), 0)
    refusedAt(commands.sDiff([]), 0)
    refusedAt(commands.sInterCard([]), 1)
    refusedAt(commands.sDiffCard([]), 1)
    refusedAt(commands.sUnionCard([]), 1)
    refusedAt(commands.sUnionStore("d", []), 1)
  })

  it("members that cannot be sent are refused with their position", () => {
    refusedAt(commands.sAdd("s", "a", untyped<string>(null)), 2)
    refusedAt(commands.smIsMember("s", untyped<Array<string>>([undefined])), 1)
    refusedAt(commands.sInterCard("a", untyped({ LIMIT: 1 })), undefined, /unknown option LIMIT/)
    refusedAt(commands.sUnionCard("a", untyped({ approx: 1 })), undefined, /approx must be a boolean/)
    refusedAt(commands.sDiffCard("a", untyped({ approx: true })), undefined, /unknown option approx/)
    refusedAt(commands.sScan("s", "0", untyped(7)), undefined, /must be an object/)
  })
})
