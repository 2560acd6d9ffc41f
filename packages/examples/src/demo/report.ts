/**
 * The demo's result and live line as text. Pure.
 */
import type { DemoResult, FaultRecord, PhaseResult } from "./result.ts"
import { explains } from "./result.ts"
import type { RoutingCounts, Window } from "./Statistics.ts"

const count = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ")

export const millis = (value: number): string =>
  value >= 1_000 ? `${(value / 1_000).toFixed(1)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`

/** The names of phases are padded to this length, so that the figures stay in their columns. */
const LONGEST_PHASE = 17

const redirects = (routing: RoutingCounts): string =>
  `MOVED ${routing.moved} ASK ${routing.ask} TRYAGAIN ${routing.tryAgain}`

export interface LiveLine {
  readonly seconds: number
  readonly phase: string
  readonly window: Window
  readonly routing: RoutingCounts
  readonly errors: ReadonlyMap<string, number>
}

const errorCounts = (errors: ReadonlyMap<string, number>): string =>
  errors.size === 0 ? "none" : [...errors].map(([label, n]) => `${label} ${n}`).join(" ")

export const formatLive = ({ errors, phase, routing, seconds, window }: LiveLine): string => {
  const { latencies } = window
  const rate = window.millis === 0 ? 0 : (latencies.count * 1_000) / window.millis
  return [
    `${seconds.toFixed(0).padStart(3)} s`,
    phase.padEnd(LONGEST_PHASE),
    `${count(rate).padStart(6)}/s`,
    `p50 ${millis(latencies.quantile(0.5))}`,
    `p99 ${millis(latencies.quantile(0.99))}`,
    redirects(routing),
    `refreshes ${routing.refreshes}`,
    `errors ${errorCounts(errors)}`
  ].join("  ")
}

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd()
  )
}

const phaseRow = (phase: PhaseResult): ReadonlyArray<string> => [
  phase.name,
  `${phase.seconds.toFixed(1)} s`,
  count(phase.operations),
  millis(phase.p50),
  millis(phase.p99),
  millis(phase.max),
  String(phase.routing.moved),
  String(phase.routing.ask),
  String(phase.routing.retries),
  String(phase.errors)
]

const PHASE_HEAD = ["phase", "length", "operations", "p50", "p99", "max", "MOVED", "ASK", "retries", "errors"]

const faultLines = (fault: FaultRecord, result: DemoResult): ReadonlyArray<string> => {
  const errors = result.errors.filter((error) => explains(fault, error))
  const afterFault = errors.map((error) => error.time - fault.at)
  const when =
    afterFault.length === 0 ? "" : `, ${millis(Math.min(...afterFault))} to ${millis(Math.max(...afterFault))} after it`
  const served = fault.servedAt === undefined ? "never" : `${fault.servedAt - fault.promotedAt} ms after that`
  return [
    `${fault.node} (${fault.address}) ${fault.kind}: replica promoted after ${millis(fault.promotedAt - fault.at)} as the observer saw it,`,
    `  first success on its slots ${served}; ${errors.length} writes on its socket failed as MayHaveExecuted${when}`
  ]
}

export const formatResult = (result: DemoResult): string => {
  const { account, moved } = result
  return [
    "",
    ...table([PHASE_HEAD, ...result.phases.map(phaseRow)]),
    "latencies count from the moment at which the operation was due, stalls included",
    "",
    ...result.faults.flatMap((fault) => faultLines(fault, result)),
    ...(moved === undefined
      ? []
      : [
          `${moved.slots} slots with ${count(moved.keys)} keys moved; ${count(moved.operations)} operations went to slots just being moved`
        ]),
    "",
    "the account, after all nodes have rejoined",
    ...table([
      ["  acknowledged", count(account.acknowledged)],
      ["  not executed (said so)", count(account.notExecuted)],
      ["  may have executed", count(account.mayHaveExecuted)],
      ["    of these found", count(account.mayHaveExecutedFound)],
      ["  server-lost, proven by the append-only file", count(account.serverLost)],
      ["  client-lost", count(account.clientLost)],
      ["  doubled", count(account.doubled)],
      ["  of another command", count(account.ofAnotherCommand)]
    ]),
    ...account.examples.map((example) => `  ! ${example}`),
    "",
    ...result.musts.map((must) => `${must.holds ? "ok    " : "FAILED"}  ${must.name} (${must.detail})`),
    "",
    `${count(result.operations)} operations, ${result.seconds.toFixed(1)} s after set-up, ${result.server}; --seed ${result.seed} repeats the choices`
  ].join("\n")
}
