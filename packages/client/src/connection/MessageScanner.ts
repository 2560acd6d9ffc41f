/**
 * Finds the messages of subscriptions in the bytes of a socket and hands each to its receiver, without making a value of the frame: a
 * connection with subscriptions gets hardly anything else. What is rare or malformed is left to the parser.
 *
 * @since 0.1.0
 */
import type { TextCodec } from "../protocol/TextCodec.ts"
import type { NameTable } from "./NameTable.ts"

/**
 * What makes text of bytes.
 *
 * @category models
 * @since 0.1.0
 */
export type Decoder = Pick<TextCodec, "utf8">

/**
 * Gets the messages of one name. The bytes are those of the socket, good during the call only.
 *
 * @category models
 * @since 0.1.0
 */
export interface Receiver {
  /**
   * The payload is from `from` to `to`; the channel too if it was a pattern that matched, else they are the same place. `decoder` makes text of
   * these bytes in the fastest way.
   */
  message(bytes: Uint8Array, from: number, to: number, channelFrom: number, channelTo: number, decoder: Decoder): void
}

/**
 * Who wants what.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReceiverTables {
  readonly channels: NameTable<Receiver>
  readonly patterns: NameTable<Receiver>
  readonly shards: NameTable<Receiver>
}

/** For fewer bytes it is not asked whether all of them are ASCII. */
const WORTH_ASKING = 4096

/** What is kept of a message that the end of a chunk cuts. Longer messages are few, and the parser collects them. Bytes. */
const LONGEST_KEPT = 256 * 1024

/** So many bytes more are tried where the length of a message is cut itself. */
const REST_OF_HEADER = 64

const NONE = new Uint8Array(0)

// The bytes by which messages are told apart.
const PUSH = 62 // >
const ARRAY = 42 // *
const DOLLAR = 36
const CR = 13
const LF = 10
const ZERO = 48
const THREE = 51
const FOUR = 52
const SEVEN = 55
const EIGHT = 56
const M = 109
const P = 112
const S = 115
/** Where the kind begins, and what follows it: `>3\r\n$7\r\nmessage\r\n$…`. */
const KIND_LENGTH_AT = 5
const KIND_AT = 8
const AFTER_SEVEN = 17
const AFTER_EIGHT = 18

/**
 * The scanner of one connection.
 *
 * @category models
 * @since 0.1.0
 */
export class MessageScanner {
  /** RESP2, where messages are arrays. */
  restricted = false
  private readonly tables: ReceiverTables
  private readonly codec: TextCodec
  private readonly ascii: Decoder
  /** The beginning of a message whose rest has not come. */
  private kept = NONE
  private size = 0
  /** How much of the last message is missing, as far as is known; 0 if what was left is not the beginning of one. */
  private lacking = 0

  constructor(tables: ReceiverTables, codec: TextCodec) {
    this.tables = tables
    this.codec = codec
    this.ascii = { utf8: codec.latin1 }
  }

  /** Whether it has the beginning of a message. */
  get isAmid(): boolean {
    return this.size > 0
  }

  /**
   * Deliver messages from `start`, and give where the first other frame begins: the end, if there is none. The beginning of a message that the
   * end cuts is kept.
   */
  read(chunk: Uint8Array, start: number): number {
    const end = chunk.length
    const at = this.scan(chunk, start, end, this.fastest(chunk, end - start))
    if (this.lacking === 0) return at
    this.keep(chunk, at, end)
    return end
  }

  /** With the next chunk's bytes for what was kept: where to go on in it, or -1 if it was no message after all (see `give`). */
  resume(chunk: Uint8Array): number {
    const before = this.size
    let taken = 0
    for (;;) {
      const from = taken
      taken = Math.min(chunk.length, taken + this.lacking)
      this.keep(chunk, from, taken)
      const at = this.scan(this.kept, 0, this.size, this.codec)
      if (at > 0) {
        this.size = 0
        // Beyond its end there is what the chunk has, too.
        return at - before
      }
      if (this.lacking === 0) {
        this.size = before
        return -1
      }
      if (taken === chunk.length) return taken
    }
  }

  /** Give away what was kept, as memory of its own. */
  give(): Uint8Array {
    const given = this.kept.slice(0, this.size)
    this.size = 0
    return given
  }

  private keep(chunk: Uint8Array, from: number, to: number): void {
    const size = this.size + to - from
    if (size > this.kept.length) {
      const larger = new Uint8Array(2 ** Math.ceil(Math.log2(size + this.lacking)))
      larger.set(this.kept.subarray(0, this.size))
      this.kept = larger
    }
    this.kept.set(chunk.subarray(from, to), this.size)
    this.size = size
  }

  private fastest(chunk: Uint8Array, size: number): Decoder {
    return size >= WORTH_ASKING && this.codec.isAscii?.(chunk) === true ? this.ascii : this.codec
  }

  private scan(chunk: Uint8Array, start: number, end: number, decoder: Decoder): number {
    const mark = this.restricted ? ARRAY : PUSH
    const { channels, patterns, shards } = this.tables
    let at = start
    this.lacking = 0
    while (at + KIND_AT < end && chunk[at] === mark && chunk[at + 4] === DOLLAR) {
      const count = chunk[at + 1]
      const length = chunk[at + KIND_LENGTH_AT]
      const letter = chunk[at + KIND_AT]
      let table: NameTable<Receiver>
      let place: number
      if (count === THREE && length === SEVEN && letter === M) {
        table = channels
        place = at + AFTER_SEVEN
      } else if (count === THREE && length === EIGHT && letter === S) {
        table = shards
        place = at + AFTER_EIGHT
      } else if (count === FOUR && length === EIGHT && letter === P) {
        table = patterns
        place = at + AFTER_EIGHT
      } else {
        return at
      }
      let size = 0
      if (place >= end) return this.cut(at, place + REST_OF_HEADER, end)
      if (chunk[place++] !== DOLLAR) return at
      for (; place < end; place++) {
        const digit = chunk[place]! - ZERO
        if (digit < 0 || digit > 9) break
        size = size * 10 + digit
      }
      const nameFrom = place + 2
      const nameTo = nameFrom + size
      let channelFrom = 0
      let channelTo = 0
      place = nameTo + 2
      if (count === FOUR) {
        if (place >= end) return this.cut(at, place + REST_OF_HEADER, end)
        if (chunk[place++] !== DOLLAR) return at
        size = 0
        for (; place < end; place++) {
          const digit = chunk[place]! - ZERO
          if (digit < 0 || digit > 9) break
          size = size * 10 + digit
        }
        channelFrom = place + 2
        channelTo = channelFrom + size
        place = channelTo + 2
      }
      if (place >= end) return this.cut(at, place + REST_OF_HEADER, end)
      if (chunk[place++] !== DOLLAR) return at
      size = 0
      for (; place < end; place++) {
        const digit = chunk[place]! - ZERO
        if (digit < 0 || digit > 9) break
        size = size * 10 + digit
      }
      if (place >= end) return this.cut(at, place + size + 4, end)
      const from = place + 2
      const to = from + size
      if (chunk[place] !== CR) return at
      if (to + 2 > end) return this.cut(at, to + 2, end)
      if (chunk[to] !== CR || chunk[to + 1] !== LF) return at
      at = to + 2
      table.find(chunk, nameFrom, nameTo)?.message(chunk, from, to, channelFrom, channelTo, decoder)
    }
    return at
  }

  /** The end cuts a message, which is seen to need the bytes up to `needed`. */
  private cut(at: number, needed: number, end: number): number {
    if (needed - at <= LONGEST_KEPT) this.lacking = needed - end
    return at
  }
}
