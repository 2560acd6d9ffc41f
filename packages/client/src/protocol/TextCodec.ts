/**
 * How text becomes bytes and back. The protocol is pure and knows no platform; a transport hands in the platform's fast
 * functions, and the portable ones serve everywhere else.
 *
 * @since 0.1.0
 */

import { SHORT_TEXT_BYTES, shortAscii } from "./internal/bytes.ts"

/**
 * The conversions between text and bytes that the hot path needs.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextCodec {
  /** Bytes `start` to `end` as UTF-8 text; malformed sequences become U+FFFD. */
  readonly utf8: (bytes: Uint8Array, start: number, end: number) => string
  /** Bytes `start` to `end` with one char code (0-255) for each byte. */
  readonly latin1: (bytes: Uint8Array, start: number, end: number) => string
  /** Whether there are bytes below 128 only, so that `latin1` gives what `utf8` does. Absent where the platform has nothing fast for it. */
  readonly isAscii?: ((bytes: Uint8Array) => boolean) | undefined
  /** The length of `text` in UTF-8 bytes; a lone surrogate counts as U+FFFD (3 bytes). */
  readonly byteLength: (text: string) => number
  /** `text` in UTF-8. */
  readonly encode: (text: string) => Uint8Array
}

const encoder = /* @__PURE__ */ new TextEncoder()
// A byte order mark is content like any other here.
const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true })

/** Arguments of one `String.fromCharCode` call; far below the argument limits of all engines. */
const CHARS_PER_CALL = 4096

const utf8ByteLength = (text: string): number => {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    bytes += unit < 0x800 ? 1 : 2
    if (unit >= 0xd800 && unit < 0xdc00) {
      const next = text.charCodeAt(at + 1)
      // A pair is two units and four bytes: both are accounted for here.
      if (next >= 0xdc00 && next < 0xe000) at++
    }
  }
  return bytes
}

/**
 * The conversions by what every JavaScript platform has, for where a transport brings nothing faster.
 *
 * @category instances
 * @since 0.1.0
 */
export const portableTextCodec: TextCodec = {
  utf8: (bytes, start, end) => {
    const short = end - start <= SHORT_TEXT_BYTES ? shortAscii(bytes, start, end) : undefined
    return short ?? decoder.decode(bytes.subarray(start, end))
  },
  latin1: (bytes, start, end) => {
    let text = ""
    for (let at = start; at < end; at += CHARS_PER_CALL) {
      text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + CHARS_PER_CALL)))
    }
    return text
  },
  byteLength: utf8ByteLength,
  encode: (text) => encoder.encode(text)
}
