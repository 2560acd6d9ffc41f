/** Entries of a ledger, as a test needs them. */
import type { Entry } from "../../src/account/Operation.ts"

/** An acknowledged RPUSH from 100 to 200 ms; its fiber is the first part of its id. */
export const entryOf = (id: string, given: Partial<Entry> = {}): Entry => ({
  kind: "push",
  id,
  fiber: Number(id.split(".")[0]),
  keys: ["list:{a}"],
  slots: [7],
  deadline: undefined,
  startedAt: 100,
  startEpoch: 0,
  endedAt: 200,
  endEpoch: 0,
  outcome: "acknowledged",
  reply: undefined,
  label: undefined,
  ...given
})
