/**
 * Watches the traffic: which error replies servers give, and what each ASKING is spent on.
 */
import { Fault, type FaultRule, RespError, type Traffic } from "@reef-redis/testing"
import { AskingWatch } from "./AskingWatch.ts"

/** `ASK 3999 127.0.0.1:6381`. */
const ASK = /^ASK (\d+) /

export class WireWatch {
  readonly asking = new AskingWatch()
  /** How often each kind of error reply was seen, by its first word. */
  readonly errors: Record<string, number> = {}
  private readonly tagOf: (slot: number) => string | undefined

  constructor(tagOf: (slot: number) => string | undefined) {
    this.tagOf = tagOf
  }

  /** Strikes never; it only looks. */
  readonly rule: FaultRule = {
    name: "watch",
    on: ["command", "reply"],
    fault: Fault.reset,
    where: (traffic) => {
      this.look(traffic)
      return false
    }
  }

  look(traffic: Pick<Traffic, "command" | "connection" | "moment" | "value">): void {
    if (traffic.moment === "command") return this.asking.look(traffic)
    if (!(traffic.value instanceof RespError)) return
    const { message } = traffic.value
    const [code = ""] = message.split(" ", 1)
    this.errors[code] = (this.errors[code] ?? 0) + 1
    const asked = ASK.exec(message)
    const tag = asked === null ? undefined : this.tagOf(Number(asked[1]))
    if (tag !== undefined) this.asking.moving([tag])
  }
}
