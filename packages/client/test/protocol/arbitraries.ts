/** Arbitrary replies: how each is sent, and what a parser has to make of it in either version and either view. */
import { Arbitrary, Schema } from "effect"
import { type Elements, Wire, type WireValue } from "../../src/protocol/RespEncoder.ts"
import { RespError, RespMap, type RespValue } from "../../src/protocol/RespValue.ts"
import type { Event } from "./recorder.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const int64 = Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: -(2n ** 63n), maximum: 2n ** 63n - 1n }))

// One to four bytes in UTF-8, a byte order mark, a lone surrogate, and what the protocol gives a meaning.
const unit = Schema.Literals(["a", "\0", "é", "€", "😀", "\ufeff", "\ud800", "\r", "\n", "$", ":", "*"])

const text = Schema.Union([
  Schema.String,
  Schema.TemplateLiteral([Schema.String, unit, unit, unit, unit, Schema.String]),
  Schema.TemplateLiteral([unit, unit, unit])
])

const Leaf = Schema.Union([
  Schema.TaggedStruct("Text", { text }),
  Schema.TaggedStruct("Long", { times: between(0, 3000), text: unit }),
  Schema.TaggedStruct("Bytes", { bytes: Schema.Array(between(0, 255)) }),
  Schema.TaggedStruct("Simple", { text }),
  Schema.TaggedStruct("Verbatim", { text }),
  Schema.TaggedStruct("Streamed", { pieces: Schema.Array(text) }),
  Schema.TaggedStruct("Number", { value: Schema.Union([Schema.Int, Schema.Number]) }),
  Schema.TaggedStruct("Double", { value: Schema.Number }),
  Schema.TaggedStruct("Integer", { value: int64 }),
  Schema.TaggedStruct("Big", { value: Schema.BigInt, shift: between(0, 200) }),
  Schema.TaggedStruct("Boolean", { value: Schema.Boolean }),
  Schema.TaggedStruct("Null", {}),
  Schema.TaggedStruct("NullArray", {}),
  Schema.TaggedStruct("Error", { message: text }),
  Schema.TaggedStruct("BulkError", { message: text })
])

type Pairs = ReadonlyArray<readonly [Tree, Tree]>

export type Tree =
  | typeof Leaf.Type
  | { readonly _tag: "List"; readonly kind: "array" | "set"; readonly streamed: boolean; readonly items: Trees }
  | { readonly _tag: "Map"; readonly streamed: boolean; readonly pairs: Pairs }
  | { readonly _tag: "Attributed"; readonly pairs: Pairs; readonly value: Tree }

type Trees = ReadonlyArray<Tree>

const self = Schema.suspend((): Schema.Codec<Tree> => Tree)
const pairs = Schema.Array(Schema.Tuple([self, self]))
const Tree: Schema.Codec<Tree> = Schema.Union([
  Leaf,
  Schema.TaggedStruct("List", {
    kind: Schema.Literals(["array", "set"]),
    streamed: Schema.Boolean,
    items: Schema.Array(self)
  }),
  Schema.TaggedStruct("Map", { streamed: Schema.Boolean, pairs }),
  Schema.TaggedStruct("Attributed", { pairs, value: self })
])

const Frame = Schema.Union([Tree, Schema.TaggedStruct("Push", { items: Schema.Array(Tree) })])

/** A top-level frame. */
export type Frame = typeof Frame.Type

/** Some top-level frames in a row. */
export const frames = Arbitrary.schema(Schema.Array(Frame).check(Schema.isMinLength(1), Schema.isMaxLength(4)))

/** Chunk sizes that repeat over a stream; most are small, so that every kind of place is cut. */
export const chunkSizes = Arbitrary.schema(
  Schema.Array(Schema.Union([between(1, 4), between(1, 40), between(1, 2000)])).check(Schema.isMinLength(1))
)

/** A change of one byte: where (as a fraction of the stream), to what, and whether it replaces, is inserted or removes. */
export const mutation = Arbitrary.schema(
  Schema.Struct({
    where: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
    byte: Schema.Union([
      between(0, 255),
      Schema.Literals([..."+-:$*_#,(!=%~>|;.\r\n?019"].map((c) => c.charCodeAt(0)))
    ]),
    kind: Schema.Literals(["replace", "insert", "remove"])
  })
)

/** Bytes of which most mean something to the protocol. */
export const noise = Arbitrary.schema(
  Schema.Array(
    Schema.Union([
      Schema.Literals([..."+-:$*_#,(!=%~>|;.?0123tfinan\r\r\r\n\n\n"].map((c) => c.charCodeAt(0))),
      between(0, 255)
    ])
  )
)

export const toWire = (frame: Frame): WireValue => {
  switch (frame._tag) {
    case "Text":
      return frame.text
    case "Long":
      return frame.text.repeat(frame.times)
    case "Bytes":
      return Uint8Array.from(frame.bytes)
    case "Simple":
      return Wire.simple(frame.text)
    case "Verbatim":
      return Wire.verbatim(frame.text)
    case "Streamed":
      return Wire.streamedString(frame.pieces)
    case "Number":
      return frame.value
    case "Double":
      return Wire.double(frame.value)
    case "Integer":
      return frame.value
    case "Big":
      return Wire.bigNumber(frame.value << BigInt(frame.shift))
    case "Boolean":
      return frame.value
    case "Null":
      return undefined
    case "NullArray":
      return Wire.nullArray
    case "Error":
      return new RespError(frame.message)
    case "BulkError":
      return Wire.bulkError(frame.message)
    case "List": {
      const items = frame.items.map(toWire)
      if (frame.streamed) return Wire.streamed(frame.kind, items)
      return frame.kind === "array" ? items : Wire.set(items)
    }
    case "Map":
      return frame.streamed ? Wire.streamed("map", flat(frame.pairs)) : Wire.map(flat(frame.pairs))
    case "Push":
      return Wire.push(frame.items.map(toWire))
    case "Attributed":
      return Wire.attributed(flat(frame.pairs), toWire(frame.value))
  }
}

const flat = (of: Pairs): Elements => of.flat().map(toWire)

/** What a parser reports of a frame, told without looking at the bytes. */
export const expectedEvents = (frame: Frame, version: 2 | 3, bytes: boolean): Array<Event> => {
  const events: Array<Event> = []
  if (frame._tag === "Push" && version === 3) {
    events.push(["push", frame.items.map((item) => read(item, 1, bytes))])
  } else {
    events.push(["reply", read(frame, 0, bytes)])
  }
  return events

  function read(of: Frame, depth: number, asBytes: boolean): RespValue {
    const string = (content: string | ReadonlyArray<string>): RespValue => {
      const encoded = Buffer.concat([content].flat().map((piece) => Buffer.from(piece)))
      return asBytes ? Uint8Array.from(encoded) : encoded.toString()
    }
    const line = (content: string): string => Buffer.from(content.replace(/[\r\n]/g, " ")).toString()
    const items = (trees: Trees, inside: boolean): Array<RespValue> =>
      trees.map((tree) => read(tree, depth + 1, inside))
    switch (of._tag) {
      case "Text":
      case "Verbatim":
        return string(of.text)
      case "Long":
        return string(of.text.repeat(of.times))
      case "Bytes":
        return asBytes ? Uint8Array.from(of.bytes) : Buffer.from(of.bytes).toString()
      case "Simple":
        return line(of.text)
      case "Streamed":
        return string(of.pieces)
      case "Number":
      case "Double": {
        const spelled = String(Object.is(of.value, -0) ? "-0" : of.value)
          .replace("Infinity", "inf")
          .replace("NaN", "nan")
        const integer = of._tag === "Number" && Number.isSafeInteger(of.value) && spelled !== "-0"
        return version === 3 || integer ? of.value : string(spelled)
      }
      case "Integer":
        return version === 3 || !Number.isSafeInteger(Number(of.value)) ? of.value : string(String(of.value))
      case "Big": {
        const value = of.value << BigInt(of.shift)
        return version === 3 ? value : string(String(value))
      }
      case "Boolean":
        return version === 3 ? of.value : of.value ? 1 : 0
      case "Null":
      case "NullArray":
        return undefined
      case "Error":
      case "BulkError":
        return new RespError(version === 3 ? Buffer.from(of.message).toString() : line(of.message))
      case "List":
      case "Push":
        return items(of.items, asBytes)
      case "Map": {
        const entries = items(of.pairs.flat(), asBytes)
        return version === 3 ? new RespMap(entries) : entries
      }
      case "Attributed":
        if (version === 3) {
          const entries = items(of.pairs.flat(), false)
          events.push(["attribute", entries, depth])
        }
        return read(of.value, depth, asBytes)
    }
  }
}
