import { assert, describe, it } from "@effect/vitest"
import { Histogram } from "../../src/demo/Histogram.ts"

const of = (values: Iterable<number>) => {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram
}

describe("Histogram", () => {
  it("gives quantiles that are right to 5 percent at any size", () => {
    for (const scale of [0.05, 1, 250, 9_000]) {
      const histogram = of(Array.from({ length: 1_000 }, (_, i) => ((i + 1) * scale) / 1_000))
      for (const q of [0.01, 0.5, 0.99]) {
        const exact = q * scale
        assert.closeTo(histogram.quantile(q), exact, Math.max(exact * 0.051, 0.01))
      }
      assert.strictEqual(histogram.quantile(1), scale)
      assert.strictEqual(histogram.max, scale)
    }
  })

  it("is 0 without values, and takes the extremes", () => {
    assert.strictEqual(of([]).quantile(0.5), 0)
    assert.strictEqual(of([0, -1, 1e9]).count, 3)
    assert.isAtMost(of([0]).quantile(0.5), 0.01)
  })

  it("adds up", () => {
    const sum = of([1, 2])
    sum.add(of([3, 4, 100]))
    assert.deepStrictEqual([sum.count, sum.max], [5, 100])
    assert.closeTo(sum.quantile(0.5), 3, 0.15)
  })
})
