// Runs the rounds: servers of one topology at a time, and on them one process per client and round.

import type { ClientName } from "./clients/index.ts"
import { describeEnvironment } from "./environment.ts"
import type { Options } from "./options.ts"
import type { Failure, Result, Unavailable } from "./report.ts"
import { runChild } from "./runChild.ts"
import { roundOrder } from "./scenarios.ts"
import { startServers } from "./servers.ts"
import { type Sample, summarize } from "./summary.ts"

/** Measures everything that the options ask for. `progress` hears of each process as it starts. */
export const compare = async (options: Options, progress: (line: string) => void): Promise<Result> => {
  const samples: Array<Sample> = []
  const failures: Array<Failure> = []
  const unavailable = new Map<ClientName, Unavailable>()
  let version = "no server"
  const environment = describeEnvironment("", options.clients) // before the load raises the load average

  for (const topology of options.topologies) {
    const servers = await startServers(topology)
    version = servers.version
    const target = { topology, nodes: servers.nodes }
    try {
      for (let round = 0; round < options.rounds; round++) {
        const scenarios = roundOrder(options.scenarios, round)
        for (const client of roundOrder(options.clients, round)) {
          if (unavailable.has(client)) continue
          progress(`${topology}, round ${round + 1} of ${options.rounds}: ${client}`)
          const report = await runChild({ client, target, scenarios, durations: options.durations })
          if (report.kind === "unavailable") unavailable.set(client, { client, reason: report.reason })
          else if (report.kind === "failed") {
            failures.push({ client, topology, round, content: report.content, reason: report.reason })
          } else {
            for (const [i, measurement] of report.results.entries()) {
              samples.push({ topology, scenario: scenarios[i]!, client, round, ...measurement })
            }
          }
        }
      }
    } finally {
      await servers.stop()
    }
  }
  const inOrder = options.topologies.flatMap((topology) =>
    options.scenarios.flatMap((scenario) => samples.filter((s) => s.topology === topology && s.scenario === scenario))
  )
  return {
    environment: { ...environment, server: version },
    rounds: options.rounds,
    timedMillis: options.durations.timed,
    quick: options.quick,
    scenarios: summarize(inOrder, options.clients),
    unavailable: [...unavailable.values()],
    failures
  }
}
