import { assert, describe, it } from "@effect/vitest"
import { type KeySpecification, positionsBy } from "../../src/command/keySearch.ts"

const range = (index: number, lastKey: number, keyStep = 1, limit = 0): KeySpecification => ({
  flags: [],
  begin: { type: "index", index },
  find: { type: "range", lastKey, keyStep, limit }
})

describe("the search for keys", () => {
  it("finds the words that are there, once each and in order", () => {
    const call = ["CMD", "a", 2, "b", "c"]
    assert.deepStrictEqual(positionsBy([], call), [])
    assert.deepStrictEqual(positionsBy([range(3, 0), range(1, 0), range(1, 0)], call), [1, 3])
    assert.deepStrictEqual(positionsBy([range(1, -1, 2)], call), [1, 3])
    assert.deepStrictEqual(positionsBy([range(9, 0)], call), [])
    const counted: KeySpecification = {
      flags: [],
      begin: { type: "index", index: 2 },
      find: { type: "keyNum", keyNumIndex: 0, firstKey: 1, keyStep: 1 }
    }
    assert.deepStrictEqual(positionsBy([counted], call), [3, 4])
    assert.deepStrictEqual(positionsBy([counted], ["CMD", "a", 1, "b", "c"]), [3])
    assert.deepStrictEqual(positionsBy([counted], ["CMD", "a", "many", "b", "c"]), [])
  })

  it("says so where a specification does not tell everything", () => {
    const call = ["CMD", "a"]
    assert.isUndefined(positionsBy([range(1, 0), { ...range(1, 0), flags: ["incomplete"] }], call))
    assert.isUndefined(positionsBy([{ ...range(1, 0), find: { type: "unknown" } }], call))
    assert.isUndefined(positionsBy([{ ...range(1, 0), begin: { type: "unknown" } }], call))
  })
})
