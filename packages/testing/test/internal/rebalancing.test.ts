import { assert, describe, it } from "@effect/vitest"
import { type Move, type Owned, planMoves, rangesOf } from "../../src/internal/rebalancing.ts"

const three: ReadonlyArray<Owned> = [
  { id: "a", slots: [{ start: 0, end: 5_460 }] },
  { id: "b", slots: [{ start: 5_461, end: 10_921 }] },
  { id: "c", slots: [{ start: 10_922, end: 16_383 }] }
]

/** What each has after the moves. */
const after = (owned: ReadonlyArray<Owned>, moves: ReadonlyArray<Move>) => {
  const has = new Map<string, Set<number>>(
    owned.map(({ id, slots }) => [
      id,
      new Set(slots.flatMap(({ end, start }) => Array.from({ length: end - start + 1 }, (_, i) => start + i)))
    ])
  )
  for (const { from, slots, to } of moves) {
    for (const slot of slots) {
      assert.isTrue(has.get(from)?.delete(slot), `${from} has ${slot}`)
      has.get(to)?.add(slot)
    }
  }
  return [...has.values()].map(({ size }) => size)
}

describe("sharing out slots", () => {
  it("gives new nodes equal shares, and moves no slot that may stay", () => {
    const owned = [...three, { id: "d", slots: [] }, { id: "e", slots: [] }]
    const moves = planMoves(owned, ["a", "b", "c", "d", "e"])
    assert.deepStrictEqual(after(owned, moves).toSorted(), [3_276, 3_277, 3_277, 3_277, 3_277])
    assert.isTrue(moves.every(({ from, to }) => "abc".includes(from) && "de".includes(to)))
  })

  it("empties those that are left out", () => {
    assert.deepStrictEqual(after(three, planMoves(three, ["a", "c"])), [8_192, 0, 8_192])
    assert.deepStrictEqual(planMoves(three, ["a", "b", "c"]), [])
  })

  it("writes consecutive slots as one range", () => {
    assert.deepStrictEqual(rangesOf([1, 2, 3, 5, 7, 8]), [
      { start: 1, end: 3 },
      { start: 5, end: 5 },
      { start: 7, end: 8 }
    ])
    assert.deepStrictEqual(rangesOf([]), [])
  })
})
