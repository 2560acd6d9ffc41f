// Whether shards that have nothing to do with a frozen node go on as before. Pure.
import { quantile } from "../statistics.ts"
import type { Samples } from "./openLoop.ts"

/** Of their rate they keep at least this part, with replies that came within the phase. */
export const LEAST_RATE = 0.95
/** Their p99 stays below so many times the undisturbed one of the same run. */
export const MOST_SLOWER = 3

/** From and to, as `performance.now()`. */
export interface Phase {
  readonly from: number
  readonly to: number
}

export interface Figures {
  /** Successes per second that were due in the phase and had their reply in it. */
  readonly rate: number
  /** Milliseconds from when they were due. */
  readonly p50: number
  readonly p99: number
  readonly longest: number
}

/** What was due in the phase and has ended at any time. */
export const figuresOf = (samples: Pick<Samples, "due" | "took" | "length">, { from, to }: Phase): Figures => {
  const latencies: Array<number> = []
  let within = 0
  for (let at = 0; at < samples.length; at++) {
    const due = samples.due[at]!
    if (due < from || due >= to) continue
    const took = samples.took[at]!
    latencies.push(took)
    if (due + took <= to) within++
  }
  const sorted = Float64Array.from(latencies).sort()
  return {
    rate: (within * 1_000) / (to - from),
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    longest: sorted.at(-1) ?? Number.NaN
  }
}

export interface Verdict {
  readonly rateKept: number
  readonly slower: number
  readonly holds: boolean
}

export const judge = (undisturbed: Figures, disturbed: Figures): Verdict => {
  const rateKept = disturbed.rate / undisturbed.rate
  const slower = disturbed.p99 / undisturbed.p99
  return { rateKept, slower, holds: rateKept >= LEAST_RATE && slower < MOST_SLOWER }
}
