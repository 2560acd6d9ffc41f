/**
 * Which commands without keys run on all nodes of a cluster, and how their answers become one: the servers' request and response
 * policies, and rules of its own for each command whose policy is `special`. Pure.
 *
 * @since 0.1.0
 */
import { fullName, type ResponsePolicy } from "../command/clusterPolicy.ts"
import type { CommandImpl } from "../command/make.ts"
import { and, concat, type Merge, max, min, or, same, sum } from "./mergeReplies.ts"
import { functionStats, latencyHistogram, latencyHistory, latencyLatest, randomKey, slotStats } from "./mergeReports.ts"

/**
 * Where a command runs, and what its replies become. With `oneIsEnough` failures do not count where one node succeeded.
 *
 * @category models
 * @since 0.1.0
 */
export interface FanOut {
  readonly on: "nodes" | "primaries"
  readonly merge: Merge
  readonly oneIsEnough: boolean
}

const byPolicy: Readonly<Record<Exclude<ResponsePolicy, "special">, Merge>> = {
  allSucceeded: same,
  and,
  default: concat,
  max,
  min,
  oneSucceeded: same,
  or,
  sum
}

/** Merges of one command each. A report for people (LATENCY DOCTOR, MEMORY DOCTOR …) speaks of one node and has none. */
const special = (command: CommandImpl, name: string, random: () => number): Merge | undefined => {
  switch (name) {
    case "CLUSTER SLOT-STATS":
      return slotStats(command.args)
    case "FUNCTION STATS":
      return functionStats
    case "LATENCY HISTOGRAM":
      return latencyHistogram
    case "LATENCY HISTORY":
      return latencyHistory
    case "LATENCY LATEST":
      return latencyLatest
    case "RANDOMKEY":
      return randomKey(random)
    default:
      return undefined
  }
}

/**
 * How a command without keys runs on all nodes; `undefined` if it does not.
 *
 * @category getters
 * @since 0.1.0
 */
export const fanOutOf = (command: CommandImpl, random: () => number = Math.random): FanOut | undefined => {
  const { request, response } = command.policy
  if (request !== "allNodes" && request !== "allShards") return undefined
  const { name } = command.spec
  const full = fullName(name, command.args).trimEnd()
  const merge = special(command, full, random) ?? special(command, name, random)
  const found = merge ?? (response === "special" ? undefined : byPolicy[response])
  if (found === undefined) return undefined
  return {
    on: request === "allNodes" ? "nodes" : "primaries",
    merge: found,
    oneIsEnough: response === "oneSucceeded"
  }
}

/** What a cluster never does, and what it does instead. */
const senseless: ReadonlyMap<string, string> = new Map([
  ["REPLICAOF", "a node of a cluster follows another one by CLUSTER REPLICATE"],
  ["SLAVEOF", "a node of a cluster follows another one by CLUSTER REPLICATE"],
  ["SWAPDB", "the nodes of a cluster cannot let databases change places"],
  ["SCAN", "a cursor speaks of one node; a whole cluster is scanned by RedisCluster.scan"]
])

/**
 * Why a command without keys cannot be sent to a cluster as such, and what to do.
 *
 * @category getters
 * @since 0.1.0
 */
export const whyNowhere = ({ name }: CommandImpl): string => {
  const why = senseless.get(name) ?? `${name} speaks of one node`
  return `${why}; on one node it is run by RedisCluster.onNode, on several by RedisCluster.onEach`
}
