/**
 * When this process stood still for reasons of its own or of the machine: no operation waited for the client then. The ledger of ten minutes
 * is two million objects, and a collection of them halts client and proxy alike for tenths of a second; and a machine that does other work may
 * not run the process at all for a while. A client that blocks the event loop by what it does is not excused: it takes CPU time.
 */
import { PerformanceObserver } from "node:perf_hooks"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Span } from "./Phases.ts"

/** Shorter collections are part of every operation. Milliseconds. */
const SHORTEST_COLLECTION = 5

/** How often the event loop is looked at, in milliseconds. */
const LOOK = 5

/** An event loop that is late by less is part of every operation. Milliseconds. */
const SHORTEST_PAUSE = 20

/** A process that took less CPU time, all its threads together, than this share of a pause was not what the pause was for. */
const LARGEST_SHARE = 0.5

export interface Halts {
  /** In milliseconds since the origin; apart from each other and in the order of time. */
  readonly spans: () => ReadonlyArray<Span>
}

/** The part of a pause in which the process was not run, if that was what it was for. CPU time in milliseconds. */
export const notRun = (from: number, to: number, cpu: number): Span | undefined =>
  to - from - LOOK >= SHORTEST_PAUSE && cpu <= (to - from) * LARGEST_SHARE ? { from: from + LOOK, to } : undefined

/** The same time, each moment of it once, in the order of time. */
export const united = (spans: ReadonlyArray<Span>): ReadonlyArray<Span> => {
  const apart: Array<Span> = []
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = apart.at(-1)
    if (last === undefined || last.to < span.from) apart.push(span)
    else apart[apart.length - 1] = { from: last.from, to: Math.max(last.to, span.to) }
  }
  return apart
}

/** Observes until the scope closes. `origin` is a moment of `performance.now()`. */
export const observeHalts = (origin: number): Effect.Effect<Halts, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const spans: Array<Span> = []
        const observer = new PerformanceObserver((list) => {
          for (const { duration, startTime } of list.getEntries()) {
            if (duration >= SHORTEST_COLLECTION) {
              spans.push({ from: startTime - origin, to: startTime + duration - origin })
            }
          }
        })
        observer.observe({ entryTypes: ["gc"] })
        let last = performance.now()
        let used = process.cpuUsage()
        const timer = setInterval(() => {
          const now = performance.now()
          const { system, user } = process.cpuUsage(used)
          const span = notRun(last - origin, now - origin, (system + user) / 1_000)
          if (span !== undefined) spans.push(span)
          last = now
          used = process.cpuUsage()
        }, LOOK)
        // It is none of what I12 looks for.
        timer.unref()
        return { spans, observer, timer }
      }),
      ({ observer, timer }) =>
        Effect.sync(() => {
          observer.disconnect()
          clearInterval(timer)
        })
    ),
    ({ spans }) => ({ spans: () => united(spans) })
  )

/** How much of a span they took, in milliseconds. */
export const overlap = (spans: ReadonlyArray<Span>, from: number, to: number): number => {
  let sum = 0
  for (let at = firstEndingAfter(spans, from); at < spans.length; at++) {
    const span = spans[at]!
    if (span.from >= to) break
    sum += Math.min(span.to, to) - Math.max(span.from, from)
  }
  return sum
}

/** They are apart from each other, so they are sorted by their end, too. */
const firstEndingAfter = (spans: ReadonlyArray<Span>, moment: number): number => {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (spans[middle]!.to > moment) high = middle
    else low = middle + 1
  }
  return low
}

/** The longest, in milliseconds; 0 if there was none. */
export const longest = (spans: ReadonlyArray<Span>): number =>
  spans.reduce((most, { from, to }) => Math.max(most, to - from), 0)
