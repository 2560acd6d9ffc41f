import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Ring } from "../../src/connection/Ring.ts"

describe("Ring", () => {
  it.prop(
    "holds what a list holds, over any turns of pushing and shifting",
    [Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: -100, maximum: 100 })))],
    ([turns]) => {
      const ring = new Ring<number>()
      const list: Array<number> = []
      let next = 0
      for (const turn of turns) {
        for (let n = 0; n < turn; n++) {
          ring.push(next)
          list.push(next++)
        }
        for (let n = 0; n > turn; n--) assert.strictEqual(ring.shift(), list.shift())
        assert.deepStrictEqual([ring.size, ring.peek()], [list.length, list[0]])
        const seen: Array<number> = []
        ring.forEach((item) => {
          seen.push(item)
        })
        assert.deepStrictEqual(seen, list)
      }
      assert.deepStrictEqual(ring.drain(), list)
      assert.deepStrictEqual([ring.size, ring.peek(), ring.shift()], [0, undefined, undefined])
    }
  )

  it.prop(
    "keeps of its newest what is kept, in order",
    [
      Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 })),
      Schema.Array(Schema.Boolean).check(Schema.isMaxLength(100))
    ],
    ([gone, keeps]) => {
      const ring = new Ring<number>()
      for (let n = 0; n < gone; n++) ring.push(n)
      for (let n = 0; n < gone; n++) ring.shift()
      keeps.forEach((_, at) => {
        ring.push(at)
      })
      let kept = 0
      for (let place = 0; place < keeps.length; place++) {
        const item = ring.at(place)
        if (keeps[item]) ring.put(kept++, item)
      }
      ring.truncate(kept)
      assert.strictEqual(ring.size, kept)
      const expected = keeps.flatMap((keep, at) => (keep ? [at] : []))
      assert.deepStrictEqual(ring.drain(), expected)
      assert.deepStrictEqual([ring.size, ring.peek()], [0, undefined])
    }
  )
})
