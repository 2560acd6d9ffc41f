/**
 * The result of a run in words.
 */
import { INVARIANTS, type Invariant } from "./check.ts"
import type { AccountResult } from "./run.ts"

const LABELS_SHOWN = 12

const count = (n: number): string => n.toLocaleString("en-US")

const shownErrors = (errors: AccountResult["errorReplies"]): string =>
  Object.entries(errors)
    .sort(([, a], [, b]) => b - a)
    .map(([code, times]) => `${code} ${count(times)}`)
    .join(", ") || "none"

export const formatAccount = (result: AccountResult): string => {
  const { options, totals } = result
  const failures = Object.entries(result.failures)
    .sort(([, a], [, b]) => b - a)
    .slice(0, LABELS_SHOWN)
  return [
    "",
    `${options.client}, ${options.topology}, seed ${options.seed}: ${count(result.operations)} operations in ${result.seconds.toFixed(1)} s, ${result.server}`,
    "",
    "faults, and operations under way when they struck:",
    ...result.faults.map(
      ({ inFlight, kind, strikes }) =>
        `  ${kind.padEnd(22)} ${String(strikes).padStart(4)} times ${count(inFlight).padStart(8)}${inFlight === 0 ? "  FAILED: met nothing" : ""}`
    ),
    "",
    "writes:",
    `  acknowledged          ${count(totals.acknowledged)}`,
    `  not executed          ${count(totals.notExecuted)}`,
    `  may have executed     ${count(totals.mayHaveExecuted)}, of which ${count(totals.mayHaveExecutedFound)} were`,
    `  lost by servers       ${count(totals.serverLost)}`,
    `  lost by the client    ${count(totals.clientLost)}`,
    `  doubled               ${count(totals.doubled)}`,
    "",
    `failures: ${failures.length === 0 ? "none" : failures.map(([label, times]) => `${label} ${count(times)}`).join(", ")}`,
    `longest until every slot served after a fault: ${Math.round(result.slowestRecovery.took)} ms (${result.slowestRecovery.after})`,
    ...(result.resumed.length === 0
      ? []
      : [
          `first write after each agreement of the sentinels: ${result.resumed.map((took) => Math.round(took)).join(", ")} ms`
        ]),
    `p99 where the fault is not: ${result.latencies.map(({ kind, p99, samples }) => `${kind} ${p99.toFixed(1)} ms (${count(samples)})`).join(", ")}; longest halt of this process ${Math.round(result.longestHalt)} ms`,
    ...(options.topology === "cluster"
      ? [`ASKING on the wire: ${count(result.asked)}`, `error replies on the wire: ${shownErrors(result.errorReplies)}`]
      : []),
    "",
    ...(Object.keys(INVARIANTS) as ReadonlyArray<Invariant>).map((invariant) => {
      const violated = result.violated[invariant] ?? 0
      const verdict = violated === 0 ? "ok    " : "FAILED"
      return `${verdict}  ${invariant.padEnd(5)} ${INVARIANTS[invariant]}${violated === 0 ? "" : ` (${count(violated)} times)`}`
    }),
    ...result.violations.map(({ detail, invariant }) => `  ! ${invariant} ${detail}`),
    "",
    result.holds
      ? `all hold; --seed ${options.seed} repeats the choices`
      : `FAILED with seed ${options.seed}; the faults: ${result.strikes.map(({ at, kind }) => `${(at / 1000).toFixed(2)} s ${kind}`).join(", ")}`
  ].join("\n")
}
