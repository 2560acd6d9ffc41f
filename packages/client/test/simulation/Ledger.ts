/**
 * The account of what the client was asked and what it said: one record for each command, also for those of pipelines and transactions.
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import { type Execution, RedisError } from "../../src/error/RedisError.ts"
import type { World } from "./World.ts"

/** How a command ended for its caller; `open` while it has not. */
export type Outcome = "open" | "acked" | "interrupted" | "defect" | Execution

export type Kind = "RPUSH" | "SET" | "INCR" | "GET" | "MGET"

export interface Operation {
  readonly id: string
  readonly kind: Kind
  readonly keys: ReadonlyArray<string>
  /** The fiber that issued it, which of that fiber's calls it belongs to, and its place in the call. */
  readonly fiber: number
  readonly call: number
  readonly part: number
  readonly startedAt: number
  /** Its deadline, in milliseconds from its start. */
  readonly allowed: number
  endedAt: number
  outcome: Outcome
  reply: unknown
  /** The tag of the error, or the defect. */
  detail: string
}

/** What an attempt at a batch gave: one result for each command. */
export type Results = ReadonlyArray<Result.Result<unknown, unknown>>

export const isWrite = (kind: Kind): boolean => kind === "RPUSH" || kind === "SET" || kind === "INCR"

export class Ledger {
  readonly operations: Array<Operation> = []
  private readonly world: World

  constructor(world: World) {
    this.world = world
  }

  begin(operation: Pick<Operation, "id" | "kind" | "keys" | "fiber" | "call" | "part" | "allowed">): Operation {
    const record: Operation = {
      ...operation,
      startedAt: this.world.now(),
      endedAt: Number.POSITIVE_INFINITY,
      outcome: "open",
      reply: undefined,
      detail: ""
    }
    this.operations.push(record)
    return record
  }

  /** Close the records of one call. */
  end(records: ReadonlyArray<Operation>, exit: Exit.Exit<Results, unknown>): void {
    for (const [at, record] of records.entries()) {
      record.endedAt = this.world.now()
      if (Exit.isSuccess(exit)) {
        const result = exit.value[at]
        if (result === undefined) this.spoil(record, "no result for its position")
        else if (Result.isFailure(result)) this.fail(record, result.failure)
        else {
          record.outcome = "acked"
          record.reply = result.success
        }
      } else if (Cause.hasInterruptsOnly(exit.cause)) record.outcome = "interrupted"
      else {
        const found = Cause.findError(exit.cause)
        if (Result.isSuccess(found)) this.fail(record, found.success)
        else this.spoil(record, Cause.pretty(exit.cause))
      }
      const said = record.outcome === "acked" ? JSON.stringify(record.reply) : record.detail
      this.world.trace.add(`${record.id} ${record.kind} ${record.keys.join(" ")}: ${record.outcome} ${said ?? "nil"}`)
    }
  }

  private fail(record: Operation, error: unknown): void {
    if (!(error instanceof RedisError)) return this.spoil(record, String(error))
    record.outcome = error.execution
    record.detail = error.message
  }

  private spoil(record: Operation, detail: string): void {
    record.outcome = "defect"
    record.detail = detail
  }

  /** How many commands wait for their end now. */
  get inFlight(): number {
    return this.operations.reduce((sum, { outcome }) => sum + (outcome === "open" ? 1 : 0), 0)
  }

  /** How many ended in each way. */
  get totals(): Readonly<Record<string, number>> {
    const totals: Record<string, number> = {}
    for (const { outcome } of this.operations) totals[outcome] = (totals[outcome] ?? 0) + 1
    return totals
  }
}
