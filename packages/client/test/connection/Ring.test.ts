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
})
