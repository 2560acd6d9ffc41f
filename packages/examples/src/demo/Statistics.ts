/**
 * What is counted while the load runs: by phase, and since the last live line.
 */
import type { RedisError } from "@reef-redis/node"
import { Histogram } from "./Histogram.ts"

/** One failed operation. */
export interface ErrorRecord {
  /** `Date.now()`. */
  readonly time: number
  readonly phase: string
  readonly command: string
  readonly write: boolean
  readonly tag: string
  readonly execution: RedisError["execution"]
  readonly node: string | undefined
}

/** How often something was sent elsewhere, tried again, or asked for. */
export interface RoutingCounts {
  moved: number
  ask: number
  tryAgain: number
  /** Attempts repeated because a node or slot was not served. */
  retries: number
  refreshes: number
}

export interface PhaseStatistics {
  readonly name: string
  readonly startedAt: number
  endedAt: number | undefined
  readonly latencies: Histogram
  readonly routing: RoutingCounts
  errors: number
}

/** What happened between two live lines. */
export interface Window {
  readonly latencies: Histogram
  readonly millis: number
}

const noCounts = (): RoutingCounts => ({ moved: 0, ask: 0, tryAgain: 0, retries: 0, refreshes: 0 })

const newPhase = (name: string, now: number): PhaseStatistics => ({
  name,
  startedAt: now,
  endedAt: undefined,
  latencies: new Histogram(),
  routing: noCounts(),
  errors: 0
})

export const errorLabel = ({ execution, tag }: Pick<ErrorRecord, "execution" | "tag">): string => `${execution}:${tag}`

export class Statistics {
  readonly phases: Array<PhaseStatistics> = []
  readonly errors: Array<ErrorRecord> = []
  /** How many errors there were, by tag. */
  readonly errorCounts = new Map<string, number>()
  readonly routing = noCounts()
  /** Before the first one begins, what is counted belongs to none. */
  private phase = newPhase("", 0)
  private window = new Histogram()
  private windowFrom = 0

  get phaseName(): string {
    return this.phase.name
  }

  begin(name: string, now: number): void {
    if (this.phases.length === 0) this.windowFrom = now
    this.phase.endedAt = now
    this.phase = newPhase(name, now)
    this.phases.push(this.phase)
  }

  end(now: number): void {
    this.phase.endedAt = now
  }

  /** An operation took so long since it should have started, in milliseconds. */
  succeeded(millis: number): void {
    this.phase.latencies.record(millis)
    this.window.record(millis)
  }

  failed(error: RedisError, write: boolean, time: number): void {
    const record: ErrorRecord = {
      time,
      phase: this.phase.name,
      command: error.command,
      write,
      tag: error.reason._tag,
      execution: error.execution,
      node: error.node
    }
    this.phase.errors++
    this.errors.push(record)
    const label = errorLabel(record)
    this.errorCounts.set(label, (this.errorCounts.get(label) ?? 0) + 1)
  }

  count(what: keyof RoutingCounts): void {
    this.routing[what]++
    this.phase.routing[what]++
  }

  takeWindow(now: number): Window {
    const window = { latencies: this.window, millis: now - this.windowFrom }
    this.window = new Histogram()
    this.windowFrom = now
    return window
  }
}
