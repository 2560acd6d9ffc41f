import { assert, describe, it } from "@effect/vitest"
import { type Figures, figuresOf, judge } from "../../src/isolation/judge.ts"
import { Samples } from "../../src/isolation/openLoop.ts"

const samplesOf = (...given: ReadonlyArray<readonly [due: number, ended: number]>) => {
  const samples = new Samples(given.length)
  for (const [due, ended] of given) samples.add(due, ended)
  return samples
}

const figures = (given: Partial<Figures>): Figures => ({ rate: 100, p50: 1, p99: 2, longest: 3, ...given })

describe("the figures of a phase", () => {
  it("count from when an operation was due, and by when it was due", () => {
    const samples = samplesOf([99, 105], [100, 101], [150, 153], [199, 206], [200, 201])
    assert.deepStrictEqual(figuresOf(samples, { from: 100, to: 200 }), { rate: 20, p50: 3, p99: 6.92, longest: 7 })
  })
})

describe("the verdict on a shard beside a frozen one", () => {
  it("demands the rate and the latency of before", () => {
    assert.isTrue(judge(figures({}), figures({ rate: 95, p99: 5.9 })).holds)
    assert.isFalse(judge(figures({}), figures({ rate: 94 })).holds)
    assert.isFalse(judge(figures({}), figures({ p99: 6 })).holds)
    assert.isFalse(judge(figures({}), figures({ p99: Number.NaN })).holds)
  })
})
