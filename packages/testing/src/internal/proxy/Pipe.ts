/**
 * One direction of a connection: what arrives is cut into frames, and each is handled after the one before it.
 */
import type * as net from "node:net"
import { type Frame, FrameSplitter } from "./FrameSplitter.ts"

export interface Arrival {
  readonly frame: Frame
  /** When it was complete, by `performance.now()`. */
  readonly time: number
}

export interface PipeOptions {
  /** Read strings as bytes (requests) rather than as text (replies). */
  readonly asBytes: boolean
  /** Decides on one arrival and writes it; the next one waits for it. */
  readonly handle: (arrival: Arrival) => Promise<void>
  /** The source has ended and everything has been handled. */
  readonly onEnd: () => void
}

/** With more than this waiting to be handled, the source is not read. */
const QUEUE_BYTES = 1024 * 1024

/** After two of them the event loop has looked for readable sockets once, whatever it was at before: a piece is read alone. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

export class Pipe {
  private readonly options: PipeOptions
  private readonly splitter: FrameSplitter
  private source: net.Socket | undefined
  private sink: net.Socket | undefined
  private readonly queue: Array<Arrival> = []
  private queued = 0
  private reading = false
  private ended = false
  private busy = false
  private destroyed = false
  written = 0

  constructor(options: PipeOptions) {
    this.options = options
    this.splitter = new FrameSplitter((frame) => {
      this.queue.push({ frame, time: performance.now() })
      this.queued += frame.bytes.length
    }, options.asBytes)
  }

  get opaque(): boolean {
    return this.splitter.opaque
  }

  join(source: net.Socket, sink: net.Socket): void {
    this.source = source
    this.sink = sink
    source.pause()
    source.on("data", (chunk) => {
      this.splitter.push(chunk)
      this.flow()
      void this.run()
    })
    source.once("end", () => {
      this.splitter.flush()
      this.ended = true
      void this.run()
    })
  }

  startReading(): void {
    this.reading = true
    this.flow()
  }

  stopReading(): void {
    this.reading = false
    this.flow()
  }

  destroy(): void {
    this.destroyed = true
    this.queue.length = 0
    this.source?.removeAllListeners("data")
  }

  /** Writes to the sink, in pieces of `size` bytes unless that is 0; returns when the system has taken them. */
  async write(bytes: Uint8Array, size: number): Promise<void> {
    if (size === 0) return this.writeOnce(bytes)
    for (let from = 0; from < bytes.length; from += size) {
      await this.writeOnce(bytes.subarray(from, from + size))
      await turn()
      await turn()
    }
  }

  private writeOnce(bytes: Uint8Array): Promise<void> {
    const { sink } = this
    if (sink === undefined || this.destroyed) return new Promise(() => {})
    this.written += bytes.length
    return new Promise((resolve) => void sink.write(bytes, () => resolve()))
  }

  private flow(): void {
    if (this.source === undefined || this.destroyed) return
    if (this.reading && this.queued < QUEUE_BYTES) this.source.resume()
    else this.source.pause()
  }

  private async run(): Promise<void> {
    if (this.busy) return
    this.busy = true
    let arrival = this.queue.shift()
    while (arrival !== undefined) {
      this.queued -= arrival.frame.bytes.length
      this.flow()
      await this.options.handle(arrival)
      arrival = this.queue.shift()
    }
    this.busy = false
    if (this.ended && !this.destroyed) this.options.onEnd()
  }
}
