/**
 * One connection of a scripted server: reads commands, and carries out the answers in the order of the commands.
 */
import type * as net from "node:net"
import { encodeValue, portableTextCodec, RespParser } from "@reef-redis/client/protocol"
import * as Effect from "effect/Effect"
import type { Answer } from "../../Answer.ts"
import type { CutKind } from "../../Fault.ts"
import type { ConnectionState, ReceivedCommand, ScriptedConnection, ScriptedNode } from "../../Script.ts"
import type { ScriptedConnectionView } from "../../ScriptedServer.ts"
import { reset } from "../proxy/reset.ts"
import { wordsOf } from "../requests.ts"

export interface LinkOptions {
  readonly number: number
  readonly node: ScriptedNode
  readonly nodes: ReadonlyArray<ScriptedNode>
  readonly user: string | undefined
  /** A command has arrived. */
  readonly receive: (words: ReadonlyArray<Uint8Array>, link: ScriptedLink) => void
  readonly onClose: () => void
}

interface Due {
  readonly answer: Answer
  /** The version at the time of the command: HELLO itself is answered in the new one. */
  readonly protocol: 2 | 3
}

export class ScriptedLink implements ScriptedConnection {
  readonly number: number
  readonly node: ScriptedNode
  readonly nodes: ReadonlyArray<ScriptedNode>
  readonly commands: Array<ReceivedCommand> = []
  private readonly socket: net.Socket
  private readonly onClose: () => void
  private readonly due: Array<Due> = []
  private readonly aborted = new AbortController()
  private state: ConnectionState
  private busy = false
  private failure: string | undefined
  private isClosed = false

  constructor(socket: net.Socket, options: LinkOptions) {
    this.number = options.number
    this.node = options.node
    this.nodes = options.nodes
    this.socket = socket
    this.onClose = options.onClose
    this.state = {
      protocol: 2,
      user: options.user,
      name: undefined,
      database: 0,
      readOnly: false,
      asking: false
    }
    const parser = new RespParser(
      {
        onReply: (value) => {
          const words = wordsOf(value)
          if (words === undefined) this.refuse("expected an array of bulk strings")
          else options.receive(words, this)
        },
        onPush: () => this.refuse("a client cannot push"),
        asBytes: () => true
      },
      portableTextCodec
    )
    socket.on("data", (chunk) => {
      parser.push(chunk)
      if (parser.failure !== undefined) this.refuse(parser.failure.detail)
    })
    socket.once("end", () => this.close("end"))
    socket.on("error", () => this.close("end"))
    socket.once("close", () => this.close("end"))
    socket.resume()
  }

  get protocol(): 2 | 3 {
    return this.state.protocol
  }
  get user(): string | undefined {
    return this.state.user
  }
  get name(): string | undefined {
    return this.state.name
  }
  get database(): number {
    return this.state.database
  }
  get readOnly(): boolean {
    return this.state.readOnly
  }
  get asking(): boolean {
    return this.state.asking
  }
  get isOpen(): boolean {
    return !this.isClosed
  }

  readonly update = (state: Partial<ConnectionState>): void => {
    this.state = { ...this.state, ...state }
  }

  get view(): ScriptedConnectionView {
    return {
      ...this.state,
      number: this.number,
      node: this.node.index,
      open: !this.isClosed,
      commands: [...this.commands],
      protocolError: this.failure
    }
  }

  /** Carries the answer out after those before it. */
  answer(answer: Answer): void {
    this.due.push({ answer, protocol: this.state.protocol })
    void this.run()
  }

  /** Carries the answer out at once, whatever is due. */
  interject(answer: Answer): void {
    void this.perform(answer, this.state.protocol)
  }

  close(how: CutKind): void {
    if (this.isClosed) return
    this.isClosed = true
    this.aborted.abort()
    if (how === "reset") reset(this.socket)
    else this.socket.destroySoon()
    this.onClose()
  }

  destroy(): void {
    this.close("end")
    this.socket.destroy()
  }

  private refuse(detail: string): void {
    if (this.failure !== undefined) return
    this.failure = detail
    this.socket.write(`-ERR Protocol error: ${detail}\r\n`)
    this.close("end")
  }

  private async run(): Promise<void> {
    if (this.busy) return
    this.busy = true
    for (let next = this.due.shift(); next !== undefined && !this.isClosed; next = this.due.shift()) {
      await this.perform(next.answer, next.protocol)
    }
    this.busy = false
  }

  private async perform(answer: Answer, protocol: 2 | 3): Promise<void> {
    if (this.isClosed) return
    switch (answer._tag) {
      case "Reply":
        this.socket.write(encodeValue(answer.value, protocol))
        break
      case "Partial": {
        const bytes = encodeValue(answer.value, protocol)
        this.socket.write(bytes.subarray(0, answer.bytes ?? bytes.length >> 1))
        break
      }
      case "Raw":
        this.socket.write(answer.bytes)
        break
      case "All":
        for (const each of answer.answers) await this.perform(each, protocol)
        break
      case "From": {
        const exit = await Effect.runPromiseExit(answer.effect, { signal: this.aborted.signal })
        // It has no error: it was interrupted with the connection, or the script has a defect.
        if (exit._tag === "Success") await this.perform(exit.value, protocol)
        else this.close("end")
        break
      }
      case "Close":
        this.close(answer.how)
        break
    }
  }
}
