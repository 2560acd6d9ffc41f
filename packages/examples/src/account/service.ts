/**
 * I9: after the observed end of each fault every slot serves again, and no operation outlives its deadline. I7: moving slots fails nothing.
 */
import * as Effect from "effect/Effect"
import type { Violation } from "./check.ts"
import type { Load } from "./Load.ts"
import type { Entry } from "./Operation.ts"
import type { Span } from "./Phases.ts"

/** From the end of a fault: node time-out (2 s), election (4 s at worst) and one second. Milliseconds. */
export const LONGEST_SILENCE = 7_000
/** Beyond its deadline an operation may be late by this, in a process that carries load, proxy and client (milliseconds). */
const LATENESS = 1_000
const POLL = 10

/** How long it took until each slot had a success. */
export interface Recovery {
  readonly after: string
  /** Milliseconds. */
  readonly took: number
  readonly violations: ReadonlyArray<Violation>
}

/**
 * Waits until each slot has an operation that was issued from now on and acknowledged, at most `longest` milliseconds. The servers are of one
 * mind and the network is healed when this begins, and nothing else is done until it ends: what is missing then is the client's.
 */
export const awaitService = (
  load: Pick<Load, "now" | "onEnd" | "focus">,
  slots: Iterable<number>,
  after: string,
  longest = LONGEST_SILENCE
): Effect.Effect<Recovery> =>
  Effect.gen(function* () {
    const missing = new Set(slots)
    const from = load.now()
    load.onEnd = (entry) => {
      if (entry.outcome !== "acknowledged" || entry.startedAt < from) return
      for (const slot of entry.slots) missing.delete(slot)
    }
    while (missing.size > 0 && load.now() < from + longest) {
      // The load seeks out those that have not been heard of: that nobody asked is no silence.
      load.focus = [...missing]
      yield* Effect.sleep(POLL)
    }
    load.onEnd = () => {}
    load.focus = undefined
    const violations = [...missing].map(
      (slot): Violation => ({
        invariant: "I9",
        detail: `slot ${slot} served nothing for ${longest} ms after the end of the ${after}`
      })
    )
    return { after, took: load.now() - from, violations }
  })

/** I9: no operation outlives its deadline: its own, or else the client's, in milliseconds. */
export const overdue = (entries: ReadonlyArray<Entry>, deadline: number | undefined): ReadonlyArray<Violation> =>
  entries.flatMap((entry): ReadonlyArray<Violation> => {
    const what = `${entry.kind} ${entry.id} on ${entry.keys[0]}`
    if (entry.endedAt === undefined) return [{ invariant: "I9", detail: `${what} has never ended` }]
    const allowed = entry.deadline ?? deadline
    const took = entry.endedAt - entry.startedAt
    return allowed === undefined || took <= allowed + LATENESS
      ? []
      : [{ invariant: "I9", detail: `${what} took ${Math.round(took)} ms; its deadline is ${allowed} ms` }]
  })

/** I7: what was issued and ended while slots moved, and nothing else was done, has not failed. */
export const failedWhileMoving = (
  entries: ReadonlyArray<Entry>,
  moves: ReadonlyArray<Span>
): ReadonlyArray<Violation> =>
  entries
    .filter(
      ({ endedAt, label, startedAt }) =>
        label !== undefined &&
        endedAt !== undefined &&
        moves.some((move) => startedAt >= move.from && endedAt <= move.to)
    )
    .map(({ id, keys, kind, label }) => ({
      invariant: "I7",
      detail: `${kind} ${id} on ${keys[0]} failed while slots moved: ${label}`
    }))
