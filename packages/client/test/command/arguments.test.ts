import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import {
  append,
  blockingSeconds,
  epochMillis,
  epochSeconds,
  flatten,
  list,
  millis,
  numberOf,
  optionProblem,
  readsItself,
  seconds,
  several,
  wordOf,
  wordProblem
} from "../../src/command/arguments.ts"
import type { Argument } from "../../src/command/CommandSpec.ts"
import { bytes } from "./golden.ts"
import { untyped } from "./outcomes.ts"

describe("lists of arguments", () => {
  it("a list is a copy, and a lone value a list of one", () => {
    const given = ["a", "b"]
    assert.deepStrictEqual(list(given), given)
    assert.notStrictEqual(list(given), given)
    assert.deepStrictEqual(list("a"), ["a"])
    assert.deepStrictEqual(list(null), [null])
    // A hole becomes a value that the writer refuses.
    assert.deepStrictEqual(list(untyped<Array<string>>([undefined, "b"])), [undefined, "b"])
  })

  it("several values are written out or one array", () => {
    assert.deepStrictEqual(several(["a", "b"]), ["a", "b"])
    assert.deepStrictEqual(several([["a", "b"]]), ["a", "b"])
    assert.deepStrictEqual(several([[]]), [])
    assert.deepStrictEqual(several(["a"]), ["a"])
  })

  it("appending works beyond the length of a stack", () => {
    const many = new Array<Argument>(300_000).fill("a")
    assert.strictEqual(append(["k"], many).length, many.length + 1)
  })
})

describe("names and values", () => {
  it("come from a record, a Map or pairs", () => {
    assert.deepStrictEqual(flatten({ a: 1, b: "2" }), ["a", 1, "b", "2"])
    assert.deepStrictEqual(flatten(Object.assign(Object.create(null), { a: 1 })), ["a", 1])
    assert.deepStrictEqual(flatten(new Map([["a", 1]])), ["a", 1])
    assert.deepStrictEqual(flatten([["a", 1]]), ["a", 1])
    assert.deepStrictEqual(flatten([]), [])
  })

  it("come from nothing else, since an empty answer would hide the mistake", () => {
    for (const value of [null, undefined, 1, "a", true, new Date(), new Set(["a"]), [["a"]], ["a", 1], Symbol("s")]) {
      assert.isUndefined(flatten(untyped(value)))
    }
  })
})

describe("options", () => {
  const known = { count: "value", alpha: "flag" } as const

  it("those that are known pass, left out or given as undefined too", () => {
    assert.isUndefined(optionProblem(undefined, known))
    assert.isUndefined(optionProblem({}, known))
    assert.isUndefined(optionProblem({ count: 1, alpha: false }, known))
    assert.isUndefined(optionProblem({ count: undefined, alpha: undefined }, known))
  })

  it("anything else is said, without the value", () => {
    assert.strictEqual(optionProblem({ toString: "s3cret" }, known), "unknown option toString")
    assert.strictEqual(optionProblem({ alpha: "s3cret" }, known), "alpha must be a boolean")
    for (const options of [null, "s3cret", 1, []]) {
      assert.strictEqual(optionProblem(untyped(options), known), "options must be an object")
    }
  })
})

describe("times", () => {
  it("a duration is whole milliseconds, rounded up, or NaN", () => {
    assert.strictEqual(millis("2 seconds"), 2000)
    assert.strictEqual(millis(1.2), 2)
    assert.strictEqual(millis(Duration.nanos(1n)), 1)
    assert.strictEqual(millis({ seconds: 1, milliseconds: 5 }), 1005)
    assert.strictEqual(millis([1, 500_000_000]), 1500)
  })

  it("what Duration reads as nothing by mistake is no duration: it would delete a key", () => {
    for (const wrong of ["soon", "Infinity", -1, Number.NaN, null, undefined, true])
      assert.isNaN(millis(untyped(wrong)))
    for (const wrong of [
      {},
      { sec: 5 },
      { seconds: undefined },
      { seconds: Number.NaN },
      [Number.NaN, 0],
      new Date(5)
    ]) {
      assert.isNaN(millis(untyped(wrong)))
    }
  })

  it("seconds are whole or NaN", () => {
    assert.strictEqual(seconds("2 seconds"), 2)
    assert.strictEqual(seconds(0), 0)
    assert.isNaN(seconds(1500))
  })

  it("a blocking time is seconds with a fraction, 0 only for what never ends", () => {
    assert.strictEqual(blockingSeconds(1), 0.001)
    assert.strictEqual(blockingSeconds("1500 millis"), 1.5)
    assert.strictEqual(blockingSeconds(Duration.infinity), 0)
    for (const wrong of [0, -1, "soon", undefined, null]) assert.isNaN(blockingSeconds(untyped(wrong)))
  })

  it("an instant is milliseconds or seconds of the Unix epoch, or NaN", () => {
    const instant = DateTime.makeUnsafe("2030-01-01T00:00:00Z")
    assert.strictEqual(epochMillis(instant), 1893456000000)
    assert.strictEqual(epochMillis("2030-01-01T00:00:00.250Z"), 1893456000250)
    assert.strictEqual(epochMillis(1500), 1500)
    assert.strictEqual(epochSeconds(instant), 1893456000)
    assert.isNaN(epochSeconds(1500))
    for (const wrong of ["soon", new Date(Number.NaN), Number.NaN, null]) assert.isNaN(epochMillis(untyped(wrong)))
  })
})

describe("words and numbers among arguments", () => {
  it("are read whatever form they have", () => {
    assert.strictEqual(wordOf(bytes("BLOCK")), "BLOCK")
    assert.strictEqual(wordOf(5n), "5")
    assert.strictEqual(wordOf(untyped(Symbol("s"))), "")
    assert.strictEqual(numberOf(bytes("2")), 2)
    assert.strictEqual(numberOf("0.5"), 0.5)
    assert.isNaN(numberOf(""))
    assert.isNaN(numberOf(undefined))
    assert.isNaN(numberOf("x"))
  })
})

describe("words of callers without types", () => {
  it("are refused if they are none of the few", () => {
    assert.isUndefined(wordProblem("unit", undefined, ["m", "km"]))
    assert.isUndefined(wordProblem("unit", "km", ["m", "km"]))
    assert.strictEqual(wordProblem("unit", "KM", ["m", "km"]), "unit must be one of m, km")
    assert.isString(wordProblem("unit", Symbol("m"), ["m"]))
    assert.isString(wordProblem("unit", null, ["m"]))
  })
})

describe("a command that reads the key that it writes", () => {
  it("is found out, whether the key is text or bytes", () => {
    assert.isTrue(readsItself(["a", "b", "a"], 0, [1, 2]))
    assert.isTrue(readsItself([bytes("é"), "é"], 0, [0, 1]))
    assert.isTrue(readsItself(["a", bytes("a")], 0, [1]))
    assert.isTrue(readsItself([bytes("a"), bytes("a")], 0, [1]))
    assert.isFalse(readsItself(["a", "b", "a"], 0, [0, 1]))
    assert.isFalse(readsItself([bytes("a"), bytes("ab")], 0, [1]))
    assert.isFalse(readsItself(["a"], 0, [1]))
  })
})
