/**
 * A connection for subscriptions. Messages go from the bytes of the socket straight to who wants them; acknowledgements are state, not
 * replies; and what the server refuses is told apart by a PING behind each command, which is answered in either version of the protocol and
 * in either mode.
 *
 * @since 0.1.0
 */
import { defineSpec } from "../command/CommandSpec.ts"
import { type CommandImpl, internalCommand } from "../command/make.ts"
import { ConnectionLost, type Reason } from "../error/Reason.ts"
import type { RespParser } from "../protocol/RespParser.ts"
import { RespError, type RespValue } from "../protocol/RespValue.ts"
import { encodeCommand, InvalidArg } from "../protocol/RespWriter.ts"
import { Connection } from "./Connection.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import { MessageScanner, type Receiver } from "./MessageScanner.ts"
import { NameTable } from "./NameTable.ts"
import { PendingPart, type ReplyHandler } from "./Pending.ts"
import type { Socket } from "./Transport.ts"

/**
 * What is subscribed to: channels, patterns or sharded channels.
 *
 * @category models
 * @since 0.1.0
 */
export type SubscriptionKind = "channel" | "pattern" | "shard"

/**
 * The words of a kind.
 *
 * @category constants
 * @since 0.1.0
 */
export const words = {
  channel: { on: "SUBSCRIBE", off: "UNSUBSCRIBE" },
  pattern: { on: "PSUBSCRIBE", off: "PUNSUBSCRIBE" },
  shard: { on: "SSUBSCRIBE", off: "SUNSUBSCRIBE" }
} as const

const acknowledgements: Readonly<Record<string, readonly [SubscriptionKind, on: boolean]>> = {
  subscribe: ["channel", true],
  unsubscribe: ["channel", false],
  psubscribe: ["pattern", true],
  punsubscribe: ["pattern", false],
  ssubscribe: ["shard", true],
  sunsubscribe: ["shard", false]
}

const messages: Readonly<Record<string, SubscriptionKind>> = {
  message: "channel",
  pmessage: "pattern",
  smessage: "shard"
}

/**
 * What a connection tells its owner. None of it is told while bytes are read but `onAcknowledged` and `onEnded`, which must not run a user's code.
 *
 * @category models
 * @since 0.1.0
 */
export interface PushEvents {
  /** The server acknowledged a name of a fence. */
  readonly onAcknowledged: (fence: Fence, receiver: Receiver) => void
  /** The server ended a subscription by itself. */
  readonly onEnded: (receiver: Receiver) => void
  /** The fence was answered, or (with no error) its command was. */
  readonly onFence: (fence: Fence) => void
  /** So many bytes that have come are read. */
  readonly onRead: (size: number) => void
}

/** Bytes that are enough for an acknowledgement with its channel's name, mostly. */
const RARE_FRAME = 256

const fenceSpec = defineSpec({ name: "PING", keys: "none", retry: "readOnly" })
const fenceCommand: CommandImpl = internalCommand(fenceSpec, [])

const specs = new Map<string, ReturnType<typeof defineSpec>>()

const specOf = (name: string): ReturnType<typeof defineSpec> => {
  let spec = specs.get(name)
  if (spec === undefined) {
    spec = defineSpec({ name, keys: "none", retry: "never" })
    specs.set(name, spec)
  }
  return spec
}

let fences = 0

/**
 * One SUBSCRIBE or UNSUBSCRIBE of some names, and the PING behind it.
 *
 * @category models
 * @since 0.1.0
 */
export class Fence extends PendingPart {
  readonly kind: SubscriptionKind
  readonly on: boolean
  readonly names: ReadonlyArray<Uint8Array>
  /** What the PING echoes. */
  readonly echo: string
  /** How many names were acknowledged. */
  acknowledged = 0
  /** Why the command was refused. */
  error: RespError | undefined

  constructor(
    kind: SubscriptionKind,
    on: boolean,
    names: ReadonlyArray<Uint8Array>,
    runtime: ConnectionRuntime,
    handler: ReplyHandler
  ) {
    const codec = runtime.transport.text
    const echo = `fence-${++fences}`
    const spec = specOf(words[kind][on ? "on" : "off"])
    const command = encodeCommand(spec.header, spec.words, names, codec)
    const ping = encodeCommand(fenceSpec.header, fenceSpec.words, [echo], codec)
    if (command instanceof InvalidArg || ping instanceof InvalidArg) throw new Error("names are bytes")
    const frame =
      typeof command === "string" && typeof ping === "string"
        ? command + ping
        : [...(typeof command === "string" ? [command] : command), ...(typeof ping === "string" ? [ping] : ping)]
    super(fenceCommand, frame, Number.POSITIVE_INFINITY, handler, 0, 0)
    this.kind = kind
    this.on = on
    this.names = names
    this.echo = echo
  }

  has(name: Uint8Array): boolean {
    return this.names.some((one) => sameBytes(one, name))
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}

/**
 * The connection.
 *
 * @category models
 * @since 0.1.0
 */
export class PushConnection extends Connection {
  readonly channels = new NameTable<Receiver>()
  readonly patterns = new NameTable<Receiver>()
  readonly shards = new NameTable<Receiver>()
  private readonly pushEvents: PushEvents
  /** The handshake is over. */
  private listening = false
  private readonly scanner: MessageScanner
  private paused = false
  private reading = false

  constructor(runtime: ConnectionRuntime, address: string, onClosed: (reason: Reason) => void, events: PushEvents) {
    super(runtime, address, onClosed)
    this.pushEvents = events
    this.scanner = new MessageScanner(this, runtime.transport.text)
  }

  /** Whether bytes are being read: what runs a user's code has to wait for `onRead`. */
  get isReading(): boolean {
    return this.reading
  }

  /** The handshake is over: what comes from now on is for subscriptions, and a silence means something from now on. */
  listen(): void {
    this.listening = true
    this.sweeper.wake(this.runtime.ticker.exact())
  }

  /** Send the command of a fence; it is told by `onFence` what came of it. */
  fence(kind: SubscriptionKind, on: boolean, names: ReadonlyArray<Uint8Array>): Fence {
    const fence = new Fence(kind, on, names, this.runtime, this.handler)
    this.send(fence)
    return fence
  }

  private readonly handler: ReplyHandler = {
    succeed: (pending) => this.onAnswered(pending),
    refuse: (pending) => this.onAnswered(pending),
    // The connection ends: its owner is told of that.
    fail: () => {}
  }

  private onAnswered(pending: unknown): void {
    if (pending instanceof Fence) this.pushEvents.onFence(pending)
  }

  /** The table of a kind. */
  table(kind: SubscriptionKind): NameTable<Receiver> {
    return kind === "channel" ? this.channels : kind === "pattern" ? this.patterns : this.shards
  }

  /** Whether the server can be held up. */
  get canPause(): boolean {
    return this.socket?.pause !== undefined
  }

  override get lendsChunks(): boolean {
    return true
  }

  override attach(socket: Socket): void {
    super.attach(socket)
    if (this.paused) socket.pause?.()
  }

  /** Read no more, so that the server keeps what it has to say. */
  pause(): void {
    if (this.paused) return
    this.paused = true
    this.socket?.pause?.()
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    // It was this side that was silent.
    const now = this.runtime.ticker.exact()
    this.liveness.onByte(now)
    this.sweeper.wake(now)
    this.socket?.resume?.()
  }

  /** A server that has nothing to say is asked whether it lives. */
  protected override get awaitsBytes(): boolean {
    return !this.paused && (this.listening || super.awaitsBytes)
  }

  protected override wantsBytes(push: boolean): boolean {
    return this.listening || super.wantsBytes(push)
  }

  protected override read(chunk: Uint8Array): void {
    if (!this.listening) return super.read(new Uint8Array(chunk))
    const { parser, scanner } = this
    const end = chunk.length
    let at = 0
    this.reading = true
    if (scanner.isAmid) {
      at = scanner.resume(chunk)
      if (at < 0) {
        parser.pushFrame(scanner.give())
        at = 0
      }
    }
    while (at < end && this.closedBy === undefined) {
      if (parser.isBetweenFrames) at = scanner.read(chunk, at)
      if (at < end) at += this.parseFrame(parser, chunk, at)
    }
    this.reading = false
    this.pushEvents.onRead(end)
  }

  /** The parser keeps what it gets, and the chunk is lent. The next frame is rare, or cut by the end of the chunk. */
  private parseFrame(parser: RespParser, chunk: Uint8Array, at: number): number {
    let taken = 0
    // Not much more is copied than the frame has.
    for (let size = RARE_FRAME; at + taken < chunk.length; size *= 2) {
      const from = at + taken
      taken += parser.pushFrame(new Uint8Array(chunk.subarray(from, Math.min(chunk.length, from + size))))
      if (parser.isBetweenFrames || parser.failure !== undefined) break
    }
    return taken
  }

  protected override onPush(values: Array<RespValue>): void {
    const kind = this.textOf(values[0])
    if (kind === undefined) return
    const received = messages[kind]
    const name = values[1]
    if (!(name instanceof Uint8Array)) return
    if (received === undefined) {
      const acknowledged = acknowledgements[kind]
      if (acknowledged !== undefined) this.onAcknowledgement(acknowledged[0], acknowledged[1], name)
      return
    }
    const receiver = this.table(received).get(name)
    const payload = values.at(-1)
    if (receiver === undefined || !(payload instanceof Uint8Array)) return
    const { text } = this.runtime.transport
    const channel = values[2]
    if (received !== "pattern") receiver.message(payload, 0, payload.length, 0, 0, text)
    else if (channel instanceof Uint8Array) {
      const both = new Uint8Array(channel.length + payload.length)
      both.set(channel)
      both.set(payload, channel.length)
      receiver.message(both, channel.length, both.length, 0, channel.length, text)
    }
  }

  /** They are in the order of the commands, so that those of a command come before its fence is answered. */
  private onAcknowledgement(kind: SubscriptionKind, on: boolean, name: Uint8Array): void {
    const fence = this.head()
    const receiver = this.table(kind).get(name)
    if (fence instanceof Fence && fence.kind === kind && fence.on === on && fence.has(name)) {
      fence.acknowledged++
      if (on && receiver !== undefined) this.pushEvents.onAcknowledged(fence, receiver)
    } else if (!on && receiver !== undefined) this.pushEvents.onEnded(receiver)
  }

  protected override onReply(value: RespValue): void {
    if (!this.listening) return super.onReply(value)
    let said = value
    if (Array.isArray(value)) {
      const kind = this.textOf(value[0])
      if (kind === "pong") said = value[1]
      else {
        if (!this.scanner.restricted) {
          // RESP2: messages and acknowledgements are arrays, and while something is subscribed it takes no AUTH.
          this.scanner.restricted = true
          this.identity?.hold()
        }
        return this.onPush(value)
      }
    }
    const head = this.head()
    const text = this.textOf(said)
    if (head instanceof Fence) return this.onFenceReply(head, value, text)
    // A refusal of AUTH may have been dropped by the server behind messages that it had not written (see `handshake`).
    if (text?.startsWith("fence-") === true) {
      return head === undefined ? undefined : this.close(lost(this.address, "the reply to another command is missing"))
    }
    super.onReply(Array.isArray(value) ? "PONG" : value)
  }

  private onFenceReply(fence: Fence, value: RespValue, text: string | undefined): void {
    if (value instanceof RespError) {
      const done = fence.acknowledged >= fence.names.length
      const forPing = value.code === "NOPERM" || value.code === "NOAUTH"
      if (!done && fence.error === undefined) {
        fence.error = value
        return
      }
      // Not the answer of the PING, but to an UNSUBSCRIBE of what the server had ended itself.
      if (!forPing && !fence.on) return
      return super.onReply(value)
    }
    if (text === fence.echo) return super.onReply(value)
    // Of a fence that was given up as answered.
    if (text?.startsWith("fence-") === true) return
    this.close(lost(this.address, "a reply that nothing waits for"))
  }

  private textOf(value: RespValue): string | undefined {
    if (typeof value === "string") return value
    return value instanceof Uint8Array ? this.runtime.transport.text.utf8(value, 0, value.length) : undefined
  }
}

const lost = (address: string, message: string) => new ConnectionLost({ address, message })
