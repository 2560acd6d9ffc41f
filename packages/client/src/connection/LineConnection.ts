/**
 * A connection on which, after one command, the server speaks unasked in simple strings: MONITOR.
 *
 * @since 0.1.0
 */
import type { Reason } from "../error/Reason.ts"
import type { RespValue } from "../protocol/RespValue.ts"
import { Connection } from "./Connection.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import type { Socket } from "./Transport.ts"

/** A line shows a whole command: as long as the servers' `proto-max-bulk-len`. */
const LONGEST_LINE = 512 * 1024 * 1024

/**
 * The connection.
 *
 * @category models
 * @since 0.1.0
 */
export class LineConnection extends Connection {
  private readonly onLine: (line: string) => void
  private readonly onRead: () => void
  /** The handshake is over. */
  private listening = false
  private paused = false

  constructor(
    runtime: ConnectionRuntime,
    address: string,
    onClosed: (reason: Reason) => void,
    onLine: (line: string) => void,
    onRead: () => void
  ) {
    super(runtime, address, onClosed, { maxLineBytes: LONGEST_LINE })
    this.onLine = onLine
    this.onRead = onRead
  }

  /** From now on strings are lines, and a silence means something. */
  listen(): void {
    this.listening = true
    this.sweeper.wake(this.runtime.ticker.exact())
  }

  get canPause(): boolean {
    return this.socket?.pause !== undefined
  }

  override attach(socket: Socket): void {
    super.attach(socket)
    if (this.paused) socket.pause?.()
  }

  pause(): void {
    if (this.paused) return
    this.paused = true
    this.socket?.pause?.()
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    const now = this.runtime.ticker.exact()
    this.liveness.onByte(now)
    this.sweeper.wake(now)
    this.socket?.resume?.()
  }

  protected override get awaitsBytes(): boolean {
    return !this.paused && (this.listening || super.awaitsBytes)
  }

  protected override read(chunk: Uint8Array): void {
    super.read(chunk)
    if (this.listening) this.onRead()
  }

  protected override onReply(value: RespValue): void {
    // Lines begin with the time; what answers a probe or the command itself does not.
    if (this.listening && typeof value === "string" && value.charCodeAt(0) >= 48 && value.charCodeAt(0) <= 57) {
      return this.onLine(value)
    }
    super.onReply(value)
  }
}
