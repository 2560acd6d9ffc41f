/**
 * One run: the client's real connections, routing and retries over a simulated network and a modelled cluster, under load and faults that one
 * seed decides. Ends with healing, the closing of the client, and the account.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { RedisError } from "../../src/error/RedisError.ts"
import { checkLedger, lostByServers, type Violation } from "./Checker.ts"
import { Ledger, type Results } from "./Ledger.ts"
import { load } from "./Load.ts"
import { FAULTS, type Fault, FIRST, GRACEFUL, Nemesis } from "./Nemesis.ts"
import type { NetworkPlant } from "./Network.ts"
import { Rng } from "./Rng.ts"
import { Stage } from "./Stage.ts"
import type { Trace } from "./Trace.ts"
import { checkMaps } from "./Views.ts"
import { inWorld, pass, type World } from "./World.ts"

/** What is wrong on purpose, to prove that the checker sees it. */
export interface Plants {
  readonly network?: NetworkPlant | undefined
  /** Around each call. */
  readonly wrap?: ((call: Effect.Effect<Results, RedisError>) => Effect.Effect<Results, RedisError>) | undefined
  /** Pipelines are sent with their last command first. */
  readonly backwards?: boolean | undefined
  /** All nodes always tell the same epochs. */
  readonly hidesEpochs?: boolean | undefined
  /** The nodes stay out of the client's reach, though everything is said to have healed. */
  readonly unreachable?: boolean | undefined
  /** A stream that nobody closes. */
  readonly leaks?: boolean | undefined
}

export interface RunOptions {
  readonly seed: number
  /** Which faults may strike (default: all). */
  readonly faults?: ReadonlyArray<Fault> | undefined
  readonly plants?: Plants | undefined
}

/** The name of a set of faults. */
export type FaultSet = "all" | "first" | "graceful"

/** The sets of faults by name, for the command that plays a seed again. */
export const FAULT_SETS: Readonly<Record<FaultSet, ReadonlyArray<Fault>>> = {
  all: Object.keys(FAULTS) as Array<Fault>,
  first: FIRST,
  graceful: GRACEFUL
}

export interface Report {
  readonly seed: number
  /** Which faults might strike, if they were one of these sets. */
  readonly faults: FaultSet
  readonly violations: ReadonlyArray<Violation>
  /** How the operations ended. */
  readonly totals: Readonly<Record<string, number>>
  /** How often the nodes were asked for the map in vain. */
  readonly failedRefreshes: number
  /** Acknowledged writes that the servers lost. */
  readonly lostByServers: number
  /** For each fault how often it struck and how many operations were in flight then, all strikes together. */
  readonly strikes: ReadonlyMap<Fault, { readonly times: number; readonly inFlight: number }>
  readonly trace: Trace
}

const FIBERS = 8
/** For how long faults strike (ms). */
const STORM = 4000
/** A cluster that has not settled by then never will: the model is wrong (ms). */
const LONGEST_SETTLING = 20_000
/**
 * From a cluster that serves everything to a client that reaches all of it: the longest wait between two attempts to connect, an attempt that
 * began while there was nothing to reach, and one probe of a silent stream (ms).
 */
const RECOVERY = 3500
const CONNECT_TIMEOUT = 1500

/** The circumstances of a run (times in ms). Graceful changes are to go unnoticed, so the client is given the time for it. */
const draw = (rng: Rng, graceful: boolean) => {
  const drawn = {
    nodeTimeout: rng.pick([300, 500, 800]),
    requireFullCoverage: rng.chance(0.5),
    resp2Only: rng.chance(0.15),
    deadline: rng.pick([800, 1500, 3000]),
    silence: rng.pick([200, 400, 800]),
    probeTimeout: rng.pick([50, 150]),
    maxInFlight: rng.chance(0.2) ? 8 : 1000,
    closesUnderLoad: rng.chance(0.4)
  }
  return graceful ? { ...drawn, deadline: 5000, silence: 2000, probeTimeout: 1000, closesUnderLoad: false } : drawn
}

const program = (world: World, options: RunOptions) =>
  Effect.gen(function* () {
    const { faults = FAULT_SETS.all, plants, seed } = options
    const graceful = faults.every((fault) => GRACEFUL.includes(fault))
    const drawn = draw(new Rng(seed, "circumstances"), graceful)
    const { closesUnderLoad, deadline, maxInFlight, probeTimeout, silence } = drawn
    world.trace.add(`seed ${seed}: ${JSON.stringify(drawn)}`)
    const stage = yield* Stage.make(world, {
      seed,
      cluster: { ...drawn, hidesEpochs: plants?.hidesEpochs },
      client: {
        commandTimeout: deadline,
        connectTimeout: CONNECT_TIMEOUT,
        checkInterval: "5 seconds",
        maxInFlight,
        probeTimeout,
        silence
      },
      plant: plants?.network
    })
    const { model, network, redis, rng, tags } = stage
    const violations: Array<Violation> = []

    const ledger = new Ledger(world)
    const strikes = new Map<Fault, { times: number; inFlight: number }>()
    const nemesis = new Nemesis(world, network, model, rng.fork("nemesis"), {
      faults,
      until: STORM,
      onStrike: (fault) => {
        const before = strikes.get(fault) ?? { times: 0, inFlight: 0 }
        strikes.set(fault, { times: before.times + 1, inFlight: before.inFlight + ledger.inFlight })
      }
    })
    let isOver = false
    const manner = { calm: graceful, wrap: plants?.wrap, backwards: plants?.backwards }
    const fibers = yield* load({ redis, ledger, tags, deadline, ...manner }, rng.fork("load"), FIBERS, () => isOver)
    yield* pass(STORM)
    nemesis.heal()
    if (plants?.unreachable === true) for (const { address } of model.nodes) network.set(address, { cutOff: true })
    const healedAt = world.now()
    while (model.unrest.length > 0 || !nemesis.isQuiet) {
      yield* pass(50)
      if (world.now() - healedAt < LONGEST_SETTLING) continue
      const trace = world.trace.excerpt(["cluster:", "nemesis:"])
      throw new Error(`seed ${seed}: the model does not settle: ${model.unrest.join("; ")}\n${trace}`)
    }
    world.trace.add("the cluster has settled")
    yield* pass(RECOVERY)
    violations.push(...(yield* probe(stage, silence + probeTimeout + 500)), ...checkMaps(stage.maps, stage))

    // The load ends first, or the client in the midst of it.
    if (!closesUnderLoad) {
      isOver = true
      yield* pass(deadline + 500)
    }
    if (plants?.leaks === true) yield* leak(stage)
    isOver = true
    violations.push(...(yield* stage.close))
    if (fibers.some((fiber) => fiber.pollUnsafe() === undefined)) {
      violations.push({ invariant: "deadline", about: "closes", detail: "a fiber still waits" })
    }
    violations.push(...checkLedger(ledger, model, { graceful }))
    return {
      seed,
      faults: graceful ? "graceful" : faults === FIRST ? "first" : "all",
      violations,
      totals: ledger.totals,
      failedRefreshes: world.trace.all.filter((line) => line.includes("map: refresh failed")).length,
      lostByServers: lostByServers(ledger, model),
      strikes,
      trace: world.trace
    } satisfies Report
  })

/** A read and a write for every slot that is used; gives what is not served within a time (ms). */
const probe = ({ cluster, redis, tags }: Stage, time: number): Effect.Effect<ReadonlyArray<Violation>> =>
  Effect.gen(function* () {
    const running = yield* Effect.forEach(tags, (tag) => {
      const calls = Effect.andThen(redis.get(`{${tag}}:v0`), redis.set(`{${tag}}:probe`, "1"))
      return Effect.map(Effect.forkChild(calls, { startImmediately: true }), (fiber) => ({ tag, fiber }))
    })
    yield* pass(time)
    return running.flatMap(({ fiber, tag }) => {
      const exit = fiber.pollUnsafe()
      if (exit !== undefined && Exit.isSuccess(exit)) return []
      fiber.interruptUnsafe()
      const detail = `slot ${cluster.slotOf(`{${tag}}`)} of {${tag}} is not served: ${exit ?? "no answer"}`
      return [{ invariant: "alive", about: `{${tag}}`, detail } as const]
    })
  })

const leak = ({ model, network, world }: Stage) =>
  Effect.gen(function* () {
    const { host, port } = model.bus.node(0)
    const events = { onData: () => {}, onDrain: () => {}, onClose: () => {} }
    const opening = Effect.scoped(
      Effect.andThen(network.transport.open({ address: { host, port }, events }), Effect.never)
    )
    yield* Effect.forkDetach(world.client(opening), { startImmediately: true })
    yield* pass(100)
  })

/** Run a seed. */
export const run = (options: RunOptions): Report => inWorld(options.seed, (world) => program(world, options))

const RUNNER = "vitest run --config vitest.workspace.ts --project client packages/client/test/simulation"

/** How to see a run again. */
export const again = ({ faults, seed }: Pick<Report, "seed" | "faults">): string =>
  `SEED=${seed} ${faults === "all" ? "" : `FAULTS=${faults} `}${RUNNER}/Simulation.test.ts`

/** What was wrong, and the lines of the trace that speak of it. */
export const explain = ({ trace, violations }: Pick<Report, "trace" | "violations">, replay: string): string =>
  [
    `${violations.length} violations`,
    ...violations.slice(0, 10).map(({ detail, invariant }) => `  ${invariant}: ${detail}`),
    trace.excerpt([...new Set(violations.slice(0, 3).map(({ about }) => about))]),
    `again: ${replay}`
  ].join("\n")
