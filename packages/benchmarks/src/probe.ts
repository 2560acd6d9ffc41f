// A quick look while the hot path is being worked on: `node packages/benchmarks/src/probe.ts PORT` measures Reef against
// node-redis without its timeouts on a server that already runs, in well under 40 s. It decides nothing; the comparison
// does. It writes keys `reef-bench:*` and deletes them.
import type { Address } from "./clients/BenchmarkClient.ts"
import type { ClientName } from "./clients/index.ts"
import { control } from "./control.ts"
import { loadKeys } from "./load.ts"
import { formatRate } from "./report.ts"
import { runChild } from "./runChild.ts"
import { roundOrder, SCENARIOS } from "./scenarios.ts"
import { median } from "./statistics.ts"
import { opsPerSecond, type Sample, summarize } from "./summary.ts"

const ROUNDS = 3

/** Milliseconds; 3 rounds × 2 clients × 6 scenarios make 25 s, with preparation and the start of 6 processes 32 s. */
const DURATIONS = { warmUp: 200, timed: 500 }

const PAIR: ReadonlyArray<ClientName> = ["reef", "node-redis-untimed"]

const probe = async (server: Address): Promise<boolean> => {
  const target = { topology: "standalone", nodes: [server] } as const
  const samples: Array<Sample> = []
  for (let round = 0; round < ROUNDS; round++) {
    for (const client of roundOrder(PAIR, round)) {
      const report = await runChild({ client, target, scenarios: SCENARIOS, durations: DURATIONS })
      if (report.kind !== "measured") {
        console.error(`${client}: ${report.kind}: ${report.reason}`)
        return false
      }
      for (const [i, measurement] of report.results.entries()) {
        samples.push({ topology: "standalone", scenario: SCENARIOS[i]!, client, round, ...measurement })
      }
    }
  }
  for (const summary of summarize(samples, PAIR)) {
    const rates = PAIR.map((client) => {
      const own = samples.filter((s) => s.scenario.name === summary.scenario && s.client === client)
      return `${client} ${formatRate(median(own.map(opsPerSecond)))}`
    })
    const found = summary.comparison!
    const rounds = found.rounds.map((r) => r.ratio.toFixed(2)).join(" ")
    console.log(
      `${summary.scenario.padEnd(8)} ratio ${found.ratio.median.toFixed(2)} (${rounds}; required ${found.required})  ${rates.join("  ")}`
    )
  }
  return true
}

const port = Number(process.argv[2])
if (!Number.isInteger(port) || port < 1 || port > 65_535) {
  console.error("usage: node packages/benchmarks/src/probe.ts PORT")
  process.exitCode = 2
} else {
  const server = { host: "127.0.0.1", port }
  try {
    await control(server, "PING")
    if (!(await probe(server))) process.exitCode = 1
    await control(server, "DEL", ...loadKeys)
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}
