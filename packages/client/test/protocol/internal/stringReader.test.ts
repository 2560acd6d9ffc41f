import { assert, describe, it } from "@effect/vitest"
import { ByteCollector } from "../../../src/protocol/internal/byteCollector.ts"
import { StringReader } from "../../../src/protocol/internal/stringReader.ts"
import { portableTextCodec } from "../../../src/protocol/TextCodec.ts"
import { cut, utf8 } from "../recorder.ts"

const make = () => new StringReader(portableTextCodec, new ByteCollector())

describe("StringReader", () => {
  it("reads exactly its bytes from any chunks, and drops a prefix", () => {
    for (const size of [1, 2, 3, 4, 5, 20]) {
      for (const bytes of [true, false]) {
        const reader = make()
        reader.begin(9, 4, bytes)
        let read = 0
        for (const chunk of cut(utf8("txt:héllo\r\n").slice(0, 11), [size])) {
          if (reader.done) break
          read += reader.scan(chunk, 0, chunk.length)
        }
        assert.isTrue(reader.done)
        assert.strictEqual(read, 9)
        assert.deepStrictEqual(reader.value, bytes ? utf8("héll") : "héll")
      }
    }
  })

  it("is complete without a byte if it has none, once it is asked", () => {
    for (const bytes of [true, false]) {
      const reader = make()
      reader.begin(0, 0, bytes)
      assert.strictEqual(reader.scan(utf8("\r"), 0, 1), 0)
      assert.isTrue(reader.done)
      assert.deepStrictEqual(reader.value, bytes ? new Uint8Array(0) : "")
    }
  })

  it("points at the byte that should be the colon of a prefix", () => {
    const reader = make()
    reader.begin(9, 4, false)
    assert.strictEqual(reader.scan(utf8("..txtx"), 2, 6), ~5)
    assert.strictEqual(reader.detail, "a verbatim string without its prefix")
  })

  it("joins the pieces of a streamed string before it decodes them", () => {
    const reader = make()
    reader.beginStream(false)
    for (const piece of cut(utf8("é€"), [1])) {
      reader.beginPiece(1)
      assert.isFalse(reader.done)
      reader.scan(piece, 0, 1)
      assert.isTrue(reader.done)
      assert.isTrue(reader.streaming)
    }
    assert.strictEqual(reader.length, 5)
    assert.isTrue(reader.endStream())
    assert.strictEqual(reader.value, "é€")
    assert.isFalse(reader.streaming)
  })
})
