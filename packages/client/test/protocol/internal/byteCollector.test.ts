import { assert, describe, it } from "@effect/vitest"
import { ByteCollector } from "../../../src/protocol/internal/byteCollector.ts"
import { portableTextCodec } from "../../../src/protocol/TextCodec.ts"
import { cut } from "../recorder.ts"

const bytes = new Uint8Array(10_000).map((_, index) => 97 + (index % 26))

const collect = (collector: ByteCollector, limit: number, size: number): void => {
  collector.begin(limit)
  for (const chunk of cut(bytes, [size])) collector.append(chunk, 0, chunk.length)
}

describe("ByteCollector", () => {
  it("gives back what was appended, announced or not, as bytes and as text", () => {
    const collector = new ByteCollector()
    for (const limit of [bytes.length, Infinity]) {
      for (const size of [1, 7, 1000, 5000, 10_000]) {
        collect(collector, limit, size)
        assert.deepStrictEqual(collector.takeBytes(), bytes)
        collect(collector, limit, size)
        assert.strictEqual(collector.takeText(portableTextCodec), Buffer.from(bytes).toString())
      }
    }
  })

  it("appends a range of a chunk", () => {
    const collector = new ByteCollector()
    collector.begin(3)
    collector.append(Uint8Array.of(1, 2, 3, 4), 1, 3)
    collector.append(Uint8Array.of(1, 2, 3, 4), 3, 4)
    assert.deepStrictEqual(collector.takeBytes(), Uint8Array.of(2, 3, 4))
  })

  it("reserves at most twice what arrived, whatever was announced", () => {
    const collector = new ByteCollector()
    collect(collector, 2 ** 29, 5000)
    let reserved = 0
    collector.takeText({
      ...portableTextCodec,
      utf8: (buffer) => {
        reserved = buffer.buffer.byteLength
        return ""
      }
    })
    assert.isAtLeast(reserved, bytes.length)
    assert.isAtMost(reserved, 2 * bytes.length)
  })

  it("hands out bytes that no later string overwrites, at sizes around every reservation", () => {
    const collector = new ByteCollector()
    const take = (size: number, byte: number): Uint8Array => {
      collector.begin(size)
      for (const part of cut(new Uint8Array(size).fill(byte), [Math.ceil(size / 2)])) {
        collector.append(part, 0, part.length)
      }
      return collector.takeBytes()
    }
    for (let size = 1; size <= 4097; size++) {
      const first = take(size, 1)
      take(size, 2)
      assert.strictEqual(first.buffer.byteLength, size)
      assert.isTrue(first.every((byte) => byte === 1))
    }
  })

  it("is empty after it was released", () => {
    const collector = new ByteCollector()
    collect(collector, Infinity, 100)
    collector.release()
    assert.strictEqual(collector.length, 0)
    assert.deepStrictEqual(collector.takeBytes(), new Uint8Array(0))
  })
})
