import { assert, describe, it } from "@effect/vitest"
import { encodeValue, Wire, type WireValue } from "../../src/protocol/RespEncoder.ts"
import { RespError, RespMap } from "../../src/protocol/RespValue.ts"
import { record } from "./recorder.ts"

const wire = (value: WireValue, version: 2 | 3): string => Buffer.from(encodeValue(value, version)).toString()

/** A value and its bytes in RESP3 and in RESP2. */
const cases: ReadonlyArray<readonly [WireValue, resp3: string, resp2: string]> = [
  ["é", "$2\r\né\r\n", "$2\r\né\r\n"],
  [Uint8Array.of(97), "$1\r\na\r\n", "$1\r\na\r\n"],
  [undefined, "_\r\n", "$-1\r\n"],
  [Wire.nullArray, "_\r\n", "*-1\r\n"],
  [true, "#t\r\n", ":1\r\n"],
  [false, "#f\r\n", ":0\r\n"],
  [-7, ":-7\r\n", ":-7\r\n"],
  [1.5, ",1.5\r\n", "$3\r\n1.5\r\n"],
  [-0, ",-0\r\n", "$2\r\n-0\r\n"],
  [1e300, ",1e+300\r\n", "$6\r\n1e+300\r\n"],
  [-Infinity, ",-inf\r\n", "$4\r\n-inf\r\n"],
  [NaN, ",nan\r\n", "$3\r\nnan\r\n"],
  [Wire.double(3), ",3\r\n", "$1\r\n3\r\n"],
  [2n ** 62n, ":4611686018427387904\r\n", ":4611686018427387904\r\n"],
  [-(2n ** 63n), ":-9223372036854775808\r\n", ":-9223372036854775808\r\n"],
  [2n ** 63n, "(9223372036854775808\r\n", "$19\r\n9223372036854775808\r\n"],
  [5n, "(5\r\n", "$1\r\n5\r\n"],
  [Wire.bigNumber(2n ** 62n), "(4611686018427387904\r\n", "$19\r\n4611686018427387904\r\n"],
  [Wire.simple("OK"), "+OK\r\n", "+OK\r\n"],
  [Wire.simple("a\r\nb"), "+a  b\r\n", "+a  b\r\n"],
  [Wire.bulk("x"), "$1\r\nx\r\n", "$1\r\nx\r\n"],
  [Wire.verbatim("x"), "=5\r\ntxt:x\r\n", "$1\r\nx\r\n"],
  [Wire.verbatim("é", "mkd"), "=6\r\nmkd:é\r\n", "$2\r\né\r\n"],
  [Wire.streamedString(["ab", "", "c"]), "$?\r\n;2\r\nab\r\n;1\r\nc\r\n;0\r\n", "$3\r\nabc\r\n"],
  [new RespError("ERR x"), "-ERR x\r\n", "-ERR x\r\n"],
  [new RespError("ERR\nx"), "!5\r\nERR\nx\r\n", "-ERR x\r\n"],
  [Wire.bulkError("ERR x"), "!5\r\nERR x\r\n", "-ERR x\r\n"],
  [[1, [2]], "*2\r\n:1\r\n*1\r\n:2\r\n", "*2\r\n:1\r\n*1\r\n:2\r\n"],
  [Wire.set([1]), "~1\r\n:1\r\n", "*1\r\n:1\r\n"],
  [new RespMap(["a", 1]), "%1\r\n$1\r\na\r\n:1\r\n", "*2\r\n$1\r\na\r\n:1\r\n"],
  [Wire.map([Wire.simple("a"), 1]), "%1\r\n+a\r\n:1\r\n", "*2\r\n+a\r\n:1\r\n"],
  [Wire.push(["x"]), ">1\r\n$1\r\nx\r\n", "*1\r\n$1\r\nx\r\n"],
  [Wire.streamed("array", [1]), "*?\r\n:1\r\n.\r\n", "*1\r\n:1\r\n"],
  [Wire.streamed("set", []), "~?\r\n.\r\n", "*0\r\n"],
  [Wire.streamed("map", [1, 2]), "%?\r\n:1\r\n:2\r\n.\r\n", "*2\r\n:1\r\n:2\r\n"],
  [Wire.attributed([Wire.simple("ttl"), 5], 1), "|1\r\n+ttl\r\n:5\r\n:1\r\n", ":1\r\n"],
  [Wire.raw("?anything"), "?anything", "?anything"]
]

describe("encodeValue", () => {
  for (const [value, resp3, resp2] of cases) {
    it(`writes ${JSON.stringify(resp3)} in RESP3 and its like in RESP2`, () => {
      assert.strictEqual(wire(value, 3), resp3)
      assert.strictEqual(wire(value, 2), resp2)
    })
  }

  it("writes plain values so that the parser reads the same ones", () => {
    const plain = [
      ...["", "text", 0, -0, 1.5, NaN, Infinity, 2 ** 53, 5n, 2n ** 53n, 2n ** 63n, -(2n ** 70n), true, undefined],
      new RespError("ERR a\r\nb"),
      new RespMap([1, [new RespMap([])]])
    ]
    assert.deepStrictEqual(record([encodeValue(plain, 3)]).events, [["reply", plain]])
  })

  it("refuses a map whose last key has no value", () => {
    for (const value of [new RespMap([1]), Wire.map([1]), Wire.streamed("map", [1]), Wire.attributed([1], 1)]) {
      assert.throws(() => encodeValue(value, 3), RangeError)
    }
  })
})
