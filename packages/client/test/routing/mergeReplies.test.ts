import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { DecodeMismatch } from "../../src/command/Reply.ts"
import { RespError } from "../../src/protocol/RespValue.ts"
import { and, atKeys, concat, type Merge, max, min, or, same, sum } from "../../src/routing/mergeReplies.ts"

const integers = Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: -9, maximum: 9 }))), {
  minLength: 1,
  maxLength: 6
})
const runs = { arbitrary: { runs: 200 } }

describe("mergeReplies", () => {
  it.prop(
    "sums, takes the least and the greatest, as over the numbers themselves",
    [integers],
    ([numbers]) => {
      assert.strictEqual(
        sum(numbers),
        numbers.reduce((a, b) => a + b, 0)
      )
      assert.strictEqual(min(numbers), Math.min(...numbers))
      assert.strictEqual(max(numbers), Math.max(...numbers))
      assert.strictEqual(same(numbers), numbers[0])
    },
    runs
  )

  it.prop(
    "is true of all or of one, at each place",
    [integers, integers],
    ([left, right]) => {
      const [a, b] = [left, right].map((numbers) => [0, 1, 2].map((at) => (numbers[at] ?? 0) & 1))
      assert.deepStrictEqual(
        and([a!, b!]),
        [0, 1, 2].map((at) => a![at]! & b![at]!)
      )
      assert.deepStrictEqual(
        or([a!, b!]),
        [0, 1, 2].map((at) => a![at]! | b![at]!)
      )
      assert.strictEqual(and(a!), a!.every((bit) => bit === 1) ? 1 : 0)
      assert.strictEqual(or(a!), a!.some((bit) => bit === 1) ? 1 : 0)
    },
    runs
  )

  it("takes RESP3's booleans for the integers that they are in RESP2", () => {
    assert.deepStrictEqual(
      and([
        [true, true],
        [1, false]
      ]),
      [1, 0]
    )
    assert.deepStrictEqual(
      or([
        [false, true],
        [0, false]
      ]),
      [0, 1]
    )
  })

  it("stays exact beyond 2^53", () => {
    assert.strictEqual(sum([2 ** 53 - 1, 2]), 2n ** 53n + 1n)
    assert.strictEqual(sum([2n ** 53n, -2]), 2 ** 53 - 2)
    assert.strictEqual(max([2n ** 60n, 1]), 2n ** 60n)
  })

  it("puts lists behind one another, and elements back at their keys", () => {
    assert.deepStrictEqual(concat([["a"], [], ["b", undefined]]), ["a", "b", undefined])
    assert.deepStrictEqual(atKeys([[2, 0], [1]])([["c", "a"], [undefined]]), ["a", undefined, "c"])
  })

  it("refuses what is no such reply", () => {
    const wrong: ReadonlyArray<readonly [Merge, ReadonlyArray<Parameters<Merge>[0][number]>]> = [
      [sum, [1, "x"]],
      [sum, [1.5, 1]],
      [min, [1, undefined]],
      [and, [[1], [1, 1]]],
      [concat, [[], 1]],
      [atKeys([[0], [1]]), [["a"], ["b", "c"]]],
      [atKeys([[0], [1]]), [["a"], new RespError("ERR x")]]
    ]
    for (const [merge, replies] of wrong) {
      try {
        assert.fail(`merged to ${String(merge(replies))}`)
      } catch (error) {
        assert.isTrue(error instanceof DecodeMismatch, String(error))
      }
    }
  })
})
