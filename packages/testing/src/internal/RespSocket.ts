/**
 * A minimal RESP2 connection over `node:net`: pipelined, first in first out, without `effect`, so that the observer process
 * loads in a moment. Strings are read as the caller asks: `latin1` keeps every byte of a key.
 */
import * as net from "node:net"
import * as tls from "node:tls"
import { type AdminArgument, type AdminReply, AdminReplyError } from "../AdminReply.ts"

export type TextEncoding = "utf8" | "latin1"

interface Pending {
  readonly encoding: TextEncoding
  readonly done: (reply: AdminReply) => void
  readonly failed: (detail: string) => void
}

/** What a TLS connection needs, in PEM: whom to trust, and whom to be. */
export interface SocketTls {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

const CR_LF = Buffer.from("\r\n")

/** Reads one reply. After `read` gave `undefined`, `needed` is the least length at which another try can succeed. */
class ReplyReader {
  readonly buffer: Buffer
  readonly encoding: TextEncoding
  offset = 0
  needed = 0
  constructor(buffer: Buffer, encoding: TextEncoding) {
    this.buffer = buffer
    this.encoding = encoding
  }

  private line(): string | undefined {
    const end = this.buffer.indexOf(CR_LF, this.offset)
    if (end === -1) {
      this.needed = this.buffer.length + 1
      return undefined
    }
    const text = this.buffer.toString(this.encoding, this.offset, end)
    this.offset = end + CR_LF.length
    return text
  }

  read(): AdminReply | undefined {
    const line = this.line()
    if (line === undefined) return undefined
    const rest = line.slice(1)
    switch (line[0]) {
      case "+":
        return rest
      case "-":
        return new AdminReplyError(rest)
      case ":":
        return Number(rest)
      case "$": {
        const length = Number(rest)
        if (length < 0) return null
        const end = this.offset + length
        if (this.buffer.length < end + CR_LF.length) {
          this.needed = end + CR_LF.length
          return undefined
        }
        const text = this.buffer.toString(this.encoding, this.offset, end)
        this.offset = end + CR_LF.length
        return text
      }
      case "*": {
        const length = Number(rest)
        if (length < 0) return null
        const elements: Array<AdminReply> = []
        for (let i = 0; i < length; i++) {
          const element = this.read()
          if (element === undefined) return undefined
          elements.push(element)
        }
        return elements
      }
      default:
        throw new Error(`not a RESP2 reply: ${JSON.stringify(line.slice(0, 32))}`)
    }
  }
}

const encode = (args: ReadonlyArray<AdminArgument>): Buffer => {
  const parts: Array<Uint8Array> = [Buffer.from(`*${args.length}\r\n`)]
  for (const arg of args) {
    const bytes = typeof arg === "object" ? arg : Buffer.from(String(arg))
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, CR_LF)
  }
  return Buffer.concat(parts)
}

export class RespSocket {
  private readonly socket: net.Socket
  private readonly pending: Array<Pending> = []
  private buffer: Buffer = Buffer.alloc(0)
  private needed = 0
  /** Why the connection ended; `undefined` while it is usable. */
  closed: string | undefined

  constructor(host: string, port: number, secure?: SocketTls | undefined) {
    this.socket = secure === undefined ? net.connect({ host, port }) : tls.connect({ host, port, ...secure })
    this.socket.setNoDelay(true)
    this.socket.on("data", (chunk) => this.receive(chunk))
    this.socket.on("error", (error) => this.close(String(error)))
    this.socket.on("close", () => this.close("the server closed the connection"))
  }

  send(
    args: ReadonlyArray<AdminArgument>,
    encoding: TextEncoding,
    done: (reply: AdminReply) => void,
    failed: (detail: string) => void
  ): void {
    if (this.closed !== undefined) {
      failed(this.closed)
      return
    }
    this.pending.push({ encoding, done, failed })
    this.socket.write(encode(args))
  }

  close(detail: string): void {
    if (this.closed !== undefined) return
    this.closed = detail
    this.socket.destroy()
    for (const entry of this.pending.splice(0)) entry.failed(detail)
  }

  private receive(chunk: Buffer): void {
    this.buffer = this.buffer.length === 0 ? chunk : Buffer.concat([this.buffer, chunk])
    while (this.closed === undefined && this.buffer.length > 0 && this.buffer.length >= this.needed) {
      const entry = this.pending[0]
      if (entry === undefined) {
        this.close("the server sent a reply that nobody asked for")
        return
      }
      let reply: AdminReply | undefined
      try {
        reply = this.next(entry.encoding)
      } catch (error) {
        this.close(String(error))
        return
      }
      if (reply === undefined) return
      this.pending.shift()
      entry.done(reply)
    }
  }

  private next(encoding: TextEncoding): AdminReply | undefined {
    const reader = new ReplyReader(this.buffer, encoding)
    const reply = reader.read()
    this.needed = reply === undefined ? reader.needed : 0
    if (reply !== undefined) this.buffer = this.buffer.subarray(reader.offset)
    return reply
  }
}
