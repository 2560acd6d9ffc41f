/**
 * The result of a run and what must hold of it. Pure.
 */
import type { Account } from "./account.ts"
import type { ErrorRecord, PhaseStatistics, RoutingCounts } from "./Statistics.ts"

/** A primary that was killed or frozen, and what followed. Times are `Date.now()`. */
export interface FaultRecord {
  readonly kind: "killed" | "frozen" | "handed over"
  readonly node: string
  /** Address of the node, as errors name it. */
  readonly address: string
  readonly at: number
  /** When the observer process first saw the replica as a primary, and most sentinels (if there are any) naming it. */
  readonly promotedAt: number
  /** When the client first had a success on one of its slots after that. */
  readonly servedAt: number | undefined
}

/** Most sentinels turned away from the primary at that address (`Date.now()`), whatever the reason. */
export interface PrimaryChange {
  readonly at: number
  readonly address: string
}

export interface MoveRecord {
  readonly slots: number
  readonly keys: number
  /** Operations that went to slots while these were being moved. */
  readonly operations: number
}

export interface PhaseResult {
  readonly name: string
  readonly seconds: number
  readonly operations: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly routing: RoutingCounts
  readonly errors: number
}

export interface Must {
  readonly name: string
  readonly holds: boolean
  readonly detail: string
}

export interface DemoResult {
  readonly seed: number
  readonly server: string
  /** From the end of the set-up to the end of the account. */
  readonly seconds: number
  readonly operations: number
  readonly phases: ReadonlyArray<PhaseResult>
  readonly faults: ReadonlyArray<FaultRecord>
  /** Where there are sentinels. */
  readonly changes?: ReadonlyArray<PrimaryChange> | undefined
  /** Where there are slots. */
  readonly moved: MoveRecord | undefined
  readonly errors: ReadonlyArray<ErrorRecord>
  readonly account: Account
  readonly musts: ReadonlyArray<Must>
}

/** From the promotion that the observer saw to the first success on the shard, in milliseconds. */
const LONGEST_RECOVERY = 250
/** A socket may be given up a little after the promotion: the last write that waited there fails then (milliseconds). */
const AFTER_PROMOTION = 1_000
export const SLOTS_TO_MOVE = 1_000

export const phaseResult = (phase: PhaseStatistics): PhaseResult => ({
  name: phase.name,
  seconds: ((phase.endedAt ?? phase.startedAt) - phase.startedAt) / 1_000,
  operations: phase.latencies.count,
  p50: phase.latencies.quantile(0.5),
  p99: phase.latencies.quantile(0.99),
  max: phase.latencies.max,
  routing: phase.routing,
  errors: phase.errors
})

/** The fault that explains an error: a write that was on its way to the victim and may have been executed there. */
export const explains = (fault: FaultRecord, error: ErrorRecord): boolean =>
  error.write &&
  error.execution === "MayHaveExecuted" &&
  error.node === fault.address &&
  error.time >= fault.at &&
  error.time <= fault.promotedAt + AFTER_PROMOTION

/** The write was on its way to a primary when that was replaced, which a busy machine's sentinels may do without being asked. */
const changedUnder = ({ address, at }: PrimaryChange, error: ErrorRecord): boolean =>
  error.write &&
  error.execution === "MayHaveExecuted" &&
  error.node === address &&
  Math.abs(error.time - at) <= AFTER_PROMOTION

const none = (name: string, count: number, of: string): Must => ({
  name: `${name} 0`,
  holds: count === 0,
  detail: `${count} ${of}`
})

const recovery = (fault: FaultRecord): Must => {
  const name = `first success on the ${fault.kind} node's shard within ${LONGEST_RECOVERY} ms of the promotion`
  if (fault.servedAt === undefined) return { name, holds: false, detail: "there was none" }
  const millis = fault.servedAt - fault.promotedAt
  return { name, holds: millis <= LONGEST_RECOVERY, detail: `${millis} ms` }
}

export const judge = (result: Omit<DemoResult, "musts">, movePhase: string): ReadonlyArray<Must> => {
  const { account, changes = [], errors, faults, moved } = result
  const unexplained = errors.filter(
    (error) => !faults.some((fault) => explains(fault, error)) && !changes.some((change) => changedUnder(change, error))
  )
  const whileMoving = errors.filter((error) => error.phase === movePhase)
  const [first] = unexplained
  return [
    none("client-lost", account.clientLost, "acknowledged writes that no server has executed"),
    none("doubled", account.doubled, "writes executed more than once"),
    none("of another command", account.ofAnotherCommand, "replies or elements that belong elsewhere"),
    none("not executed, yet found", account.notExecutedFound, "writes reported as not executed"),
    {
      name: "errors only as MayHaveExecuted of writes on a victim's socket at the fault",
      holds: unexplained.length === 0,
      detail:
        first === undefined
          ? `${errors.length} errors, all of them such`
          : `${unexplained.length} others; the first: ${first.command} ${first.execution}:${first.tag} at ${first.node} in phase "${first.phase}"`
    },
    ...(moved === undefined
      ? []
      : [
          {
            name: `${SLOTS_TO_MOVE} slots moved under load without an error`,
            holds: moved.slots === SLOTS_TO_MOVE && moved.operations > 0 && whileMoving.length === 0,
            detail: `${moved.slots} slots, ${moved.keys} keys, ${moved.operations} operations on slots just being moved, ${whileMoving.length} errors`
          }
        ]),
    ...faults.map(recovery)
  ]
}
