import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { asBigInt } from "../../src/command/make.ts"
import { checkGoldens, decoded } from "./golden.ts"
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
    refusedAt(commands.increx("k", untyped({ LBOUND: 1 })), undefined, /unknown option LBOUND/)
    refusedAt(commands.lcsIdx("a", "b", untyped({ MINMATCHLEN: 1 })), undefined, /unknown option/)
    refusedAt(commands.delEx("k", untyped({ IFGT: 1 })), 1, /condition/)
  })

  it("values that cannot be sent are refused with their position", () => {
    refusedAt(commands.get(untyped(undefined)), 0)
    refusedAt(commands.set("k", untyped(null)), 1)
    refusedAt(commands.set("k", untyped(true)), 1)
    refusedAt(commands.set("k", untyped({ a: 1 })), 1)
    refusedAt(commands.incrByFloat("k", Number.NaN), 1)
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

  it("a sum beyond 2^53 fails as a number and is exact as a bigint", () => {
    const beyond = 2n ** 53n + 1n
    assert.throws(() => decoded(commands.incr("k"), beyond, 3))
    assert.strictEqual(decoded(asBigInt(commands.incr("k")), beyond, 3), beyond)
    assert.strictEqual(decoded(asBigInt(commands.incr("k")), 5, 2), 5n)
  })
})
