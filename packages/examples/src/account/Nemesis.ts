/**
 * The nemesis: faults one after the other, in an order and with choices that the seed decides. What each struck is written down.
 */
import type { FaultProxyControls, ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { type Random, shuffle } from "../ledger/random.ts"
import type { Ground } from "./Ground.ts"
import type { Load } from "./Load.ts"
import { networkFaults } from "./networkFaults.ts"
import { clusterFaults, serverFaults } from "./serverFaults.ts"

/** What a fault may use. */
export interface Stage {
  readonly ground: Ground
  readonly proxy: FaultProxyControls
  readonly load: Load
  readonly random: Random
  /** Writes down that a fault strikes now, and how many operations are under way: on the slots given, or in all. */
  readonly strike: (kind: FaultKind, target: string, slots?: ReadonlyArray<number>) => void
  /** Slots are being moved, and nothing else is done: from now on, or (`undefined`) no longer. */
  readonly moving: (slots: ReadonlyArray<number> | undefined) => void
  /** What watches the traffic: a rule that a heal has taken away with the others. */
  readonly watch: Effect.Effect<void, ServerError>
}

export type FaultKind =
  | "kill"
  | "freeze"
  | "thaw"
  | "restart"
  | "client kill"
  | "failover"
  | "forced failover"
  | "slot move"
  | "reset"
  | "refuse"
  | "half-open"
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

export type FaultName = Exclude<FaultKind, "thaw">
export type Faults = Partial<Record<FaultName, (stage: Stage) => Effect.Effect<void, ServerError>>>

/** All that can be done to such servers. A freeze ends with a thaw. */
export const faultsFor = (ground: Pick<Ground, "topology">): Faults => ({
  ...serverFaults,
  ...networkFaults,
  ...(ground.topology === "cluster" ? clusterFaults : {})
})

export const FAULT_NAMES = Object.keys(faultsFor({ topology: "cluster" })) as ReadonlyArray<FaultName>

/** Which kinds of strikes a run with these faults must show. */
export const kindsOf = (names: ReadonlyArray<FaultName>): ReadonlyArray<FaultKind> =>
  names.flatMap((name): ReadonlyArray<FaultKind> => (name === "freeze" ? ["freeze", "thaw"] : [name]))

/** At full speed for so long before each fault, so that it meets operations at every stage of their way. Milliseconds. */
const RUSH = 120
/** Between two faults. */
const PAUSE = 250

/**
 * Goes through the faults in rounds, each in another order, until the time is over, and at least once. Everything is healed after each.
 */
export const runNemesis = (
  stage: Stage,
  names: ReadonlyArray<FaultName>,
  millis: number
): Effect.Effect<void, ServerError> =>
  Effect.gen(function* () {
    const { ground, load, proxy, random } = stage
    const all = faultsFor(ground)
    yield* stage.watch
    yield* Effect.sleep(PAUSE)
    for (let round = 0; round === 0 || load.now() < millis; round++) {
      for (const name of shuffle(random, names)) {
        const fault = all[name]
        if (fault === undefined || (round > 0 && load.now() >= millis)) continue
        load.rush = true
        yield* Effect.sleep(RUSH)
        yield* fault(stage)
        load.rush = false
        load.deadline = undefined
        load.focus = undefined
        yield* proxy.heal
        yield* stage.watch
        yield* ground.settled
        yield* Effect.sleep(PAUSE)
      }
    }
  })
