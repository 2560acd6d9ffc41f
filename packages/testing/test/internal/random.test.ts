import { assert, describe, it } from "@effect/vitest"
import { randomOf } from "../../src/internal/random.ts"

const draw = (seed: number, stream: number, count: number) => {
  const random = randomOf(seed, stream)
  return Array.from({ length: count }, random)
}

describe("randomOf", () => {
  it("repeats itself by seed and stream, and only then", () => {
    assert.deepStrictEqual(draw(7, 1, 5), draw(7, 1, 5))
    assert.notDeepEqual(draw(7, 1, 5), draw(8, 1, 5))
    assert.notDeepEqual(draw(7, 1, 5), draw(7, 2, 5))
  })

  it("is spread evenly from 0 to 1", () => {
    const numbers = draw(1, 1, 10_000)
    assert.isTrue(numbers.every((number) => number >= 0 && number < 1))
    for (let tenth = 0; tenth < 10; tenth++) {
      const count = numbers.filter((number) => Math.floor(number * 10) === tenth).length
      assert.isTrue(count > 850 && count < 1_150, `${count} in tenth ${tenth}`)
    }
  })
})
