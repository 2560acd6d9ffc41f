/**
 * What a cluster says of itself, as typed records: the replies of the CLUSTER commands. The servers' words `master` and `slave` are
 * primary and replica here.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import type { RespValue } from "../protocol/RespValue.ts"
import { type OtherFields, Report } from "./OtherFields.ts"
import * as Reply from "./Reply.ts"
import { fieldsOfLines, integerOf, linesOf, type TextRecord } from "./ServerText.ts"

/**
 * Slots from `start` to `end`, both included.
 *
 * @category models
 * @since 0.1.0
 */
export interface SlotRange {
  readonly start: number
  readonly end: number
}

/**
 * The state of a cluster as one of its nodes sees it. What is not among the named fields is in `fields`, by the servers' own names.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterInfo {
  readonly state: "ok" | "fail"
  readonly slotsAssigned: number
  readonly slotsOk: number
  /** Slots of nodes that may have failed. */
  readonly slotsPfail: number
  /** Slots of nodes that have failed. */
  readonly slotsFail: number
  readonly knownNodes: number
  /** How many primaries have slots. */
  readonly size: number
  readonly currentEpoch: number
  readonly myEpoch: number
  readonly fields: TextRecord
}

/**
 * A node as CLUSTER NODES and CLUSTER REPLICAS describe it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterNodeInfo {
  readonly id: string
  /** The address; `undefined` if a node does not know its own. */
  readonly host: string | undefined
  readonly port: number
  readonly busPort: number | undefined
  /** The announced name. Since 7.0. */
  readonly hostname: string | undefined
  /** What the node announces besides (`shard-id`, `tls-port`, `availability-zone` …). Since 7.2. */
  readonly auxiliary: TextRecord
  readonly role: "primary" | "replica"
  /** The node that was asked. */
  readonly myself: boolean
  /** The flags in the servers' words (`master`, `slave`, `fail?`, `fail`, `handshake`, `noaddr`, `nofailover` …). */
  readonly flags: ReadonlyArray<string>
  /** The primary of a replica. */
  readonly primaryId: string | undefined
  /** Since when a ping waits for its answer; `undefined` if none does. */
  readonly pingSent: DateTime.Utc | undefined
  /** When the last answer came; `undefined` if none has, and for the node that was asked. */
  readonly pongReceived: DateTime.Utc | undefined
  readonly configEpoch: number
  readonly linkState: "connected" | "disconnected"
  readonly slots: ReadonlyArray<SlotRange>
  /** Slots on their way to another node; only of the node that was asked. */
  readonly migrating: ReadonlyArray<{ readonly slot: number; readonly to: string }>
  /** Slots on their way from another node; only of the node that was asked. */
  readonly importing: ReadonlyArray<{ readonly slot: number; readonly from: string }>
}

/**
 * A node as CLUSTER SLOTS describes it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterSlotsNode {
  /** The preferred endpoint: `undefined` or empty for the one that was asked, `?` if it is unknown. */
  readonly host: string | undefined
  readonly port: number
  /** The node's id. Since 4.0. */
  readonly id: string | undefined
  /** Further endpoints (`ip`, `hostname`) and properties. Since 7.0. */
  readonly metadata: TextRecord
}

/**
 * Slots and who serves them.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterSlots extends SlotRange {
  readonly primary: ClusterSlotsNode
  readonly replicas: ReadonlyArray<ClusterSlotsNode>
}

/**
 * A node as CLUSTER SHARDS describes it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterShardNode {
  readonly id: string
  /** The preferred endpoint: `undefined` or empty for the one that was asked, `?` if it is unknown. */
  readonly endpoint: string | undefined
  readonly ip: string | undefined
  readonly hostname: string | undefined
  /** Where it takes plain connections, if it does. */
  readonly port: number | undefined
  /** Where it takes TLS connections, if it does. */
  readonly tlsPort: number | undefined
  readonly role: "primary" | "replica"
  /** In bytes of the replication stream. */
  readonly replicationOffset: number
  readonly health: "online" | "failed" | "loading"
  /** Where it stands, if it says so. Valkey 8.1. */
  readonly availabilityZone: string | undefined
  /** What this library has no name for. */
  readonly fields: OtherFields
}

/**
 * A primary with its replicas and slots.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterShard {
  /** The shard's id. Valkey 9.0. */
  readonly id: string | undefined
  readonly slots: ReadonlyArray<SlotRange>
  readonly nodes: ReadonlyArray<ClusterShardNode>
  /** What this library has no name for. */
  readonly fields: OtherFields
}

/**
 * A connection between two nodes, from the side that was asked.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterLink {
  readonly direction: "to" | "from"
  /** The id of the other node. */
  readonly node: string
  readonly created: DateTime.Utc
  /** `r` and `w`: what it waits for. */
  readonly events: string
  /** In bytes. */
  readonly sendBufferAllocated: number
  /** In bytes. */
  readonly sendBufferUsed: number
  /** What this library has no name for. */
  readonly fields: OtherFields
}

const present = (number: number, what: string): number =>
  Number.isNaN(number) ? Reply.mismatch(what, undefined) : number

/** Milliseconds of the Unix epoch, where 0 (or less) stands for never. */
export const instant = (ms: number): DateTime.Utc | undefined => (ms > 0 ? utc(ms) : undefined)

const utc = (ms: number): DateTime.Utc => DateTime.toUtc(DateTime.makeUnsafe(ms))

/** The reply of CLUSTER INFO. @category replies @since 0.1.0 */
export const clusterInfo: Reply.Reply<ClusterInfo> = Reply.map(Reply.string, (text) => {
  const fields = fieldsOfLines(text)
  const count = (name: string) => present(integerOf(fields[name]), name)
  const state = fields.cluster_state
  return {
    state: state === "ok" || state === "fail" ? state : Reply.mismatch("cluster_state ok or fail", state),
    slotsAssigned: count("cluster_slots_assigned"),
    slotsOk: count("cluster_slots_ok"),
    slotsPfail: count("cluster_slots_pfail"),
    slotsFail: count("cluster_slots_fail"),
    knownNodes: count("cluster_known_nodes"),
    size: count("cluster_size"),
    currentEpoch: count("cluster_current_epoch"),
    myEpoch: count("cluster_my_epoch"),
    fields
  }
})

/** `ip:port@busPort,hostname,name=value,…`; the address may be an IPv6 one, the parts behind `@` came with later versions. */
const ADDRESS = /^(.*):(\d+)(?:@(\d+))?$/

const addressOf = (text: string) => {
  const [endpoint = "", hostname, ...auxiliary] = text.split(",")
  const match = ADDRESS.exec(endpoint)
  if (match === null) return Reply.mismatch("the address of a node", text)
  const fields: Record<string, string> = Object.create(null)
  for (const field of auxiliary) {
    const at = field.indexOf("=")
    if (at > 0) fields[field.slice(0, at)] = field.slice(at + 1)
  }
  return {
    host: match[1] === "" ? undefined : match[1],
    port: Number(match[2]),
    busPort: match[3] === undefined ? undefined : Number(match[3]),
    hostname: hostname === "" ? undefined : hostname,
    auxiliary: fields
  }
}

/** `5461`, `0-5460`, `[93->-<id>]` on its way to a node, `[77-<-<id>]` on its way from one. */
const SLOTS = /^(\d+)(?:-(\d+))?$/
const MOVING_SLOT = /^\[(\d+)-([<>])-([^\]]+)\]$/

const slotsOf = (words: ReadonlyArray<string>): Pick<ClusterNodeInfo, "slots" | "migrating" | "importing"> => {
  const slots: Array<SlotRange> = []
  const migrating: Array<{ readonly slot: number; readonly to: string }> = []
  const importing: Array<{ readonly slot: number; readonly from: string }> = []
  for (const word of words) {
    const range = SLOTS.exec(word)
    const moving = range === null ? MOVING_SLOT.exec(word) : null
    if (range !== null) slots.push({ start: Number(range[1]), end: Number(range[2] ?? range[1]) })
    else if (moving === null) return Reply.mismatch("slots of a node", word)
    else if (moving[2] === ">") migrating.push({ slot: Number(moving[1]), to: moving[3]! })
    else importing.push({ slot: Number(moving[1]), from: moving[3]! })
  }
  return { slots, migrating, importing }
}

const nodeOf = (line: string): ClusterNodeInfo => {
  const [id, address, flagText, primary, pingSent, pongReceived, configEpoch, linkState, ...slots] = line.split(" ")
  if (id === undefined || address === undefined || flagText === undefined || linkState === undefined) {
    return Reply.mismatch("a line that describes a node", line)
  }
  const flags = flagText.split(",")
  return {
    id,
    ...addressOf(address),
    role: flags.includes("slave") || flags.includes("replica") ? "replica" : "primary",
    myself: flags.includes("myself"),
    flags: flags.filter((flag) => flag !== "noflags"),
    primaryId: primary === "-" ? undefined : primary,
    pingSent: instant(present(integerOf(pingSent), "when a ping was sent")),
    pongReceived: instant(present(integerOf(pongReceived), "when a pong was received")),
    configEpoch: present(integerOf(configEpoch), "a configuration epoch"),
    linkState: linkState === "connected" ? "connected" : "disconnected",
    ...slotsOf(slots.filter((slot) => slot !== ""))
  }
}

/** The reply of CLUSTER NODES: one text. @category replies @since 0.1.0 */
export const clusterNodes: Reply.Reply<Array<ClusterNodeInfo>> = Reply.map(Reply.string, (text) =>
  linesOf(text).map(nodeOf)
)

/** The reply of CLUSTER REPLICAS: a list of lines. @category replies @since 0.1.0 */
export const clusterReplicas: Reply.Reply<Array<ClusterNodeInfo>> = Reply.same((reply) =>
  Reply.elementsOf(reply).map((line) => nodeOf(Reply.string.text(line)))
)

const textRecord = Reply.record(Reply.string).text

const slotsNode = (reply: RespValue): ClusterSlotsNode => {
  const [host, port, id, metadata] = Reply.elementsOf(reply)
  return {
    host: Reply.optionalString.text(host),
    port: Reply.integer.text(port),
    id: Reply.optionalString.text(id),
    metadata: textRecord(metadata ?? [])
  }
}

/** The reply of CLUSTER SLOTS. @category replies @since 0.1.0 */
export const clusterSlots: Reply.Reply<Array<ClusterSlots>> = Reply.same((reply) =>
  Reply.elementsOf(reply).map((range) => {
    const [start, end, primary, ...replicas] = Reply.elementsOf(range)
    return {
      start: Reply.integer.text(start),
      end: Reply.integer.text(end),
      primary: slotsNode(primary),
      replicas: replicas.map(slotsNode)
    }
  })
)

const healths = Reply.literal("online", "failed", "loading")

const shardNode = (reply: RespValue): ClusterShardNode => {
  const parts = new Report(reply)
  const text = (name: string) => Reply.optionalString.text(parts.take(name))
  const role = text("role")
  const health = text("health")
  return {
    id: Reply.string.text(parts.take("id")),
    endpoint: text("endpoint"),
    ip: text("ip"),
    hostname: text("hostname"),
    port: Reply.optionalInteger.text(parts.take("port")),
    tlsPort: Reply.optionalInteger.text(parts.take("tls-port")),
    role: role === "master" || role === "primary" ? "primary" : "replica",
    replicationOffset: Reply.integer.text(parts.take("replication-offset")),
    // Seen in both spellings: the code of the servers has one, their documentation the other.
    health: health === "fail" ? "failed" : healths.text(health),
    availabilityZone: text("availability-zone") || undefined,
    fields: parts.rest()
  }
}

/** The reply of CLUSTER SHARDS. @category replies @since 0.1.0 */
export const clusterShards: Reply.Reply<Array<ClusterShard>> = Reply.same((reply) =>
  Reply.elementsOf(reply).map((shard) => {
    const parts = new Report(shard)
    const bounds = Reply.entriesOf(parts.take("slots")).map(Reply.integer.text)
    const slots: Array<SlotRange> = []
    for (let at = 0; at < bounds.length; at += 2) slots.push({ start: bounds[at]!, end: bounds[at + 1]! })
    const nodes = Reply.elementsOf(parts.take("nodes")).map(shardNode)
    return { id: Reply.optionalString.text(parts.take("id")), slots, nodes, fields: parts.rest() }
  })
)

const directions = Reply.literal("to", "from")

/** The reply of CLUSTER LINKS. @category replies @since 0.1.0 */
export const clusterLinks: Reply.Reply<Array<ClusterLink>> = Reply.same((reply) =>
  Reply.elementsOf(reply).map((link) => {
    const parts = new Report(link)
    return {
      direction: directions.text(parts.take("direction")),
      node: Reply.string.text(parts.take("node")),
      created: utc(Reply.integer.text(parts.take("create-time"))),
      events: Reply.string.text(parts.take("events")),
      sendBufferAllocated: Reply.integer.text(parts.take("send-buffer-allocated")),
      sendBufferUsed: Reply.integer.text(parts.take("send-buffer-used")),
      fields: parts.rest()
    }
  })
)

/**
 * What CLUSTER BUMPEPOCH did: the node's configuration epoch, and whether it was raised.
 *
 * @category models
 * @since 0.1.0
 */
export interface BumpedEpoch {
  readonly bumped: boolean
  readonly epoch: number
}

const BUMPED = /^(BUMPED|STILL) (\d+)$/

/** The reply of CLUSTER BUMPEPOCH. @category replies @since 0.1.0 */
export const bumpedEpoch: Reply.Reply<BumpedEpoch> = Reply.map(Reply.string, (text) => {
  const match = BUMPED.exec(text)
  return match === null
    ? Reply.mismatch("BUMPED or STILL and an epoch", text)
    : { bumped: match[1] === "BUMPED", epoch: Number(match[2]) }
})
