/**
 * Reads RESP2 and RESP3 as the bytes arrive. A parser belongs to one connection: chunks go in through `push`, whole frames come
 * out through a handler, in the order of the stream. It keeps its place at every byte, so that the cost is linear however the
 * stream is cut, and after the first malformed byte it is poisoned, since nothing that follows can be trusted.
 *
 * A frame that lies wholly in its chunk takes a short way of `readWhole`; whatever is cut or rare goes through `resume`.
 *
 * @since 0.1.0
 */
import { ByteCollector } from "./internal/byteCollector.ts"
import {
  ARRAY,
  ATTRIBUTE,
  BIG_NUMBER,
  BOOLEAN,
  BULK_ERROR,
  BULK_STRING,
  CR,
  DOUBLE,
  EMPTY,
  FALSE,
  INTEGER,
  LF,
  MAP,
  MINUS,
  NULL,
  ownBytes,
  PUSH,
  SET,
  SIMPLE_ERROR,
  SIMPLE_STRING,
  STREAM_END,
  STREAM_PIECE,
  TRUE,
  textOf,
  VERBATIM_STRING,
  ZERO
} from "./internal/bytes.ts"
import { FrameBuilder } from "./internal/frameBuilder.ts"
import { EXACT_DIGITS, IntegerScanner, LengthScanner, TextScanner } from "./internal/lineScanner.ts"
import { BIG_NUMBER_START, DOUBLE_START, toDouble } from "./internal/numberGrammar.ts"
import { StringReader, VERBATIM_PREFIX_BYTES } from "./internal/stringReader.ts"
import { defaultLimits, type ProtocolFailure, type RespHandler, type RespLimits } from "./RespHandler.ts"
import { RespError, type RespValue } from "./RespValue.ts"
import type { TextCodec } from "./TextCodec.ts"

/** Bytes that a failure shows before and from the malformed one. */
const FAILURE_CONTEXT_BYTES = 16

/** Larger strings take the way on which a failing platform (no memory, text too long) is caught. */
const SHORT_WAY_MAX_BYTES = 1024 * 1024

// The reply of most writes is told apart by its bytes.
const LETTER_O = 79
const LETTER_K = 75

// What the next byte is part of.
const TYPE = 0
const LENGTH = 1
const INTEGER_DIGITS = 2
const TEXT = 3
const STRING = 4
const FLAG = 5
const PIECE = 6
const END_CR = 7
const END_LF = 8

// What to do once a CRLF has been read.
const EMIT = 0
const OPEN = 1
const CLOSE = 2
const NEXT_PIECE = 3

/**
 * An incremental parser of RESP2 and RESP3 for one connection.
 *
 * **Details**
 *
 * `push` never throws because of what the bytes are. The first malformed one sets `failure`, and everything after it is
 * ignored. A chunk belongs to the parser once pushed: large byte strings may be views of it.
 *
 * **Gotchas**
 *
 * A lone LF inside a simple string is accepted, since modules send such errors; a lone CR is malformed.
 *
 * @category models
 * @since 0.1.0
 */
export class RespParser {
  private readonly text: TextCodec
  private readonly limits: RespLimits
  private readonly frames: FrameBuilder
  private readonly length = new LengthScanner()
  private readonly integer = new IntegerScanner()
  private readonly collector = new ByteCollector() // for whatever is cut; one thing at a time
  private readonly line: TextScanner
  private readonly string: StringReader

  private chunk: Uint8Array = EMPTY
  private position = 0
  private end = 0
  private chunkOffset = 0

  private state = TYPE
  private afterLine = EMIT
  private type = 0
  private value: RespValue = undefined // to emit at the end of the line
  private running = false
  private stopped = false
  private malformed: ProtocolFailure | undefined = undefined

  constructor(handler: RespHandler, text: TextCodec, limits?: Partial<RespLimits>) {
    this.text = text
    this.limits = { ...defaultLimits, ...limits }
    this.frames = new FrameBuilder(handler, this.limits)
    this.line = new TextScanner(text, this.collector, this.limits.maxLineBytes)
    this.string = new StringReader(text, this.collector)
  }

  /** Why the stream could not be read on, once that is so. */
  get failure(): ProtocolFailure | undefined {
    return this.malformed
  }

  /** Whether it is between two frames: no part of one has come. */
  get isBetweenFrames(): boolean {
    return this.state === TYPE && !this.frames.isOpen
  }

  /** Reads the next bytes of the stream, calling the handler for every frame that they complete. */
  push(chunk: Uint8Array): void {
    this.take(chunk, false)
  }

  /** The same up to the end of the next complete frame: how many of the bytes that took. The others are still to be pushed. */
  pushFrame(chunk: Uint8Array): number {
    return this.take(chunk, true)
  }

  private take(chunk: Uint8Array, once: boolean): number {
    if (this.running) throw new Error("RespParser.push must not be called from a callback of its handler")
    if (this.stopped) return chunk.length
    let taken = chunk.length
    this.running = true
    this.chunk = chunk
    this.position = 0
    this.end = chunk.length
    let returned = false
    try {
      if (once) this.runOnce()
      else this.run()
      returned = true
    } finally {
      if (!returned) this.fail(this.position, "handler")
      this.running = false
      this.chunk = EMPTY
      if (once && !this.stopped) taken = this.position
      this.chunkOffset += taken
    }
    return taken
  }

  /** Drops all that was not yet delivered, the rest of the current chunk too, and ignores every later chunk. */
  stop(): void {
    this.stopped = true
    this.end = 0
    this.state = TYPE
    this.value = undefined
    this.frames.clear()
    this.collector.release()
  }

  /** Poisons the parser; false, so that a step can end with it. */
  private fail(index: number, detail: string): false {
    this.malformed ??= {
      offset: this.chunkOffset + index,
      bytes: new Uint8Array(
        this.chunk.subarray(Math.max(0, index - FAILURE_CONTEXT_BYTES), index + FAILURE_CONTEXT_BYTES)
      ),
      detail
    }
    this.stop()
    return false
  }

  private run(): void {
    if (this.state !== TYPE) this.resume()
    while (this.position < this.end) this.readNext()
  }

  private runOnce(): void {
    if (this.state !== TYPE) this.resume()
    else this.readNext()
    while (this.position < this.end && !this.isBetweenFrames) this.readNext()
  }

  private readNext(): void {
    const start = this.position
    const type = this.chunk[start]!
    const refusal = this.frames.refuses(type)
    if (refusal !== undefined) this.fail(start, refusal)
    if (this.stopped) return
    if (!this.readWhole(type, start + 1)) {
      this.begin(type, start + 1)
      this.resume()
    }
  }

  /** The short way: reads a common value that lies wholly in the chunk, or returns false and leaves everything as it is. */
  private readWhole(type: number, at: number): boolean {
    const { chunk, frames } = this
    switch (type) {
      case BULK_STRING: {
        const length = this.shortLength(at)
        if (length < 0 || length > this.limits.maxBulkBytes) return false
        const from = this.position
        const to = from + length
        if (to + 1 < this.end && chunk[to] === CR && chunk[to + 1] === LF && length <= SHORT_WAY_MAX_BYTES) {
          this.position = to + 2
          frames.add(frames.bytes ? ownBytes(chunk, from, to) : textOf(chunk, from, to, this.text))
        } else {
          this.type = type
          this.beginString(length, 0)
          this.resume()
        }
        return true
      }
      case INTEGER: {
        const negative = at < this.end && chunk[at] === MINUS
        const magnitude = this.shortLength(negative ? at + 1 : at)
        if (magnitude < 0) return false
        frames.add(negative ? 0 - magnitude : magnitude)
        return true
      }
      case SIMPLE_STRING:
        if (at + 3 >= this.end || chunk[at] !== LETTER_O || chunk[at + 1] !== LETTER_K) return false
        if (chunk[at + 2] !== CR || chunk[at + 3] !== LF) return false
        this.position = at + 4
        frames.add("OK")
        return true
      case ARRAY:
      case SET:
      case PUSH:
      case MAP: {
        const count = this.shortLength(at)
        const elements = type === MAP ? 2 * count : count
        if (count < 0 || elements > this.limits.maxElements) return false
        frames.open(type, elements)
        return true
      }
      default:
        return false
    }
  }

  /**
   * The number and CRLF at `at` if they lie wholly in the chunk and are not long; then `position` is behind them. Else -1.
   */
  private shortLength(at: number): number {
    const { chunk, end } = this
    const stop = Math.min(end, at + EXACT_DIGITS)
    let value = 0
    let index = at
    for (; index < stop; index++) {
      const digit = chunk[index]! - ZERO
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    if (index === at || index + 1 >= end || chunk[index] !== CR || chunk[index + 1] !== LF) return -1
    this.position = index + 2
    return value
  }

  /** Prepares the way that may be cut anywhere, for the bytes behind the type byte. */
  private begin(type: number, at: number): void {
    const { maxBulkBytes, maxElements } = this.limits
    this.position = at
    this.type = type
    this.afterLine = EMIT
    switch (type) {
      case SIMPLE_STRING:
      case SIMPLE_ERROR:
        this.beginText(0)
        break
      case DOUBLE:
        this.beginText(DOUBLE_START)
        break
      case BIG_NUMBER:
        this.beginText(BIG_NUMBER_START)
        break
      case INTEGER:
        this.integer.begin()
        this.state = INTEGER_DIGITS
        break
      case BOOLEAN:
        this.state = FLAG
        break
      case NULL:
        this.state = END_CR
        break
      case STREAM_END:
        this.afterLine = CLOSE
        this.state = END_CR
        break
      case BULK_STRING:
        this.beginLength(maxBulkBytes, true, true)
        break
      case BULK_ERROR:
      case VERBATIM_STRING:
        this.beginLength(maxBulkBytes, false, false)
        break
      case ARRAY:
        this.beginLength(maxElements, true, true)
        break
      case SET:
        this.beginLength(maxElements, false, true)
        break
      case MAP:
        this.beginLength(Math.floor(maxElements / 2), false, true)
        break
      case ATTRIBUTE:
        this.beginLength(Math.floor(maxElements / 2), false, false)
        break
      default:
        this.beginLength(maxElements, false, false)
    }
  }

  private beginText(grammar: number): void {
    this.line.begin(grammar)
    this.state = TEXT
  }

  private beginLength(max: number, nullable: boolean, streamable: boolean): void {
    this.length.begin(max, nullable, streamable)
    this.afterLine = OPEN
    this.state = LENGTH
  }

  private beginString(length: number, prefix: number): void {
    this.string.begin(length, prefix, this.frames.bytes && this.type !== BULK_ERROR)
    this.afterLine = EMIT
    this.state = STRING
  }

  /** Goes on where the last byte left off, up to the end of a value or of the chunk. */
  private resume(): void {
    while (this.state !== TYPE && this.position < this.end) {
      if (!this.step(this.chunk, this.position)) return
    }
  }

  /** One step at the byte `at`; false if the chunk is used up or malformed. */
  private step(chunk: Uint8Array, at: number): boolean {
    switch (this.state) {
      case LENGTH:
        return this.scanned(this.length.scan(chunk, at, this.end), this.length)
      case INTEGER_DIGITS:
        return this.scanned(this.integer.scan(chunk, at, this.end), this.integer)
      case TEXT:
        return this.scanned(this.line.scan(chunk, at, this.end), this.line)
      case STRING:
        return this.scanned(this.string.scan(chunk, at, this.end), this.string)
      case FLAG:
        if (chunk[at] !== TRUE && chunk[at] !== FALSE) return this.fail(at, "a boolean that is neither t nor f")
        this.value = chunk[at] === TRUE
        this.state = END_CR
        break
      case PIECE:
        if (chunk[at] !== STREAM_PIECE) return this.fail(at, "a streamed string without its next piece")
        this.type = STREAM_PIECE
        this.beginLength(this.limits.maxBulkBytes - this.string.length, false, false)
        break
      case END_CR:
        if (chunk[at] !== CR) return this.fail(at, "a CR is missing")
        this.state = END_LF
        break
      default:
        if (chunk[at] !== LF) return this.fail(at, "an LF is missing")
        this.position = at + 1
        this.finishLine()
        return true
    }
    this.position = at + 1
    return true
  }

  /** What follows from a scanner's result. */
  private scanned(next: number, scanner: LengthScanner | IntegerScanner | TextScanner | StringReader): boolean {
    if (next < 0) return this.fail(~next, scanner.detail)
    this.position = next
    if (!scanner.done) return false
    if (this.state === STRING && this.string.streaming) this.afterLine = NEXT_PIECE
    else if (this.state !== LENGTH) this.value = this.scannedValue()
    else if (this.type === VERBATIM_STRING && this.length.value < VERBATIM_PREFIX_BYTES) {
      return this.fail(next, "a verbatim string without its prefix")
    }
    this.state = END_CR
    return true
  }

  private scannedValue(): RespValue {
    switch (this.type) {
      case INTEGER:
        return this.integer.value
      case SIMPLE_STRING:
        return this.line.value
      case SIMPLE_ERROR:
        return new RespError(this.line.value)
      case DOUBLE:
        return toDouble(this.line.value)
      case BIG_NUMBER:
        return BigInt(this.line.value)
      default: {
        const value = this.string.value
        return this.type === BULK_ERROR && typeof value === "string" ? new RespError(value) : value
      }
    }
  }

  private finishLine(): void {
    this.state = TYPE
    switch (this.afterLine) {
      case EMIT: {
        const value = this.value
        this.value = undefined
        this.frames.add(value)
        break
      }
      case CLOSE:
        this.frames.close()
        break
      case NEXT_PIECE:
        this.state = PIECE
        break
      default:
        this.finishLength(this.length.value)
    }
  }

  private finishLength(length: number): void {
    if (length === LengthScanner.NULL_LENGTH) {
      this.frames.add(undefined)
      return
    }
    switch (this.type) {
      case BULK_STRING:
        if (length === LengthScanner.STREAMED_LENGTH) {
          this.string.beginStream(this.frames.bytes)
          this.state = PIECE
          break
        }
        this.beginString(length, 0)
        break
      case BULK_ERROR:
        this.beginString(length, 0)
        break
      case VERBATIM_STRING:
        this.beginString(length, VERBATIM_PREFIX_BYTES)
        break
      case STREAM_PIECE:
        if (length > 0) {
          this.string.beginPiece(length)
          this.state = STRING
        } else if (this.string.endStream()) {
          this.frames.add(this.string.value)
        } else {
          this.fail(this.position - 1, this.string.detail)
        }
        break
      default:
        if (length === LengthScanner.STREAMED_LENGTH) this.frames.open(this.type, -1)
        else this.frames.open(this.type, this.type === MAP || this.type === ATTRIBUTE ? 2 * length : length)
    }
  }
}
