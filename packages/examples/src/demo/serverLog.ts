/**
 * What a server provably executed: the writes in its append-only files. The server writes them there before it answers, so a write that
 * was acknowledged and then lost by asynchronous replication stands in the file of the primary that acknowledged it.
 */
import { commandsOf } from "../ledger/commandsOf.ts"
import { kindOf } from "./keyspace.ts"

/** All that some servers have executed at any time. */
export interface Evidence {
  /** `key id` of each element pushed, and `key` of each value set. */
  readonly ids: ReadonlySet<string>
  /** The highest value that each counter reached. */
  readonly counters: ReadonlyMap<string, number>
}

export const pushed = (key: string, id: string): string => `${key} ${id}`

/** Collects what the logs of several servers show. */
export class ServerLogs implements Evidence {
  readonly ids = new Set<string>()
  readonly counters = new Map<string, number>()

  /** The files of one server, in the order of its manifest. */
  add(files: ReadonlyArray<Uint8Array>): void {
    const current = new Map<string, number>()
    const reach = (key: string, value: number) => {
      current.set(key, value)
      if (value > (this.counters.get(key) ?? 0)) this.counters.set(key, value)
    }
    for (const contents of files) {
      for (const [name = "", key = "", ...rest] of commandsOf(contents)) {
        switch (name.toUpperCase()) {
          case "RPUSH":
            for (const id of rest) this.ids.add(pushed(key, id))
            break
          case "INCR":
            reach(key, (current.get(key) ?? 0) + 1)
            break
          case "SET":
            // The head of a log that was rewritten holds counters as plain values.
            if (kindOf(key) === "counter") reach(key, Number(rest[0]))
            else this.ids.add(key)
            break
        }
      }
    }
  }
}
