import { assert, describe, it } from "@effect/vitest"
import { ownBytes, SHORT_TEXT_BYTES, shortAscii, textOf } from "../../../src/protocol/internal/bytes.ts"
import { portableTextCodec } from "../../../src/protocol/TextCodec.ts"
import { utf8 } from "../recorder.ts"

describe("shortAscii", () => {
  it("reads ASCII of every short length, and gives way at any byte that is none", () => {
    const text = "\0abcdefghijklmnopqrstuvwxyz\x7f"
    for (let length = 0; length <= SHORT_TEXT_BYTES; length++) {
      const bytes = utf8(`éé${text}`)
      assert.strictEqual(shortAscii(bytes, 4, 4 + length), text.slice(0, length))
      for (let at = 4; at < 4 + length; at++) {
        const other = bytes.slice()
        other[at] = 128
        assert.isUndefined(shortAscii(other, 4, 4 + length))
      }
    }
  })
})

describe("textOf", () => {
  it("asks the codec only for what is long or not ASCII", () => {
    const asked: Array<string> = []
    const codec = {
      ...portableTextCodec,
      utf8: (bytes: Uint8Array, start: number, end: number) => {
        asked.push(portableTextCodec.utf8(bytes, start, end))
        return "from the codec"
      }
    }
    const read = (text: string) => textOf(utf8(text), 0, utf8(text).length, codec)
    assert.deepStrictEqual(["", "short", "é", "x".repeat(SHORT_TEXT_BYTES + 1)].map(read), [
      "",
      "short",
      "from the codec",
      "from the codec"
    ])
    assert.deepStrictEqual(asked, ["é", "x".repeat(SHORT_TEXT_BYTES + 1)])
  })
})

describe("ownBytes", () => {
  it("copies a value that is less than half of what a view would keep alive", () => {
    const chunk = new Uint8Array(10_000).map((_, index) => index)
    const view = ownBytes(chunk, 10, 5010)
    const copy = ownBytes(chunk, 10, 5009)
    const small = ownBytes(new Uint8Array(100), 0, 100)
    assert.strictEqual(view.buffer, chunk.buffer)
    assert.deepStrictEqual(view, chunk.slice(10, 5010))
    assert.notStrictEqual(copy.buffer, chunk.buffer)
    assert.deepStrictEqual(copy, chunk.slice(10, 5009))
    assert.lengthOf(small, 100)
  })

  it("counts the memory behind the chunk, not the chunk", () => {
    const chunk = new Uint8Array(100_000).subarray(0, 5000)
    assert.notStrictEqual(ownBytes(chunk, 0, 5000).buffer, chunk.buffer)
  })
})
