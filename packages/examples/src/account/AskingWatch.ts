/**
 * Watches the traffic for an ASKING that another command has used up: it holds for the next command on the connection only, so that it
 * must leave in one write with the command that it is for.
 */
import type { Traffic } from "@reef-redis/testing"
import { tagOf } from "./keys.ts"

export class AskingWatch {
  /** Of each ASKING that was spent on another command: which one. */
  readonly misspent: Array<string> = []
  /** How many were seen. */
  seen = 0
  /** The tags of slots that a server has ever answered ASK for. */
  private readonly moved = new Set<string>()
  private readonly asking = new Set<number>()

  moving(tags: ReadonlyArray<string>): void {
    for (const tag of tags) this.moved.add(tag)
  }

  look({ command, connection }: Pick<Traffic, "command" | "connection">): void {
    if (command === undefined) return
    if (command.name === "ASKING") {
      this.seen++
      this.asking.add(connection)
      return
    }
    if (!this.asking.has(connection)) return
    // The whole block is for one slot: its first command tells which.
    if (command.name === "MULTI") return
    this.asking.delete(connection)
    const [key] = command.keys
    if (key !== undefined && this.moved.has(tagOf(key))) return
    this.misspent.push(`${command.name} ${key ?? ""} on connection ${connection}`)
  }
}
