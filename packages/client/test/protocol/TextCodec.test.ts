import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { portableTextCodec } from "../../src/protocol/TextCodec.ts"
import { bufferTextCodec } from "./recorder.ts"

const byte = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))
const unit = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffff }))
const surrogate = Schema.Int.check(Schema.isBetween({ minimum: 0xd700, maximum: 0xe100 }))

describe("portableTextCodec", () => {
  it.prop(
    "turns any bytes into what Node's Buffer makes of them",
    { before: Schema.Array(byte), bytes: Schema.Array(byte) },
    ({ before, bytes }) => {
      const all = Uint8Array.from([...before, ...bytes, 65])
      const range = [before.length, all.length - 1] as const
      assert.strictEqual(portableTextCodec.utf8(all, ...range), bufferTextCodec.utf8(all, ...range))
      assert.strictEqual(portableTextCodec.latin1(all, ...range), bufferTextCodec.latin1(all, ...range))
    }
  )

  it.prop(
    "encodes and measures any text as Node's Buffer does, surrogates too",
    { text: Schema.String, units: Schema.Array(Schema.Union([unit, surrogate, surrogate])) },
    ({ text, units }) => {
      for (const one of [text, String.fromCharCode(...units)]) {
        assert.deepStrictEqual(Array.from(portableTextCodec.encode(one)), Array.from(Buffer.from(one)))
        assert.strictEqual(portableTextCodec.byteLength(one), Buffer.byteLength(one))
      }
    },
    { arbitrary: { runs: 500 } }
  )

  it("keeps a byte order mark, which is content", () => {
    const bytes = portableTextCodec.encode("\ufeffx")
    assert.strictEqual(portableTextCodec.utf8(bytes, 0, bytes.length), "\ufeffx")
  })

  it("reads ranges far longer than the argument lists of functions", () => {
    const bytes = new Uint8Array(300_000).map((_, index) => index)
    const text = portableTextCodec.latin1(bytes, 1, bytes.length)
    assert.isTrue(text === Buffer.from(bytes).toString("latin1", 1))
  })
})
