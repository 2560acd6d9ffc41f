// The load that every client is given: which keys in which order, what each reply must be, and the counters.
import type { Scenario } from "./scenarios.ts"

/** Keys of one load; consecutive commands of a worker use different ones, which in a cluster lie on all nodes. */
export const KEYS = 1000

/** Bytes of a value (ASCII). */
export const VALUE_LENGTH = 64

/** A reply that is not what was stored: the client's figures are worth nothing. */
export class ContentError extends Error {
  override readonly name = "ContentError"
}

export const loadKeys: ReadonlyArray<string> = Array.from(
  { length: KEYS },
  (_, i) => `reef-bench:${String(i).padStart(4, "0")}`
)

/** A value that tells its key and the run it belongs to, so that neither another key's nor an older reply passes. */
export const valueOf = (key: string, run: string): string => {
  const head = `${key}=${run};`
  if (head.length > VALUE_LENGTH) throw new RangeError(`${head} is longer than ${VALUE_LENGTH} bytes`)
  return head.padEnd(VALUE_LENGTH, ".")
}

export class Load {
  readonly operation: Scenario["operation"]
  readonly fibers: number
  readonly keys = loadKeys
  readonly values: ReadonlyArray<string>
  /** Workers stop after their current command once this is false. */
  running = true
  /** Replies received and checked. */
  completed = 0
  private readonly expected: ReadonlyArray<unknown>

  /** `run` distinguishes the values of this load from all others; `stored` is the client's reply to SET. */
  constructor(scenario: Scenario, run: string, stored: unknown) {
    this.operation = scenario.operation
    this.fibers = scenario.fibers
    this.values = this.keys.map((key) => valueOf(key, run))
    this.expected = scenario.operation === "get" ? this.values : this.keys.map(() => stored)
  }

  /** Index of the first key of a worker: spread evenly. */
  first(worker: number): number {
    return Math.floor((worker * this.keys.length) / this.fibers) % this.keys.length
  }

  /** Index of the key after this one. */
  after(at: number): number {
    return at + 1 === this.keys.length ? 0 : at + 1
  }

  /** Checks and counts the reply to the command on key `at`. */
  accept(at: number, reply: unknown): void {
    if (reply !== this.expected[at]) {
      throw new ContentError(
        `${this.operation} ${this.keys[at]}: expected ${String(this.expected[at])}, received ${String(reply)}`
      )
    }
    this.completed++
  }

  /** Indexes of the keys that workers which issued so many commands have used. */
  touched(counts: ReadonlyArray<number>): ReadonlySet<number> {
    const used = new Set<number>()
    for (const [worker, count] of counts.entries()) {
      let at = this.first(worker)
      for (let i = 0; i < Math.min(count, this.keys.length); i++) {
        used.add(at)
        at = this.after(at)
      }
    }
    return used
  }
}
