/**
 * I8: which operations may fail at all. What an operator does in order fails nothing; what breaks connections fails writes that were on them,
 * as ones that may have executed, and nothing else. Pure.
 *
 * **Details**
 *
 * Reads, and writes that a server has refused or that never left, are tried again until their deadline, so that callers see no error of theirs.
 * An interruption, and a deadline that the load itself has set, are the caller's own doing.
 */
import type { Violation } from "./check.ts"
import { type Entry, isWrite } from "./Operation.ts"
import type { FaultKind } from "./Stage.ts"

/** What takes connections away while commands are on them. */
const BREAKING: ReadonlySet<FaultKind> = new Set<FaultKind>([
  "kill",
  "freeze",
  "long freeze",
  "thaw",
  "restart",
  "client kill",
  "reset",
  "refuse",
  "half-open",
  "partition",
  "cut before the write",
  "cut before the reply",
  // The client itself destroys the connection to the old primary: what that one acknowledges is lost.
  "sentinel failover",
  "unheard failover",
  "cut from the primary"
])

/** From a strike until every slot has served again. Milliseconds since the load began. */
export interface Struck {
  readonly kind: FaultKind
  /** `undefined`: any. */
  readonly slots: ReadonlySet<number> | undefined
  readonly at: number
  readonly over: number
}

/** What the caller has done to itself. */
const ownDoing = ({ deadline, label }: Entry): boolean => deadline !== undefined || label === "interrupted"

const explains = ({ at, kind, over, slots }: Struck, entry: Entry): boolean =>
  BREAKING.has(kind) &&
  entry.startedAt <= over &&
  (entry.endedAt ?? Number.POSITIVE_INFINITY) >= at &&
  (slots === undefined || entry.slots.some((slot) => slots.has(slot)))

/** The failures that nothing explains. */
export const unexplained = (entries: ReadonlyArray<Entry>, struck: ReadonlyArray<Struck>): ReadonlyArray<Violation> =>
  entries.flatMap((entry): ReadonlyArray<Violation> => {
    if (entry.label === undefined || ownDoing(entry)) return []
    const on = `${entry.kind} ${entry.id} on ${entry.keys[0]}`
    const what = `${on} at ${((entry.endedAt ?? 0) / 1_000).toFixed(2)} s: ${entry.label}`
    if (!isWrite(entry) || entry.outcome !== "mayHaveExecuted") return [{ invariant: "I8", detail: what }]
    if (struck.some((strike) => explains(strike, entry))) return []
    return [{ invariant: "I8", detail: `${what}, and no connection of its slot was broken` }]
  })
