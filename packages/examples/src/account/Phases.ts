/**
 * When nothing was done to the servers and their connections, and when something was done to one shard only: what the latencies of the other
 * shards are compared by.
 */

export interface Span {
  /** Milliseconds since the load began. */
  readonly from: number
  readonly to: number
}

/** One shard was dead, frozen or cut off; none of the other slots was touched. */
export interface Hit extends Span {
  readonly kind: string
  readonly slots: ReadonlySet<number>
}

interface Open {
  readonly kind: string
  readonly slots: ReadonlySet<number>
  readonly from: number
  readonly longest: number
}

export class Phases {
  readonly undisturbed: Array<Span> = []
  readonly hits: Array<Hit> = []
  private calmSince: number | undefined
  private open: Open | undefined

  /** Nothing is done from now on. */
  calm(now: number): void {
    this.calmSince = now
  }

  /** Something will be done from now on. */
  disturbed(now: number): void {
    if (this.calmSince !== undefined) this.undisturbed.push({ from: this.calmSince, to: now })
    this.calmSince = undefined
  }

  /** From now on only these slots are touched, which can be said for at most `longest` milliseconds. */
  hit(kind: string, slots: ReadonlyArray<number>, now: number, longest = Number.POSITIVE_INFINITY): void {
    this.open = { kind, slots: new Set(slots), from: now, longest }
  }

  /** The fault is over, or something else begins. */
  over(now: number): void {
    const { open } = this
    this.open = undefined
    if (open === undefined) return
    this.hits.push({ kind: open.kind, slots: open.slots, from: open.from, to: Math.min(now, open.from + open.longest) })
  }
}
