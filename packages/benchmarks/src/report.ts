// The comparison as text for people. Pure; the machine-readable form is the `Result` itself.
import type { ClientName } from "./clients/index.ts"
import type { Environment } from "./environment.ts"
import { LEAST_ROUNDS } from "./options.ts"
import type { Topology } from "./scenarios.ts"
import type { Estimate } from "./statistics.ts"
import { type ScenarioSummary, SUBJECT } from "./summary.ts"

/** A client that could not be loaded, with the reason. */
export interface Unavailable {
  readonly client: ClientName
  readonly reason: string
}

/** A process that answered wrongly (`content`) or could not finish. */
export interface Failure {
  readonly client: ClientName
  readonly topology: Topology
  readonly round: number
  readonly content: boolean
  readonly reason: string
}

/** All that a run found out; printed as JSON by `--json`. */
export interface Result {
  readonly environment: Environment
  readonly rounds: number
  readonly timedMillis: number
  readonly quick: boolean
  readonly scenarios: ReadonlyArray<ScenarioSummary>
  readonly unavailable: ReadonlyArray<Unavailable>
  readonly failures: ReadonlyArray<Failure>
}

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

/** 1234567 as `1.23M`, 12345 as `12.3k`. */
export const formatRate = (perSecond: number): string =>
  perSecond >= 1e6 ? `${(perSecond / 1e6).toFixed(2)}M` : `${(perSecond / 1e3).toFixed(1)}k`

const formatEstimate = ({ high, low, median }: Estimate): string =>
  `${median.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`

/** The peer that was fastest in most rounds, with the others' number. */
const usualBest = (names: ReadonlyArray<string>): string => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  const [name, count] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))
  return count === names.length ? name : `${name} (${count} of ${names.length})`
}

const ratesTable = (summaries: ReadonlyArray<ScenarioSummary>): string => {
  const clients = [...new Set(summaries.flatMap((s) => s.clients.map((c) => c.client)))]
  return table([
    ["", ...summaries.map((s) => s.scenario)],
    ...clients.map((client) => [
      client,
      ...summaries.map((s) => {
        const found = s.clients.find((c) => c.client === client)
        return found === undefined
          ? "-"
          : `${formatRate(found.opsPerSecond)} ${found.cpuMicrosPerOperation.toFixed(1)}µs`
      })
    ])
  ])
}

const ratiosTable = (summaries: ReadonlyArray<ScenarioSummary>): string => {
  const peers = [...new Set(summaries.flatMap((s) => s.comparison?.peers.map((p) => p.client) ?? []))]
  return table([
    ["", "to the best peer", "which is", "required", "verdict", ...peers.map((peer) => `to ${peer}`)],
    ...summaries.map((s) => {
      const found = s.comparison
      if (found === undefined) return [s.scenario, "-", "-", "-", "not measured", ...peers.map(() => "-")]
      return [
        s.scenario,
        formatEstimate(found.ratio),
        usualBest(found.rounds.map((r) => r.bestPeer)),
        found.required?.toFixed(2) ?? "-",
        found.verdict ?? "-",
        ...peers.map((peer) => found.peers.find((p) => p.client === peer)?.ratio.median.toFixed(2) ?? "-")
      ]
    })
  ])
}

const environmentLines = (result: Result): ReadonlyArray<string> => {
  const { clients, cores, cpu, date, loadAverage, node, platform, server } = result.environment
  return [
    `${date}, Node ${node}, ${server}, ${platform}, ${cores} × ${cpu}, load average ${loadAverage.toFixed(2)}`,
    `${result.rounds} rounds, ${result.timedMillis} ms timed per scenario, every reply checked, calls counted by the server`,
    ...(result.quick ? ["SMOKE RUN: shows that everything works; the figures mean nothing"] : []),
    ...clients.map((c) => `  ${c.client}: ${c.package} ${c.version}, ${c.settings}`)
  ]
}

/** The whole report. */
export const formatReport = (result: Result): string => {
  const topologies = [...new Set(result.scenarios.map((s) => s.topology))]
  const sections = topologies.flatMap((topology) => {
    const summaries = result.scenarios.filter((s) => s.topology === topology)
    const compared = summaries.some((s) => s.comparison !== undefined)
    return [
      `\n${topology}: operations/s and the client's CPU time per operation, medians over the rounds`,
      ratesTable(summaries),
      ...(compared
        ? [
            `\n${topology}: ${SUBJECT} to the fastest peer of the same round, median of the rounds [95 % interval]`,
            ratiosTable(summaries)
          ]
        : [`\n${topology}: required ratios not measured (${SUBJECT} and a peer are needed)`])
    ]
  })
  return [
    ...environmentLines(result),
    ...sections,
    "",
    ...result.unavailable.map((u) => `NOT MEASURED ${u.client}: ${u.reason}`),
    ...result.failures.map(
      (f) =>
        `FAILED ${f.content ? "(wrong content) " : ""}${f.client}, ${f.topology}, round ${f.round + 1}: ${f.reason}`
    ),
    ...(result.rounds < LEAST_ROUNDS ? [`Fewer than ${LEAST_ROUNDS} rounds: do not quote.`] : []),
    "Figures of this machine and hour; compare ratios within one run only."
  ].join("\n")
}
