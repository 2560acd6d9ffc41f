/**
 * The operations of the load and what is written down of each: plain data.
 */
import type { Outcome } from "../ledger/outcome.ts"

/**
 * RPUSH of an id, SET of a value that repeats its key, MSET of two such values in one slot, INCR, MULTI of RPUSH and INCR, GET, MGET, MGET of what
 * one MSET has set, XADD of an id.
 */
export type OperationKind = "push" | "set" | "mset" | "count" | "multi" | "get" | "mget" | "pair" | "add"

/** What a client is asked to do. */
export interface Operation {
  readonly kind: OperationKind
  /** `fiber.number`, unique in the run. */
  readonly id: string
  readonly fiber: number
  /** One key; for MULTI the list and the counter, for MSET two in one slot, for MGET several in several slots or (`pair`) in one. */
  readonly keys: readonly [string, ...ReadonlyArray<string>]
  readonly slots: ReadonlyArray<number>
  /** A deadline of its own, in milliseconds; otherwise the client's. */
  readonly deadline: number | undefined
}

/** What was answered: lengths and counters, or values and stream ids. */
export interface Reply {
  readonly numbers: ReadonlyArray<number>
  readonly texts: ReadonlyArray<string | undefined>
}

export const numbers = (...values: ReadonlyArray<number>): Reply => ({ numbers: values, texts: [] })
export const texts = (values: ReadonlyArray<string | undefined>): Reply => ({ numbers: [], texts: values })

/** Why there was no usable reply. `wrong`: there was one that cannot be that of the command. */
export interface OperationFailure {
  readonly outcome: "notExecuted" | "mayHaveExecuted" | "wrong"
  readonly label: string
}

/** One operation in the ledger. Times are milliseconds since the load began. */
export interface Entry extends Operation {
  readonly startedAt: number
  /** The epoch of its slots when it was issued, and when it ended: see `Windows`. */
  readonly startEpoch: number
  endEpoch: number
  endedAt: number | undefined
  /** `undefined` while it is under way. */
  outcome: Outcome | "wrong" | undefined
  reply: Reply | undefined
  /** Why it failed. */
  label: string | undefined
}

export const isWrite = ({ kind }: Operation): boolean => kind !== "get" && kind !== "mget" && kind !== "pair"

/** The values that it sets. */
export const valuesSet = ({ keys, kind }: Operation): ReadonlyArray<string> =>
  kind === "set" || kind === "mset" ? keys : []
