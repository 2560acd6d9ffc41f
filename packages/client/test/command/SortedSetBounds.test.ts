import { assert, describe, it } from "@effect/vitest"
import { lexBound, scoreBound } from "../../src/command/SortedSetBounds.ts"
import { untyped } from "./outcomes.ts"

describe("bounds of sorted sets", () => {
  it("scores are numbers, exclusive ones, or the servers' own spelling", () => {
    assert.strictEqual(scoreBound(1.5), 1.5)
    assert.strictEqual(scoreBound(Number.NEGATIVE_INFINITY), Number.NEGATIVE_INFINITY)
    assert.strictEqual(scoreBound({ exclusive: -1.5 }), "(-1.5")
    assert.strictEqual(scoreBound({ exclusive: Number.POSITIVE_INFINITY }), "(inf")
    assert.strictEqual(scoreBound({ exclusive: Number.NEGATIVE_INFINITY }), "(-inf")
    for (const bound of ["(1", "-inf", "+inf", "(+inf", "7"] as const) assert.strictEqual(scoreBound(bound), bound)
    const score: number = 3
    assert.strictEqual(scoreBound(`(${score}`), "(3")
  })

  it("members are inclusive, exclusive, or the servers' own spelling", () => {
    for (const bound of ["-", "+", "[a", "(a"] as const) assert.strictEqual(lexBound(bound), bound)
    assert.strictEqual(lexBound({ inclusive: "é" }), "[é")
    assert.strictEqual(lexBound({ exclusive: "" }), "(")
    assert.deepStrictEqual(lexBound({ exclusive: Uint8Array.of(200) }), Uint8Array.of(0x28, 200))
  })

  it("what is no bound stays what cannot be sent", () => {
    assert.isNaN(scoreBound(untyped({})))
    assert.isNaN(scoreBound({ exclusive: Number.NaN }))
    assert.isNaN(scoreBound({ exclusive: untyped("1") }))
    assert.isUndefined(lexBound(untyped({})))
    assert.isUndefined(lexBound(untyped({ inclusive: "a", exclusive: "a" })))
    assert.isNull(lexBound(untyped(null)))
  })
})
