/**
 * How what several nodes report of themselves becomes one report, where neither a sum nor a list would be what one server gives. Pure.
 *
 * @since 0.1.0
 */
import { numberOf, wordOf } from "../command/arguments.ts"
import type { Argument } from "../command/CommandSpec.ts"
import { entriesOf, partsOf } from "../command/Reply.ts"
import { RespMap, type RespValue } from "../protocol/RespValue.ts"
import { concat, elements, type Merge, max, sum } from "./mergeReplies.ts"

/** The pairs of a map, or of the flat array that it is in RESP2. */
const pairsOf = (reply: RespValue): ReadonlyArray<readonly [RespValue, RespValue]> => {
  const flat = entriesOf(reply)
  return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at], flat[2 * at + 1]] as const)
}

/** In the order of a number; what is none stays where it is. */
const byNumber = <T>(items: ReadonlyArray<T>, of: (item: T) => RespValue, sign = 1): Array<T> =>
  [...items].sort((a, b) => sign * (Number(of(a)) - Number(of(b))) || 0)

/** Groups in the order of their first members. */
const grouped = <T>(items: ReadonlyArray<T>, of: (item: T) => RespValue): ReadonlyArray<ReadonlyArray<T>> => {
  const groups = new Map<string, Array<T>>()
  for (const item of items) {
    const name = String(of(item))
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
  }
  return [...groups.values()]
}

/** LATENCY HISTORY: all delays, the oldest first. */
export const latencyHistory: Merge = (replies) =>
  byNumber(elements(concat(replies)), (sample) => elements(sample)[0]) as Array<RespValue>

/** LATENCY LATEST: for each event its newest delay of all nodes, its worst, and (Valkey 8.1) total and count of all. */
export const latencyLatest: Merge = (replies) =>
  grouped(elements(concat(replies)), (event) => elements(event)[0]).map((events) => {
    const newest = elements(byNumber(events, (event) => elements(event)[1]).at(-1))
    const over = (at: number, merge: Merge) => merge(events.map((event) => elements(event)[at]))
    return newest.map((value, at) => (at === 3 ? over(at, max) : at > 3 ? over(at, sum) : value))
  })

/**
 * LATENCY HISTOGRAM: the calls of all nodes for each command. A bound counts the calls below it as well, and a node leaves out those at
 * which none was added: there it has what its last bound before had.
 */
export const latencyHistogram: Merge = (replies) =>
  new RespMap(
    grouped(replies.flatMap(pairsOf), ([name]) => name).flatMap((commands) => {
      const parts = commands.map(([, histogram]) => partsOf(histogram))
      const bounds = parts.map((part) => pairsOf(part.get("histogram_usec")))
      const upTo = [...new Set(bounds.flat().map(([bound]) => Number(bound)))].sort((a, b) => a - b)
      const calls = upTo.flatMap((bound) => [
        bound,
        sum(bounds.map((own) => own.findLast(([at]) => Number(at) <= bound)?.[1] ?? 0))
      ])
      const all = sum(parts.map((part) => part.get("calls")))
      return [commands[0]![0], new RespMap(["calls", all, "histogram_usec", new RespMap(calls)])]
    })
  )

/** FUNCTION STATS: of a node on which a function runs, if there is one. Libraries are the same on all. */
export const functionStats: Merge = (replies) =>
  replies.find((reply) => {
    const running = partsOf(reply).get("running_script")
    return running !== undefined && running !== false
  }) ?? replies[0]

/** RANDOMKEY: of a node that has keys, if there is one. */
export const randomKey =
  (random: () => number): Merge =>
  (replies) => {
    const found = replies.filter((reply) => reply !== undefined)
    return found[Math.floor(random() * found.length)]
  }

/** CLUSTER SLOT-STATS: in the order of the slots, or as the options say, and no more than these allow. */
export const slotStats =
  (args: ReadonlyArray<Argument>): Merge =>
  (replies) => {
    const all = byNumber(elements(concat(replies)), (entry) => elements(entry)[0])
    const words = args.map((argument) => wordOf(argument).toUpperCase())
    const orderBy = words.indexOf("ORDERBY")
    if (orderBy === -1) return all
    const metric = wordOf(args[orderBy + 1]).toLowerCase()
    const sign = words.includes("ASC", orderBy + 2) ? 1 : -1
    const sorted = byNumber(all, (entry) => partsOf(elements(entry)[1]).get(metric), sign)
    const limit = words.indexOf("LIMIT", orderBy + 2)
    return limit === -1 ? sorted : sorted.slice(0, numberOf(args[limit + 1]))
  }
