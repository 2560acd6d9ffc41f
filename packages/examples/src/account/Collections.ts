/**
 * When this process collected garbage. The ledger of ten minutes is two million objects, and a collection of them halts client and proxy alike
 * for tenths of a second: no operation waited for the client then.
 */
import { PerformanceObserver } from "node:perf_hooks"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Span } from "./Phases.ts"

/** Shorter ones are part of every operation. Milliseconds. */
const SHORTEST = 5

export interface Collections {
  /** In milliseconds since the origin, in the order of time. */
  readonly spans: ReadonlyArray<Span>
}

/** Observes until the scope closes. `origin` is a moment of `performance.now()`. */
export const observeCollections = (origin: number): Effect.Effect<Collections, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const spans: Array<Span> = []
        const observer = new PerformanceObserver((list) => {
          for (const { duration, startTime } of list.getEntries()) {
            if (duration >= SHORTEST) spans.push({ from: startTime - origin, to: startTime + duration - origin })
          }
        })
        observer.observe({ entryTypes: ["gc"] })
        return { spans, observer }
      }),
      ({ observer }) => Effect.sync(() => observer.disconnect())
    ),
    ({ spans }) => ({ spans })
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

/** They do not overlap each other, so they are sorted by their end, too. */
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
