/**
 * What a command is in a cluster, by the servers' own tips: on which nodes it has to run, and how their answers become one. Checked
 * against the generated table by a test; kept apart from it because the table is not for the client to load.
 *
 * @since 0.1.0
 */
import { wordOf } from "./arguments.ts"
import type { Argument } from "./CommandSpec.ts"

/**
 * On which nodes a command has to run. `default`: the one that owns the keys, or any one; `allNodes`: replicas too; `allShards`: each
 * primary; `multiShard`: keys in several slots are several calls; `special`: a rule of its own.
 *
 * @category models
 * @since 0.1.0
 */
export type RequestPolicy = "default" | "allNodes" | "allShards" | "multiShard" | "special"

/**
 * How the answers of several nodes become one. `default`: one answer per node or key, put together; `allSucceeded`: the first, or the
 * first error; `oneSucceeded`: the first that is no error; `and`, `or`, `min`, `max`, `sum`: of all answers; `special`: a rule of its own.
 *
 * @category models
 * @since 0.1.0
 */
export type ResponsePolicy =
  | "default"
  | "allSucceeded"
  | "oneSucceeded"
  | "and"
  | "or"
  | "min"
  | "max"
  | "sum"
  | "special"

/**
 * What a command is in a cluster.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterPolicy {
  readonly request: RequestPolicy
  readonly response: ResponsePolicy
}

/**
 * Tips of the newest lines, by policy.
 *
 * @internal
 */
export const tipped: ReadonlyArray<readonly [RequestPolicy, ResponsePolicy, names: ReadonlyArray<string>]> = [
  ["allNodes", "default", ["COMMANDLOG GET", "SLOWLOG GET"]],
  [
    "allNodes",
    "allSucceeded",
    [
      "ACL DELUSER",
      "ACL SAVE",
      "ACL SETUSER",
      "CLIENT SETINFO",
      "CLIENT SETNAME",
      "COMMANDLOG RESET",
      "CONFIG RESETSTAT",
      "CONFIG REWRITE",
      "CONFIG SET",
      "SCRIPT FLUSH",
      "SCRIPT LOAD",
      "SLOWLOG RESET"
    ]
  ],
  [
    "allNodes",
    "special",
    ["LATENCY DOCTOR", "LATENCY GRAPH", "LATENCY HISTOGRAM", "LATENCY HISTORY", "LATENCY LATEST"]
  ],
  ["allNodes", "sum", ["COMMANDLOG LEN", "LATENCY RESET", "SLOWLOG LEN"]],
  ["allShards", "default", ["CLUSTER SLOT-STATS", "KEYS"]],
  [
    "allShards",
    "allSucceeded",
    [
      "FLUSHALL",
      "FLUSHDB",
      "FUNCTION DELETE",
      "FUNCTION FLUSH",
      "FUNCTION LOAD",
      "FUNCTION RESTORE",
      "MEMORY PURGE",
      "PING"
    ]
  ],
  ["allShards", "and", ["SCRIPT EXISTS"]],
  ["allShards", "min", ["WAIT", "WAITAOF"]],
  ["allShards", "oneSucceeded", ["FUNCTION KILL", "SCRIPT KILL"]],
  [
    "allShards",
    "special",
    ["FUNCTION STATS", "INFO", "MEMORY DOCTOR", "MEMORY MALLOC-STATS", "MEMORY STATS", "RANDOMKEY"]
  ],
  ["allShards", "sum", ["DBSIZE"]],
  ["multiShard", "default", ["MGET"]],
  ["multiShard", "allSucceeded", ["MSET", "MSETEX"]],
  ["multiShard", "sum", ["DEL", "EXISTS", "TOUCH", "UNLINK"]],
  ["special", "special", ["CLUSTERSCAN", "SCAN"]]
]

const ordinary: ClusterPolicy = { request: "default", response: "default" }

const byName = /* @__PURE__ */ (() => {
  const policies = new Map<string, ClusterPolicy>()
  const containers = new Set<string>()
  for (const [request, response, names] of tipped) {
    const policy = { request, response }
    for (const name of names) {
      policies.set(name, policy)
      if (name.includes(" ")) containers.add(name.slice(0, name.indexOf(" ")))
    }
  }
  return { policies, containers }
})()

/**
 * The full name of a call, in upper case: the subcommand may stand in the name or be the first argument.
 *
 * @internal
 */
export const fullName = (name: string, args: ReadonlyArray<Argument>): string =>
  name.includes(" ") ? name : `${name} ${wordOf(args[0]).toUpperCase()}`

/**
 * The policy of a call by its name (in upper case) and, where the subcommand is not in the name, by its first argument.
 *
 * @category getters
 * @since 0.1.0
 */
export const policyOf = (name: string, args: ReadonlyArray<Argument>): ClusterPolicy => {
  const { containers, policies } = byName
  const key = containers.has(name) ? fullName(name, args) : name
  return policies.get(key) ?? ordinary
}
