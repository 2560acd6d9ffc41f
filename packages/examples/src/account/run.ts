/**
 * One run of the account: servers, proxy, client, load and nemesis, and then the reckoning.
 */
import { basename } from "node:path"
import { FaultProxy, type FaultProxyControls, type ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { judgeBystanders, type LatencyFigure } from "./bystanders.ts"
import { type CheckInput, check, INVARIANTS, type Invariant, type Totals, type Violation } from "./check.ts"
import { type ClientName, openClient } from "./clients/index.ts"
import { type Struck, unexplained } from "./failures.ts"
import { type Ground, makeGround, type Topology } from "./Ground.ts"
import { longest, observeHalts } from "./Halts.ts"
import { tagOf } from "./keys.ts"
import { Load } from "./Load.ts"
import { closeIdle, leftovers, resources } from "./leftovers.ts"
import { chosenFaults, type FaultChoice, kindsOf, runNemesis } from "./Nemesis.ts"
import { Phases } from "./Phases.ts"
import type { FaultKind, FaultName, Strike } from "./Stage.ts"
import { addEvidence, emptyEvidence } from "./serverState.ts"
import { awaitService, failedWhileMoving, overdue, type Recovery } from "./service.ts"
import { makeStaleSentinel } from "./staleSentinel.ts"
import { Windows } from "./Windows.ts"
import { WireWatch } from "./WireWatch.ts"

export interface AccountOptions {
  readonly topology: Topology
  readonly client: ClientName
  readonly seed: number
  /** How long the nemesis works; it goes through all faults at least once. */
  readonly seconds: number
  /** Operations per second outside of the rush before each fault. */
  readonly rate: number
  /** Which faults; `undefined`: all that the servers know. */
  readonly faults: FaultChoice
  /** Reef's bound of commands in flight on one node, so low that the load meets it; `undefined`: the default. */
  readonly inFlight: number | undefined
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
  /** How long it took after the observed end of a fault until every slot had served: the longest. */
  readonly slowestRecovery: Pick<Recovery, "after" | "took">
  /** How long after each agreement of the sentinels on a new primary a write was first acknowledged. Milliseconds. */
  readonly resumed: ReadonlyArray<number>
  /** p99 of the witnesses on shards that a fault did not touch, and of all of them while there was none. */
  readonly latencies: ReadonlyArray<LatencyFigure>
  /** The longest that this process collected garbage or was not run, in milliseconds. */
  readonly longestHalt: number
  /** How often ASKING was seen on the wire. */
  readonly asked: number
  /** Error replies on the wire, by their first word. */
  readonly errorReplies: Readonly<Record<string, number>>
  readonly violated: Readonly<Partial<Record<Invariant, number>>>
  readonly violations: ReadonlyArray<Violation>
  /** All invariants hold, and every kind of fault met operations that were under way. */
  readonly holds: boolean
}

/** For the last operations to end after the load has stopped: the longest deadline, and a little. Milliseconds. */
const LONGEST_END = 12_000
/** So many violations of each invariant are named. */
const EXAMPLES = 8

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

/**
 * What the client is given to find the servers. The first sentinel of its list is fine with an even seed, dead with one that leaves 1 when
 * divided by 4, and has a stale view with the others.
 */
const urlsOf = (
  { seed }: AccountOptions,
  { sentinel }: Ground,
  proxy: FaultProxyControls
): Effect.Effect<ReadonlyArray<string>, ServerError, Scope.Scope> =>
  Effect.gen(function* () {
    if (sentinel === undefined) return proxy.urls
    const urls = sentinel.sentinels.map(proxy.urlOf)
    if (seed % 2 === 0) return urls
    if (seed % 4 === 1) return [NOBODY, ...urls]
    const [primary, ...replicas] = sentinel.servers.map(({ port }) => port)
    const stale = yield* makeStaleSentinel(sentinel.service, primary ?? 0, replicas)
    return [stale.url, ...urls]
  })

/** Nothing listens there (tcpmux, RFC 1078). */
const NOBODY = "redis://127.0.0.1:1"

const runLoad = Effect.fnUntraced(function* (
  options: AccountOptions,
  ground: Ground,
  proxy: FaultProxyControls,
  urls: ReadonlyArray<string>,
  names: ReadonlyArray<FaultName>,
  say: (line: string) => void
) {
  const clientScope = yield* Scope.make()
  yield* Effect.addFinalizer((exit) => Scope.close(clientScope, exit))
  const client = yield* openClient(options.client, {
    topology: ground.topology,
    service: ground.sentinel?.service,
    urls,
    remap: proxy.remap,
    inFlight: options.inFlight
  }).pipe(Scope.provide(clientScope), Effect.orDie)
  const windows = new Windows()
  const load = new Load(client, windows, { seed: options.seed, rate: options.rate, tags: ground.tags })
  const observed = yield* observeHalts(performance.now() - load.now())
  const strikes: Array<Strike> = []
  const moves: Array<{ readonly from: number; to: number }> = []
  const recoveries: Array<Recovery> = []
  const phases = new Phases()
  const watch = new WireWatch((slot) => ground.tags.get(slot))
  const touched: Array<Omit<Struck, "over">> = []
  const struck: Array<Struck> = []
  const fibers = yield* Effect.forkScoped(load.run, { startImmediately: true })
  yield* runNemesis(
    {
      ground,
      proxy,
      load,
      strike: (kind, target, slots) => {
        const strike = { kind, target, at: load.now(), inFlight: load.inFlight(slots) }
        touched.push({ kind, slots: slots === undefined ? undefined : new Set(slots), at: strike.at })
        strikes.push(strike)
        say(`${(strike.at / 1000).toFixed(2).padStart(6)} s  ${kind}: ${target}, ${strike.inFlight} in flight`)
      },
      moving: (now) => {
        const open = moves.find(({ to }) => to === Number.POSITIVE_INFINITY)
        if (now) moves.push({ from: load.now(), to: Number.POSITIVE_INFINITY })
        else if (open !== undefined) open.to = load.now()
      },
      hitting: (kind, slots, longest) => phases.hit(kind, slots, load.now(), longest),
      watch: Effect.asVoid(proxy.install(watch.rule))
    },
    {
      phases,
      served: (after) =>
        Effect.gen(function* () {
          const strikes = touched.splice(0)
          recoveries.push(yield* awaitService(load, ground.tags.keys(), after))
          // A client learns of a broken connection some turns after it broke, and what it begins until then is lost on it.
          for (const strike of strikes) struck.push({ ...strike, over: load.now() })
        })
    },
    options.seed,
    names,
    options.seconds * 1_000
  )
  load.running = false
  yield* Effect.timeoutOption(Fiber.await(fibers), LONGEST_END)
  const halts = observed.spans()
  const bystanders = judgeBystanders(load.entries, phases, load.witnessPause, halts)
  const violations = [
    ...recoveries.flatMap((recovery) => recovery.violations),
    ...bystanders.violations,
    ...overdue(load.entries, client.deadline),
    ...failedWhileMoving(load.entries, moves),
    ...unexplained(load.entries, struck),
    ...watch.asking.misspent.map((detail): Violation => ({ invariant: "ASK", detail }))
  ]
  yield* Fiber.interrupt(fibers)
  const unfinished = yield* closeIdle(clientScope, proxy, client.closePatience)
  const [slowestRecovery = { after: "no fault", took: 0 }] = recoveries.toSorted((a, b) => b.took - a.took)
  return {
    load,
    windows,
    strikes,
    violations: [...violations, ...unfinished],
    slowestRecovery: { after: slowestRecovery.after, took: slowestRecovery.took },
    latencies: bystanders.figures,
    longestHalt: longest(halts),
    asked: watch.asking.seen,
    errorReplies: watch.errors
  }
})

/** How long after a moment a write was first acknowledged, in milliseconds of the load. */
const resumedAfter = (entries: Load["entries"], moment: number): number => {
  let first = Number.POSITIVE_INFINITY
  for (const { endedAt, kind, outcome } of entries) {
    if (outcome !== "acknowledged" || kind === "get" || kind === "mget" || kind === "pair") continue
    if (endedAt !== undefined && endedAt >= moment && endedAt < first) first = endedAt
  }
  return first - moment
}

/** Runs it. The servers end with the scope. */
export const runAccount = Effect.fnUntraced(function* (
  options: AccountOptions,
  say: (line: string) => void
): Effect.fn.Return<AccountResult, ServerError, Scope.Scope> {
  const ground = yield* makeGround(options.topology)
  const names = chosenFaults(options.faults, ground)
  yield* ground.settled
  const upstreams = [...ground.nodes, ...(ground.sentinel?.sentinels ?? [])]
  const proxy = yield* FaultProxy.make({ upstreams, seed: options.seed })
  // The harness opens its own connection to each server when it first needs it.
  yield* Effect.forEach(ground.nodes, (node) => node.admin(["PING"]), { discard: true })
  const urls = yield* urlsOf(options, ground, proxy)
  const before = resources()
  const { violations: seen, ...ran } = yield* runLoad(options, ground, proxy, urls, names, say)
  const { asked, errorReplies, latencies, load, longestHalt, slowestRecovery, strikes, windows } = ran
  const left = yield* leftovers(proxy, load, before)
  yield* ground.settled
  const contents = yield* ground.contents
  const evidence = emptyEvidence()
  const slotOfTag = new Map([...ground.tags].map(([slot, tag]) => [tag, slot]))
  const slotOf = (key: string) => slotOfTag.get(tagOf(key))
  for (const node of ground.everyNode) addEvidence(evidence, yield* node.appendOnlyFiles, slotOf)
  const input: CheckInput = { entries: load.entries, windows, contents, evidence }
  const { totals, violations: checked } = check(input)
  const violations = [...checked, ...seen, ...left]
  const faults = kindsOf(names).map((kind): FaultTotal => {
    const own = strikes.filter((strike) => strike.kind === kind)
    return { kind, strikes: own.length, inFlight: own.reduce((sum, { inFlight }) => sum + inFlight, 0) }
  })
  const agreed = yield* ground.sentinel?.agreements ?? Effect.succeed([])
  const begun = Date.now() - load.now()
  const resumed = agreed
    .map(({ time }) => time - begun)
    .filter((time) => time > 0)
    .map((time) => resumedAfter(load.entries, time))
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
    slowestRecovery,
    resumed,
    latencies,
    longestHalt,
    asked,
    errorReplies,
    violated: countBy(violations.map(({ invariant }) => invariant)),
    violations: examples(violations),
    holds: violations.length === 0 && faults.every(({ inFlight }) => inFlight > 0)
  }
})
