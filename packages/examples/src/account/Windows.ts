/**
 * When servers themselves may lose what they acknowledged: from a kill, a freeze or a forced failover until all nodes agree again.
 * Replication is asynchronous, so that a promoted replica may lack the last writes.
 *
 * **Details**
 *
 * Each slot has an epoch that goes up at both ends of such a window: odd within, even outside. Replies of one even epoch belong to one
 * unbroken history, so that lengths and counters must grow from each to the next.
 */

export interface Window {
  readonly kind: string
  readonly slots: ReadonlySet<number>
  /** Milliseconds since the load began. */
  readonly from: number
  to: number
}

/** Not in one calm epoch: compared with nothing. */
export const STORMY = -1

/**
 * A replica is at most about this far behind when its primary dies: every fault begins with all replicas listed as online with a lag of at
 * most one second, and this machine may be slow (milliseconds).
 */
const LONGEST_LAG = 5_000

export class Windows {
  readonly all: Array<Window> = []
  private readonly epochs = new Map<number, number>()

  open(kind: string, slots: ReadonlyArray<number>, now: number): Window {
    const window: Window = { kind, slots: new Set(slots), from: now, to: Number.POSITIVE_INFINITY }
    this.all.push(window)
    this.step(slots)
    return window
  }

  close(window: Window, now: number): void {
    window.to = now
    this.step([...window.slots])
  }

  private step(slots: ReadonlyArray<number>): void {
    for (const slot of slots) this.epochs.set(slot, (this.epochs.get(slot) ?? 0) + 1)
  }

  /** One number that changes with the epoch of any of the slots, or `STORMY`. */
  epochOf(slots: ReadonlyArray<number>): number {
    let sum = 0
    for (const slot of slots) {
      const epoch = this.epochs.get(slot) ?? 0
      if (epoch % 2 === 1) return STORMY
      sum += epoch
    }
    return sum
  }

  /** Whether a server may have lost on this slot what was under way between the two times. */
  excuses(slot: number, startedAt: number, endedAt: number): boolean {
    return this.all.some(
      (window) => window.slots.has(slot) && startedAt <= window.to && endedAt >= window.from - LONGEST_LAG
    )
  }

  /** Whether this slot was ever in one. */
  touched(slot: number): boolean {
    return this.all.some((window) => window.slots.has(slot))
  }
}
