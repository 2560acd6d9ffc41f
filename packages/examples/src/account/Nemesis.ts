/**
 * The nemesis: faults one after the other, in an order and with choices that the seed decides. What each struck is written down.
 */
import type { ClusterControls, ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { makeRandom, shuffle } from "../ledger/random.ts"
import { atomicFaults, clusterFaults } from "./clusterFaults.ts"
import type { Ground } from "./Ground.ts"
import { membershipFaults } from "./membershipFaults.ts"
import { networkFaults } from "./networkFaults.ts"
import type { Phases } from "./Phases.ts"
import type { FaultKind, FaultName, Faults, Stage } from "./Stage.ts"
import { sentinelFaults } from "./sentinelFaults.ts"
import { serverFaults } from "./serverFaults.ts"

/** What the servers are like, as far as that decides what can be done to them. */
export interface Servers {
  readonly topology: Ground["topology"]
  readonly cluster: Pick<ClusterControls, "canMoveAtomically"> | undefined
}

/** All that can be done to such servers. A freeze ends with a thaw, and growth with shrinking. */
export const faultsFor = ({ cluster, topology }: Servers): Faults => ({
  ...serverFaults,
  ...networkFaults,
  ...(topology === "cluster" ? { ...clusterFaults, ...membershipFaults } : {}),
  ...(topology === "sentinel" ? sentinelFaults : {}),
  ...(cluster?.canMoveAtomically === true ? atomicFaults : {})
})

export const FAULT_NAMES = Object.keys({
  ...faultsFor({ topology: "cluster", cluster: { canMoveAtomically: true } }),
  ...faultsFor({ topology: "sentinel", cluster: undefined })
}) as ReadonlyArray<FaultName>

/** What an operator does on purpose, in order: no caller may notice any of it. */
export const GRACEFUL: ReadonlyArray<FaultName> = [
  "failover",
  "slot move",
  "atomic slot move",
  "rolling restart",
  "growth"
]

/** `graceful`, or some by their names; `undefined`: all. */
export type FaultChoice = "graceful" | ReadonlyArray<FaultName> | undefined

/** The faults that a run has: those that were chosen by name, or else those that these servers can have. */
export const chosenFaults = (choice: FaultChoice, servers: Servers): ReadonlyArray<FaultName> => {
  if (choice !== undefined && choice !== "graceful") return choice
  const possible = Object.keys(faultsFor(servers)) as ReadonlyArray<FaultName>
  return choice === "graceful" ? possible.filter((name) => GRACEFUL.includes(name)) : possible
}

/** Which kinds of strikes a run with these faults must show. */
export const kindsOf = (names: ReadonlyArray<FaultName>): ReadonlyArray<FaultKind> => [
  ...names,
  ...(names.some((name) => name.endsWith("freeze")) ? (["thaw"] as const) : []),
  ...(names.includes("growth") ? (["shrink"] as const) : [])
]

/** At full speed for so long before each fault, so that it meets operations at every stage of their way. Milliseconds. */
const RUSH = 120
/** Keeps the choices of two seeds apart. */
const FAULTS_AT_MOST = 100_003
/** Between two faults. */
const PAUSE = 250

/** What the nemesis tells beside its strikes. */
export interface Chronicle {
  readonly phases: Phases
  /** Waits until all slots serve again after a fault. */
  readonly served: (after: FaultName) => Effect.Effect<void>
}

/**
 * Goes through the faults in rounds, each in another order, until the time is over, and at least once. After each everything is healed, the
 * servers are of one mind, and every slot has served again before the next one comes.
 */
export const runNemesis = (
  stage: Omit<Stage, "random">,
  { phases, served }: Chronicle,
  seed: number,
  names: ReadonlyArray<FaultName>,
  millis: number
): Effect.Effect<void, ServerError> =>
  Effect.gen(function* () {
    const { ground, load, proxy } = stage
    const order = makeRandom(seed)
    let number = 0
    const all = faultsFor(ground)
    yield* stage.watch
    phases.calm(load.now())
    yield* Effect.sleep(PAUSE)
    for (let round = 0; round === 0 || load.now() < millis; round++) {
      for (const name of shuffle(order, names)) {
        const fault = all[name]
        // Each has choices of its own: how many an earlier one drew depends on the traffic.
        const random = makeRandom(seed * FAULTS_AT_MOST + number++)
        if (fault === undefined || (round > 0 && load.now() >= millis)) continue
        load.rush = true
        yield* Effect.sleep(RUSH)
        phases.disturbed(load.now())
        yield* fault({ ...stage, random })
        phases.over(load.now())
        load.rush = false
        load.deadline = undefined
        load.focus = undefined
        yield* proxy.heal
        yield* stage.watch
        yield* ground.settled
        yield* served(name)
        phases.calm(load.now())
        yield* Effect.sleep(PAUSE)
      }
    }
  })
