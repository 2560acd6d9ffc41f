/**
 * Where a command without keys may go in a cluster: to any node, to the owner of the slot that it names, or to no single one that the
 * client could choose, because one node's answer (or one node's change) would silently stand for the whole cluster's. Which of the latter
 * run on all nodes says `fanOut`. Pure.
 *
 * @since 0.1.0
 */
import { numberOf } from "../command/arguments.ts"
import { fullName, policyOf } from "../command/clusterPolicy.ts"
import type { CommandImpl } from "../command/make.ts"
import { SLOT_COUNT, slotOf } from "../topology/Slot.ts"

/** By the servers' tips for all shards; but each node's answer is good by itself. */
const answeredByEach: ReadonlySet<string> = new Set(["INFO", "PING"])

/** Commands of one word whose answer or effect is that of one node, although the servers' tips do not say so. */
const ofOneNode: ReadonlySet<string> = new Set([
  "BGREWRITEAOF",
  "BGSAVE",
  "DEBUG",
  "FAILOVER",
  "LASTSAVE",
  "REPLICAOF",
  "SAVE",
  "SHUTDOWN",
  "SLAVEOF",
  "SWAPDB"
])

/** The same of two words. What is not named here only reads what all nodes share. */
const subcommandsOfOneNode: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["ACL", new Set(["LOAD", "LOG"])],
  ["CLIENT", new Set(["KILL", "LIST", "PAUSE", "UNBLOCK", "UNPAUSE"])],
  [
    "CLUSTER",
    new Set([
      "ADDSLOTS",
      "ADDSLOTSRANGE",
      "BUMPEPOCH",
      "CANCELSLOTMIGRATIONS",
      "COUNT-FAILURE-REPORTS",
      "DELSLOTS",
      "DELSLOTSRANGE",
      "FAILOVER",
      "FLUSHSLOTS",
      "FORGET",
      "GETSLOTMIGRATIONS",
      "LINKS",
      "MEET",
      "MIGRATESLOTS",
      "MIGRATION",
      "MYID",
      "MYSHARDID",
      "REPLICATE",
      "RESET",
      "SAVECONFIG",
      "SET-CONFIG-EPOCH",
      "SETSLOT"
    ])
  ],
  ["HOTKEYS", new Set(["GET", "RESET", "START", "STOP"])],
  ["MODULE", new Set(["LIST", "LOAD", "LOADEX", "UNLOAD"])],
  // Each node knows its own subscribers.
  ["PUBSUB", new Set(["CHANNELS", "NUMPAT", "NUMSUB", "SHARDCHANNELS", "SHARDNUMSUB"])],
  ["SCRIPT", new Set(["DEBUG", "SHOW"])]
])

/** Their first argument is a slot. */
const ofOneSlot: ReadonlySet<string> = new Set([
  "CLUSTER COUNTKEYSINSLOT",
  "CLUSTER FLUSHSLOT",
  "CLUSTER GETKEYSINSLOT"
])

/** Their first argument (a sharded channel, the cursor of a scan) is no key, but has the slot that a key of that name would have. */
const slotted: ReadonlySet<string> = new Set(["CLUSTERSCAN", "SPUBLISH"])

/**
 * The place: a slot, any node, or none but those that the caller or the command's policy names.
 *
 * @category models
 * @since 0.1.0
 */
export type KeylessPlace = number | "anyNode" | "namedNode"

/**
 * The place of a command that has no keys. A subcommand may stand in its name or be its first argument.
 *
 * @category getters
 * @since 0.1.0
 */
export const placeOfKeyless = ({ args, spec }: CommandImpl): KeylessPlace => {
  const { name } = spec
  if (answeredByEach.has(name)) return "anyNode"
  if (slotted.has(name) && args[0] !== undefined)
    return slotOf(args[0] instanceof Uint8Array ? args[0] : String(args[0]))
  const { request } = policyOf(name, args)
  // What is split by its keys has some, even if nobody told where.
  if ((request !== "default" && request !== "multiShard") || ofOneNode.has(name)) return "namedNode"
  const [container = ""] = name.split(" ")
  const subcommands = subcommandsOfOneNode.get(container)
  if (subcommands === undefined) return "anyNode"
  const full = fullName(name, args)
  if (subcommands.has(full.slice(container.length + 1))) return "namedNode"
  if (ofOneSlot.has(full)) {
    const slot = numberOf(args[name === container ? 1 : 0])
    if (Number.isInteger(slot) && slot >= 0 && slot < SLOT_COUNT) return slot
  }
  return "anyNode"
}
