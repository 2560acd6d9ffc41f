/**
 * Where a command without keys may go in a cluster: to any node, to the owner of the slot that it names, or nowhere, because one node's
 * answer (or one node's change) would silently stand for the whole cluster's. Pure.
 *
 * @since 0.1.0
 */
import { numberOf, wordOf } from "../command/arguments.ts"
import type { CommandImpl } from "../command/make.ts"
import { SLOT_COUNT } from "../topology/Slot.ts"

/** Commands of one word whose answer or effect is that of one node. */
const ofOneNode: ReadonlySet<string> = new Set([
  "BGREWRITEAOF",
  "BGSAVE",
  "DBSIZE",
  "DEBUG",
  "FAILOVER",
  "FLUSHALL",
  "FLUSHDB",
  "KEYS",
  "LASTSAVE",
  "RANDOMKEY",
  "REPLICAOF",
  "SAVE",
  "SCAN",
  "SHUTDOWN",
  "SLAVEOF",
  "SWAPDB",
  "WAIT",
  "WAITAOF"
])

/** The same of two words: the subcommands, or `*` for all of them. What is not named here only reads what all nodes share. */
const subcommandsOfOneNode: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["ACL", new Set(["DELUSER", "LOAD", "LOG", "SAVE", "SETUSER"])],
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
      "SETSLOT",
      "SLOT-STATS"
    ])
  ],
  ["COMMANDLOG", new Set(["*"])],
  ["CONFIG", new Set(["RESETSTAT", "REWRITE", "SET"])],
  ["FUNCTION", new Set(["DELETE", "FLUSH", "KILL", "LOAD", "RESTORE", "STATS"])],
  ["HOTKEYS", new Set(["*"])],
  ["LATENCY", new Set(["*"])],
  ["MEMORY", new Set(["DOCTOR", "MALLOC-STATS", "PURGE", "STATS"])],
  ["MODULE", new Set(["*"])],
  ["SCRIPT", new Set(["*"])],
  ["SLOWLOG", new Set(["*"])]
])

/** Their first argument is a slot. */
const ofOneSlot: ReadonlySet<string> = new Set(["COUNTKEYSINSLOT", "GETKEYSINSLOT"])

/**
 * The place: a slot, any node, or none but the one that the caller names.
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
export const placeOfKeyless = (command: CommandImpl): KeylessPlace => {
  const { args, spec } = command
  const space = spec.name.indexOf(" ")
  const name = space === -1 ? spec.name : spec.name.slice(0, space)
  if (ofOneNode.has(name)) return "namedNode"
  const subcommands = subcommandsOfOneNode.get(name)
  if (subcommands === undefined) return "anyNode"
  const at = space === -1 ? 1 : 0
  const subcommand = space === -1 ? wordOf(args[0]).toUpperCase() : spec.name.slice(space + 1)
  if (subcommands.has(subcommand) || subcommands.has("*")) return "namedNode"
  if (name === "CLUSTER" && ofOneSlot.has(subcommand)) {
    const slot = numberOf(args[at])
    if (Number.isInteger(slot) && slot >= 0 && slot < SLOT_COUNT) return slot
  }
  return "anyNode"
}
