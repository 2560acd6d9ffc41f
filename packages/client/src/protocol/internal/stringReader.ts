/** Reads the payload of bulk strings, bulk errors, verbatim strings and streamed strings, up to the CRLF behind it. */
import type { TextCodec } from "../TextCodec.ts"
import type { ByteCollector } from "./byteCollector.ts"
import { COLON, ownBytes } from "./bytes.ts"

/** The format of three characters and the colon that a verbatim string begins with. */
export const VERBATIM_PREFIX_BYTES = 4

/** Resumable as the scanners of lines are: `scan` returns where it stopped, or `~index` of the first malformed byte. */
export class StringReader {
  /** Whether the payload, or that of a piece, is complete. */
  done = false
  detail = ""
  /** The string once it is complete. */
  value: string | Uint8Array = ""
  /** Whether a streamed string is being read, which goes on after each piece. */
  streaming = false
  private prefix = 0
  private wanted = 0
  private bytes = false
  private readonly collector: ByteCollector
  private readonly text: TextCodec

  constructor(text: TextCodec, collector: ByteCollector) {
    this.text = text
    this.collector = collector
  }

  /** Bytes that were read of a streamed string. */
  get length(): number {
    return this.collector.length
  }

  /** A string of `length` bytes, the first `prefix` of which are dropped; it is wanted as bytes or text. */
  begin(length: number, prefix: number, bytes: boolean): void {
    this.streaming = false
    this.bytes = bytes
    this.prefix = prefix
    this.wanted = length - prefix
    this.collector.begin(this.wanted)
    this.done = false
  }

  beginStream(bytes: boolean): void {
    this.streaming = true
    this.bytes = bytes
    this.prefix = 0
    this.collector.begin(Infinity)
  }

  beginPiece(length: number): void {
    this.wanted = length
    this.done = false
  }

  /** Ends a streamed string; false if the platform cannot hold it. */
  endStream(): boolean {
    this.streaming = false
    return this.complete()
  }

  scan(chunk: Uint8Array, start: number, end: number): number {
    let at = start
    for (; this.prefix > 0 && at < end; at++) {
      if (--this.prefix === 0 && chunk[at] !== COLON) {
        this.detail = "a verbatim string without its prefix"
        return ~at
      }
    }
    if (this.prefix > 0) return at
    const to = Math.min(end, at + this.wanted)
    if (this.bytes && !this.streaming && this.collector.length === 0 && to - at === this.wanted) {
      this.value = ownBytes(chunk, at, to)
      this.done = true
      return to
    }
    try {
      if (to > at) this.collector.append(chunk, at, to)
    } catch {
      this.detail = `no memory for a string of at least ${this.collector.length + this.wanted} bytes`
      return ~at
    }
    this.wanted -= to - at
    if (this.wanted > 0) return to
    if (this.streaming) this.done = true
    else if (!this.complete()) return ~to
    return to
  }

  private complete(): boolean {
    this.done = true
    try {
      this.value = this.bytes ? this.collector.takeBytes() : this.collector.takeText(this.text)
      return true
    } catch {
      // Half a GiB of bytes may be more characters than a JavaScript string can hold.
      this.detail = "a string that is too long for the platform"
      return false
    }
  }
}
