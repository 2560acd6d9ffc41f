import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { stringGoldens } from "./goldens/strings.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Strings constructors send and read", stringGoldens)

describe("strings", () => {
  it("empty input answers without a call", () => {
    answersWith(commands.mGet([]), [])
    answersWith(commands.mSet({}), undefined)
    answersWith(commands.mSet([]), undefined)
    answersWith(commands.mSetNX(new Map()), true)
    refusedAt(commands.mSetEx({}), 1)
  })

  it("options that exclude one another are refused also without types", () => {
    refusedAt(commands.set("k", "v", untyped({ expiry: 1, keepTtl: true })), undefined, /exclude one another/)
    refusedAt(commands.set("k", "v", untyped({ expiry: 1, expireAt: 1 })), undefined, /exclude one another/)
    refusedAt(commands.getEx("k", untyped({ persist: true, expireAt: 1 })), undefined, /exclude one another/)
    refusedAt(commands.mSetEx({ a: 1 }, untyped({ keepTtl: true, expireAt: 1 })), undefined, /exclude one another/)
  })

  it("an option that the command does not know is refused instead of ignored", () => {
    refusedAt(commands.set("k", "v", untyped("NX")), undefined, /must be an object/)
    refusedAt(commands.set("k", "v", untyped(null)), undefined, /must be an object/)
    refusedAt(commands.set("k", "v", untyped({ NX: true })), undefined, /unknown option NX/)
    refusedAt(commands.set("k", "v", untyped({ keepTtl: "yes" })), undefined, /keepTtl must be a boolean/)
    refusedAt(commands.set("k", "v", untyped({ condition: { IFEQ: "a", IFNE: "b" } })), undefined, /condition/)
    refusedAt(commands.set("k", "v", untyped({ condition: {} })), undefined, /condition/)
    refusedAt(commands.lcsIdx("a", "b", untyped({ MINMATCHLEN: 1 })), undefined, /unknown option/)
    refusedAt(commands.delEx("k", untyped({ IFGT: 1 })), 1, /condition/)
  })

  it("a condition must be one that the retry category knows", () => {
    refusedAt(commands.set("k", "v", { condition: untyped("nx") }), undefined, /condition must be/)
    refusedAt(commands.setGet("k", "v", { condition: untyped(null) }), undefined, /condition must be/)
    refusedAt(commands.set("k", "v", { condition: untyped(["NX", "XX"]) }), undefined, /condition must be/)
    refusedAt(commands.mSetEx({ a: 1 }, { condition: untyped("nx") }), undefined, /condition must be one of NX, XX/)
    refusedAt(commands.delEx("k", untyped("NX")), 1, /condition must be/)
    refusedAt(commands.delEx("k", untyped({ IFEQ: "a", IFDEQ: "b" })), 1, /condition must be/)
  })

  it("values that cannot be sent are refused with their position", () => {
    refusedAt(commands.get(untyped(undefined)), 0)
    refusedAt(commands.set("k", untyped(null)), 1)
    refusedAt(commands.set("k", untyped(true)), 1)
    refusedAt(commands.set("k", untyped({ a: 1 })), 1)
    refusedAt(commands.mGet(untyped<Array<string>>(["a", undefined])), 1)
    refusedAt(commands.mGet(untyped<Array<string>>(null)), 0)
    refusedAt(commands.mSet(untyped({ a: "1", b: undefined })), 3)
    refusedAt(commands.mSet(untyped("a")), 0)
    refusedAt(commands.mSet(untyped([["a"]])), 0)
    refusedAt(commands.set("k", "v", { expiry: untyped("soon") }), 3)
    refusedAt(commands.set("k", "v", { expiry: "Infinity" }), 3)
    refusedAt(commands.set("k", "v", { expireAt: new Date(Number.NaN) }), 3)
    refusedAt(commands.setEx("k", 1500, "v"), 1)
    refusedAt(commands.set("k", "v", { condition: untyped({ IFEQ: undefined }) }), 3)
  })
})
