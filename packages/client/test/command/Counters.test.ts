import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { asBigInt } from "../../src/command/make.ts"
import { checkGoldens, decoded } from "./golden.ts"
import { counterGoldens } from "./goldens/counters.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Counters constructors send and read", counterGoldens)

describe("counters", () => {
  it("the increment is an integer or a float, by the constructor", () => {
    refusedAt(commands.incrExByFloat("k", 0.5, untyped({ by: 1 })), undefined, /unknown option by/)
    refusedAt(commands.increx("k", untyped({ LBOUND: 1 })), undefined, /unknown option LBOUND/)
    refusedAt(commands.incrByFloat("k", Number.NaN), 1)
    refusedAt(commands.increx("k", { by: untyped(null) }), 2)
  })

  it("the lives of a key exclude one another, and their condition needs one", () => {
    refusedAt(commands.increx("k", untyped({ expiry: 1, persist: true })), undefined, /exclude one another/)
    refusedAt(commands.incrExByFloat("k", 1, untyped({ expiry: 1, expireAt: 1 })), undefined, /exclude one another/)
    refusedAt(commands.increx("k", { expiryCondition: "NX" }), undefined, /needs expiry or expireAt/)
    refusedAt(commands.increx("k", { expiryCondition: "NX", persist: true }), undefined, /needs expiry or expireAt/)
    refusedAt(commands.increx("k", { expiryCondition: untyped("XX"), expiry: 1 }), undefined, /must be one of NX/)
  })

  it("a sum beyond 2^53 fails as a number and is exact as a bigint", () => {
    const beyond = 2n ** 53n + 1n
    assert.throws(() => decoded(commands.incr("k"), beyond, 3))
    assert.strictEqual(decoded(asBigInt(commands.incr("k")), beyond, 3), beyond)
    assert.strictEqual(decoded(asBigInt(commands.incr("k")), 5, 2), 5n)
  })
})
