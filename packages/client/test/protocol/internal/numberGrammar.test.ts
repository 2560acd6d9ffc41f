import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  advance,
  BIG_NUMBER_START,
  DOUBLE_START,
  isComplete,
  toDouble
} from "../../../src/protocol/internal/numberGrammar.ts"

const accepts = (start: number, text: string): boolean => {
  let state = start
  for (let at = 0; at < text.length && state !== 0; at++) state = advance(state, text.charCodeAt(at))
  return isComplete(state)
}

const double = /^([+-]?(\d+(\.\d+)?([eE][+-]?\d+)?|inf|nan))$/
const bigNumber = /^[+-]?\d+$/

describe("the grammar of numbers", () => {
  it("is that of the regular expressions for every text of up to five characters", () => {
    const alphabet = "1+.einfa"
    const texts = [""]
    for (let from = 0, length = 1; length <= 5; length++) {
      const to = texts.length
      for (; from < to; from++) for (const next of alphabet) texts.push(texts[from] + next)
    }
    for (const text of texts) {
      assert.strictEqual(accepts(DOUBLE_START, text), double.test(text), text)
      assert.strictEqual(accepts(BIG_NUMBER_START, text), bigNumber.test(text), text)
    }
  })

  it.prop("accepts what JavaScript writes, and gives the same number", { value: Schema.Number }, ({ value }) => {
    const text = `${value}`.replace("Infinity", "inf").replace("NaN", "nan")
    assert.isTrue(accepts(DOUBLE_START, text))
    assert.deepStrictEqual(toDouble(text), Object.is(value, -0) ? 0 : value)
  })

  it("knows infinities by their sign", () => {
    assert.deepStrictEqual(["inf", "+inf", "-inf", "nan", "-nan", "-0", "1e3"].map(toDouble), [
      Infinity,
      Infinity,
      -Infinity,
      NaN,
      NaN,
      -0,
      1000
    ])
  })
})
