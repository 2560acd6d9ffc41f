import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { bytes, checkGoldens } from "./golden.ts"
import { sortedSetCombinationGoldens } from "./goldens/sortedSets.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what SortedSetCombinations constructors send and read", sortedSetCombinationGoldens)

describe("combinations of sorted sets", () => {
  it("a union of none is none; all else needs a sorted set", () => {
    answersWith(commands.zUnion([]), [])
    answersWith(commands.zUnionWithScores([]), [])
    refusedAt(commands.zInter([]), 1, /at least one sorted set/)
    refusedAt(commands.zInterCard([]), 1, /at least one sorted set/)
    refusedAt(commands.zDiff([]), 1, /at least one sorted set/)
    refusedAt(commands.zUnionStore("d", []), 2, /at least one sorted set/)
  })

  it("options and weights that are none are refused", () => {
    refusedAt(commands.zUnion("z", untyped({ aggregate: "AVG" })), undefined, /SUM, MIN, MAX, COUNT/)
    refusedAt(commands.zUnion("z", untyped({ AGGREGATE: "SUM" })), undefined, /unknown option AGGREGATE/)
    refusedAt(commands.zInterCard("z", untyped({ LIMIT: 1 })), undefined, /unknown option LIMIT/)
    refusedAt(commands.zInter([{ key: "y", weight: Number.NaN }, "z"]), 4)
    refusedAt(commands.zInter([untyped<string>({ weight: 1 })]), 1)
  })

  it("what reads the key that it writes does not stay the same when it is run twice", () => {
    assert.strictEqual(commands.zUnionStore(bytes("é"), [{ key: "é", weight: 1 }, "z"]).retry, "accumulating")
    assert.strictEqual(commands.zInterStore("z", [bytes("y"), bytes("z")]).retry, "accumulating")
    assert.strictEqual(commands.zInterStore("z", [bytes("y"), bytes("zz")]).retry, "lastWriteWins")
    // The aggregate and the weights are no keys.
    assert.strictEqual(commands.zUnionStore("SUM", "z", { aggregate: "SUM" }).retry, "lastWriteWins")
  })
})
