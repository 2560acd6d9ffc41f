import { describe, it } from "@effect/vitest"
import type { BitFieldOperation } from "../../src/command/Bitmaps.ts"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { bitmapGoldens } from "./goldens/bitmaps.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Bitmaps constructors send and read", bitmapGoldens)

type Operations = ReadonlyArray<BitFieldOperation>

const get = { operation: "GET", encoding: "u8", offset: 0 } as const

describe("bitmaps", () => {
  it("no operations answer without a call", () => {
    answersWith(commands.bitField("k", []), [])
    answersWith(commands.bitFieldRoBigInt("k", []), [])
  })

  it("a bit is 0 or 1", () => {
    refusedAt(commands.setBit("k", 0, untyped(2)), 2, /0 or 1/)
    refusedAt(commands.bitPos("k", untyped("1")), undefined, /0 or 1/)
  })

  it("a range has a start and what follows from it", () => {
    refusedAt(commands.bitCount("k", untyped({ start: 0 })), undefined, /needs end/)
    refusedAt(commands.bitCount("k", untyped({})), undefined, /needs start/)
    refusedAt(commands.bitCount("k", untyped(5)), undefined, /must be an object/)
    refusedAt(commands.bitPos("k", 1, untyped({ end: 1 })), undefined, /needs start/)
    refusedAt(commands.bitPos("k", 1, untyped({ start: 1, unit: "BIT" })), undefined, /unit needs end/)
    refusedAt(commands.bitPos("k", 1, untyped({ start: 1, end: 2, unit: "BITS" })), undefined, /BYTE, BIT/)
  })

  it("NOT takes one key, differences two or more, all others one", () => {
    refusedAt(commands.bitOp("NOT", "d", untyped(["a", "b"])), 2, /one key/)
    refusedAt(commands.bitOp("DIFF", "d", "a"), 2, /at least 2 keys/)
    refusedAt(commands.bitOp("DIFF1", "d", ["a"]), 2, /at least 2 keys/)
    refusedAt(commands.bitOp("ANDOR", "d", "a"), 2, /at least 2 keys/)
    refusedAt(commands.bitOp("OR", "d", []), 2, /at least 1 key/)
  })

  it("operations that are none are refused", () => {
    refusedAt(commands.bitField("k", untyped<Operations>([null])), undefined, /must be an object/)
    refusedAt(commands.bitField("k", untyped<Operations>([{ operation: "OVERFLOW" }])), undefined, /GET, SET, INCRBY/)
    refusedAt(
      commands.bitField("k", untyped<Operations>([{ ...get, operation: undefined }])),
      undefined,
      /GET, SET, INCRBY/
    )
    refusedAt(
      commands.bitField("k", untyped<Operations>([{ ...get, operation: "SET", value: 1, overflow: "STOP" }])),
      undefined,
      /WRAP, SAT, FAIL/
    )
    refusedAt(commands.bitField("k", untyped<Operations>([{ ...get, operation: "SET" }])), 4)
    refusedAt(
      commands.bitFieldRo("k", untyped<readonly []>([get, { ...get, operation: "SET", value: 1 }])),
      undefined,
      /GET only/
    )
  })
})
