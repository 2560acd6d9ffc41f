import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { slotOf } from "../../src/topology/Slot.ts"
import { splitPlan } from "../../src/topology/SplitPlan.ts"

/** Few names, so that keys come twice and several are of one slot; as text and as bytes. */
const key = Arbitrary.map(
  Arbitrary.schema(Schema.Literals(["a", "b", "c", "{a}1", "{a}2", "{b}1", "é", "longer", ""])),
  (name) => (name.length % 2 === 0 ? name : new TextEncoder().encode(name))
)
const keys = Arbitrary.array(key, { minLength: 1, maxLength: 12 })
const runs = { arbitrary: { runs: 300 } }

const slots = (names: ReadonlyArray<string | Uint8Array>): ReadonlyArray<number> => [...new Set(names.map(slotOf))]

describe("splitPlan", () => {
  it.prop(
    "gives each slot one part with its keys, in the caller's order, and no key twice or not at all",
    [keys],
    ([names]) => {
      const plan = splitPlan("MGET", names)
      assert.deepStrictEqual(
        plan?.parts.map(({ slot }) => slot),
        slots(names)
      )
      for (const part of plan?.parts ?? []) {
        assert.deepStrictEqual(
          part.args,
          part.keys.map((at) => names[at] ?? assert.fail())
        )
        assert.deepStrictEqual(slots(part.args as typeof names), [part.slot])
        assert.deepStrictEqual(
          part.keys,
          [...part.keys].sort((a, b) => a - b)
        )
      }
      const all = plan?.parts.flatMap((part) => part.keys) ?? []
      assert.deepStrictEqual(
        all.sort((a, b) => a - b),
        names.map((_, at) => at)
      )
    },
    runs
  )

  it.prop(
    "keeps each value behind its key, and the options behind all",
    [keys],
    ([names]) => {
      const pairs = names.flatMap((name, at) => [name, at])
      const options = ["EX", 10]
      const plain = splitPlan("MSET", pairs)
      const counted = splitPlan("MSETEX", [names.length, ...pairs, ...options])
      assert.strictEqual(plain?.parts.length, slots(names).length)
      for (const [at, part] of (plain?.parts ?? []).entries()) {
        assert.deepStrictEqual(
          part.args,
          part.keys.flatMap((number) => [names[number] ?? assert.fail(), number])
        )
        const places = plain?.positions(part.args) ?? []
        assert.deepStrictEqual(
          places.map((place) => part.args[place]),
          part.keys.map((number) => names[number])
        )
        assert.deepStrictEqual(
          counted?.positions([part.keys.length, ...part.args, ...options]),
          places.map((place) => place + 1)
        )
        assert.deepStrictEqual(counted?.parts[at], {
          ...part,
          args: [part.keys.length, ...part.args, ...options]
        })
      }
    },
    runs
  )

  it("sums what counts keys", () => {
    for (const name of ["DEL", "EXISTS", "TOUCH", "UNLINK"])
      assert.strictEqual(splitPlan(name, ["a", "b"])?.merge, "sum")
  })

  it("leaves whole what would mean something else in parts", () => {
    assert.isUndefined(splitPlan("MSETNX", ["a", 1, "b", 2]))
    assert.isUndefined(splitPlan("MSETEX", [2, "a", 1, "b", 2, "nx"]))
    assert.isUndefined(splitPlan("MSETEX", [2, "a", 1, "b", 2, "EX", 1, "XX"]))
    for (const name of ["RENAME", "SINTER", "BITOP", "PFCOUNT", "EVAL"]) assert.isUndefined(splitPlan(name, ["a", "b"]))
  })

  it("leaves whole what is not laid out as it should be", () => {
    assert.isUndefined(splitPlan("MSET", ["a", 1, "b"]))
    assert.isUndefined(splitPlan("MSETEX", [3, "a", 1, "b", 2]))
    assert.isUndefined(splitPlan("MSETEX", ["x", "a", 1]))
    assert.isUndefined(splitPlan("MGET", []))
  })
})
