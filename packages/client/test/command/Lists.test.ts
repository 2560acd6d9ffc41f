import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { listGoldens } from "./goldens/lists.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Lists constructors send and read", listGoldens)

describe("lists", () => {
  it("to push nothing is refused, since only the server knows the length", () => {
    refusedAt(commands.lPush("l", []), 1)
    refusedAt(commands.rPushX("l", []), 1)
    refusedAt(commands.lmPop([], "LEFT"), undefined, /at least one key/)
  })

  it("elements that cannot be sent are refused with their position", () => {
    refusedAt(commands.lPush("l", "a", untyped<string>(undefined)), 2)
    refusedAt(commands.rPush("l", untyped<Array<string>>(["a", Number.NaN])), 2)
    refusedAt(commands.rPush("l", untyped<string>(null)), 1)
    refusedAt(commands.lInsert("l", "BEFORE", "p", untyped({})), 3)
  })

  it("options are checked", () => {
    refusedAt(commands.lmPop("l", "LEFT", untyped({ COUNT: 1 })), undefined, /unknown option COUNT/)
    refusedAt(commands.lPos("l", "e", untyped({ RANK: 1 })), undefined, /unknown option RANK/)
    const both = untyped<{ readonly count: number; readonly order: "OBO" }>({ count: 1, exactly: 1, order: "OBO" })
    refusedAt(commands.lMoveM("a", "b", "LEFT", "LEFT", both), undefined, /either count or exactly/)
    const move = (options: unknown) => commands.lMoveM("a", "b", "LEFT", "LEFT", untyped(options))
    refusedAt(move({ count: 1 }), undefined, /order must be one of OBO, BULK/)
    refusedAt(move({ exactly: 1, order: "bulk" }), undefined, /order must be one of OBO, BULK/)
    refusedAt(move({ order: "OBO" }), undefined, /either count or exactly/)
    refusedAt(move({}), undefined, /either count or exactly/)
  })
})
