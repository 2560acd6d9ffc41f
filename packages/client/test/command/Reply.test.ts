import { assert, describe, it } from "@effect/vitest"
import * as Reply from "../../src/command/Reply.ts"
import { Wire, type WireValue } from "../../src/protocol/RespEncoder.ts"
import { RespError, RespMap, type RespValue } from "../../src/protocol/RespValue.ts"
import { bytes, parse } from "./golden.ts"

const read = <A>(reply: Reply.Reply<A, unknown>, wire: WireValue): ReadonlyArray<A> =>
  ([2, 3] as const).map((version) => reply.text(parse(wire, version, false)))

const both = <A>(reply: Reply.Reply<A, unknown>, wire: WireValue, expected: A): void => {
  for (const value of read(reply, wire)) assert.deepStrictEqual(value, expected)
}

const fails = (reply: Reply.Reply<unknown, unknown>, ...values: ReadonlyArray<RespValue>): void => {
  for (const value of values) {
    for (const view of [reply.text, reply.bytes]) {
      try {
        view(value)
      } catch (error) {
        assert.instanceOf(error, Reply.DecodeMismatch)
        continue
      }
      assert.fail("expected a mismatch")
    }
  }
}

describe("replies", () => {
  it("text is text or bytes, by view, whichever form it came in", () => {
    assert.strictEqual(Reply.text.text(bytes("é")), "é")
    assert.deepStrictEqual(Reply.text.bytes("é"), bytes("é"))
    assert.strictEqual(Reply.string.bytes(bytes("v")), "v")
    both(Reply.text, Wire.verbatim("v"), "v")
    fails(Reply.text, undefined, 1, ["a"])
  })

  it("an integer beyond 2^53 fails instead of being rounded, and is exact as a bigint", () => {
    const beyond = 2n ** 53n + 1n
    fails(Reply.integer, beyond, "1", undefined)
    assert.strictEqual(Reply.integer.bigint!(beyond), beyond)
    assert.strictEqual(Reply.integer.bigint!(5), 5n)
    assert.isUndefined(Reply.optionalInteger.bigint!(undefined))
    assert.throws(() => Reply.integer.bigint!("5"))
  })

  it("a floating-point number is the same from text and from a double", () => {
    both(Reply.double, Wire.double(1.5), 1.5)
    both(Reply.double, Wire.double(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY)
    both(Reply.double, Wire.double(Number.NEGATIVE_INFINITY), Number.NEGATIVE_INFINITY)
    assert.isNaN(Reply.double.text("nan"))
    fails(Reply.double, "", " ", "1x", undefined)
    both(Reply.optionalDouble, undefined, undefined)
  })

  it("booleans are 0 and 1 or the protocol's own", () => {
    both(Reply.boolean, true, true)
    both(Reply.boolean, 0, false)
    fails(Reply.boolean, 2, "1", undefined)
  })

  it("OK is nothing, and null in its place says no", () => {
    both(Reply.ok, Wire.simple("OK"), undefined)
    both(Reply.okOrNull, Wire.simple("OK"), true)
    both(Reply.okOrNull, undefined, false)
    fails(Reply.ok, "NO", undefined, bytes("NO"))
    fails(Reply.okOrNull, "NO", 1)
  })

  it("a record has no prototype and keeps every name", () => {
    for (const fields of read(Reply.record(Reply.text), Wire.map(["__proto__", "1", "b", "2"]))) {
      assert.isNull(Object.getPrototypeOf(fields))
      assert.deepStrictEqual(Object.keys(fields), ["__proto__", "b"])
    }
    fails(Reply.record(Reply.text), ["odd"], "text")
  })

  it("pairs are the same nested and flat", () => {
    const pairs = Reply.pairs(Reply.text, Reply.double)
    both(
      pairs,
      ["a", "1", "b", "2"],
      [
        ["a", 1],
        ["b", 2]
      ]
    )
    both(
      pairs,
      [
        ["a", Wire.double(1)],
        ["b", Wire.double(2)]
      ],
      [
        ["a", 1],
        ["b", 2]
      ]
    )
    both(pairs, Wire.map(["a", "1"]), [["a", 1]])
    both(pairs, [], [])
    fails(pairs, ["a"], [["a"]], [["a", 1], "b"])
  })

  it("tuples, pages and what was taken have exactly two parts", () => {
    fails(Reply.tuple(Reply.text, Reply.text), ["a"], ["a", "b", "c"], "a")
    fails(Reply.page("keys", Reply.array(Reply.text)), ["0"], undefined)
    fails(Reply.taken("element", Reply.text), ["k"])
    assert.isUndefined(Reply.taken("element", Reply.text).text(undefined))
  })

  it("a word is one of those that are known", () => {
    const side = Reply.literal("LEFT", "RIGHT")
    assert.strictEqual(side.bytes(bytes("LEFT")), "LEFT")
    fails(side, "left", 1)
  })

  it("an optional reply leaves null alone", () => {
    both(Reply.optional(Reply.array(Reply.text)), Wire.nullArray, undefined)
    both(Reply.optional(Reply.array(Reply.text)), ["a"], ["a"])
  })

  it("what does not fit is described by its kind, never by its content", () => {
    const secret = "s3cret"
    const wrong: ReadonlyArray<readonly [Reply.Reply<unknown>, RespValue]> = [
      [Reply.integer, secret],
      [Reply.integer, bytes(secret)],
      [Reply.text as Reply.Reply<unknown>, [secret]],
      [Reply.integer, new RespError(`WRONGTYPE ${secret}`)],
      [Reply.integer, new RespMap([secret, secret])],
      [Reply.literal("a"), secret],
      [Reply.boolean, 12345],
      [Reply.integer, 2n ** 60n]
    ]
    for (const [reply, value] of wrong) {
      try {
        reply.text(value)
        assert.fail("expected a mismatch")
      } catch (error) {
        assert.instanceOf(error, Reply.DecodeMismatch)
        const { message } = error as Reply.DecodeMismatch
        assert.notMatch(message, /s3cret|12345|1152921504606846976/)
        assert.match(message, /^expected .+, got .+/)
      }
    }
  })
})
