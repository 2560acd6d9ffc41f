/**
 * Turns a command into the bytes of a request: an array of bulk strings, the one form that every server version reads. The
 * result is text wherever that costs no copy, because joining strings and writing them as latin1 is the fastest way out of a
 * JavaScript process; large payloads stay what they are.
 *
 * @since 0.1.0
 */
import { portableTextCodec, type TextCodec } from "./TextCodec.ts"

/**
 * An encoded command. Strings are binary strings: each char code (0-255) is one byte, to be written as latin1, so that `length`
 * is the number of bytes. Bytes are the caller's own and are read when the frame is written.
 *
 * @category models
 * @since 0.1.0
 */
export type Frame = string | ReadonlyArray<string | Uint8Array>

/**
 * An argument that cannot be sent.
 *
 * @category models
 * @since 0.1.0
 */
export class InvalidArg {
  /** Its index among the arguments, from 0. */
  readonly position: number
  /** What it is, never its value. */
  readonly detail: string
  constructor(position: number, detail: string) {
    this.position = position
    this.detail = detail
  }
}

/**
 * Bytes from this size on are not copied into text but written as they are. Node 24: below it one joined latin1 write is faster
 * than a write of several pieces.
 *
 * @category constants
 * @since 0.1.0
 */
export const LARGE_PAYLOAD_BYTES = 2048

/** Up to this length a loop finds a non-ASCII character sooner than the platform counts bytes (Node 24: 11 ns against 20 ns). */
const SHORT_TEXT_CHARS = 12

/**
 * ASCII text from this length on is a piece of its own, and a built piece ends once it is `MAX_PIECE_CHARS` long: V8 flattens a
 * string before it is written, and one of more than about 128 KiB leaves its regular heap, which makes it five times dearer (Node 24).
 */
const LARGE_TEXT_CHARS = 8192
const MAX_PIECE_CHARS = 64 * 1024

const CRLF = "\r\n"

const SMALL_NUMBERS = 256

const table = (make: (n: number) => string): ReadonlyArray<string> =>
  Array.from({ length: SMALL_NUMBERS }, (_, n) => make(n))

const smallCounts = /* @__PURE__ */ table((n) => `*${n}\r\n`)
const smallLengths = /* @__PURE__ */ table((n) => `$${n}\r\n`)
const smallNextLengths = /* @__PURE__ */ table((n) => `\r\n$${n}\r\n`)

const count = (n: number): string => smallCounts[n] ?? `*${n}\r\n`
const firstLength = (n: number): string => smallLengths[n] ?? `$${n}\r\n`
// The CRLF that ends the argument before is part of the prefix: one concatenation less for each argument.
const nextLength = (n: number): string => smallNextLengths[n] ?? `\r\n$${n}\r\n`

/** The number of bytes of `text`; equal to its length only if all of it is ASCII. */
const byteLength = (text: string, codec: TextCodec): number => {
  const length = text.length
  if (length > SHORT_TEXT_CHARS) return codec.byteLength(text)
  for (let at = 0; at < length; at++) {
    if (text.charCodeAt(at) > 127) return codec.byteLength(text)
  }
  return length
}

/**
 * Whether an argument is sent as the bytes that it is.
 *
 * @category guards
 * @since 0.1.0
 */
export const isBytes = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array ||
  // A Uint8Array of another realm (a worker's or a test runner's context).
  (ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]")

const describe = (arg: unknown): string => {
  if (arg === null || arg === undefined) return String(arg)
  if (typeof arg === "number") return "NaN"
  if (typeof arg === "boolean") return "a boolean"
  if (typeof arg === "object") return Array.isArray(arg) ? "an array" : "an object"
  return `a ${typeof arg}`
}

const numberText = (n: number): string => {
  if (n === Infinity) return "inf"
  if (n === -Infinity) return "-inf"
  return String(n)
}

/**
 * The words of a command's name as they begin its frame: `["CLIENT", "SETNAME"]` gives two bulk strings. Made once for each
 * command.
 *
 * @category encoding
 * @since 0.1.0
 */
export const encodeHeader = (words: ReadonlyArray<string>): string => {
  let header = ""
  for (const word of words) {
    const bytes = portableTextCodec.encode(word)
    header += `$${bytes.length}\r\n${portableTextCodec.latin1(bytes, 0, bytes.length)}\r\n`
  }
  return header
}

const startOf = (header: string, words: number, args: number, size: number): string =>
  count(words + args) + header + firstLength(size)

/** Starts are kept for so many arguments at most … */
const KEPT_ARGS = 4
/** … and first arguments of fewer bytes: keys, mostly. */
const KEPT_SIZE = 64

/**
 * What the frames of one command begin with, up to the first argument, kept flat: a frame is then a few pieces instead of a tree of
 * them, which the write would have to walk.
 *
 * @category encoding
 * @since 0.1.0
 */
export class FrameStarts {
  private kept: Array<string | undefined> | undefined

  /** For few and short arguments; the others begin with what `startOf` gives. */
  get(header: string, words: number, args: number, size: number): string {
    if (args > KEPT_ARGS || size >= KEPT_SIZE) return startOf(header, words, args, size)
    this.kept ??= new Array(KEPT_ARGS * KEPT_SIZE).fill(undefined)
    const at = (args - 1) * KEPT_SIZE + size
    const known = this.kept[at]
    if (known !== undefined) return known
    const start = startOf(header, words, args, size)
    start.charCodeAt(start.length - 1) // makes it flat
    this.kept[at] = start
    return start
  }
}

/**
 * Encodes one command: `header` is its name as `encodeHeader` made it, `words` the number of words in it.
 *
 * **Details**
 *
 * Arguments are text (sent as UTF-8, a lone surrogate as U+FFFD), `Uint8Array`, numbers in their shortest exact spelling
 * (infinities as `inf` and `-inf`, -0 as `0`) and bigints. Anything else, a hole of a sparse array or NaN too, gives
 * `InvalidArg`; nothing is thrown. Bytes of at least `LARGE_PAYLOAD_BYTES` are pieces of their own and not copied, so they
 * must not change before the command was written. Long text is a piece of its own too.
 *
 * @category encoding
 * @since 0.1.0
 */
export const encodeCommand = (
  header: string,
  words: number,
  args: ReadonlyArray<unknown>,
  text: TextCodec,
  starts?: FrameStarts | undefined
): Frame | InvalidArg => {
  if (args.length === 1 && starts !== undefined) {
    const only = args[0]
    if (typeof only === "string" && only.length < KEPT_SIZE && byteLength(only, text) === only.length) {
      return starts.get(header, words, 1, only.length) + only + CRLF
    }
  }
  let current = ""
  let pieces: Array<string | Uint8Array> | undefined
  for (let position = 0; position < args.length; position++) {
    const arg = args[position]
    let chars: string // what becomes part of a string
    let piece: string | Uint8Array | undefined // what does not
    let size: number
    if (typeof arg === "string") {
      chars = arg
      size = byteLength(arg, text)
      if (size !== arg.length) {
        const bytes = text.encode(arg)
        size = bytes.length
        if (size < LARGE_PAYLOAD_BYTES) chars = text.latin1(bytes, 0, size)
        else piece = bytes
      } else if (size >= LARGE_TEXT_CHARS) {
        piece = arg
      }
    } else if (typeof arg === "number" && !Number.isNaN(arg)) {
      chars = numberText(arg)
      size = chars.length
    } else if (typeof arg === "bigint") {
      chars = String(arg)
      size = chars.length
    } else if (isBytes(arg)) {
      chars = ""
      size = arg.byteLength
      if (size < LARGE_PAYLOAD_BYTES) chars = text.latin1(arg, 0, size)
      else piece = arg
    } else {
      return new InvalidArg(position, describe(arg))
    }
    if (position > 0) current += nextLength(size)
    else
      current =
        starts === undefined ? startOf(header, words, args.length, size) : starts.get(header, words, args.length, size)
    if (piece !== undefined) {
      pieces ??= []
      pieces.push(current, piece)
      current = ""
    } else {
      current += chars
      if (current.length >= MAX_PIECE_CHARS) {
        pieces ??= []
        pieces.push(current)
        current = ""
      }
    }
  }
  if (args.length > 0) current += CRLF
  else current = count(words) + header
  if (pieces === undefined) return current
  pieces.push(current)
  return pieces
}

/**
 * The number of bytes that a frame has on the wire.
 *
 * @category encoding
 * @since 0.1.0
 */
export const frameBytes = (frame: Frame): number => {
  if (typeof frame === "string") return frame.length
  let bytes = 0
  for (const piece of frame) bytes += typeof piece === "string" ? piece.length : piece.byteLength
  return bytes
}
