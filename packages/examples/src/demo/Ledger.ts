/**
 * What became of every operation, written down as the replies come in, and whether each reply can be its own. Pure: the load tells
 * it what it saw.
 */
import type { Outcome } from "../ledger/outcome.ts"
import { valueOf } from "./keyspace.ts"

export type WriteKind = "push" | "set" | "count"

/** One write. `id` is unique in the run; a counter has no ids, its replies stand for them. */
export interface Write {
  readonly kind: WriteKind
  readonly key: string
  readonly id: string
  readonly outcome: Outcome
  /** The length of the list or the value of the counter, if there was a reply. */
  readonly reply: number | undefined
}

/** A reply that cannot be that of its command. */
export interface Misplaced {
  readonly command: string
  readonly key: string
  readonly detail: string
}

/** A value that was acknowledged, then read, and not there: right only if the server lost it. */
export interface MissingRead {
  readonly key: string
}

/** The last own reply of a fiber for a list or counter, and the epoch of both. */
interface LastReply {
  readonly epoch: number
  readonly reply: number
}

export class Ledger {
  readonly writes: Array<Write> = []
  readonly misplaced: Array<Misplaced> = []
  readonly missingReads: Array<MissingRead> = []
  reads = 0
  private readonly last = new Map<string, LastReply>()

  write(write: Write): void {
    this.writes.push(write)
  }

  /**
   * A fiber's RPUSH or INCR: by its own push, the reply has grown since the fiber's last one on that key. A failover may set a list
   * or counter back (replication is asynchronous), so only replies of one epoch are compared, and none that spans two.
   */
  grew(fiber: number, command: string, key: string, reply: number, startedIn: number, endedIn: number): void {
    if (startedIn !== endedIn) return
    const place = `${fiber} ${key}`
    const before = this.last.get(place)
    if (before !== undefined && before.epoch === endedIn && reply <= before.reply) {
      this.misplaced.push({ command, key, detail: `${reply} after ${before.reply} in one epoch` })
    }
    this.last.set(place, { epoch: endedIn, reply })
  }

  /** The reply of GET for a value that was acknowledged before. */
  got(key: string, value: string | undefined): void {
    this.reads++
    if (value === undefined) this.missingReads.push({ key })
    else if (value !== valueOf(key)) this.misplaced.push({ command: "GET", key, detail: `answered "${value}"` })
  }
}
