/**
 * Reads the lines of the protocol, each resumable at any byte. `scan` takes the bytes `start` to `end` of a chunk and returns
 * where it stopped: at the CR if `done`, at `end` if the line goes on, or `~index` of the first malformed byte (then `detail` says
 * why). No byte is looked at twice.
 */
import type { TextCodec } from "../TextCodec.ts"
import type { ByteCollector } from "./byteCollector.ts"
import { CR, MINUS, NINE, ONE, PLUS, QUESTION, textOf, ZERO } from "./bytes.ts"
import { advance, isComplete } from "./numberGrammar.ts"

/** No number of the protocol needs more digits: 2^63 has 19. */
const MAX_DIGITS = 19

/** So many digits are always exact in a `number`. */
export const EXACT_DIGITS = 15

const AT_START = 0
const AFTER_SIGN = 1
const IN_DIGITS = 2
const COMPLETE = 3

/** A length or count: digits, `-1` where a null is allowed, `?` where a streamed form is. */
export class LengthScanner {
  done = false
  detail = ""
  /** The number, `NULL_LENGTH` or `STREAMED_LENGTH`. */
  value = 0
  private phase = AT_START
  private digits = 0
  private max = 0
  private nullable = false
  private streamable = false

  static readonly NULL_LENGTH = -1
  static readonly STREAMED_LENGTH = -2

  begin(max: number, nullable: boolean, streamable: boolean): void {
    this.done = false
    this.value = 0
    this.phase = AT_START
    this.digits = 0
    this.max = max
    this.nullable = nullable
    this.streamable = streamable
  }

  scan(chunk: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = chunk[at]!
      if (byte >= ZERO && byte <= NINE && (this.phase === AT_START || this.phase === IN_DIGITS)) {
        this.phase = IN_DIGITS
        this.value = this.value * 10 + (byte - ZERO)
        if (this.value > this.max) return this.wrong(at, `a length over the limit of ${this.max}`)
        if (++this.digits > MAX_DIGITS) return this.wrong(at, `a length of more than ${MAX_DIGITS} digits`)
      } else if (byte === CR && (this.phase === IN_DIGITS || this.phase === COMPLETE)) {
        this.done = true
        return at
      } else if (byte === MINUS && this.phase === AT_START && this.nullable) {
        this.phase = AFTER_SIGN
      } else if (byte === ONE && this.phase === AFTER_SIGN) {
        this.phase = COMPLETE
        this.value = LengthScanner.NULL_LENGTH
      } else if (byte === QUESTION && this.phase === AT_START && this.streamable) {
        this.phase = COMPLETE
        this.value = LengthScanner.STREAMED_LENGTH
      } else {
        return this.wrong(at, "a malformed length")
      }
    }
    return end
  }

  private wrong(at: number, detail: string): number {
    this.detail = detail
    return ~at
  }
}

const INT64_MAX = 2n ** 63n - 1n

/** A signed 64-bit integer. */
export class IntegerScanner {
  done = false
  detail = ""
  private phase = AT_START
  private digits = 0
  private negative = false
  // The first 15 digits and the rest, since a `number` would round all of them together.
  private head = 0
  private tail = 0

  begin(): void {
    this.done = false
    this.phase = AT_START
    this.digits = 0
    this.negative = false
    this.head = 0
    this.tail = 0
  }

  /** The integer, a `bigint` only where a `number` would round it. */
  get value(): number | bigint {
    if (this.digits <= EXACT_DIGITS) return this.negative ? 0 - this.head : this.head
    const exact = this.negative ? -this.magnitude() : this.magnitude()
    const rounded = Number(exact)
    return Number.isSafeInteger(rounded) ? rounded : exact
  }

  scan(chunk: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = chunk[at]!
      if (byte >= ZERO && byte <= NINE) {
        this.phase = IN_DIGITS
        if (++this.digits <= EXACT_DIGITS) this.head = this.head * 10 + (byte - ZERO)
        else this.tail = this.tail * 10 + (byte - ZERO)
        if (this.digits >= MAX_DIGITS && this.overflows()) return this.wrong(at, "an integer beyond 64 bits")
      } else if (byte === CR && this.phase === IN_DIGITS) {
        this.done = true
        return at
      } else if ((byte === MINUS || byte === PLUS) && this.phase === AT_START) {
        this.phase = AFTER_SIGN
        this.negative = byte === MINUS
      } else {
        return this.wrong(at, "a malformed integer")
      }
    }
    return end
  }

  private magnitude(): bigint {
    const scale = BigInt(10 ** (this.digits - EXACT_DIGITS))
    return BigInt(this.head) * scale + BigInt(this.tail)
  }

  private overflows(): boolean {
    return this.digits > MAX_DIGITS || this.magnitude() > (this.negative ? INT64_MAX + 1n : INT64_MAX)
  }

  private wrong(at: number, detail: string): number {
    this.detail = detail
    return ~at
  }
}

/** Text up to the next CR: of any kind, or a number by its grammar. */
export class TextScanner {
  done = false
  detail = ""
  /** The line once it is `done`. */
  value = ""
  private grammar = 0
  private room = 0
  private readonly carry: ByteCollector
  private readonly text: TextCodec
  private readonly maxBytes: number

  /** `carry` keeps what a cut line began with. */
  constructor(text: TextCodec, carry: ByteCollector, maxBytes: number) {
    this.text = text
    this.carry = carry
    this.maxBytes = maxBytes
  }

  /** `grammar` is the start state of a number, or 0 for text in which every byte but CR is allowed. */
  begin(grammar: number): void {
    this.done = false
    this.value = ""
    this.grammar = grammar
    this.room = this.maxBytes
    this.carry.begin(this.maxBytes)
  }

  scan(chunk: Uint8Array, start: number, end: number): number {
    const stop = Math.min(end, start + this.room)
    let at = start
    if (this.grammar === 0) {
      while (at < stop && chunk[at] !== CR) at++
    } else {
      let state = this.grammar
      while (at < stop && chunk[at] !== CR) {
        state = advance(state, chunk[at]!)
        if (state === 0) return this.wrong(at, "a malformed number")
        at++
      }
      this.grammar = state
    }
    if (at < end && chunk[at] !== CR) return this.wrong(at, `a line over the limit of ${this.maxBytes} bytes`)
    if (at < end) return this.finish(chunk, start, at)
    if (at > start) this.carry.append(chunk, start, at)
    this.room -= at - start
    return at
  }

  private finish(chunk: Uint8Array, start: number, at: number): number {
    if (this.grammar !== 0 && !isComplete(this.grammar)) return this.wrong(at, "a number that ends too early")
    this.done = true
    if (this.carry.length === 0) {
      this.value = textOf(chunk, start, at, this.text)
    } else {
      if (at > start) this.carry.append(chunk, start, at)
      this.value = this.carry.takeText(this.text)
    }
    return at
  }

  private wrong(at: number, detail: string): number {
    this.detail = detail
    return ~at
  }
}
