/**
 * A transport in memory: it records what each socket was given, as commands, and answers what a small scripted server says, or what the
 * test says by hand. Answers come in a later microtask, as no platform answers while it is written to.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import {
  addressText,
  type OpenFailure,
  type OpenOptions,
  type Socket,
  type SocketEvents,
  Transport
} from "../../src/connection/Transport.ts"
import { RespParser } from "../../src/protocol/RespParser.ts"
import { portableTextCodec } from "../../src/protocol/TextCodec.ts"
import { hello, ok } from "./replies.ts"

export * from "./replies.ts"

export const refused = (message = "connect ECONNREFUSED"): Effect.Effect<never, OpenFailure> =>
  Effect.fail({ _tag: "OpenFailure", message })

/** What a server answers to a command: bytes, nothing now (`""`), or `undefined` to leave it to the usual handshake. */
export type Script = (words: ReadonlyArray<string>, socket: FakeSocket) => string | undefined

const usual = (words: ReadonlyArray<string>): string =>
  words[0] === "HELLO" ? hello("redis", "8.0.0") : /^(CLIENT|SELECT|READONLY)$/.test(words[0] ?? "") ? ok : ""

export class FakeSocket implements Socket {
  readonly address: string
  /** The commands of each write, the words of each with blanks between them. The handshake is left out. */
  readonly writes: Array<ReadonlyArray<string>> = []
  /** Every command, the handshake's too. */
  readonly commands: Array<string> = []
  /** What each call of `write` was given. */
  readonly raw: Array<string | ReadonlyArray<string | Uint8Array>> = []
  /** Whether `write` asks to wait for a drain. */
  congested = false
  open = true
  private readonly events: SocketEvents
  private received: Array<ReadonlyArray<string>> = []
  private readonly requests: RespParser
  private readonly transport: FakeTransport

  constructor(transport: FakeTransport, options: OpenOptions) {
    this.transport = transport
    this.address = addressText(options.address)
    this.events = options.events
    const take = (value: unknown) => {
      if (Array.isArray(value)) this.received.push(value.map(String))
    }
    this.requests = new RespParser({ asBytes: () => false, onReply: take, onPush: () => {} }, portableTextCodec)
  }

  readonly write = (frames: string | ReadonlyArray<string | Uint8Array>): boolean => {
    if (!this.open) return true
    this.raw.push(frames)
    for (const frame of typeof frames === "string" ? [frames] : frames) {
      this.requests.push(typeof frame === "string" ? Uint8Array.from(frame, (char) => char.charCodeAt(0)) : frame)
    }
    const received = this.received
    this.received = []
    let answer = ""
    for (const words of received) answer += this.transport.script(words, this) ?? usual(words)
    const texts = received.map((words) => words.join(" "))
    this.commands.push(...texts)
    if (!texts.every((text) => /^(HELLO|CLIENT|AUTH|SELECT|READONLY)/.test(text))) this.writes.push(texts)
    if (answer !== "") queueMicrotask(() => this.answer(answer))
    return !this.congested
  }

  readonly destroy = (): void => {
    this.open = false
  }

  /** Bytes from the server; text goes as UTF-8. */
  readonly answer = (...replies: ReadonlyArray<string | Uint8Array>): void => {
    for (const reply of replies) {
      if (this.open) this.events.onData(typeof reply === "string" ? portableTextCodec.encode(reply) : reply)
    }
  }

  /** Bytes that come although this side has destroyed the socket: a transport that is late. */
  readonly answerLate = (reply: string): void => this.events.onData(portableTextCodec.encode(reply))

  readonly drain = (): void => {
    this.congested = false
    this.events.onDrain()
  }

  /** The server ends the stream. */
  readonly end = (cause = "read ECONNRESET"): void => {
    if (!this.open) return
    this.open = false
    this.events.onClose(cause)
  }
}

export class FakeTransport {
  /** All that were ever opened, in order. */
  readonly sockets: Array<FakeSocket> = []
  /** The addresses of all attempts, the refused ones too. */
  readonly dialled: Array<string> = []
  /** What becomes of an attempt: refuse it, or let it wait. */
  onOpen: (address: string) => Effect.Effect<void, OpenFailure> = () => Effect.void
  script: Script = () => undefined
  /** Set it to a list to run deferred tasks by hand. */
  deferred: Array<() => void> | undefined

  readonly service: Transport["Service"] = {
    text: portableTextCodec,
    defer: (task) => {
      if (this.deferred === undefined) queueMicrotask(task)
      else this.deferred.push(task)
    },
    open: (options) =>
      Effect.acquireRelease(
        Effect.suspend(() => {
          this.dialled.push(addressText(options.address))
          return Effect.map(this.onOpen(addressText(options.address)), () => {
            const socket = new FakeSocket(this, options)
            this.sockets.push(socket)
            return socket
          })
        }),
        (socket) => Effect.sync(socket.destroy),
        { interruptible: true }
      )
  }
  readonly layer = Layer.succeed(Transport, this.service)

  /** End a turn of the event loop: what was deferred so far runs. */
  turn(): void {
    for (const task of this.deferred?.splice(0) ?? []) task()
  }

  get open(): ReadonlyArray<FakeSocket> {
    return this.sockets.filter((socket) => socket.open)
  }

  /** The newest socket (to an address). */
  last(address?: string): FakeSocket {
    const socket = this.sockets.findLast((one) => address === undefined || one.address === address)
    if (socket === undefined) throw new Error(`no socket to ${address ?? "anything"} was opened`)
    return socket
  }
}
