/**
 * The demo on a service that sentinels watch: its primary is killed, the next one frozen, and the third hands over to a replica, all under load.
 */
import { basename } from "node:path"
import { Redis, RedisSentinel, RedisSentinelLive } from "@reef-redis/node"
import { type Agreement, Observer, SentinelServers, type ServerError, type WatchedServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { type Contents, ContentsBuilder, makeAccount } from "./account.ts"
import { readNode } from "./contents.ts"
import { counting } from "./counting.ts"
import { Ledger } from "./Ledger.ts"
import { Load } from "./Load.ts"
import type { DemoOptions } from "./options.ts"
import { formatLive } from "./report.ts"
import { type DemoResult, type FaultRecord, judge, type PrimaryChange, phaseResult } from "./result.ts"
import type { Screen } from "./Screen.ts"
import type { Statistics } from "./Statistics.ts"
import { ServerLogs } from "./serverLog.ts"

/** Names of keys; there are no slots. */
const TAGS = 96
/** Each phase without a fault is at least this long, as is the full speed before a fault, and the watch after it. Milliseconds. */
const STEADY = 3_000
const RUSH = 500
const SETTLING = 1_000
/** The client is given up on after so long without a success. Milliseconds. */
const LONGEST_WAIT = 10_000
const POLL = 5
/** An observer that asks every 5 ms may be later than the client that is already served. Milliseconds. */
const OBSERVER_LAG = 10
const LIVE_INTERVAL = "1 second"

const firstAfter = (times: ReadonlyArray<number>, from: number): number | undefined =>
  times.find((time) => time >= from)

/** While sentinels may put another server in charge at any moment (on a busy machine more than once) replies are not compared with earlier ones. */
const NO_EPOCH = Number.NaN

interface Course {
  readonly load: Load
  readonly beginPhase: (name: string) => void
}

/** What ends the reign of a primary, and what brings it back. */
const blows: Readonly<
  Record<
    FaultRecord["kind"],
    (victim: WatchedServer) => Effect.Effect<Effect.Effect<void, ServerError>, ServerError, SentinelServers>
  >
> = {
  killed: (victim) => Effect.as(victim.kill, victim.restart),
  frozen: (victim) => Effect.as(victim.freeze, victim.thaw),
  "handed over": () => SentinelServers.use(({ failover }) => Effect.as(failover, Effect.void))
}

const fail = Effect.fnUntraced(function* (
  { beginPhase, load }: Course,
  kind: FaultRecord["kind"]
): Effect.fn.Return<FaultRecord, ServerError, SentinelServers | Observer> {
  const servers = yield* SentinelServers
  const observer = yield* Observer
  const victim = yield* servers.primary
  beginPhase("full speed")
  load.rush = true
  yield* Effect.sleep(RUSH)
  beginPhase(`${victim.name} ${kind}`)
  const successes: Array<number> = []
  load.watch = { slots: new Set(Array.from({ length: TAGS }, (_, slot) => slot)), successes }
  const at = Date.now()
  const { epoch } = load
  load.epoch = NO_EPOCH
  // Sentinels need a second or two to hand over: what the old primary takes meanwhile is lost.
  load.rush = kind !== "handed over"
  const mend = yield* blows[kind](victim)
  load.rush = false
  const agreement = yield* observer.agreementAfter(at, victim.port)
  const served = Effect.gen(function* () {
    while (firstAfter(successes, agreement.time - OBSERVER_LAG) === undefined) yield* Effect.sleep(POLL)
  })
  yield* Effect.timeoutOption(served, LONGEST_WAIT)
  yield* Effect.sleep(SETTLING)
  load.watch = undefined
  if (kind !== "handed over") beginPhase(`${victim.name} ${kind === "killed" ? "restarted" : "thawed"}`)
  yield* mend
  yield* servers.awaitStable
  load.epoch = epoch + 1
  return {
    kind,
    node: victim.name,
    address: `${victim.host}:${victim.port}`,
    at,
    promotedAt: agreement.time,
    servedAt: firstAfter(successes, agreement.time - OBSERVER_LAG)
  }
})

/** When sentinels turned away from which address. */
const leftPrimaries = (agreements: ReadonlyArray<Agreement>): ReadonlyArray<PrimaryChange> =>
  agreements.slice(1).map(({ time }, at) => ({ at: time, address: `127.0.0.1:${agreements[at]!.port}` }))

const readContents: Effect.Effect<Contents, ServerError, SentinelServers> = Effect.gen(function* () {
  const contents = new ContentsBuilder()
  yield* readNode(yield* (yield* SentinelServers).primary, contents)
  return contents
})

/** The whole demo, from the first operation to the account. */
export const sentinelDemo = Effect.fnUntraced(function* (options: DemoOptions, statistics: Statistics, screen: Screen) {
  const servers = yield* SentinelServers
  const redis = yield* Redis
  const { events } = yield* RedisSentinel
  const startedAt = Date.now()
  const ledger = new Ledger()
  const slots = Array.from({ length: TAGS }, (_, slot) => slot)
  const tags = slots.map((slot) => `t${slot}`)
  const load = new Load(redis, ledger, statistics, { ...options, tags, shards: [{ name: servers.service, slots }] })
  const seconds = () => (Date.now() - startedAt) / 1_000
  const beginPhase = (name: string) => {
    statistics.begin(name, Date.now())
    screen.line(`${seconds().toFixed(1).padStart(5)} s  ${name}`)
  }
  const showLive = Effect.sync(() => {
    const { errorCounts: errors, phaseName: phase, routing } = statistics
    screen.live(formatLive({ seconds: seconds(), phase, window: statistics.takeWindow(Date.now()), routing, errors }))
  })
  beginPhase("steady")
  yield* Effect.forkScoped(Effect.repeat(Effect.delay(showLive, LIVE_INTERVAL), Schedule.forever))
  yield* Effect.forkScoped(
    Stream.runForEach(events, (event) =>
      Effect.sync(() => {
        if (event._tag === "Refreshed" || event._tag === "Failed") statistics.count("refreshes")
      })
    )
  )
  const fibers = yield* Effect.forkScoped(load.run)
  const course = { load, beginPhase }
  yield* Effect.sleep(STEADY)
  const faults: Array<FaultRecord> = []
  for (const kind of ["killed", "frozen", "handed over"] as const) {
    faults.push(yield* fail(course, kind))
    beginPhase("steady again")
    yield* Effect.sleep(SETTLING)
  }
  yield* Effect.sleep(Math.max(0, startedAt + options.seconds * 1_000 - Date.now()))
  load.running = false
  yield* Fiber.join(fibers)
  beginPhase("quiet")
  yield* servers.awaitStable
  const evidence = new ServerLogs()
  // They keep what was truncated, too.
  for (const server of servers.servers) evidence.add((yield* server.appendOnlyFiles).map((file) => file.contents))
  const account = makeAccount({ ...ledger, contents: yield* readContents, evidence })
  statistics.end(Date.now())
  const { binary } = servers.servers[0]!
  const facts: Omit<DemoResult, "musts"> = {
    seed: options.seed,
    server: `${basename(binary.path)} ${binary.version}`,
    seconds: seconds(),
    operations: ledger.writes.length + ledger.reads,
    phases: statistics.phases.map(phaseResult),
    faults,
    changes: leftPrimaries(yield* (yield* Observer).agreements),
    moved: undefined,
    errors: statistics.errors,
    account
  }
  return { ...facts, musts: judge(facts, "") } satisfies DemoResult
})

/** A primary, two replicas and three sentinels, the observer process, and the client under test. */
export const sentinelLayer = (statistics: Statistics) => {
  const client = Layer.unwrap(
    SentinelServers.useSync(({ seeds, service }) =>
      RedisSentinelLive({ sentinels: seeds, service, policies: counting(statistics) })
    )
  )
  const observer = Layer.effect(
    Observer,
    SentinelServers.use(({ sentinels, servers, service }) =>
      Observer.make({ nodes: servers, sentinels: { nodes: sentinels, service } })
    )
  )
  return Layer.mergeAll(client, observer).pipe(
    Layer.provideMerge(SentinelServers.layer({ appendonly: true, appendfsync: "no" }))
  )
}
