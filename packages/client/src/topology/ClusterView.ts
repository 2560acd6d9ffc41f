/**
 * One node's answer to "what does the cluster look like", as plain data: which nodes there are, where, in which role and health, and
 * who owns which slots. A view may be stale or one-sided; `Agreement.choose` weighs several, `Topology.fromView` makes the winner
 * usable for routing.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { RespError, type RespValue } from "../protocol/RespValue.ts"
import { type Endpoint, MAX_PORT, stripBrackets } from "./Endpoint.ts"
import {
  addNode,
  type Claim,
  fieldsOf,
  integerOf,
  type Malformed,
  malformed,
  rangesOf,
  textOf
} from "./internal/reply.ts"
import { UNKNOWN_HOST } from "./Redirect.ts"

/**
 * A node of a cluster.
 *
 * **Details**
 *
 * `id` is the identity: 40 hexadecimal digits from the server, or the key of the endpoint where the server gives no id (before
 * Redis 4) or the node is so far known from a redirect only. `endpoint` is `undefined` if the answering server does not know the
 * node's address. `hostname` is the announced host name where it came as metadata, `zone` the availability zone (Valkey 9.1),
 * `primaryId` the primary of a replica.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterNode {
  readonly id: string
  readonly endpoint: Endpoint | undefined
  readonly role: "primary" | "replica"
  readonly health: NodeHealth
  readonly hostname?: string | undefined
  readonly zone?: string | undefined
  readonly primaryId?: string | undefined
}

/**
 * What the answering server thinks of a node: `fail` if the cluster has agreed that it is down, `loading` if it is a replica
 * without data so far. CLUSTER SLOTS does not tell, every node there counts as `online`.
 *
 * @category models
 * @since 0.1.0
 */
export type NodeHealth = "online" | "fail" | "loading"

/**
 * A run of slots, both ends included, with one owner.
 *
 * @category models
 * @since 0.1.0
 */
export interface SlotRange {
  readonly start: number
  readonly end: number
  readonly primaryId: string
}

/**
 * What CLUSTER INFO says of the answering node. `currentEpoch` is the highest epoch it has seen in the cluster, `myEpoch` that of its
 * own (or its primary's) claim to slots; what a server leaves out is `undefined`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterInfo {
  readonly state: "ok" | "fail"
  readonly currentEpoch: number
  readonly myEpoch: number | undefined
  readonly slotsAssigned: number | undefined
}

/**
 * The cluster as one node sees it. `slots` is sorted, without overlaps, and adjacent runs of one owner are joined, so that equal
 * maps are equal lists. Without `ClusterInfo` the epoch is 0 and the state `unknown`. `configEpochs` says, by node id, with which epoch
 * each primary claims its slots, and `selfId` which node it is that sees it so, if the server was asked for it and told.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterView {
  readonly nodes: ReadonlyMap<string, ClusterNode>
  readonly slots: ReadonlyArray<SlotRange>
  readonly epoch: number
  readonly state: "ok" | "fail" | "unknown"
  readonly configEpochs?: ReadonlyMap<string, number> | undefined
  readonly selfId?: string | undefined
}

/**
 * Why a reply gives no view.
 *
 * - `ClusterDisabled`: a Redis or Valkey server with cluster mode off.
 * - `NotCluster`: something without a CLUSTER command, as a Sentinel or a proxy.
 * - `Unsupported`: the server is too old for this form of the question (CLUSTER SHARDS came with Redis 7.0): ask CLUSTER SLOTS.
 * - `Refused`: any other error reply (NOAUTH, NOPERM, LOADING …).
 * - `Malformed`: a reply that no server should give; `where` is the path to the offending element.
 *
 * @category errors
 * @since 0.1.0
 */
export type ViewFailure =
  | { readonly _tag: "ClusterDisabled"; readonly message: string }
  | { readonly _tag: "NotCluster"; readonly message: string }
  | { readonly _tag: "Unsupported"; readonly message: string }
  | { readonly _tag: "Refused"; readonly message: string }
  | { readonly _tag: "Malformed"; readonly where: string; readonly detail: string }

const fail = (where: string, detail: string): Result.Result<never, Malformed> => Result.fail(malformed(where, detail))

const refusal = (message: string): ViewFailure => {
  if (/cluster support disabled/i.test(message)) return { _tag: "ClusterDisabled", message }
  if (/^ERR unknown (cluster )?subcommand/i.test(message)) return { _tag: "Unsupported", message }
  if (/^ERR unknown command/i.test(message)) return { _tag: "NotCluster", message }
  return { _tag: "Refused", message }
}

const listOf = (reply: RespValue): Result.Result<ReadonlyArray<RespValue>, ViewFailure> => {
  if (reply instanceof RespError) return Result.fail(refusal(reply.message))
  return Array.isArray(reply) ? Result.succeed(reply) : fail("reply", "expected a list")
}

const viewOf = (
  nodes: ReadonlyMap<string, ClusterNode>,
  claims: ReadonlyArray<Claim>,
  info: ClusterInfo | undefined
): Result.Result<ClusterView, ViewFailure> => {
  const slots = rangesOf(claims)
  return "_tag" in slots
    ? Result.fail(slots)
    : Result.succeed({ nodes, slots, epoch: info?.currentEpoch ?? 0, state: info?.state ?? "unknown" })
}

/**
 * How servers name a host in a view: null, or empty while a node has not learnt its own address, is the host that was asked
 * (`cluster-preferred-endpoint-type unknown-endpoint`); `?` is not known. Source: CLUSTER SLOTS, since Redis 7.0.
 */
const endpointOf = (host: string | undefined, port: number, asked: Endpoint): Endpoint | undefined => {
  if (host === UNKNOWN_HOST || port === 0) return undefined
  return { host: host === undefined || host === "" ? asked.host : stripBrackets(host), port }
}

const isPort = (value: number | undefined): value is number => value !== undefined && value >= 0 && value <= MAX_PORT

const zoneOf = (fields: ReadonlyMap<string, RespValue> | undefined): string | undefined =>
  nonEmpty(fields?.get("availability-zone")) ?? nonEmpty(fields?.get("availability_zone"))

const nonEmpty = (value: RespValue): string | undefined => textOf(value) || undefined

/**
 * The view in a reply to CLUSTER SLOTS, of any version since Redis 3.0.
 *
 * **Details**
 *
 * `asked` is the endpoint that was dialled: its host stands in for hosts that the server leaves out. `info` gives the view its epoch
 * and state. A node on port 0 is known but has no address.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseSlots = (
  reply: RespValue,
  asked: Endpoint,
  options?: { readonly info?: ClusterInfo | undefined }
): Result.Result<ClusterView, ViewFailure> => {
  const entries = listOf(reply)
  if (Result.isFailure(entries)) return Result.fail(entries.failure)
  const nodes = new Map<string, ClusterNode>()
  const claims: Array<Claim> = []
  for (const [i, entry] of entries.success.entries()) {
    if (!Array.isArray(entry) || entry.length < 3) return fail(`[${i}]`, "expected first slot, last slot and primary")
    const primary = slotsNode(entry[2], asked, undefined)
    if (typeof primary === "string") return fail(`[${i}][2]`, primary)
    addNode(nodes, primary)
    for (let n = 3; n < entry.length; n++) {
      const replica = slotsNode(entry[n], asked, primary.id)
      if (typeof replica === "string") return fail(`[${i}][${n}]`, replica)
      addNode(nodes, replica)
    }
    claims.push({ start: entry[0], end: entry[1], primaryId: primary.id, where: `[${i}]` })
  }
  return viewOf(nodes, claims, options?.info)
}

/** A node of CLUSTER SLOTS (a replica if it has a primary), or what is wrong with it. */
const slotsNode = (value: RespValue, asked: Endpoint, primaryId: string | undefined): ClusterNode | string => {
  if (!Array.isArray(value) || value.length < 2) return "expected a node: host, port, id"
  const host = textOf(value[0])
  if (host === undefined && value[0] !== undefined) return "the host is not text"
  const port = integerOf(value[1])
  if (!isPort(port)) return "the port is not a number from 0 to 65535"
  const id = value.length > 2 ? textOf(value[2]) : `${host || asked.host}:${port}`
  if (!id) return "the node id is not text"
  const metadata = fieldsOf(value[3])
  return {
    id,
    endpoint: endpointOf(host, port, asked),
    role: primaryId === undefined ? "primary" : "replica",
    health: "online",
    hostname: nonEmpty(metadata?.get("hostname")),
    zone: zoneOf(metadata),
    primaryId
  }
}

/**
 * The view in a reply to CLUSTER SHARDS (Redis 7.0), as RESP3 maps or RESP2 lists.
 *
 * **Details**
 *
 * With `tls` a node's `tls-port` is taken, else its `port`; the other one if the server names only that. A shard can list two
 * primaries (one that failed and its successor): a healthy one owns the slots. Slots of a shard without a primary are uncovered.
 * See `parseSlots` for `asked` and `info`.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseShards = (
  reply: RespValue,
  asked: Endpoint,
  options: { readonly tls: boolean; readonly info?: ClusterInfo | undefined }
): Result.Result<ClusterView, ViewFailure> => {
  const shards = listOf(reply)
  if (Result.isFailure(shards)) return Result.fail(shards.failure)
  const nodes = new Map<string, ClusterNode>()
  const claims: Array<Claim> = []
  for (const [i, value] of shards.success.entries()) {
    const shard = fieldsOf(value)
    const slots = shard?.get("slots")
    const members = shard?.get("nodes")
    if (!Array.isArray(slots) || slots.length % 2 !== 0) return fail(`[${i}].slots`, "expected pairs of slots")
    if (!Array.isArray(members)) return fail(`[${i}].nodes`, "expected a list")
    const parsed: Array<ClusterNode> = []
    for (const [n, member] of members.entries()) {
      const node = shardNode(fieldsOf(member), asked, options.tls)
      if (typeof node === "string") return fail(`[${i}].nodes[${n}]`, node)
      parsed.push(node)
    }
    const primaries = parsed.filter((node) => node.role === "primary")
    const owner = primaries.find((node) => node.health === "online") ?? primaries[0]
    for (const node of parsed) {
      addNode(nodes, node.role === "replica" ? { ...node, primaryId: owner?.id } : node)
    }
    if (owner === undefined) continue
    for (let s = 0; s < slots.length; s += 2) {
      claims.push({ start: slots[s], end: slots[s + 1], primaryId: owner.id, where: `[${i}].slots[${s}]` })
    }
  }
  return viewOf(nodes, claims, options.info)
}

/** Also the names that newer servers may come to use; a health nobody has heard of does not exclude a node. */
const ROLES: ReadonlyMap<string, ClusterNode["role"]> = new Map([
  ["master", "primary"],
  ["primary", "primary"],
  ["replica", "replica"],
  ["slave", "replica"]
])

/** Servers send `fail`, the documentation of CLUSTER SHARDS says `failed`. */
const HEALTHS: ReadonlyMap<string, NodeHealth> = new Map([
  ["fail", "fail"],
  ["failed", "fail"],
  ["loading", "loading"]
])

/** A node of CLUSTER SHARDS, or what is wrong with it. */
const shardNode = (
  fields: ReadonlyMap<string, RespValue> | undefined,
  asked: Endpoint,
  tls: boolean
): ClusterNode | string => {
  if (fields === undefined) return "expected a map of fields"
  const id = nonEmpty(fields.get("id"))
  if (id === undefined) return "no id"
  const role = ROLES.get(textOf(fields.get("role")) ?? "")
  if (role === undefined) return "no known role"
  const named = fields.get(fields.has("endpoint") ? "endpoint" : "ip")
  const host = textOf(named)
  if (host === undefined && named !== undefined) return "the endpoint is not text"
  const plain = integerOf(fields.get("port") ?? 0)
  const secure = integerOf(fields.get("tls-port") ?? 0)
  if (!isPort(plain) || !isPort(secure)) return "the port is not a number from 0 to 65535"
  return {
    id,
    endpoint: endpointOf(host, tls ? secure || plain : plain || secure, asked),
    role,
    health: HEALTHS.get(textOf(fields.get("health")) ?? "") ?? "online",
    hostname: nonEmpty(fields.get("hostname")),
    zone: zoneOf(fields),
    primaryId: undefined
  }
}

/**
 * What a reply to CLUSTER INFO says of the answering node. State and current epoch must be there.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseInfo = (reply: RespValue): Result.Result<ClusterInfo, ViewFailure> => {
  if (reply instanceof RespError) return Result.fail(refusal(reply.message))
  const text = textOf(reply)
  if (text === undefined) return fail("reply", "expected text")
  const fields = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(":")
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  const state = fields.get("cluster_state")
  if (state !== "ok" && state !== "fail") return fail("cluster_state", "neither ok nor fail")
  const currentEpoch = integerOf(fields.get("cluster_current_epoch"))
  if (currentEpoch === undefined) return fail("cluster_current_epoch", "not a whole number")
  return Result.succeed({
    state,
    currentEpoch,
    myEpoch: integerOf(fields.get("cluster_my_epoch")),
    slotsAssigned: integerOf(fields.get("cluster_slots_assigned"))
  })
}

/** The place of the config epoch in a line of CLUSTER NODES: the same from Redis 3.0 to 8 and in Valkey; no field before it has a blank. */
const CONFIG_EPOCH_FIELD = 6

/**
 * The config epoch of each node by id, from the reply to CLUSTER NODES; `undefined` if that is an error or not of the known form.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseConfigEpochs = (reply: RespValue): ReadonlyMap<string, number> | undefined => {
  const epochs = new Map<string, number>()
  for (const line of textOf(reply)?.split(/\r?\n/) ?? []) {
    if (line === "") continue
    const fields = line.split(" ", CONFIG_EPOCH_FIELD + 1)
    const epoch = integerOf(fields[CONFIG_EPOCH_FIELD])
    if (!fields[0] || epoch === undefined) return undefined
    epochs.set(fields[0], epoch)
  }
  return epochs.size === 0 ? undefined : epochs
}

/**
 * The id of the node that has answered, from the reply to CLUSTER NODES.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseSelf = (reply: RespValue): string | undefined =>
  /^(\S+) \S+ (?:\S+,)?myself[ ,]/m.exec(textOf(reply) ?? "")?.[1]
