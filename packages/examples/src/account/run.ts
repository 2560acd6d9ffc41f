/**
 * One run of the account: servers, proxy, client, load and nemesis, and then the reckoning.
 */
import { basename } from "node:path"
import { FaultProxy, type FaultProxyControls, type ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { AskingWatch } from "./AskingWatch.ts"
import { type CheckInput, check, INVARIANTS, type Invariant, type Totals, type Violation } from "./check.ts"
import { type ClientName, openClient } from "./clients/index.ts"
import { type Ground, makeGround, type Topology } from "./Ground.ts"
import { Load } from "./Load.ts"
import { faultsFor, kindsOf, runNemesis } from "./Nemesis.ts"
import type { Entry } from "./Operation.ts"
import type { FaultKind, FaultName, Strike } from "./Stage.ts"
import { addEvidence, emptyEvidence } from "./serverState.ts"
import { Windows } from "./Windows.ts"

export interface AccountOptions {
  readonly topology: Topology
  readonly client: ClientName
  readonly seed: number
  /** How long the nemesis works; it goes through all faults at least once. */
  readonly seconds: number
  /** Operations per second outside of the rush before each fault. */
  readonly rate: number
  /** Which faults; `undefined`: all that the topology knows. */
  readonly faults: ReadonlyArray<FaultName> | undefined
}

export interface FaultTotal {
  readonly kind: FaultKind
  readonly strikes: number
  /** Operations that were under way when it struck, over all strikes. */
  readonly inFlight: number
}

export interface AccountResult {
  readonly options: AccountOptions
  readonly server: string
  readonly seconds: number
  readonly operations: number
  readonly totals: Totals
  readonly faults: ReadonlyArray<FaultTotal>
  readonly strikes: ReadonlyArray<Strike>
  /** Failures by what the client called them. */
  readonly failures: Readonly<Record<string, number>>
  /** How often ASKING was seen on the wire. */
  readonly asked: number
  readonly violated: Readonly<Partial<Record<Invariant, number>>>
  readonly violations: ReadonlyArray<Violation>
  /** All invariants hold, and every kind of fault met operations that were under way. */
  readonly holds: boolean
}

/** From the last fault: node time-out (2 s), election (4 s at worst) and one second. Milliseconds. */
const LONGEST_SILENCE = 7_000
/** Beyond its deadline an operation may be late by this, in a process that carries load, proxy and client (milliseconds). */
const LATENESS = 1_000
/** For the last operations to end after the load has stopped: the longest deadline, and a little. */
const LONGEST_END = 12_000
const POLL = 20
const PATIENCE = 3_000
/** So many violations of each invariant are named. */
const EXAMPLES = 8

/** How many sockets or timers this process has now. */
const active = (name: "TCPSocketWrap" | "Timeout"): number =>
  process.getActiveResourcesInfo().filter((found) => found === name).length

const eventually = (millis: number, condition: () => boolean): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const end = performance.now() + millis
    while (!condition()) {
      if (performance.now() > end) return false
      yield* Effect.sleep(POLL)
    }
    return true
  })

/** I9: each slot has a success after the last fault. */
const awaitService = (load: Load, ground: Ground): Effect.Effect<ReadonlyArray<Violation>> =>
  Effect.gen(function* () {
    const missing = new Set(ground.tags.keys())
    load.onEnd = (entry) => {
      if (entry.outcome === "acknowledged") for (const slot of entry.slots) missing.delete(slot)
    }
    yield* eventually(LONGEST_SILENCE, () => missing.size === 0)
    return [...missing].map((slot): Violation => {
      const tag = ground.tags.get(slot)
      return { invariant: "I9", detail: `slot ${slot} (tag ${tag}) served nothing for ${LONGEST_SILENCE} ms` }
    })
  })

/** I9: no operation outlives its deadline. */
const overdue = (entries: ReadonlyArray<Entry>, deadline: number | undefined): ReadonlyArray<Violation> =>
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
const failedWhileMoving = (
  entries: ReadonlyArray<Entry>,
  moves: ReadonlyArray<{ readonly from: number; readonly to: number }>
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

interface Resources {
  readonly sockets: number
  readonly timers: number
}

const resources = (): Resources => ({ sockets: active("TCPSocketWrap"), timers: active("Timeout") })

/** I12: the proxy has no connection left, and this process no more sockets and timers than it may have. */
const leftovers = (
  proxy: FaultProxyControls,
  load: Load,
  allowed: Resources
): Effect.Effect<ReadonlyArray<Violation>> =>
  Effect.gen(function* () {
    const end = performance.now() + PATIENCE
    while (true) {
      const connections = (yield* proxy.connections).length
      const { sockets, timers } = resources()
      const found = [
        connections === 0 ? [] : [`${connections} connections are still open`],
        sockets <= allowed.sockets ? [] : [`${sockets} sockets, ${allowed.sockets} are the harness's`],
        timers <= allowed.timers ? [] : [`${timers} timers, ${allowed.timers} are the harness's`],
        load.inFlight() === 0 ? [] : [`${load.inFlight()} operations are under way`]
      ].flat()
      if (found.length === 0 || performance.now() > end) {
        return found.map((detail): Violation => ({ invariant: "I12", detail }))
      }
      // A pause without a timer of its own.
      yield* Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))
    }
  })

const countBy = (labels: ReadonlyArray<string>): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1
  return counts
}

/** The first few of each invariant. */
const examples = (violations: ReadonlyArray<Violation>): ReadonlyArray<Violation> =>
  Object.keys(INVARIANTS).flatMap((invariant) =>
    violations.filter((violation) => violation.invariant === invariant).slice(0, EXAMPLES)
  )

const runLoad = Effect.fnUntraced(function* (
  options: AccountOptions,
  ground: Ground,
  proxy: FaultProxyControls,
  names: ReadonlyArray<FaultName>,
  say: (line: string) => void
) {
  const clientScope = yield* Scope.make()
  yield* Effect.addFinalizer((exit) => Scope.close(clientScope, exit))
  const client = yield* openClient(options.client, {
    topology: ground.topology,
    urls: proxy.urls,
    remap: proxy.remap,
    announced: ground.nodes.map(({ host, port }) => ({ host, port }))
  }).pipe(Scope.provide(clientScope), Effect.orDie)
  const windows = new Windows()
  const load = new Load(client, windows, { seed: options.seed, rate: options.rate, tags: ground.tags })
  const strikes: Array<Strike> = []
  const moves: Array<{ readonly from: number; to: number }> = []
  const asking = new AskingWatch()
  const fibers = yield* Effect.forkScoped(load.run, { startImmediately: true })
  yield* runNemesis(
    {
      ground,
      proxy,
      load,
      strike: (kind, target, slots) => {
        const strike = { kind, target, at: load.now(), inFlight: load.inFlight(slots) }
        strikes.push(strike)
        say(`${(strike.at / 1000).toFixed(2).padStart(6)} s  ${kind}: ${target}, ${strike.inFlight} in flight`)
      },
      moving: (slots) => {
        const [open] = moves.filter(({ to }) => to === Number.POSITIVE_INFINITY)
        if (slots === undefined) {
          if (open !== undefined) open.to = load.now()
          return
        }
        asking.moving(slots.map((slot) => ground.tags.get(slot) ?? ""))
        moves.push({ from: load.now(), to: Number.POSITIVE_INFINITY })
      },
      watch: Effect.asVoid(proxy.install(asking.rule))
    },
    options.seed,
    names,
    options.seconds * 1_000
  )
  const unserved = yield* awaitService(load, ground)
  load.running = false
  yield* Effect.timeoutOption(Fiber.await(fibers), LONGEST_END)
  const violations = [
    ...unserved,
    ...overdue(load.entries, client.deadline),
    ...failedWhileMoving(load.entries, moves),
    ...asking.misspent.map((detail): Violation => ({ invariant: "ASK", detail }))
  ]
  yield* Fiber.interrupt(fibers)
  yield* Scope.close(clientScope, Exit.void)
  return { load, windows, strikes, violations, asked: asking.seen }
})

/** Runs it. The servers end with the scope. */
export const runAccount = Effect.fnUntraced(function* (
  options: AccountOptions,
  say: (line: string) => void
): Effect.fn.Return<AccountResult, ServerError, Scope.Scope> {
  const ground = yield* makeGround(options.topology)
  const names = options.faults ?? (Object.keys(faultsFor(ground)) as ReadonlyArray<FaultName>)
  yield* ground.settled
  const proxy = yield* FaultProxy.make({ upstreams: ground.nodes, seed: options.seed })
  // The harness opens its own connection to each server when it first needs it.
  yield* Effect.forEach(ground.nodes, (node) => node.admin(["PING"]), { discard: true })
  const before = resources()
  const { asked, load, strikes, violations: seen, windows } = yield* runLoad(options, ground, proxy, names, say)
  const left = yield* leftovers(proxy, load, before)
  yield* ground.settled
  const contents = yield* ground.contents
  const evidence = emptyEvidence()
  for (const node of ground.nodes) addEvidence(evidence, yield* node.appendOnlyFiles)
  const input: CheckInput = { entries: load.entries, windows, contents, evidence }
  const { totals, violations: checked } = check(input)
  const violations = [...checked, ...seen, ...left]
  const faults = kindsOf(names).map((kind): FaultTotal => {
    const own = strikes.filter((strike) => strike.kind === kind)
    return { kind, strikes: own.length, inFlight: own.reduce((sum, { inFlight }) => sum + inFlight, 0) }
  })
  const { binary } = ground.nodes[0]!
  return {
    options,
    server: `${basename(binary.path)} ${binary.version}`,
    seconds: load.now() / 1_000,
    operations: load.entries.length,
    totals,
    faults,
    strikes,
    failures: countBy(load.entries.flatMap(({ label }) => label ?? [])),
    asked,
    violated: countBy(violations.map(({ invariant }) => invariant)),
    violations: examples(violations),
    holds: violations.length === 0 && faults.every(({ inFlight }) => inFlight > 0)
  }
})
