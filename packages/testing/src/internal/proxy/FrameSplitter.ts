/**
 * Cuts a stream of RESP into its frames without changing a byte. What is not RESP passes as it comes, from there on.
 */
import { portableTextCodec, RespParser, type RespValue } from "@reef-redis/client/protocol"

export type Frame =
  | { readonly _tag: "Frame"; readonly bytes: Uint8Array; readonly value: RespValue; readonly push: boolean }
  | { readonly _tag: "Bytes"; readonly bytes: Uint8Array }

const LF = 0x0a

export class FrameSplitter {
  private readonly parser: RespParser
  private readonly emit: (frame: Frame) => void
  /** The bytes of the frame that is not complete yet. */
  private pending: Array<Uint8Array> = []
  private complete: { readonly value: RespValue; readonly push: boolean } | undefined
  /** Whether something came that is not RESP. */
  opaque = false

  constructor(emit: (frame: Frame) => void, asBytes: boolean) {
    this.emit = emit
    this.parser = new RespParser(
      {
        onReply: (value) => {
          this.complete = { value, push: false }
        },
        onPush: (value) => {
          this.complete = { value, push: true }
        },
        asBytes: () => asBytes
      },
      portableTextCodec
    )
  }

  push(chunk: Uint8Array): void {
    let from = 0
    // Every frame ends with a line feed: fed line by line, the parser tells at which byte it was complete.
    while (from < chunk.length && !this.opaque) {
      const end = chunk.indexOf(LF, from)
      const line = chunk.subarray(from, end === -1 ? chunk.length : end + 1)
      from += line.length
      this.pending.push(line)
      this.parser.push(line)
      if (this.parser.failure !== undefined) this.opaque = true
      else if (this.complete !== undefined) this.emit({ _tag: "Frame", bytes: this.take(), ...this.complete })
      this.complete = undefined
    }
    if (!this.opaque) return
    this.pending.push(chunk.subarray(from))
    this.flush()
  }

  /** Gives out what is there of a frame that will not be completed. */
  flush(): void {
    const bytes = this.take()
    if (bytes.length > 0) this.emit({ _tag: "Bytes", bytes })
  }

  private take(): Uint8Array {
    const pending = this.pending
    this.pending = []
    return pending.length === 1 ? pending[0]! : Buffer.concat(pending)
  }
}
