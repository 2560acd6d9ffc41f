import { assert, describe, it } from "@effect/vitest"
import { bootstrapMedian, median, quantile, randomFrom } from "../src/statistics.ts"

describe("statistics", () => {
  it("the median is the middle value, or the mean of the two middle values, whatever the order", () => {
    assert.strictEqual(median([9, 1, 5]), 5)
    assert.strictEqual(median([10, 2, 1, 4]), 3)
    assert.strictEqual(median([100, 20, 3]), 20)
    assert.isNaN(median([]))
  })

  it("the median leaves its argument in its order", () => {
    const values = [3, 1, 2]
    median(values)
    assert.deepStrictEqual(values, [3, 1, 2])
  })

  it("a quantile interpolates between neighbours", () => {
    const sorted = [10, 20, 30, 40, 50]
    assert.strictEqual(quantile(sorted, 0), 10)
    assert.strictEqual(quantile(sorted, 0.5), 30)
    assert.strictEqual(quantile(sorted, 0.625), 35)
    assert.strictEqual(quantile(sorted, 1), 50)
  })

  it("random numbers repeat with the seed, differ between seeds and fill [0, 1) evenly", () => {
    const take = (seed: number, count: number) => {
      const next = randomFrom(seed)
      return Array.from({ length: count }, () => next())
    }
    assert.deepStrictEqual(take(7, 5), take(7, 5))
    assert.notDeepEqual(take(7, 5), take(8, 5))
    const tenths = new Array<number>(10).fill(0)
    for (const value of take(1, 100_000)) {
      assert.isTrue(value >= 0 && value < 1)
      tenths[Math.floor(value * 10)]! += 1
    }
    for (const count of tenths) assert.closeTo(count, 10_000, 400) // four standard deviations
  })

  it("the interval of equal values is that value", () => {
    assert.deepStrictEqual(bootstrapMedian([1.5, 1.5, 1.5]), { median: 1.5, low: 1.5, high: 1.5 })
  })

  it("the interval of no values is not a number", () => {
    const { high, low, median } = bootstrapMedian([])
    assert.isTrue([low, median, high].every(Number.isNaN))
  })

  it("the interval holds the median, stays within the values and repeats exactly", () => {
    const values = [1.31, 1.4, 1.28, 1.52, 1.36, 1.44, 1.3, 1.39, 1.41]
    const estimate = bootstrapMedian(values)
    assert.strictEqual(estimate.median, 1.39)
    assert.isTrue(estimate.low < 1.39 && estimate.low >= 1.28)
    assert.isTrue(estimate.high > 1.39 && estimate.high <= 1.52)
    assert.deepStrictEqual(bootstrapMedian(values), estimate)
  })

  it("the interval of nine values agrees with the exact distribution of a resampled median", () => {
    // The median of nine draws is at most the k-th value when five or more draws are among the first k of nine:
    // for k = 1..9 that has probability .001 .026 .145 .384 .653 .854 .966 .997 1, so 2.5 % falls on the second
    // value and 97.5 % on the eighth.
    const { high, low } = bootstrapMedian([1, 2, 3, 4, 5, 6, 7, 8, 9], { resamples: 100_000 })
    assert.strictEqual(low, 2)
    assert.strictEqual(high, 8)
  })

  it("a narrower confidence gives a narrower interval", () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    const wide = bootstrapMedian(values)
    const narrow = bootstrapMedian(values, { confidence: 0.5 })
    assert.isTrue(narrow.low > wide.low && narrow.high < wide.high)
  })

  it("of intervals over nine values of a known distribution, about 95 in 100 hold its median", () => {
    const next = randomFrom(42)
    const runs = 400
    let held = 0
    for (let i = 0; i < runs; i++) {
      const values = Array.from({ length: 9 }, () => next() + next() + next()) // symmetric about 1.5
      const { high, low } = bootstrapMedian(values, { resamples: 500, seed: i })
      if (low <= 1.5 && 1.5 <= high) held++
    }
    assert.isAbove(held / runs, 0.91)
    assert.isBelow(held / runs, 0.99)
  })
})
