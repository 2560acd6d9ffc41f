/**
 * I9 for those whom a fault does not touch: while one shard is dead, frozen or cut off, the witnesses of the others go on, and about as fast
 * as in the undisturbed phases of the same run. Pure.
 *
 * **Details**
 *
 * A fiber that waits issues nothing, so that a stall would leave one slow operation among many fast ones. Each operation therefore counts
 * once more for every pause that it outlasted, by what was left of it then: what a caller of that moment would have waited. Only the part of
 * an operation within the phase counts: what comes after it can have other causes; and what the process spent collecting garbage,
 * or was not run by a machine that did other work, does not.
 */
import type { Violation } from "./check.ts"
import { overlap } from "./Halts.ts"
import { FIBERS } from "./Load.ts"
import type { Entry } from "./Operation.ts"
import type { Phases, Span } from "./Phases.ts"

/** The share of operations that may be slower. */
const QUANTILE = 0.99
/** So many times the undisturbed p99 is still called the same, on a machine that does other work too. */
const RATIO = 5
/** A p99 below this is never called slow: the machine itself is late by that now and then. Milliseconds. */
const FLOOR = 50
/** No operation of a bystander takes so long, unless something holds it up. Milliseconds. */
const LONGEST = 1_000
/** So many of the slowest operations are named beside a p99 that is too high. */
const NAMED = 5
/** With fewer samples the 99th percentile is one unlucky operation. */
const FEWEST_SAMPLES = 200

export interface LatencyFigure {
  /** Kind of fault, or `undisturbed`. */
  readonly kind: string
  readonly samples: number
  /** Milliseconds. */
  readonly p99: number
}

export interface Bystanders {
  readonly figures: ReadonlyArray<LatencyFigure>
  readonly violations: ReadonlyArray<Violation>
}

const endOf = ({ endedAt = Number.POSITIVE_INFINITY }: Entry): number => endedAt

/** How much of the operation lies within the span and outside of halts, in milliseconds; `undefined` if none. */
const within = (entry: Entry, { from, to }: Span, halts: ReadonlyArray<Span>): number | undefined => {
  if (entry.startedAt >= to || endOf(entry) <= from) return undefined
  const begin = Math.max(entry.startedAt, from)
  const end = Math.min(endOf(entry), to)
  return end - begin - overlap(halts, begin, end)
}

const addSamples = (samples: Array<number>, took: number, pause: number): void => {
  for (let rest = took; rest > 0; rest -= pause) samples.push(rest)
}

export const percentile = (samples: ReadonlyArray<number>, quantile: number): number => {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * quantile) - 1)] ?? 0
}

const seconds = (millis: number): string => `${(millis / 1_000).toFixed(2)} s`

const slowness = ({ id, keys, kind, startedAt }: Entry, hit: Span, took: number): string =>
  `${kind} ${id} on ${keys[0]} from ${seconds(startedAt)}, ${Math.round(took)} ms of ${seconds(hit.from)} to ${seconds(hit.to)}`

/** `pause` is the mean pause of a witness between two operations, in milliseconds. */
export const judgeBystanders = (
  entries: ReadonlyArray<Entry>,
  phases: Phases,
  pause: number,
  halts: ReadonlyArray<Span>
): Bystanders => {
  const witnesses = entries.filter(({ fiber }) => fiber >= FIBERS)
  const samples = new Map<string, Array<number>>([["undisturbed", []]])
  const slow = new Map<string, Array<readonly [took: number, what: string]>>()
  const violations: Array<Violation> = []
  const report = (detail: string) => void violations.push({ invariant: "I9", detail })
  for (const span of phases.undisturbed) {
    for (const entry of witnesses) addSamples(samples.get("undisturbed")!, within(entry, span, halts) ?? 0, pause)
  }
  for (const hit of phases.hits) {
    const own = samples.get(hit.kind) ?? []
    samples.set(hit.kind, own)
    for (const entry of witnesses) {
      const took = within(entry, hit, halts)
      if (took === undefined || entry.slots.some((slot) => hit.slots.has(slot))) continue
      addSamples(own, took, pause)
      if (took > FLOOR) slow.set(hit.kind, [...(slow.get(hit.kind) ?? []), [took, slowness(entry, hit, took)]])
      const what = `${entry.kind} ${entry.id} on ${entry.keys[0]}, which the ${hit.kind} did not touch,`
      if (took > LONGEST) report(`${what} took ${Math.round(took)} ms of it`)
      if (entry.label !== undefined && entry.startedAt >= hit.from && endOf(entry) <= hit.to) {
        report(`${what} failed: ${entry.label}`)
      }
    }
  }
  const figures = [...samples].map(
    ([kind, all]): LatencyFigure => ({ kind, samples: all.length, p99: percentile(all, QUANTILE) })
  )
  const [undisturbed, ...hit] = figures
  const allowed = Math.max(FLOOR, RATIO * (undisturbed?.p99 ?? 0))
  for (const figure of hit) {
    if (figure.samples < FEWEST_SAMPLES || figure.p99 <= allowed) continue
    const before = `${undisturbed?.p99.toFixed(1)} ms undisturbed`
    const slowest = (slow.get(figure.kind) ?? []).toSorted(([a], [b]) => b - a).slice(0, NAMED)
    const named = slowest.map(([, what]) => what).join(", ")
    report(`p99 of the shards that a ${figure.kind} does not touch: ${figure.p99.toFixed(1)} ms, ${before}; ${named}`)
  }
  return { figures, violations }
}
