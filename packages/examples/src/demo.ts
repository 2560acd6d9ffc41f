/**
 * `npm run demo`: a cluster of three primaries and three replicas under load, while one primary is killed, another is frozen, and 1000
 * slots move; or (`--topology sentinel`) a primary with two replicas and three sentinels; then an account of every write. Everything comes from published entry points.
 */
import { basename } from "node:path"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Redis, RedisCluster, RedisClusterLive } from "@reef-redis/node"
import { ClusterServers, Observer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { makeAccount } from "./demo/account.ts"
import { readContents } from "./demo/contents.ts"
import { counting } from "./demo/counting.ts"
import { tagsBySlot } from "./demo/keyspace.ts"
import { Ledger } from "./demo/Ledger.ts"
import { FIBERS, FIBERS_PER_SHARD, Load } from "./demo/Load.ts"
import { type DemoOptions, parseOptions, USAGE } from "./demo/options.ts"
import { formatLive, formatResult } from "./demo/report.ts"
import { type DemoResult, judge, phaseResult } from "./demo/result.ts"
import { Screen } from "./demo/Screen.ts"
import { Statistics } from "./demo/Statistics.ts"
import { castRoles, MOVE_PHASE, runScenario } from "./demo/scenario.ts"
import { sentinelDemo, sentinelLayer } from "./demo/sentinel.ts"

/** Exit codes beside 0. */
const FAILED = 1
const WRONG_OPTION = 2

const LIVE_INTERVAL = "1 second"

const demo = Effect.fnUntraced(function* (options: DemoOptions, statistics: Statistics, screen: Screen) {
  const cluster = yield* ClusterServers
  const redis = yield* Redis
  const { events, slotOf } = yield* RedisCluster
  const cast = yield* castRoles(options.seed)
  const startedAt = Date.now()
  const ledger = new Ledger()
  const tags = tagsBySlot(slotOf)
  const load = new Load(redis, ledger, statistics, { ...options, tags, shards: cast.shards })
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
        if (event._tag !== "Patched") statistics.count("refreshes")
      })
    )
  )

  const fibers = yield* Effect.forkScoped(load.run)
  const record = yield* runScenario(load, cast, { millis: options.seconds * 1_000, beginPhase })
  yield* Fiber.join(fibers)
  beginPhase("quiet")
  yield* cluster.awaitStable
  const contents = yield* readContents(cluster)
  const account = makeAccount({ ...ledger, contents, evidence: record.evidence })
  statistics.end(Date.now())

  const { binary } = cluster.nodes[0]!
  const facts: Omit<DemoResult, "musts"> = {
    seed: options.seed,
    server: `${basename(binary.path)} ${binary.version}`,
    seconds: seconds(),
    operations: ledger.writes.length + ledger.reads,
    phases: statistics.phases.map(phaseResult),
    faults: record.faults,
    moved: record.moved,
    errors: statistics.errors,
    account
  }
  return { ...facts, musts: judge(facts, MOVE_PHASE) } satisfies DemoResult
})

/** The servers, the observer process, and the client under test, which is told of all nodes but learns the rest itself. */
const layer = (options: DemoOptions, statistics: Statistics) => {
  const client = Layer.unwrap(
    ClusterServers.useSync((cluster) => RedisClusterLive({ nodes: cluster.seeds, policies: counting(statistics) }))
  )
  const servers = ClusterServers.layer({
    primaries: 3,
    replicasPerPrimary: 1,
    appendonly: true,
    appendfsync: "no",
    requireFullCoverage: options.fullCoverage
  })
  return Layer.mergeAll(client, Observer.layerCluster()).pipe(Layer.provideMerge(servers))
}

const main = (options: DemoOptions): Effect.Effect<number, unknown> => {
  const screen = new Screen(options.json ? process.stderr : process.stdout)
  const statistics = new Statistics()
  return Effect.gen(function* () {
    const isSentinel = options.topology === "sentinel"
    const what = isSentinel ? "1 + 2 servers and 3 sentinels" : "3 + 3 servers"
    const shared = isSentinel ? "" : `, ${FIBERS_PER_SHARD} of them on each shard alone`
    screen.line(`${FIBERS} fibers${shared}, ${options.rate} operations/s, --seed ${options.seed}; starting ${what}`)
    const result: DemoResult = isSentinel
      ? yield* Effect.scoped(sentinelDemo(options, statistics, screen)).pipe(Effect.provide(sentinelLayer(statistics)))
      : yield* Effect.scoped(demo(options, statistics, screen)).pipe(Effect.provide(layer(options, statistics)))
    screen.line(formatResult(result))
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
    return result.musts.every((must) => must.holds) ? 0 : FAILED
  })
}

const parsed = parseOptions(process.argv.slice(2))
if (parsed.kind === "help") {
  process.stdout.write(USAGE)
} else if (parsed.kind === "invalid") {
  process.stderr.write(`${parsed.reason}\n\n${USAGE}`)
  process.exitCode = WRONG_OPTION
} else {
  // An interrupt (SIGINT, SIGTERM) closes the layer first: no server is left.
  NodeRuntime.runMain(
    Effect.tap(main(parsed.options), (code) =>
      Effect.sync(() => {
        process.exitCode = code
      })
    )
  )
}
