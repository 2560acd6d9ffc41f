import { assert, describe, it } from "@effect/vitest"
import { encodeValue, Wire } from "../../src/protocol/RespEncoder.ts"
import { RespParser } from "../../src/protocol/RespParser.ts"
import { portableTextCodec } from "../../src/protocol/TextCodec.ts"
import { chunkSizes, expectedEvents, frames, mutation, noise, toWire } from "./arbitraries.ts"
import { type Example, examples, malformed } from "./examples.ts"
import { bufferTextCodec, cut, type Event, record, recorder, singly, utf8 } from "./recorder.ts"

const eventsOf = (example: Example, bytes: boolean): ReadonlyArray<Event> =>
  bytes ? (example.bytes ?? example.events) : example.events

describe("every example", () => {
  for (const example of examples) {
    it(`reads ${example.name}, whole and cut at every place`, () => {
      const stream = utf8(`${example.wire}:7\r\n`) // what follows must be found where it begins
      for (const bytes of [false, true]) {
        const expected = [...eventsOf(example, bytes), ["reply", 7]]
        const cuts = [[stream], singly(stream)]
        for (let at = 1; at < stream.length; at++) cuts.push([stream.slice(0, at), stream.slice(at)])
        for (const chunks of cuts) {
          for (const text of [portableTextCodec, bufferTextCodec]) {
            const recording = record(chunks, { bytes, text })
            assert.deepStrictEqual(recording.events, expected)
            assert.isUndefined(recording.failure)
          }
        }
      }
    })
  }

  it("is read in one stream with all the others", () => {
    const stream = utf8(examples.map((example) => example.wire).join(""))
    for (const size of [1, 2, 3, 5, 8, 13, 100, stream.length]) {
      const recording = record(cut(stream, [size]))
      assert.deepStrictEqual(
        recording.events,
        examples.flatMap((example) => example.events)
      )
    }
  })
})

describe("arbitrary frames through arbitrary chunking", () => {
  for (const version of [2, 3] as const) {
    it.prop(
      `are read as they were sent in RESP${version}`,
      { frames, chunkSizes },
      (input) => {
        for (const bytes of [false, true]) {
          const stream = Buffer.concat(input.frames.map((frame) => encodeValue(toWire(frame), version)))
          const expected = input.frames.flatMap((frame) => expectedEvents(frame, version, bytes))
          for (const chunks of [[stream], cut(stream, input.chunkSizes)]) {
            const recording = record(chunks, { bytes, text: bufferTextCodec })
            assert.isUndefined(recording.failure)
            assert.deepStrictEqual(recording.events, expected)
            const pushes = input.frames.map((frame) => version === 3 && frame._tag === "Push")
            assert.deepStrictEqual(recording.asked, pushes, "asBytes is asked once for each top-level frame")
          }
        }
      },
      { arbitrary: { runs: 300, size: 12 } }
    )
  }
})

describe("malformed bytes", () => {
  for (const { bad, detail, good, name } of malformed) {
    it(`are found in ${name}, at the same byte however the stream is cut`, () => {
      const before = utf8("+before\r\n")
      const stream = utf8(`+before\r\n${good}${bad}+after\r\n`)
      const offset = before.length + utf8(good).length
      const expected: Array<Event> = [["reply", "before"]]
      for (let at = 0; at < stream.length; at++) {
        const recording = record([stream.slice(0, at), stream.slice(at)])
        assert.strictEqual(recording.failure?.detail, detail)
        assert.strictEqual(recording.failure?.offset, offset)
        assert.deepStrictEqual(recording.events.slice(0, 1), expected)
        assert.notDeepInclude(recording.events, ["reply", "after"])
      }
      const slow = recorder()
      for (const [index, chunk] of singly(stream).entries()) {
        slow.parser.push(chunk)
        assert.strictEqual(slow.failure !== undefined, index >= offset, "it is known as soon as the byte is there")
      }
      assert.strictEqual(slow.failure?.offset, offset)
    })
  }

  it("show up to 32 bytes around them", () => {
    const stream = utf8(`$50\r\n${"x".repeat(50)}?${"y".repeat(50)}`)
    const { failure } = record([stream])
    assert.deepStrictEqual(failure?.bytes, utf8(`${"x".repeat(16)}?${"y".repeat(15)}`))
    assert.deepStrictEqual(record([utf8("+OK\r\n"), utf8("oops")]).failure, {
      offset: 5,
      bytes: utf8("oops"),
      detail: "an unknown type byte 0x6f"
    })
  })

  it("are not asked about, and no later chunk is read", () => {
    const recording = record([utf8("*1\r\n?"), utf8("+OK\r\n"), utf8("\0")])
    assert.deepStrictEqual(recording.events, [])
    assert.strictEqual(recording.failure?.offset, 4)
    assert.deepStrictEqual(record([utf8("?")]).asked, [])
  })

  it.prop(
    "never throw, and mean the same however the stream is cut",
    { noise, chunkSizes },
    (input) => {
      const stream = Uint8Array.from(input.noise)
      const whole = record([stream])
      for (const chunks of [singly(stream), cut(stream, input.chunkSizes)]) {
        const recording = record(chunks)
        assert.deepStrictEqual(recording.events, whole.events)
        assert.strictEqual(recording.failure?.offset, whole.failure?.offset)
        assert.strictEqual(recording.failure?.detail, whole.failure?.detail)
      }
    },
    { arbitrary: { runs: 2000, size: 40 } }
  )

  it.prop(
    "in the middle of valid frames never throw, and mean the same however the stream is cut",
    { frames, mutation, chunkSizes },
    (input) => {
      const valid = Buffer.concat(input.frames.map((frame) => encodeValue(toWire(frame), 3)))
      const { byte, kind, where } = input.mutation
      const at = Math.min(valid.length - 1, Math.floor(where * valid.length))
      const inserted = kind === "remove" ? [] : [byte]
      const stream = Buffer.concat([
        valid.subarray(0, at),
        Uint8Array.from(inserted),
        valid.subarray(kind === "insert" ? at : at + 1)
      ])
      for (const bytes of [false, true]) {
        const whole = record([stream], { bytes })
        const recording = record(cut(stream, input.chunkSizes), { bytes })
        assert.deepStrictEqual(recording.events, whole.events)
        assert.strictEqual(recording.failure?.offset, whole.failure?.offset)
        assert.strictEqual(recording.failure?.detail, whole.failure?.detail)
        if (whole.failure !== undefined) assert.isAtLeast(whole.failure.offset, at)
      }
    },
    { arbitrary: { runs: 1000, size: 12 } }
  )
})

describe("limits", () => {
  const fails = (wire: string, offset: number, limits: Parameters<typeof record>[1] & {}) => {
    for (const chunks of [[utf8(wire)], singly(utf8(wire))]) {
      const { failure } = record(chunks, limits)
      assert.strictEqual(failure?.offset, offset, wire)
      assert.include(failure?.detail, "limit")
    }
  }
  const passes = (wire: string, limits: Parameters<typeof record>[1] & {}) => {
    for (const chunks of [[utf8(wire)], singly(utf8(wire))]) {
      const recording = record(chunks, limits)
      assert.isUndefined(recording.failure)
      assert.strictEqual(recording.events.at(-1)?.[0], "reply")
    }
  }

  it("bound the depth of aggregates of any kind", () => {
    const limits = { maxDepth: 3 }
    passes("*1\r\n~1\r\n*1\r\n:1\r\n", { limits })
    fails("*1\r\n~1\r\n*?\r\n%1\r\n:1\r\n:1\r\n", 12, { limits })
    fails("*1\r\n*1\r\n*1\r\n|1\r\n:1\r\n:1\r\n:1\r\n", 12, { limits })
    fails("*1\r\n*1\r\n*1\r\n*0\r\n", 12, { limits })
  })

  it("allow 128 levels by default, and a million do not exhaust the stack", () => {
    passes(`${"*1\r\n".repeat(128)}:1\r\n`, {})
    fails(`${"*1\r\n".repeat(129)}:1\r\n`, 128 * 4, {})
    const deep = record([utf8(`${"*1\r\n".repeat(1_000_000)}:1\r\n`)], { limits: { maxDepth: 2_000_000 } })
    assert.lengthOf(deep.events, 1)
  })

  it("bound the length of strings, streamed ones in total", () => {
    const limits = { maxBulkBytes: 10 }
    passes("$10\r\n0123456789\r\n", { limits })
    fails("$11\r\n0123456789a\r\n", 2, { limits })
    fails("!11\r\n0123456789a\r\n", 2, { limits })
    fails("=11\r\ntxt:456789a\r\n", 2, { limits })
    passes("$?\r\n;4\r\n0123\r\n;6\r\n456789\r\n;0\r\n", { limits })
    fails("$?\r\n;4\r\n0123\r\n;7\r\n456789a\r\n;0\r\n", 15, { limits })
    fails("$536870913\r\n", 9, {})
  })

  it("bound the number of elements, announced or not", () => {
    const limits = { maxElements: 4 }
    passes("*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n", { limits })
    fails("*5\r\n", 1, { limits })
    fails("~5\r\n", 1, { limits })
    fails(">5\r\n", 1, { limits })
    passes("%2\r\n:1\r\n:1\r\n:1\r\n:1\r\n", { limits })
    fails("%3\r\n", 1, { limits })
    fails("|3\r\n", 1, { limits })
    passes("*?\r\n:1\r\n:1\r\n:1\r\n:1\r\n.\r\n", { limits })
    fails("*?\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n.\r\n", 20, { limits })
    fails("*4294967296\r\n", 9, {})
  })

  it("bound the length of lines, also of one that never ends", () => {
    const limits = { maxLineBytes: 8 }
    passes("+01234567\r\n", { limits })
    passes("(12345678\r\n", { limits })
    for (const type of "+-,(") fails(`${type}123456789`, 9, { limits })
    fails(`+${"x".repeat(65537)}`, 65537, {})
  })

  it("let a hostile announcement reserve nothing", () => {
    const before = process.memoryUsage().arrayBuffers
    const parsers = Array.from({ length: 50 }, () => record([utf8("*60000000\r\n$536870912\r\nabc")]))
    assert.isBelow(process.memoryUsage().arrayBuffers - before, 1024 * 1024)
    for (const { failure } of parsers) assert.isUndefined(failure)
  })
})

describe("large strings", () => {
  const content = new Uint8Array(1024 * 1024 + 1).map((_, index) => 97 + (index % 23))
  const stream = Buffer.concat([utf8(`$${content.length}\r\n`), content, utf8("\r\n")])

  it("are gathered from any chunks in linear time", () => {
    for (const size of [1, 7, 4096, 65536, stream.length]) {
      for (const bytes of [true, false]) {
        const { events } = record(cut(stream, [size]), { bytes, text: bufferTextCodec })
        const value = events[0]?.[1]
        assert.isTrue(typeof value === "string" ? value === Buffer.from(content).toString() : isEqual(value, content))
      }
    }
  })

  it("are gathered from single bytes where they are streamed too", () => {
    const streamed = encodeValue(Wire.streamedString(cut(content.slice(0, 100_000), [1])), 3)
    const { events } = record([streamed], { bytes: true })
    assert.isTrue(isEqual(events[0]?.[1], content.slice(0, 100_000)))
  })

  it("are views where they are most of the chunk, and copies where a small value would pin a large chunk", () => {
    const large = record([stream], { bytes: true }).events[0]?.[1]
    assert.instanceOf(large, Uint8Array)
    assert.strictEqual(large.buffer, stream.buffer)
    const chunk = Buffer.concat([utf8("$5000\r\n"), content.slice(0, 5000), utf8("\r\n"), stream, stream])
    const values = record([chunk], { bytes: true }).events.map((event) => event[1])
    for (const value of values) {
      assert.instanceOf(value, Uint8Array)
      assert.strictEqual(Object.getPrototypeOf(value), Uint8Array.prototype)
      assert.isAtMost(value.buffer.byteLength, 2 * value.length)
    }
  })

  it("that the platform cannot hold are a failure and no exception", () => {
    const text = {
      ...portableTextCodec,
      utf8: () => {
        throw new RangeError("too long")
      }
    }
    for (const chunks of [[stream, stream], cut(stream, [1000])]) {
      const { events, failure } = record(chunks, { text })
      assert.deepStrictEqual(events, [])
      assert.strictEqual(failure?.detail, "a string that is too long for the platform")
      assert.strictEqual(failure?.offset, stream.length - 2)
    }
  })
})

describe("the handler", () => {
  it("may stop the parser, and nothing of the chunk or of later ones arrives", () => {
    for (const wire of [
      "+a\r\n+b\r\n",
      ":1\r\n:2\r\n",
      ">1\r\n:1\r\n:2\r\n",
      "|1\r\n:1\r\n:1\r\n:2\r\n",
      "_\r\n_\r\n"
    ]) {
      for (const chunks of [[utf8(wire)], singly(utf8(wire))]) {
        const recording = record([...chunks, utf8("+later\r\n")], { on: (_, parser) => parser.stop() })
        assert.lengthOf(recording.events, 1)
        assert.isAtMost(recording.asked.length, 1)
        assert.isUndefined(recording.failure)
      }
    }
  })

  it("may stop the parser when it is asked how strings are wanted", () => {
    const replies: Array<unknown> = []
    const parser: RespParser = new RespParser(
      {
        onReply: (value) => replies.push(value),
        onPush: () => {},
        asBytes: () => {
          parser.stop()
          return false
        }
      },
      portableTextCodec
    )
    parser.push(utf8("+a\r\n+b\r\n"))
    assert.deepStrictEqual(replies, [])
  })

  it("need not listen to attributes", () => {
    const replies: Array<unknown> = []
    const parser = new RespParser(
      { onReply: (value) => replies.push(value), onPush: () => {}, asBytes: () => false },
      portableTextCodec
    )
    parser.push(utf8("|1\r\n+a\r\n:1\r\n*1\r\n|1\r\n+a\r\n:1\r\n:2\r\n"))
    assert.deepStrictEqual(replies, [[2]])
  })

  it("chooses bytes or text for each frame anew", () => {
    const asked: Array<boolean> = []
    const values: Array<unknown> = []
    const parser = new RespParser(
      {
        onReply: (value) => values.push(value),
        onPush: (pushed) => values.push(pushed),
        asBytes: (push) => asked.push(push) % 2 === 0
      },
      portableTextCodec
    )
    parser.push(utf8("$1\r\na\r\n|1\r\n$1\r\nk\r\n$1\r\nv\r\n$1\r\nb\r\n>1\r\n$1\r\nc\r\n*2\r\n$1\r\nd\r\n"))
    parser.push(utf8("$1\r\ne\r\n$1\r\nf\r\n"))
    assert.deepStrictEqual(values, ["a", utf8("b"), ["c"], [utf8("d"), utf8("e")], "f"])
    assert.deepStrictEqual(asked, [false, false, true, false, false])
  })

  it("poisons the parser by what it throws, and push hands that on", () => {
    for (const chunks of [[utf8("+a\r\n:1\r\n+b\r\n")], singly(utf8("+a\r\n:1\r\n+b\r\n"))]) {
      const recording = recorder({
        on: (event) => {
          if (event[1] === 1) throw new Error("from the handler")
        }
      })
      assert.throws(() => {
        for (const chunk of chunks) recording.parser.push(chunk)
      }, "from the handler")
      assert.strictEqual(recording.failure?.detail, "handler")
      assert.strictEqual(recording.failure?.offset, 8)
      recording.parser.push(utf8("+c\r\n"))
      assert.deepStrictEqual(recording.events, [
        ["reply", "a"],
        ["reply", 1]
      ])
    }
  })

  it("must not push", () => {
    const recording = recorder({ on: (_, parser) => parser.push(utf8("+b\r\n")) })
    assert.throws(() => recording.parser.push(utf8("+a\r\n")), "must not be called from a callback")
    assert.strictEqual(recording.failure?.detail, "handler")
  })
})

it("an empty chunk changes nothing", () => {
  const nothing = new Uint8Array(0)
  const recording = record([nothing, utf8("$2\r\na"), nothing, utf8("b\r"), nothing, utf8("\n"), nothing])
  assert.deepStrictEqual(recording.events, [["reply", "ab"]])
})

const isEqual = (value: unknown, bytes: Uint8Array): boolean =>
  value instanceof Uint8Array && Buffer.compare(value, bytes) === 0
