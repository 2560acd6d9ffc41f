/** Gathers bytes that come in several chunks. */
import type { TextCodec } from "../TextCodec.ts"
import { EMPTY, textOf } from "./bytes.ts"

/** Strings up to this size are gathered in a buffer that stays, since most cut ones are small and an allocation costs more. */
const SCRATCH_BYTES = 1024

/**
 * A buffer that grows with what arrived and never with what was announced: at most twice the bytes received are reserved, so a
 * hostile length costs nothing, and doubling keeps the copying linear.
 */
export class ByteCollector {
  length = 0
  private bytes: Uint8Array = EMPTY
  private scratch: Uint8Array = EMPTY
  private limit = 0

  /** Starts anew. `limit` is the number of bytes announced, `Infinity` where the announcement comes piecemeal. */
  begin(limit: number): void {
    this.length = 0
    this.limit = limit
  }

  append(chunk: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start
    if (needed > this.bytes.length) this.grow(needed)
    // Appending one byte is common in a slow stream and does not deserve a view.
    if (end - start === 1) this.bytes[this.length] = chunk[start]!
    else this.bytes.set(chunk.subarray(start, end), this.length)
    this.length = needed
  }

  takeBytes(): Uint8Array {
    const whole = this.bytes !== this.scratch && this.bytes.length === this.length
    const taken = whole ? this.bytes : new Uint8Array(this.bytes.subarray(0, this.length))
    this.release()
    return taken
  }

  takeText(text: TextCodec): string {
    const { bytes, length } = this
    this.release()
    return textOf(bytes, 0, length, text)
  }

  release(): void {
    this.bytes = EMPTY
    this.length = 0
  }

  private grow(needed: number): void {
    let grown: Uint8Array
    if (needed <= SCRATCH_BYTES) {
      if (this.scratch.length === 0) this.scratch = new Uint8Array(SCRATCH_BYTES)
      grown = this.scratch
    } else {
      grown = new Uint8Array(Math.min(this.limit, 2 * needed))
      grown.set(this.bytes.subarray(0, this.length))
    }
    this.bytes = grown
  }
}
