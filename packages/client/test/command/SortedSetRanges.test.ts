import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { sortedSetRangeGoldens } from "./goldens/sortedSets.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what SortedSetRanges constructors send and read", sortedSetRangeGoldens)

describe("ranges of sorted sets", () => {
  it("a limit needs both its numbers, and bounds of scores or members", () => {
    const limit = { offset: 0, count: 1 }
    refusedAt(commands.zRange("z", 0, 1, untyped({ limit })), undefined, /limit needs by/)
    refusedAt(commands.zRangeStore("d", "z", 0, 1, untyped({ limit })), undefined, /limit needs by/)
    refusedAt(commands.zRange("z", 0, 1, { by: "SCORE", limit: untyped({ offset: 0 }) }), 6)
    refusedAt(commands.zRangeByScore("z", 0, 1, { limit: untyped(null) }), 4)
  })

  it("what a range is by is a score or a member, and members come without scores", () => {
    refusedAt(commands.zRange("z", 0, 1, untyped({ by: "BYSCORE" })), undefined, /by must be one of SCORE, LEX/)
    refusedAt(commands.zRangeWithScores("z", 0, 1, untyped({ by: "LEX" })), undefined, /by must be one of SCORE/)
    refusedAt(commands.zRange("z", 0, 1, untyped({ REV: true })), undefined, /unknown option REV/)
    refusedAt(commands.zRangeByLex("z", "-", "+", untyped({ by: "LEX" })), undefined, /unknown option by/)
  })

  it("bounds that are none are refused with their position", () => {
    refusedAt(commands.zCount("z", Number.NaN, 1), 1)
    refusedAt(commands.zCount("z", 0, untyped({ inclusive: 1 })), 2)
    refusedAt(commands.zLexCount("z", "-", untyped({ exclusive: 1 })), 2)
    refusedAt(commands.zRange("z", untyped(undefined), 1), 1)
  })

  it("a bound of members may be any bytes", () => {
    assert.deepStrictEqual(commands.zLexCount("z", { inclusive: Uint8Array.of(255, 0) }, "+").args, [
      "z",
      Uint8Array.of(0x5b, 255, 0),
      "+"
    ])
  })
})
