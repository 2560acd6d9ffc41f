import { assert, describe, it } from "@effect/vitest"
import { REQUIRED_RATIO, roundOrder, SCENARIOS } from "../src/scenarios.ts"

describe("scenarios", () => {
  it("GET and SET by 1, 50 and 1000 fibers are measured, each with a required ratio", () => {
    assert.deepStrictEqual(
      SCENARIOS.map((s) => s.name),
      ["get-1", "get-50", "get-1000", "set-1", "set-50", "set-1000"]
    )
    assert.deepStrictEqual(
      SCENARIOS.map((s) => REQUIRED_RATIO.get(s.fibers)),
      [0.95, 1.3, 1.6, 0.95, 1.3, 1.6]
    )
  })

  it("over as many rounds as there are items, every item stands once in every place", () => {
    const items = ["a", "b", "c", "d"]
    for (const firstRound of [0, 4]) {
      const rounds = items.map((_, i) => roundOrder(items, firstRound + i))
      for (const place of items.keys()) {
        assert.deepStrictEqual(rounds.map((round) => round[place]!).sort(), items)
      }
    }
  })

  it("the predecessors of one turn of the table are the successors of the next", () => {
    const items = ["a", "b", "c", "d"]
    assert.deepStrictEqual(roundOrder(items, 1), ["b", "c", "d", "a"])
    assert.deepStrictEqual(roundOrder(items, 5), ["c", "b", "a", "d"])
    assert.deepStrictEqual(roundOrder(items, 9), ["b", "c", "d", "a"])
  })

  it("nothing has no order", () => {
    assert.deepStrictEqual(roundOrder([], 3), [])
  })
})
