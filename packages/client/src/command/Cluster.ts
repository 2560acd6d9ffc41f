/**
 * Commands about a cluster. Each answers for, or changes, the one node that runs it.
 *
 * @since 0.1.0
 */
import { append, list } from "./arguments.ts"
import {
  type BumpedEpoch,
  bumpedEpoch,
  type ClusterInfo,
  type ClusterLink,
  type ClusterNodeInfo,
  type ClusterShard,
  type ClusterSlots,
  clusterInfo,
  clusterLinks,
  clusterNodes,
  clusterReplicas,
  clusterShards,
  clusterSlots,
  type SlotRange
} from "./ClusterReplies.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { constant, make } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * Commands about a cluster, as constructors or as methods. `asking`, `readonly` and `readwrite` are among those of connections.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterCommands<F extends CommandLambda> {
  /** Give slots to the node; an error if one is given already. None: no call. */
  clusterAddSlots(slots: number | ReadonlyArray<number>): Kind<F, void>
  /** Give ranges of slots to the node. Since 7.0. None: no call. */
  clusterAddSlotsRange(ranges: SlotRange | ReadonlyArray<SlotRange>): Kind<F, void>
  /** Raise the node's configuration epoch without the others' consent. */
  clusterBumpEpoch(): Kind<F, BumpedEpoch>
  /** How many nodes reported a node as failing. */
  clusterCountFailureReports(nodeId: string): Kind<F, number>
  /** How many keys the node has in a slot. */
  clusterCountKeysInSlot(slot: number): Kind<F, number>
  /** Let the node forget who serves these slots; an error if none is known. None: no call. */
  clusterDelSlots(slots: number | ReadonlyArray<number>): Kind<F, void>
  /** Let the node forget who serves these ranges of slots. Since 7.0. None: no call. */
  clusterDelSlotsRange(ranges: SlotRange | ReadonlyArray<SlotRange>): Kind<F, void>
  /** Let the replica become primary: with the old one's help, without it (`FORCE`), or without any vote (`TAKEOVER`). */
  clusterFailover(mode?: "FORCE" | "TAKEOVER"): Kind<F, void>
  /**
   * Delete all keys that the node has in a slot, at once or in the background (default: as the server is configured). Valkey 9.0.
   */
  clusterFlushSlot(slot: number, mode?: "ASYNC" | "SYNC"): Kind<F, void>
  /** Let the node forget who serves any slot; it must be empty. */
  clusterFlushSlots(): Kind<F, void>
  /** Strike a node from the node's list, for a minute at least. */
  clusterForget(nodeId: string): Kind<F, void>
  /** The names of up to `count` keys that the node has in a slot. */
  clusterGetKeysInSlot(slot: number, count: number): Kind<F, Array<string>, Array<Uint8Array>>
  /** What the server says of CLUSTER's subcommands. */
  clusterHelp(): Kind<F, Array<string>>
  /** The state of the cluster as the node sees it. */
  clusterInfo(): Kind<F, ClusterInfo>
  /** The hash slot of a key, as the server computes it. */
  clusterKeySlot(key: Text): Kind<F, number>
  /** The node's connections to the other nodes. Since 7.0. */
  clusterLinks(): Kind<F, Array<ClusterLink>>
  /** Let the node get to know another one and its cluster. The bus port's default is `port` + 10000. */
  clusterMeet(host: string, port: number, busPort?: number): Kind<F, void>
  /** The node's id. */
  clusterMyId(): Kind<F, string>
  /** The id of the node's shard. Since 7.2. */
  clusterMyShardId(): Kind<F, string>
  /** The nodes of the cluster as the node knows them. */
  clusterNodes(): Kind<F, Array<ClusterNodeInfo>>
  /** The replicas of a primary. */
  clusterReplicas(nodeId: string): Kind<F, Array<ClusterNodeInfo>>
  /** Let the node follow a primary. */
  clusterReplicate(nodeId: string): Kind<F, void>
  /** Let a replica leave its primary and be one without slots. Valkey 9.0. */
  clusterReplicateNoOne(): Kind<F, void>
  /** Let the node leave its cluster; `HARD` (default `SOFT`) gives it a new id and sets its epochs to 0. */
  clusterReset(mode?: "HARD" | "SOFT"): Kind<F, void>
  /** Write the node's configuration to its disk. */
  clusterSaveConfig(): Kind<F, void>
  /** Set the configuration epoch of a node that is new and has none. */
  clusterSetConfigEpoch(epoch: number): Kind<F, void>
  /** End a slot's migration or import. */
  clusterSetSlot(slot: number, state: "STABLE"): Kind<F, void>
  /** Begin to import a slot from a node, to migrate it to a node, or give it to a node. */
  clusterSetSlot(slot: number, state: "IMPORTING" | "MIGRATING" | "NODE", nodeId: string): Kind<F, void>
  /** The shards of the cluster. Since 7.0. */
  clusterShards(): Kind<F, Array<ClusterShard>>
  /** `clusterReplicas` by its old name, which the servers call deprecated since 5.0. */
  clusterSlaves(nodeId: string): Kind<F, Array<ClusterNodeInfo>>
  /** The slots of the cluster and who serves them. */
  clusterSlots(): Kind<F, Array<ClusterSlots>>
}

// CLUSTER KEYSLOT only computes: its argument names no key that a node would have to own.
const on = (name: string, retry: RetryCategory) => defineSpec({ name: `CLUSTER ${name}`, keys: "none", retry })

// The second time the slots are given already, or forgotten already, and that is an error.
const ADDSLOTS = on("ADDSLOTS", "never")
const ADDSLOTSRANGE = on("ADDSLOTSRANGE", "never")
const BUMPEPOCH = on("BUMPEPOCH", "accumulating")
const COUNT_FAILURE_REPORTS = on("COUNT-FAILURE-REPORTS", "readOnly")
const COUNTKEYSINSLOT = on("COUNTKEYSINSLOT", "readOnly")
const DELSLOTS = on("DELSLOTS", "never")
const DELSLOTSRANGE = on("DELSLOTSRANGE", "never")
const FAILOVER = on("FAILOVER", "never")
// What a late second run deletes is whatever came since.
const FLUSHSLOT = on("FLUSHSLOT", "never")
const FLUSHSLOTS = on("FLUSHSLOTS", "lastWriteWins")
const FORGET = on("FORGET", "never")
const GETKEYSINSLOT = on("GETKEYSINSLOT", "readOnly")
const HELP = on("HELP", "readOnly")
const INFO = on("INFO", "readOnly")
const KEYSLOT = on("KEYSLOT", "readOnly")
const LINKS = on("LINKS", "readOnly")
const MEET = on("MEET", "idempotent")
const MYID = on("MYID", "readOnly")
const MYSHARDID = on("MYSHARDID", "readOnly")
const NODES = on("NODES", "readOnly")
const REPLICAS = on("REPLICAS", "readOnly")
const REPLICATE = on("REPLICATE", "lastWriteWins")
const RESET = on("RESET", "never")
const SAVECONFIG = on("SAVECONFIG", "idempotent")
const SET_CONFIG_EPOCH = on("SET-CONFIG-EPOCH", "never")
const SETSLOT = on("SETSLOT", "lastWriteWins")
const SHARDS = on("SHARDS", "readOnly")
const SLAVES = on("SLAVES", "readOnly")
const SLOTS = on("SLOTS", "readOnly")

const keys = Reply.array(Reply.text)

const onSlots = (spec: CommandSpec, slots: number | ReadonlyArray<number>): Command<void> => {
  const all = list(slots)
  return all.length === 0 ? constant(spec, Reply.ok, undefined) : make(spec, all, Reply.ok)
}

const onRanges = (spec: CommandSpec, ranges: SlotRange | ReadonlyArray<SlotRange>): Command<void> => {
  const args: Array<Argument> = []
  for (const range of list(ranges)) append(args, [range?.start, range?.end])
  return args.length === 0 ? constant(spec, Reply.ok, undefined) : make(spec, args, Reply.ok)
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const cluster: ClusterCommands<AsCommand> = {
  clusterAddSlots: (slots) => onSlots(ADDSLOTS, slots),
  clusterAddSlotsRange: (ranges) => onRanges(ADDSLOTSRANGE, ranges),
  clusterBumpEpoch: () => make(BUMPEPOCH, [], bumpedEpoch),
  clusterCountFailureReports: (nodeId) => make(COUNT_FAILURE_REPORTS, [nodeId], Reply.integer),
  clusterCountKeysInSlot: (slot) => make(COUNTKEYSINSLOT, [slot], Reply.integer),
  clusterDelSlots: (slots) => onSlots(DELSLOTS, slots),
  clusterDelSlotsRange: (ranges) => onRanges(DELSLOTSRANGE, ranges),
  clusterFailover: (mode) => make(FAILOVER, mode === undefined ? [] : [mode], Reply.ok),
  clusterFlushSlot: (slot, mode) => make(FLUSHSLOT, mode === undefined ? [slot] : [slot, mode], Reply.ok),
  clusterFlushSlots: () => make(FLUSHSLOTS, [], Reply.ok),
  clusterForget: (nodeId) => make(FORGET, [nodeId], Reply.ok),
  clusterGetKeysInSlot: (slot, count) => make(GETKEYSINSLOT, [slot, count], keys),
  clusterHelp: () => make(HELP, [], Reply.array(Reply.string)),
  clusterInfo: () => make(INFO, [], clusterInfo),
  clusterKeySlot: (key) => make(KEYSLOT, [key], Reply.integer),
  clusterLinks: () => make(LINKS, [], clusterLinks),
  clusterMeet: (host, port, busPort) =>
    make(MEET, busPort === undefined ? [host, port] : [host, port, busPort], Reply.ok),
  clusterMyId: () => make(MYID, [], Reply.string),
  clusterMyShardId: () => make(MYSHARDID, [], Reply.string),
  clusterNodes: () => make(NODES, [], clusterNodes),
  clusterReplicas: (nodeId) => make(REPLICAS, [nodeId], clusterReplicas),
  clusterReplicate: (nodeId) => make(REPLICATE, [nodeId], Reply.ok),
  clusterReplicateNoOne: () => make(REPLICATE, ["NO", "ONE"], Reply.ok),
  clusterReset: (mode) => make(RESET, mode === undefined ? [] : [mode], Reply.ok),
  clusterSaveConfig: () => make(SAVECONFIG, [], Reply.ok),
  clusterSetConfigEpoch: (epoch) => make(SET_CONFIG_EPOCH, [epoch], Reply.ok),
  clusterSetSlot: (slot: number, state: string, nodeId?: string) =>
    make(SETSLOT, state === "STABLE" && nodeId === undefined ? [slot, state] : [slot, state, nodeId!], Reply.ok),
  clusterShards: () => make(SHARDS, [], clusterShards),
  clusterSlaves: (nodeId) => make(SLAVES, [nodeId], clusterReplicas),
  clusterSlots: () => make(SLOTS, [], clusterSlots)
}
