import { assert, describe, it } from "@effect/vitest"
import { encodeValue, RespMap, type RespValue, Wire } from "@reef-redis/client/protocol"
import { type Frame, FrameSplitter } from "../../../src/internal/proxy/FrameSplitter.ts"

const FRAMES = [
  encodeValue(Wire.simple("OK"), 3),
  encodeValue("two\r\nlines\n", 3),
  encodeValue([1, ["a", undefined], []], 3),
  encodeValue(Wire.push(["message", "c", "m"]), 3),
  encodeValue(new RespMap(["k", 1.5]), 3),
  encodeValue(Wire.attributed(["ttl", 1], "with attribute"), 3),
  encodeValue(Wire.streamed("array", [1, Wire.streamedString(["a", "b"])]), 3),
  encodeValue("", 3)
]
const VALUES: ReadonlyArray<RespValue> = [
  "OK",
  "two\r\nlines\n",
  [1, ["a", undefined], []],
  ["message", "c", "m"],
  new RespMap(["k", 1.5]),
  "with attribute",
  [1, "ab"],
  ""
]

const split = (chunks: ReadonlyArray<Uint8Array>) => {
  const frames: Array<Frame> = []
  const splitter = new FrameSplitter((frame) => void frames.push(frame), false)
  for (const chunk of chunks) splitter.push(chunk)
  return { frames, splitter }
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1")

describe("FrameSplitter", () => {
  it("gives the same frames, byte by byte and in two pieces wherever they are cut", () => {
    const stream = Buffer.concat(FRAMES)
    const cuts = [Array.from(stream, (_, at) => stream.subarray(at, at + 1))]
    for (let at = 0; at <= stream.length; at++) cuts.push([stream.subarray(0, at), stream.subarray(at)])
    for (const chunks of cuts) {
      const { frames, splitter } = split(chunks)
      assert.deepStrictEqual(
        frames.map(({ bytes }) => text(bytes)),
        FRAMES.map(text)
      )
      assert.deepStrictEqual(
        frames.map((frame) => (frame._tag === "Frame" ? frame.value : undefined)),
        VALUES
      )
      assert.deepStrictEqual(
        frames.map((frame) => frame._tag === "Frame" && frame.push),
        FRAMES.map((_, index) => index === 3)
      )
      assert.isFalse(splitter.opaque)
    }
  })

  it("reads the words of a request as bytes where asked to", () => {
    const frames: Array<Frame> = []
    new FrameSplitter((frame) => void frames.push(frame), true).push(encodeValue(["GET", "k"], 2))
    const [frame] = frames
    assert.deepStrictEqual(frame?._tag === "Frame" ? frame.value : undefined, [
      new Uint8Array(Buffer.from("GET")),
      new Uint8Array(Buffer.from("k"))
    ])
  })

  it("lets pass as it comes whatever is not RESP, from there on", () => {
    const { frames, splitter } = split([Buffer.from("+OK\r\nPING\r"), Buffer.from("\n+OK\r\n")])
    assert.isTrue(splitter.opaque)
    assert.strictEqual(frames.map(({ bytes }) => text(bytes)).join(""), "+OK\r\nPING\r\n+OK\r\n")
    assert.deepStrictEqual(
      frames.map(({ _tag }) => _tag),
      ["Frame", "Bytes", "Bytes"]
    )
  })

  it("gives out an unfinished frame when the stream ends", () => {
    const { frames, splitter } = split([Buffer.from("$5\r\nab")])
    assert.deepStrictEqual(frames, [])
    splitter.flush()
    splitter.flush()
    assert.deepStrictEqual(
      frames.map(({ bytes }) => text(bytes)),
      ["$5\r\nab"]
    )
  })
})
