/**
 * What the faults work with, and how they are written down.
 */
import type { FaultProxyControls, ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import type { Random } from "../ledger/random.ts"
import type { Ground } from "./Ground.ts"
import type { Load } from "./Load.ts"

/** What a fault may use. */
export interface Stage {
  readonly ground: Ground
  readonly proxy: FaultProxyControls
  readonly load: Load
  readonly random: Random
  /** Writes down that a fault strikes now, and how many operations are under way: on the slots given, or in all. */
  readonly strike: (kind: FaultKind, target: string, slots?: ReadonlyArray<number>) => void
  /** Slots are being moved, and nothing else is done: from now on, or no longer. */
  readonly moving: (now: boolean) => void
  /** Only these slots are touched by what is done now, which can be said for at most `longest` milliseconds: see `Phases`. */
  readonly hitting: (kind: FaultKind, slots: ReadonlyArray<number>, longest?: number) => void
  /** What watches the traffic: a rule that a heal has taken away with the others. */
  readonly watch: Effect.Effect<void, ServerError>
}

export type FaultKind =
  | "kill"
  | "freeze"
  | "long freeze"
  | "thaw"
  | "restart"
  | "client kill"
  | "failover"
  | "forced failover"
  | "sentinel failover"
  | "unheard failover"
  | "cut from the primary"
  | "sentinels restarted"
  | "takeover"
  | "slot move"
  | "atomic slot move"
  | "rolling restart"
  | "growth"
  | "shrink"
  | "reset"
  | "refuse"
  | "half-open"
  | "partition"
  | "delay"
  | "split"
  | "cut before the write"
  | "cut before the reply"
  | "interruption"
  | "short deadlines"

/** One strike. */
export interface Strike {
  readonly kind: FaultKind
  readonly target: string
  /** Milliseconds since the load began. */
  readonly at: number
  readonly inFlight: number
}

/** What can be asked for: a freeze ends with a thaw, and growth with shrinking. */
export type FaultName = Exclude<FaultKind, "thaw" | "shrink">
export type Faults = Partial<Record<FaultName, (stage: Stage) => Effect.Effect<void, ServerError>>>

/** A shard without an operation for so long will not have one: then the fault strikes all the same. Milliseconds. */
const LONGEST_LULL = 1_000

/** Waits for a moment at which operations are under way on the slots, or on any, and lets the fault strike. */
export const strikeAmid = (
  { load, strike }: Stage,
  kind: FaultKind,
  target: string,
  slots?: ReadonlyArray<number>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const end = load.now() + LONGEST_LULL
    while (load.inFlight(slots) === 0 && load.now() < end) yield* Effect.yieldNow
    strike(kind, target, slots)
  })
