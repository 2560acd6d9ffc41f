// `node packages/benchmarks/src/many/main.ts [--quick] [--clients a,b] [--scenarios a,b] [--topology a,b] [--rounds n]`: MGET of many keys
// and batches of many commands, in a cluster over all its nodes, against every peer.
import { fork } from "node:child_process"
import { loadavg } from "node:os"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { packageVersion } from "../environment.ts"
import { roundOrder, TOPOLOGIES } from "../scenarios.ts"
import { type RunningServers, startServers } from "../servers.ts"
import { bootstrapMedian, median } from "../statistics.ts"
import type { ManyReport, ManyRequest } from "./child.ts"
import { CLIENT_NAMES, describeMany, type ManyClientName } from "./clients.ts"
import { SCENARIOS, type Scenario } from "./load.ts"

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    clients: { type: "string" },
    scenarios: { type: "string" },
    topology: { type: "string", default: "cluster" },
    rounds: { type: "string" }
  }
})

const choose = <A>(given: string | undefined, all: ReadonlyArray<A>, nameOf: (one: A) => string): ReadonlyArray<A> => {
  const names = given?.split(",")
  const unknown = names?.find((name) => !all.some((one) => nameOf(one) === name))
  if (unknown !== undefined) throw new Error(`unknown "${unknown}"; one of ${all.map(nameOf).join(", ")}`)
  return names === undefined ? all : all.filter((one) => names.includes(nameOf(one)))
}

const SUBJECT: ManyClientName = "reef"
/** The same commands of Reef one by one: compared with its pipeline, and no peer. */
const EACH: ManyClientName = "reef-each"

const CLIENTS = choose(values.clients, CLIENT_NAMES, (name) => name)
const CHOSEN = choose(values.scenarios, SCENARIOS, ({ name }) => name)
const ROUNDS = Number(values.rounds ?? (values.quick ? 1 : 9))
/** Milliseconds. */
const DURATIONS = values.quick ? { warmUp: 50, timed: 100 } : { warmUp: 300, timed: 500 }
/** Milliseconds beyond the planned load: start of the process, connecting, filling, a busy machine. */
const GRACE = 30_000

interface Sample {
  readonly client: ManyClientName
  readonly scenario: Scenario
  readonly round: number
  readonly perSecond: number
  readonly cpuMicros: number
}

const runChild = (request: ManyRequest): Promise<ManyReport> =>
  new Promise((resolve) => {
    const child = fork(fileURLToPath(new URL("./child.ts", import.meta.url)), [JSON.stringify(request)], {
      execArgv: ["--expose-gc"]
    })
    let report: ManyReport = { failed: "ended without a report" }
    const { timed, warmUp } = request.durations
    const timer = setTimeout(() => child.kill("SIGKILL"), GRACE + 2 * (warmUp + timed) * request.scenarios.length)
    child.on("message", (message) => {
      report = message as ManyReport // both ends are this program
    })
    child.on("close", () => {
      clearTimeout(timer)
      resolve(report)
    })
  })

const measure = async (servers: RunningServers): Promise<ReadonlyArray<Sample>> => {
  const samples: Array<Sample> = []
  const target = { topology: servers.topology, nodes: servers.nodes }
  for (let round = 0; round < ROUNDS; round++) {
    for (const client of roundOrder(CLIENTS, round)) {
      const { only } = describeMany(client)
      const scenarios = roundOrder(CHOSEN, round).filter(({ operation }) => only === undefined || only === operation)
      if (scenarios.length === 0) continue
      const report = await runChild({ client, target, scenarios, durations: DURATIONS })
      if ("failed" in report) {
        console.log(`FAILED ${client}, ${servers.topology}, round ${round + 1}: ${report.failed}`)
        process.exitCode = 1
        continue
      }
      for (const [at, { cpuMicros, operations, seconds }] of report.results.entries()) {
        const scenario = scenarios[at]!
        samples.push({ client, scenario, round, perSecond: operations / seconds, cpuMicros: cpuMicros / operations })
      }
    }
  }
  return samples
}

/** In each round one speed by another, and the median of the rounds with its interval. */
const ratio = (pairs: ReadonlyArray<readonly [Sample, Sample]>): string => {
  const { high, low, median: middle } = bootstrapMedian(pairs.map(([one, other]) => one.perSecond / other.perSecond))
  return `${middle.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`
}

const report = (scenario: Scenario, samples: ReadonlyArray<Sample>): void => {
  const { operation, size, callers } = scenario
  const what = operation === "mget" ? `MGET of ${size} keys` : `batches of ${size} GETs and SETs`
  console.log(`\n${scenario.name}: ${what} by ${callers} caller${callers === 1 ? "" : "s"}`)
  const of = (client: ManyClientName) => samples.filter((one) => one.client === client)
  const against = (client: ManyClientName, others: ReadonlyArray<Sample>) =>
    of(client).flatMap((one) => {
      const inRound = others.filter(({ round }) => round === one.round)
      if (inRound.length === 0) return []
      return [[one, inRound.reduce((a, b) => (b.perSecond > a.perSecond ? b : a))] as const]
    })
  for (const client of CLIENTS) {
    const own = of(client)
    if (own.length === 0) continue
    const rate = median(own.map(({ perSecond }) => perSecond))
    const cost = median(own.map(({ cpuMicros }) => cpuMicros))
    const pairs = against(SUBJECT, own)
    const beside = client === SUBJECT || pairs.length === 0 ? "" : `  ${SUBJECT} to it ${ratio(pairs)}`
    console.log(
      `  ${client.padEnd(18)} ${rate.toFixed(0).padStart(7)}/s ${cost.toFixed(0).padStart(6)} us CPU${beside}`
    )
  }
  const best = against(
    SUBJECT,
    samples.filter(({ client }) => client !== SUBJECT && client !== EACH)
  )
  if (best.length > 0) console.log(`  ${SUBJECT} to the best peer of each round: ${ratio(best)}`)
  const each = against(EACH, of(SUBJECT))
  if (each.length > 0) console.log(`  Effect.forEach of single commands to pipeline: ${ratio(each)}`)
}

const load = loadavg()[0] ?? 0
for (const topology of choose(values.topology, TOPOLOGIES, (name) => name)) {
  const servers = await startServers(topology)
  try {
    console.log(`${topology}, ${servers.version}, Node ${process.version}, load average ${load.toFixed(2)}`)
    console.log(`${ROUNDS} rounds of ${DURATIONS.timed} ms, every reply checked; medians [95 % interval]`)
    for (const client of CLIENTS) {
      const { how, package: name } = describeMany(client)
      console.log(`  ${client}: ${name} ${packageVersion(name)}, ${how}`)
    }
    const samples = await measure(servers)
    for (const scenario of CHOSEN) {
      report(
        scenario,
        samples.filter((one) => one.scenario === scenario)
      )
    }
  } finally {
    await servers.stop()
  }
}
