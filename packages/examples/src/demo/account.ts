/**
 * The account: for every write that the load issued, what the cluster holds of it once all nodes have rejoined, and who lost what is
 * missing. Pure.
 *
 * **Details**
 *
 * Elements of lists and values carry ids, so that each is looked for by itself. A counter has none: each acknowledged INCR is known by
 * its reply. The values 1 to the final one are there, once each; an acknowledged value above that, or acknowledged twice, was lost at
 * a failover (and counted anew after it).
 */
import { kindOf, valueOf } from "./keyspace.ts"
import type { Misplaced, MissingRead, Write } from "./Ledger.ts"
import { type Evidence, pushed } from "./serverLog.ts"

/** What the primaries hold. A key that two of them have shows the elements of both. */
export interface Contents {
  readonly lists: ReadonlyMap<string, ReadonlyArray<string>>
  readonly counters: ReadonlyMap<string, number>
  readonly values: ReadonlyMap<string, string>
}

export interface Account {
  readonly acknowledged: number
  readonly notExecuted: number
  readonly mayHaveExecuted: number
  /** Of those, how many the cluster holds after all. */
  readonly mayHaveExecutedFound: number
  /** Acknowledged, missing, and in the append-only file of the primary that acknowledged it. */
  readonly serverLost: number
  /** Acknowledged, missing, and nowhere: no server ever executed it. */
  readonly clientLost: number
  /** Executed more often than issued. */
  readonly doubled: number
  /** Reported as certainly not executed, and found all the same. */
  readonly notExecutedFound: number
  /** Replies that belong to another command, and elements that nobody wrote there. */
  readonly ofAnotherCommand: number
  /** Some of each fault, for whoever has to find it. */
  readonly examples: ReadonlyArray<string>
}

export interface AccountInput {
  readonly writes: ReadonlyArray<Write>
  readonly contents: Contents
  /** The logs of the primaries that were killed or frozen, copied before they came back. */
  readonly evidence: Evidence
  readonly misplaced: ReadonlyArray<Misplaced>
  readonly missingReads: ReadonlyArray<MissingRead>
}

const EXAMPLES = 20

export const makeAccount = (input: AccountInput): Account => {
  const { contents, evidence } = input
  const sums = {
    acknowledged: 0,
    notExecuted: 0,
    mayHaveExecuted: 0,
    mayHaveExecutedFound: 0,
    serverLost: 0,
    clientLost: 0,
    doubled: 0,
    notExecutedFound: 0,
    ofAnotherCommand: 0
  }
  const examples: Array<string> = []
  const fault = (name: keyof typeof sums, count: number, detail: string) => {
    if (count <= 0) return
    sums[name] += count
    if (examples.length < EXAMPLES) examples.push(`${name}: ${detail}`)
  }
  const lost = (count: number, executed: boolean, detail: string) => {
    if (executed) sums.serverLost += count
    else fault("clientLost", count, detail)
  }

  const present = new Map<string, number>()
  for (const [key, elements] of contents.lists) {
    for (const id of elements) present.set(pushed(key, id), (present.get(pushed(key, id)) ?? 0) + 1)
  }
  for (const [key, value] of contents.values) {
    if (value === valueOf(key)) present.set(key, 1)
    else fault("ofAnotherCommand", 1, `${key} holds "${value}"`)
  }

  const issued = new Set<string>()
  const lostValues = new Set<string>()
  const counters = new Map<string, Array<Write>>()
  for (const write of input.writes) {
    sums[write.outcome]++
    if (write.kind === "count") {
      const known = counters.get(write.key)
      if (known === undefined) counters.set(write.key, [write])
      else known.push(write)
      continue
    }
    const place = write.kind === "push" ? pushed(write.key, write.id) : write.key
    issued.add(place)
    const found = present.get(place) ?? 0
    fault("doubled", found - 1, `${place} stands there ${found} times`)
    if (write.outcome === "acknowledged") {
      if (found > 0) continue
      if (write.kind === "set") lostValues.add(write.key)
      lost(1, evidence.ids.has(place), `${place} was acknowledged and no server has it`)
    } else if (write.outcome === "mayHaveExecuted") {
      if (found > 0) sums.mayHaveExecutedFound++
    } else if (found > 0 || evidence.ids.has(place)) {
      fault("notExecutedFound", 1, `${place} was reported as not executed`)
    }
  }
  for (const place of present.keys()) {
    if (!issued.has(place)) fault("ofAnotherCommand", 1, `${place}: nobody wrote it there`)
  }

  for (const [key, writes] of counters) settleCounter(key, writes, contents.counters.get(key) ?? 0)
  for (const [key, value] of contents.counters) {
    if (!counters.has(key)) fault("doubled", value, `${key} is ${value} without an INCR`)
  }

  function settleCounter(key: string, writes: ReadonlyArray<Write>, final: number) {
    const acknowledgements = new Map<number, number>()
    let unknown = 0
    for (const { outcome, reply } of writes) {
      if (outcome === "mayHaveExecuted") unknown++
      if (outcome === "acknowledged" && reply !== undefined) {
        acknowledgements.set(reply, (acknowledgements.get(reply) ?? 0) + 1)
      }
    }
    let held = 0
    for (const [value, count] of acknowledgements) {
      const kept = value <= final ? 1 : 0
      held += kept
      // A slot fails over once in a run, so that a server can give one value twice, not more often.
      fault("ofAnotherCommand", count - 2, `${key} answered ${value} to ${count} INCRs`)
      const reached = evidence.counters.get(key) ?? 0
      if (count > kept) lost(count - kept, value <= reached, `${key} answered ${value}, is ${final} in the end`)
    }
    const unexplained = final - held
    sums.mayHaveExecutedFound += Math.min(unexplained, unknown)
    fault("doubled", unexplained - unknown, `${key} is ${final}, with ${held} acknowledged and ${unknown} unknown`)
  }

  for (const { command, detail, key } of input.misplaced) {
    fault("ofAnotherCommand", 1, `${command} ${key}: ${detail}`)
  }
  for (const { key } of input.missingReads) {
    if (!lostValues.has(key)) fault("ofAnotherCommand", 1, `GET ${key}: answered nothing, and the value is there`)
  }
  return { ...sums, examples }
}

/** Sorts what a primary holds; keys of other kinds are nobody's. */
export class ContentsBuilder implements Contents {
  readonly lists = new Map<string, Array<string>>()
  readonly counters = new Map<string, number>()
  readonly values = new Map<string, string>()

  addList(key: string, elements: ReadonlyArray<string>): void {
    const known = this.lists.get(key)
    if (known === undefined) this.lists.set(key, [...elements])
    else known.push(...elements)
  }

  addString(key: string, value: string): void {
    if (kindOf(key) === "counter") this.counters.set(key, (this.counters.get(key) ?? 0) + Number(value))
    else this.values.set(key, value)
  }
}
