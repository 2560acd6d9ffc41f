import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  encodeCommand,
  encodeHeader,
  type Frame,
  frameBytes,
  InvalidArg,
  LARGE_PAYLOAD_BYTES
} from "../../src/protocol/RespWriter.ts"
import { portableTextCodec } from "../../src/protocol/TextCodec.ts"
import { bufferTextCodec, record, utf8 } from "./recorder.ts"

const header = encodeHeader(["SET"])

const encode = (args: ReadonlyArray<unknown>, text = portableTextCodec): Frame => {
  const frame = encodeCommand(header, 1, args, text)
  if (frame instanceof InvalidArg) return assert.fail(`${frame.position}: ${frame.detail}`)
  return frame
}

/** The bytes of a frame, each piece written as a transport writes it. */
const written = (frame: Frame): Buffer =>
  Buffer.concat(
    (typeof frame === "string" ? [frame] : frame).map((piece) =>
      typeof piece === "string" ? Buffer.from(piece, "latin1") : piece
    )
  )

/** What a server reads: the words of the command as bytes. */
const words = (frame: Frame): unknown => {
  const { events, failure } = record([written(frame)], { bytes: true })
  assert.isUndefined(failure)
  assert.lengthOf(events, 1)
  return events[0]?.[1]
}

const invalid = (args: ReadonlyArray<unknown>): InvalidArg => {
  const result = encodeCommand(header, 1, args, portableTextCodec)
  return result instanceof InvalidArg ? result : assert.fail("encoded")
}

describe("encodeHeader", () => {
  it("encodes the words of a name as bulk strings", () => {
    assert.strictEqual(encodeHeader(["GET"]), "$3\r\nGET\r\n")
    assert.strictEqual(encodeHeader(["CLIENT", "SETNAME"]), "$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n")
    assert.strictEqual(encodeHeader(["é"]), "$2\r\n\xc3\xa9\r\n")
  })
})

describe("encodeCommand", () => {
  it("makes one string of a short command", () => {
    assert.strictEqual(encodeCommand("$4\r\nPING\r\n", 1, [], portableTextCodec), "*1\r\n$4\r\nPING\r\n")
    assert.strictEqual(encode(["k", ""]), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n")
    assert.strictEqual(
      encodeCommand(encodeHeader(["CLIENT", "SETNAME"]), 2, ["x"], portableTextCodec),
      "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$1\r\nx\r\n"
    )
  })

  it("counts bytes and not characters, short or long", () => {
    assert.strictEqual(encode(["é"]), "*2\r\n$3\r\nSET\r\n$2\r\n\xc3\xa9\r\n")
    for (const text of ["€", "😀", "\ud800", "a\ud800b", "\udc00\ud800", "ascii then é", "é".repeat(900), "\0\r\n"]) {
      assert.deepStrictEqual(words(encode([text])), [utf8("SET"), utf8(text)])
    }
  })

  it("writes numbers in their shortest exact spelling, infinities as inf", () => {
    const numbers = [0, -0, 1, -17, 1.5, 0.1 + 0.2, 1e21, 1e-7, Number.MAX_SAFE_INTEGER, Infinity, -Infinity]
    const spelled = "0 0 1 -17 1.5 0.30000000000000004 1e+21 1e-7 9007199254740991 inf -inf".split(" ")
    assert.deepStrictEqual(words(encode(numbers)), ["SET", ...spelled].map(utf8))
    const bigints = [0n, -5n, 2n ** 64n]
    assert.deepStrictEqual(words(encode(bigints)), ["SET", "0", "-5", "18446744073709551616"].map(utf8))
  })

  it("accepts any Uint8Array", () => {
    const backing = Uint8Array.of(9, 8, 7, 255, 128, 0, 5)
    const args = [
      Buffer.from([200, 13]),
      backing.subarray(2, 6),
      new Uint8Array(0),
      new Uint8Array(new SharedArrayBuffer(2))
    ]
    const expected = [
      utf8("SET"),
      Uint8Array.of(200, 13),
      Uint8Array.of(7, 255, 128, 0),
      new Uint8Array(0),
      new Uint8Array(2)
    ]
    assert.deepStrictEqual(words(encode(args)), expected)
  })

  it("does not copy large bytes", () => {
    const large = new Uint8Array(LARGE_PAYLOAD_BYTES).fill(200)
    const small = large.subarray(1)
    const frame = encode(["k", large, small, large])
    assert.isArray(frame)
    assert.lengthOf(frame, 5)
    assert.strictEqual(frame[1], large)
    assert.strictEqual(frame[3], large)
    assert.deepStrictEqual(words(frame), [utf8("SET"), utf8("k"), large, small, large])
  })

  it("copies small bytes at once, so that they may change afterwards", () => {
    const small = Uint8Array.of(1, 2, 3)
    const frame = encode([small])
    small.fill(9)
    assert.deepStrictEqual(words(frame), [utf8("SET"), Uint8Array.of(1, 2, 3)])
  })

  it("encodes long text that is not ASCII once, as bytes", () => {
    const text = "é".repeat(LARGE_PAYLOAD_BYTES)
    const frame = encode([text, "x"])
    assert.isArray(frame)
    assert.deepStrictEqual(frame[1], utf8(text))
    assert.deepStrictEqual(words(frame), ["SET", text, "x"].map(utf8))
  })

  it("does not join long ASCII text to anything", () => {
    const text = "x".repeat(1_000_000)
    const frame = encode(["k", text])
    assert.isArray(frame)
    assert.strictEqual(frame[1], text)
    assert.deepStrictEqual(words(frame), ["SET", "k", text].map(utf8))
  })

  it("builds no string that a platform could not hold", () => {
    const args = Array.from({ length: 2000 }, () => "x".repeat(1000))
    const frame = encode(args)
    assert.isArray(frame)
    for (const piece of frame) assert.isBelow(piece.length, 80_000)
    assert.deepStrictEqual(words(frame), ["SET", ...args].map(utf8))
    const huge = "x".repeat(2 ** 28)
    assert.strictEqual(frameBytes(encode([huge, huge, huge])), "*4\r\n$3\r\nSET\r\n".length + 3 * (14 + 2 ** 28))
  })

  it("names the position of what cannot be sent, and never its value", () => {
    const sparse: Array<unknown> = ["a", "b", "c"]
    delete sparse[1]
    const cases: ReadonlyArray<readonly [ReadonlyArray<unknown>, number, string]> = [
      [[undefined], 0, "undefined"],
      [["k", null], 1, "null"],
      [["k", "v", NaN], 2, "NaN"],
      [[true], 0, "a boolean"],
      [[1, {}], 1, "an object"],
      [[1, new Date()], 1, "an object"],
      [[1, new String("boxed")], 1, "an object"],
      [[1, ["nested"]], 1, "an array"],
      [[Symbol("s")], 0, "a symbol"],
      [[() => "secret"], 0, "a function"],
      [[new ArrayBuffer(2)], 0, "an object"],
      [[new DataView(new ArrayBuffer(2))], 0, "an object"],
      [[new Uint16Array(2)], 0, "an object"],
      [[new Uint8ClampedArray(2)], 0, "an object"],
      [[Object.create(null)], 0, "an object"],
      [sparse, 1, "undefined"],
      [["x".repeat(1_000_000), undefined, null], 1, "undefined"]
    ]
    for (const [args, position, detail] of cases) {
      assert.deepStrictEqual({ ...invalid(args) }, { position, detail })
    }
  })

  const byte = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))
  const times = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3000 }))
  const arg = Schema.Union([
    Schema.String,
    Schema.Struct({ text: Schema.String, times }),
    Schema.Array(byte),
    Schema.Struct({ bytes: Schema.Array(byte), times }),
    Schema.Finite,
    Schema.Int,
    Schema.BigInt
  ])

  it.prop(
    "is read back by the parser as the same words, and frameBytes is exact",
    { inputs: Schema.Array(arg) },
    ({ inputs }) => {
      const args = inputs.map((input): string | Uint8Array | number | bigint => {
        if (typeof input !== "object") return input
        if ("text" in input) return `${input.text}é`.repeat(input.times)
        return "bytes" in input
          ? new Uint8Array(Buffer.alloc(input.times, Uint8Array.from([0, ...input.bytes])))
          : Uint8Array.from(input)
      })
      const expected = args.map((one) =>
        typeof one === "object" ? one : utf8(typeof one === "string" ? one : one === 0 ? "0" : `${one}`)
      )
      for (const text of [portableTextCodec, bufferTextCodec]) {
        const frame = encode(args, text)
        assert.deepStrictEqual(words(frame), [utf8("SET"), ...expected])
        assert.strictEqual(frameBytes(frame), written(frame).length)
      }
    },
    { arbitrary: { runs: 200, size: 20 } }
  )
})
