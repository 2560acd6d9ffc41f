/**
 * Writes replies as a server does, in RESP2 or RESP3. A client never needs it: it is for tests and for a scripted server. A
 * `RespValue` says what a reply means; where its form on the wire matters, `Wire` has one constructor for each form.
 *
 * @since 0.1.0
 */
import { RespError, RespMap, type RespValue } from "./RespValue.ts"
import { portableTextCodec } from "./TextCodec.ts"

/**
 * The form of a reply on the wire where a plain value would leave it open. Made by the constructors of `Wire`.
 *
 * @category models
 * @since 0.1.0
 */
export type WireForm =
  | { readonly _tag: "Simple"; readonly text: string }
  | { readonly _tag: "Bulk"; readonly text: string | Uint8Array }
  | { readonly _tag: "Verbatim"; readonly format: string; readonly text: string | Uint8Array }
  | { readonly _tag: "StreamedString"; readonly pieces: ReadonlyArray<string | Uint8Array> }
  | { readonly _tag: "BulkError"; readonly message: string }
  | { readonly _tag: "NullArray" }
  | { readonly _tag: "Double"; readonly value: number }
  | { readonly _tag: "BigNumber"; readonly value: bigint }
  | { readonly _tag: "Aggregate"; readonly kind: AggregateKind; readonly values: Elements; readonly streamed: boolean }
  | { readonly _tag: "Attributed"; readonly attributes: Elements; readonly value: WireValue }
  | { readonly _tag: "Raw"; readonly bytes: string | Uint8Array }

/**
 * Aggregates by their names; the values of a map are its keys and values in turn.
 *
 * @category models
 * @since 0.1.0
 */
export type AggregateKind = "array" | "set" | "map" | "push"

/**
 * What can be encoded: a plain value, in the form in which the parser reads it back as the same value, or a form.
 *
 * @category models
 * @since 0.1.0
 */
export type WireValue = Exclude<RespValue, Array<RespValue>> | WireForm | Elements

/**
 * The elements of an aggregate.
 *
 * @category models
 * @since 0.1.0
 */
export interface Elements extends ReadonlyArray<WireValue> {}

const aggregate = (kind: AggregateKind, values: Elements, streamed = false): WireForm => ({
  _tag: "Aggregate",
  kind,
  values,
  streamed
})

/**
 * The forms that a reply can have on the wire. In RESP2 each is written as servers write it there: maps, sets and pushes as
 * arrays, doubles, big numbers and verbatim strings as bulk strings, streamed forms whole, attributes not at all.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Wire = {
  /** `+text`; CR and LF become spaces, as servers do it. */
  simple: (text: string): WireForm => ({ _tag: "Simple", text }),
  /** `$n`, the form of a plain string or of bytes. */
  bulk: (text: string | Uint8Array): WireForm => ({ _tag: "Bulk", text }),
  /** `=n` with a `format` of three ASCII characters (`txt`, `mkd`). */
  verbatim: (text: string | Uint8Array, format = "txt"): WireForm => ({ _tag: "Verbatim", format, text }),
  /** `$?` with its pieces; empty ones are left out, since an empty piece ends the string. */
  streamedString: (pieces: ReadonlyArray<string | Uint8Array>): WireForm => ({ _tag: "StreamedString", pieces }),
  /** `!n`, an error with any content. */
  bulkError: (message: string): WireForm => ({ _tag: "BulkError", message }),
  /** The `*-1` of RESP2, e.g. an aborted EXEC or a BLPOP without a result. */
  nullArray: { _tag: "NullArray" } as WireForm,
  /** `,n` also for whole numbers. */
  double: (value: number): WireForm => ({ _tag: "Double", value }),
  /** `(n` also for small numbers. */
  bigNumber: (value: bigint): WireForm => ({ _tag: "BigNumber", value }),
  /** `~n` */
  set: (values: Elements): WireForm => aggregate("set", values),
  /** `%n`, of keys and values in turn. */
  map: (entries: Elements): WireForm => aggregate("map", entries),
  /** `>n` */
  push: (values: Elements): WireForm => aggregate("push", values),
  /** `*?`, `~?` or `%?` up to its `.` */
  streamed: (kind: Exclude<AggregateKind, "push">, values: Elements): WireForm => aggregate(kind, values, true),
  /** `|n`, of keys and values in turn, and then the value. */
  attributed: (attributes: Elements, value: WireValue): WireForm => ({ _tag: "Attributed", attributes, value }),
  /** Bytes as they are, malformed ones too. */
  raw: (bytes: string | Uint8Array): WireForm => ({ _tag: "Raw", bytes })
} as const

const INT64_MAX = 2n ** 63n - 1n
const CRLF = "\r\n"
const LINE_BREAKS = /[\r\n]/g

const typeOf = { array: "*", set: "~", map: "%", push: ">" } as const

const toBytes = (text: string | Uint8Array): Uint8Array =>
  typeof text === "string" ? portableTextCodec.encode(text) : text

const doubleText = (value: number): string => {
  if (Number.isNaN(value)) return "nan"
  if (value === Infinity) return "inf"
  if (value === -Infinity) return "-inf"
  return Object.is(value, -0) ? "-0" : String(value)
}

const isInteger = (value: number): boolean => Number.isSafeInteger(value) && !Object.is(value, -0)

/** Whether `:` carries a bigint so that the parser gives a bigint again. */
const isWideInteger = (value: bigint): boolean =>
  value <= INT64_MAX && value >= -INT64_MAX - 1n && !Number.isSafeInteger(Number(value))

type Pieces = ReadonlyArray<string | Uint8Array>

const isElements = (value: WireForm | Elements): value is Elements => Array.isArray(value)

const valuePieces = (value: WireValue, resp3: boolean): Pieces => {
  if (value === undefined) return [resp3 ? "_\r\n" : "$-1\r\n"]
  if (typeof value === "string" || value instanceof Uint8Array) return bulk("$", value)
  if (typeof value === "number") return isInteger(value) ? [`:${value}\r\n`] : double(value, resp3)
  if (typeof value === "bigint") return isWideInteger(value) ? [`:${value}\r\n`] : bigNumber(value, resp3)
  if (typeof value === "boolean") return [resp3 ? `#${value ? "t" : "f"}\r\n` : `:${value ? 1 : 0}\r\n`]
  if (value instanceof RespError) return error(value.message, resp3)
  if (value instanceof RespMap) return aggregatePieces("map", value.entries, false, resp3)
  return isElements(value) ? aggregatePieces("array", value, false, resp3) : formPieces(value, resp3)
}

const formPieces = (form: WireForm, resp3: boolean): Pieces => {
  switch (form._tag) {
    case "Simple":
      return [`+${form.text.replace(LINE_BREAKS, " ")}\r\n`]
    case "Bulk":
      return bulk("$", form.text)
    case "Verbatim":
      return resp3 ? verbatim(form.format, form.text) : bulk("$", form.text)
    case "StreamedString":
      return resp3 ? streamedString(form.pieces) : bulk("$", concat(form.pieces))
    case "BulkError":
      return resp3 ? bulk("!", form.message) : error(form.message, resp3)
    case "NullArray":
      return [resp3 ? "_\r\n" : "*-1\r\n"]
    case "Double":
      return double(form.value, resp3)
    case "BigNumber":
      return bigNumber(form.value, resp3)
    case "Aggregate":
      return aggregatePieces(form.kind, form.values, form.streamed, resp3)
    case "Attributed":
      return [...(resp3 ? attribute(form.attributes) : []), ...valuePieces(form.value, resp3)]
    case "Raw":
      return [form.bytes]
  }
}

const bulk = (type: "$" | "!" | ";", content: string | Uint8Array): Pieces => {
  const bytes = toBytes(content)
  return [`${type}${bytes.length}\r\n`, bytes, CRLF]
}

const verbatim = (format: string, content: string | Uint8Array): Pieces => {
  const bytes = toBytes(content)
  return [`=${format.length + 1 + bytes.length}\r\n${format}:`, bytes, CRLF]
}

const streamedString = (pieces: Pieces): Pieces => [
  "$?\r\n",
  ...pieces.flatMap((piece) => (piece.length > 0 ? bulk(";", piece) : [])),
  ";0\r\n"
]

const error = (message: string, resp3: boolean): Pieces => {
  const line = message.replace(LINE_BREAKS, " ")
  return resp3 && line !== message ? bulk("!", message) : [`-${line}\r\n`]
}

const double = (value: number, resp3: boolean): Pieces =>
  resp3 ? [`,${doubleText(value)}\r\n`] : bulk("$", doubleText(value))

const bigNumber = (value: bigint, resp3: boolean): Pieces => (resp3 ? [`(${value}\r\n`] : bulk("$", String(value)))

const pairs = (entries: Elements): number => {
  if (entries.length % 2 === 1) throw new RangeError("a map needs a value for every key")
  return entries.length / 2
}

const attribute = (entries: Elements): Pieces => [
  `|${pairs(entries)}\r\n`,
  ...entries.flatMap((value) => valuePieces(value, true))
]

const aggregatePieces = (kind: AggregateKind, values: Elements, streamed: boolean, resp3: boolean): Pieces => {
  const count = kind === "map" ? pairs(values) : values.length
  const content = values.flatMap((value) => valuePieces(value, resp3))
  if (!resp3) return [`*${values.length}\r\n`, ...content]
  if (streamed) return [`${typeOf[kind]}?\r\n`, ...content, ".\r\n"]
  return [`${typeOf[kind]}${count}\r\n`, ...content]
}

const concat = (pieces: Pieces): Uint8Array => {
  const encoded = pieces.map(toBytes)
  const whole = new Uint8Array(encoded.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of encoded) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/**
 * The bytes of a reply in the given protocol version.
 *
 * **Details**
 *
 * In RESP3 the parser reads the same value back: whole numbers go as integers, others as doubles, a bigint as an integer only
 * where a `number` would round it. RESP2 has fewer types: see `Wire`. Throws a `RangeError` if a map has a key without a value.
 *
 * @category encoding
 * @since 0.1.0
 */
export const encodeValue = (value: WireValue, version: 2 | 3): Uint8Array => concat(valuePieces(value, version === 3))
