import { assert, describe, it } from "@effect/vitest"
import { geoFound, geoPositions } from "../../src/command/GeoReplies.ts"
import { DecodeMismatch } from "../../src/command/Reply.ts"

describe("replies of searches for places", () => {
  it("details come in the servers' order, whatever the order of the words", () => {
    const found = geoFound(["WITHCOORD", "WITHDIST"])
    const [first] = found.text([["a", "1.5", [13, "38.5"]]])
    assert.deepStrictEqual(first, { member: "a", distance: 1.5, coordinates: { longitude: 13, latitude: 38.5 } })
  })

  it("words that repeat add nothing", () => {
    assert.deepStrictEqual(geoFound(["WITHHASH", "WITHHASH"]).text([["a", 7]]), [{ member: "a", hash: 7 }])
  })

  it("the caller's array may change afterwards", () => {
    const words: Array<"WITHDIST" | "WITHHASH"> = ["WITHDIST"]
    const found = geoFound(words)
    words.push("WITHHASH")
    assert.deepStrictEqual(found.text([["a", "1.5"]]), [{ member: "a", distance: 1.5 }])
  })

  it("a detail that is missing is a mismatch", () => {
    assert.throws(() => {
      try {
        geoFound(["WITHDIST"]).text([["a"]])
      } catch (error) {
        assert.instanceOf(error, DecodeMismatch)
        throw new Error((error as DecodeMismatch).message)
      }
    }, /expected a number, got null/)
  })

  it("positions keep their places", () => {
    assert.deepStrictEqual(geoPositions.text([undefined, ["1", "2"]]), [undefined, { longitude: 1, latitude: 2 }])
  })
})
