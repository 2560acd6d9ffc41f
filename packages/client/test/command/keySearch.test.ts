import { assert, describe, it } from "@effect/vitest"
import { type KeySpecification, positionsBy, readKeySpecification } from "../../src/command/keySearch.ts"
import { DecodeMismatch } from "../../src/command/Reply.ts"
import { RespMap, type RespValue } from "../../src/protocol/RespValue.ts"

const map = (...entries: ReadonlyArray<RespValue>): RespMap => new RespMap([...entries])

const range = (index: number, lastKey: number, keyStep = 1, limit = 0): KeySpecification => ({
  flags: [],
  begin: { type: "index", index },
  find: { type: "range", lastKey, keyStep, limit }
})

describe("the search for keys", () => {
  it("reads a specification from maps and from lists alike", () => {
    const begin: RespValue = ["type", "index", "spec", ["index", 2]]
    const find: RespValue = ["type", "keynum", "spec", ["keynumidx", 0, "firstkey", 1, "keystep", 1]]
    const expected: KeySpecification = {
      flags: ["RW", "access"],
      begin: { type: "index", index: 2 },
      find: { type: "keyNum", keyNumIndex: 0, firstKey: 1, keyStep: 1 }
    }
    const asMaps = map(
      ...["notes", "some", "flags", ["RW", "access"]],
      ...["begin_search", map("type", "index", "spec", map("index", 2))],
      ...["find_keys", map("type", "keynum", "spec", map("keynumidx", 0, "firstkey", 1, "keystep", 1))]
    )
    const asLists = ["notes", "some", "flags", ["RW", "access"], "begin_search", begin, "find_keys", find]
    assert.deepStrictEqual(readKeySpecification(asMaps), expected)
    assert.deepStrictEqual(readKeySpecification(asLists), expected)
  })

  it("reads ranges, keywords and what is unknown, and no step that would never end", () => {
    const keyword = readKeySpecification([
      ...["flags", [], "begin_search", ["type", "keyword", "spec", ["keyword", "STREAMS", "startfrom", 1]]],
      ...["find_keys", ["type", "range", "spec", ["lastkey", -1, "keystep", 0, "limit", 2]]]
    ])
    assert.deepStrictEqual(keyword.begin, { type: "keyword", keyword: "STREAMS", startFrom: 1 })
    assert.deepStrictEqual(keyword.find, { type: "range", lastKey: -1, keyStep: 1, limit: 2 })
    const unknown = ["type", "unknown", "spec", []]
    const nothing = readKeySpecification(["flags", [], "begin_search", unknown, "find_keys", unknown])
    assert.deepStrictEqual([nothing.begin.type, nothing.find.type], ["unknown", "unknown"])
    for (const reply of ["text", ["flags", []], ["flags", [], "begin_search", ["type", "index", "spec", []]]]) {
      try {
        readKeySpecification(reply)
        assert.fail("expected a mismatch")
      } catch (error) {
        assert.instanceOf(error, DecodeMismatch)
      }
    }
  })

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
