/**
 * The checker: whether what the client said of every operation can be true, given what the servers hold and what their append-only files
 * show. Pure.
 */
import { kindOf, place, valueOf } from "./keys.ts"
import { type Entry, isWrite, valuesSet } from "./Operation.ts"
import { checkReplies } from "./replies.ts"
import type { Contents, Evidence } from "./serverState.ts"
import type { Windows } from "./Windows.ts"

/** What must hold, and in which words it is reported. */
export const INVARIANTS = {
  I1: "what was reported as not executed is nowhere",
  I2: "what was acknowledged is there, or a server lost it",
  I3: "nothing is there twice",
  I4: "what may have executed is there once or not at all",
  I5: "each reply is that of its own command",
  I6: "the ids of one fiber stand in order",
  I7: "without a kill, a freeze or a forced failover nothing is lost, and moving slots fails nothing",
  I8: "graceful changes fail nothing; otherwise only writes that were on a broken connection fail, and say so",
  I9: "every slot serves again after each fault, nobody waits for another's shard, every operation ends",
  I12: "nothing stays in flight, and a closed client leaves nothing behind",
  MULTI: "a transaction and an MSET are executed wholly or not at all",
  ASK: "ASKING is spent on the command that it was sent for"
} as const

export type Invariant = keyof typeof INVARIANTS

export interface Violation {
  readonly invariant: Invariant
  readonly detail: string
}

export interface Totals {
  readonly acknowledged: number
  readonly notExecuted: number
  readonly mayHaveExecuted: number
  /** Of those, how many the servers hold after all; counters as far as they show it. */
  readonly mayHaveExecutedFound: number
  readonly serverLost: number
  readonly clientLost: number
  readonly doubled: number
}

export interface CheckInput {
  readonly entries: ReadonlyArray<Entry>
  readonly windows: Windows
  readonly contents: Contents
  readonly evidence: Evidence
}

export interface Checked {
  readonly totals: Totals
  readonly violations: ReadonlyArray<Violation>
}

/** One id or value that a write should have left behind. */
interface Trace {
  readonly at: string
  readonly entry: Entry
}

const traceOf = (entry: Entry): Trace | undefined => {
  switch (entry.kind) {
    case "push":
    case "multi":
    case "add":
      return { at: place(entry.keys[0], entry.id), entry }
    case "set":
    case "mset":
      return { at: entry.keys[0], entry }
    default:
      return undefined
  }
}

/** How often each id or value stands in the servers, and what stands there that nobody can have written. */
const presence = (contents: Contents, report: (detail: string) => void): ReadonlyMap<string, number> => {
  const found = new Map<string, number>()
  const add = (at: string) => void found.set(at, (found.get(at) ?? 0) + 1)
  for (const [key, ids] of contents.lists) for (const id of ids) add(place(key, id))
  for (const [key, entries] of contents.streams) for (const [, id] of entries) add(place(key, id))
  for (const [key, value] of contents.values) {
    if (value === valueOf(key)) add(key)
    else report(`${key} holds "${value}"`)
  }
  return found
}

const describe = (entry: Entry): string => {
  const how = entry.label === undefined ? "" : `, ${entry.label}`
  return `${entry.kind} ${entry.id} on ${entry.keys[0]} (${entry.outcome} at ${((entry.endedAt ?? 0) / 1000).toFixed(2)} s${how})`
}

export const check = (input: CheckInput): Checked => {
  const { contents, entries, evidence, windows } = input
  const violations: Array<Violation> = []
  const report = (invariant: Invariant, detail: string) => violations.push({ invariant, detail })
  const totals = {
    acknowledged: 0,
    notExecuted: 0,
    mayHaveExecuted: 0,
    mayHaveExecutedFound: 0,
    serverLost: 0,
    clientLost: 0,
    doubled: 0
  }
  const present = presence(contents, (detail) => report("I5", detail))
  const excused = ({ endedAt = Number.POSITIVE_INFINITY, slots, startedAt }: Entry) =>
    slots.some((slot) => windows.excuses(slot, startedAt, endedAt))

  const issued = new Set<string>()
  for (const entry of entries) {
    if (entry.outcome === "wrong") report("I5", describe(entry))
    if (!isWrite(entry)) continue
    // A reply that could not be read is no acknowledgement; what was executed is not known.
    const outcome = entry.outcome === "wrong" || entry.outcome === undefined ? "mayHaveExecuted" : entry.outcome
    totals[outcome]++
    const trace = traceOf(entry)
    if (trace === undefined) continue
    for (const at of [trace.at, ...valuesSet(entry)]) issued.add(at)
    const times = present.get(trace.at) ?? 0
    if (times > 1 || evidence.repeated.has(trace.at)) {
      totals.doubled++
      report(outcome === "mayHaveExecuted" ? "I4" : "I3", `${describe(entry)} was executed more than once`)
    }
    if (outcome === "mayHaveExecuted") {
      if (times > 0) totals.mayHaveExecutedFound++
    } else if (outcome === "notExecuted") {
      if (times > 0 || evidence.places.has(trace.at)) report("I1", `${describe(entry)} was executed`)
    } else if (times === 0) {
      if (!evidence.places.has(trace.at)) {
        totals.clientLost++
        report("I2", `${describe(entry)}: no server has executed it`)
      } else {
        totals.serverLost++
        if (!excused(entry)) report("I7", `${describe(entry)}: lost by the server, and no fault explains it`)
      }
    }
  }
  for (const at of present.keys()) {
    if (!issued.has(at)) report("I5", `${at}: nobody wrote it there`)
  }

  checkCounters(entries, contents, excused, (kind, count, detail) => {
    if (kind === "found") totals.mayHaveExecutedFound += count
    else {
      totals[kind] += count
      if (kind !== "serverLost") report(kind === "clientLost" ? "I2" : "I3", detail)
    }
  })
  checkOrder(entries, contents, (detail) => report("I6", detail))
  for (const [key, length] of [...contents.lists].map(([key, ids]) => [key, ids.length] as const)) {
    if (!key.startsWith("multi:")) continue
    const counter = contents.counters.get(key.replace(/list$/, "count")) ?? 0
    if (counter !== length) report("MULTI", `${key} has ${length} elements, its counter is ${counter}`)
  }
  for (const entry of entries) {
    if (entry.kind !== "mset") continue
    const there = entry.keys.filter((key) => present.has(key)).length
    if (there % entry.keys.length !== 0) report("MULTI", `${describe(entry)} has set ${there} of ${entry.keys.length}`)
  }
  checkReplies(input, (detail) => report("I5", detail))
  return { totals, violations }
}

type CounterFinding = "found" | "serverLost" | "clientLost" | "doubled"

/**
 * An INCR has no id: each acknowledged one is known by its reply. The values 1 to the last one are there, once each. An acknowledged value
 * above the last one, or acknowledged again, was lost; a value that nobody was told of was that of an unknown INCR.
 */
const checkCounters = (
  entries: ReadonlyArray<Entry>,
  contents: Contents,
  excused: (entry: Entry) => boolean,
  report: (kind: CounterFinding, count: number, detail: string) => void
): void => {
  const counters = new Map<string, Array<Entry>>()
  for (const entry of entries) {
    if (entry.kind !== "count") continue
    const known = counters.get(entry.keys[0])
    if (known === undefined) counters.set(entry.keys[0], [entry])
    else known.push(entry)
  }
  for (const [key, value] of contents.counters) {
    if (!counters.has(key) && !key.startsWith("multi:")) report("doubled", value, `${key} is ${value} without an INCR`)
  }
  for (const [key, all] of counters) {
    const last = contents.counters.get(key) ?? 0
    const byValue = new Map<number, Array<Entry>>()
    let unknown = 0
    for (const entry of all) {
      const value = entry.reply?.numbers[0]
      if (entry.outcome === "acknowledged" && value !== undefined) {
        byValue.set(value, [...(byValue.get(value) ?? []), entry])
      } else if (entry.outcome !== "notExecuted") unknown++
    }
    let held = 0
    for (const [value, acknowledged] of byValue) {
      const kept = value <= last ? 1 : 0
      held += kept
      const lost = acknowledged.length - kept
      if (lost <= 0) continue
      const explained = Math.min(lost, acknowledged.filter(excused).length)
      if (explained > 0) report("serverLost", explained, "")
      if (lost > explained) {
        const ids = acknowledged.map(({ id }) => id).join(", ")
        report("clientLost", lost - explained, `${key} answered ${value} to ${ids} and is ${last} in the end`)
      }
    }
    const unexplained = last - held
    report("found", Math.min(Math.max(unexplained, 0), unknown), "")
    if (unexplained > unknown) {
      const detail = `${key} is ${last}: ${held} values were acknowledged and ${unknown} INCRs are unknown`
      report("doubled", unexplained - unknown, detail)
    }
  }
}

/** The acknowledged ids of one fiber stand in a list in the order in which they were issued. */
const checkOrder = (entries: ReadonlyArray<Entry>, contents: Contents, report: (detail: string) => void): void => {
  const positions = new Map<string, number>()
  for (const [key, ids] of contents.lists) ids.forEach((id, at) => void positions.set(place(key, id), at))
  for (const [key, items] of contents.streams) items.forEach(([, id], at) => void positions.set(place(key, id), at))
  const last = new Map<string, number>()
  for (const entry of entries) {
    const [key] = entry.keys
    if (entry.outcome !== "acknowledged" || (kindOf(key) !== "list" && kindOf(key) !== "stream")) continue
    const at = positions.get(place(key, entry.id))
    if (at === undefined) continue
    const fiber = `${entry.fiber} ${key}`
    if (at < (last.get(fiber) ?? -1)) report(`${describe(entry)} stands before an earlier id of its fiber`)
    last.set(fiber, at)
  }
}
