import { assert, describe, it } from "@effect/vitest"
import { makeRandom, pick, shuffle } from "../../src/ledger/random.ts"

const draw = (seed: number, count: number) => {
  const random = makeRandom(seed)
  return Array.from({ length: count }, random)
}

describe("makeRandom", () => {
  it("repeats itself for a seed, and only for that", () => {
    assert.deepStrictEqual(draw(3, 20), draw(3, 20))
    assert.notDeepEqual(draw(3, 20), draw(4, 20))
  })

  it("is spread evenly over 0 to 1", () => {
    const tenths = new Array<number>(10).fill(0)
    for (const value of draw(1, 10_000)) tenths[Math.floor(value * 10)]!++
    for (const count of tenths) assert.closeTo(count, 1_000, 150)
  })
})

describe("pick and shuffle", () => {
  it("give what there is, each of it", () => {
    const random = makeRandom(1)
    const items = ["a", "b", "c", "d"]
    assert.sameMembers([...new Set(Array.from({ length: 100 }, () => pick(random, items)))], items)
    assert.sameMembers([...shuffle(random, items)], items)
    assert.isAbove(new Set(Array.from({ length: 50 }, () => shuffle(random, items).join(""))).size, 10)
  })
})
