/**
 * Which reply answers which command on one connection: replies come in the order of the commands, except that pushes come in
 * between, subscriptions are confirmed once per channel, and CLIENT REPLY switches replies off.
 */
import { RespError, type RespValue } from "@reef-redis/client/protocol"
import type { CutKind, SeenCommand } from "../../Fault.ts"
import { keysOf } from "../commandKeys.ts"
import { textOf } from "../requests.ts"

/** A command on its way, and what shall happen when its reply comes. */
export interface Sent {
  readonly command: SeenCommand
  /** How many frames answer it. */
  answers: number
  /** Cut instead of delivering the reply. */
  readonly withhold: CutKind | undefined
}

export interface Answer {
  readonly moment: "reply" | "push"
  /** Whom it answers. */
  readonly sent: Sent | undefined
}

const SUBSCRIPTIONS: ReadonlySet<string> = new Set([
  "SUBSCRIBE",
  "PSUBSCRIBE",
  "SSUBSCRIBE",
  "UNSUBSCRIBE",
  "PUNSUBSCRIBE",
  "SUNSUBSCRIBE"
])
const MESSAGES: ReadonlySet<string> = new Set(["message", "pmessage", "smessage"])

export const seenCommand = (number: number, args: ReadonlyArray<Uint8Array>): SeenCommand => {
  const name = textOf(args[0]!).toUpperCase()
  return { number, name, args, keys: keysOf(name, args.slice(1).map(textOf)) }
}

const word = (command: SeenCommand, index: number): string =>
  textOf(command.args[index] ?? new Uint8Array()).toUpperCase()

export class Conversation {
  private readonly pending: Array<Sent> = []
  private resp3 = false
  private subscriber = false
  private replies: "on" | "off" | "skip" = "on"

  /** Commands whose answer has not been delivered. */
  get outstanding(): number {
    return this.pending.length
  }

  /** Notes a command that goes to the server; `false` if nothing will answer it. */
  sent(command: SeenCommand, withhold: CutKind | undefined): boolean {
    if (command.name === "CLIENT" && word(command, 1) === "REPLY") {
      const mode = word(command, 2)
      if (mode === "OFF" || mode === "SKIP") {
        this.replies = mode === "OFF" ? "off" : "skip"
        return false
      }
      this.replies = "on"
    } else if (this.replies !== "on") {
      if (this.replies === "skip") this.replies = "on"
      return false
    }
    const subscription = SUBSCRIPTIONS.has(command.name)
    if (subscription) this.subscriber = true
    this.pending.push({ command, answers: subscription ? Math.max(1, command.args.length - 1) : 1, withhold })
    return true
  }

  /** What a frame of the server is. */
  classify(value: RespValue, push: boolean): Answer {
    const head = this.pending[0]
    if (push || (!this.resp3 && this.subscriber && Array.isArray(value))) {
      const kind = Array.isArray(value) && typeof value[0] === "string" ? value[0] : ""
      if (SUBSCRIPTIONS.has(kind.toUpperCase())) {
        // A server that has given a slot away ends subscriptions unasked.
        return head?.command.name === kind.toUpperCase()
          ? { moment: "reply", sent: head }
          : { moment: "push", sent: undefined }
      }
      if (push || MESSAGES.has(kind)) return { moment: "push", sent: undefined }
    }
    return { moment: "reply", sent: head }
  }

  /** Notes that the answer has been delivered. */
  delivered({ moment, sent }: Answer, value: RespValue): void {
    if (moment === "push" || sent === undefined) return
    if (!(value instanceof RespError)) this.executed(sent.command)
    sent.answers = value instanceof RespError ? 0 : sent.answers - 1
    if (sent.answers <= 0) this.pending.shift()
  }

  private executed(command: SeenCommand): void {
    if (command.name === "HELLO" && command.args.length > 1) this.resp3 = word(command, 1) === "3"
    if (command.name !== "RESET") return
    this.resp3 = false
    this.subscriber = false
  }
}
