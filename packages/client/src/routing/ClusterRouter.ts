/**
 * A cluster: commands go to the primary of their slot; redirects and refusals teach the map. The one place where MOVED, ASK, TRYAGAIN,
 * CLUSTERDOWN and READONLY have consequences.
 *
 * @since 0.1.0
 */
import type { CommandImpl } from "../command/make.ts"
import type { NodeConnection } from "../connection/NodeConnection.ts"
import type { NodeConnections } from "../connection/NodeConnections.ts"
import type { Failure } from "../error/Failure.ts"
import { CrossSlot, InvalidArgument, Redirected, UncoveredSlot } from "../error/Reason.ts"
import { type AddressRemap, type Endpoint, endpointKey, parseEndpoint } from "../topology/Endpoint.ts"
import { parseRedirect, type Redirect, redirectTarget, UNKNOWN_HOST } from "../topology/Redirect.ts"
import { SLOT_COUNT, slotOf } from "../topology/Slot.ts"
import type { Topology } from "../topology/Topology.ts"
import type { ClusterTopologyService, RefreshCause } from "./ClusterTopology.ts"
import { KeyRules } from "./KeyRules.ts"
import { placeOfKeyless } from "./keyless.ts"
import { type Decision, decideNoAuth, type Outcome, type RouterService } from "./Router.ts"
import { makeStandaloneRouter } from "./StandaloneRouter.ts"

/** So many slots have one list of nodes: a new snapshot begins with none. */
const CHUNK = 128

/** What a refusal or a lost connection says about the map, if anything. */
const refreshCauses: Readonly<Record<string, RefreshCause>> = {
  ClusterDown: "clusterdown",
  MasterDown: "clusterdown",
  ReadOnly: "readonly",
  ConnectFailed: "connect failure",
  ConnectionLost: "connection lost",
  Timeout: "time-out",
  UncoveredSlot: "uncovered slot"
}

/** What passes by itself, or once the map is new. */
const passing: ReadonlySet<string> = new Set([
  ...Object.keys(refreshCauses).filter((tag) => tag !== "Timeout"),
  "CredentialsUnavailable",
  "Loading",
  "TokenExpired",
  "Unblocked"
])

/**
 * The slot of a command's keys, -1 if it has none, or why it has no single one.
 *
 * @category getters
 * @since 0.1.0
 */
export const slotOfCommand = (command: CommandImpl): number | Failure => {
  const { args, spec } = command
  if (spec.singleKey === -1) return -1
  if (spec.singleKey >= 0) {
    const key = args[spec.singleKey]
    return key === undefined ? missingKey(command) : slotOfKey(key)
  }
  return slotOfKeys([command])
}

const slotOfKey = (key: unknown): number => slotOf(key instanceof Uint8Array ? key : String(key))

const missingKey = (command: CommandImpl): Failure => ({
  reason: new InvalidArgument({ position: command.args.length, message: "the key is missing" }),
  execution: "NotSent"
})

const crossSlot = (slots: ReadonlySet<number>): Failure => {
  const message = `the keys belong to ${slots.size} slots; one was expected (use a {hash tag})`
  return { reason: new CrossSlot({ slots: [...slots].sort((a, b) => a - b), message }), execution: "NotSent" }
}

const onlyOf = (slots: ReadonlySet<number>): number | Failure => {
  if (slots.size > 1) return crossSlot(slots)
  const [slot] = slots
  return slot ?? -1
}

const slotOfKeys = (commands: ReadonlyArray<CommandImpl>): number | Failure => {
  const slots = new Set<number>()
  for (const command of commands) {
    for (const position of command.keys) {
      const key = command.args[position]
      if (key === undefined) return missingKey(command)
      slots.add(slotOfKey(key))
    }
  }
  return onlyOf(slots)
}

const noKeys: Failure = {
  reason: new InvalidArgument({ position: undefined, message: "in a cluster a key has to say which node is meant" }),
  execution: "NotSent"
}

/** The slot of a command without keys, -1 for any node, or why it cannot be sent. */
const slotOfKeyless = (command: CommandImpl): number | Failure => {
  const place = placeOfKeyless(command)
  if (typeof place === "number") return place
  if (place === "anyNode") return -1
  const message = `${command.name} speaks of one node; run it there by RedisCluster.onNode`
  return { reason: new InvalidArgument({ position: undefined, message }), execution: "NotSent" }
}

/** The slot of a transaction. */
const slotOfBlock = (commands: ReadonlyArray<CommandImpl>): number | Failure => {
  let slot = slotOfKeys(commands)
  for (const command of commands) {
    if (typeof slot !== "number") return slot
    if (command.keys.length > 0) continue
    const other = slotOfKeyless(command)
    if (typeof other !== "number") return other
    if (slot !== -1 && other !== -1 && other !== slot) return crossSlot(new Set([slot, other]))
    if (slot === -1) slot = other
  }
  return slot
}

/**
 * The router of a cluster client.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeClusterRouter = (
  topology: ClusterTopologyService,
  nodes: NodeConnections,
  remap: AddressRemap | undefined
): RouterService => {
  let cachedFor: Topology | undefined
  /** By chunk and slot, filled as slots are used: under a storm of MOVED there are many snapshots. */
  let bySlot: Array<Array<NodeConnection | undefined> | undefined> = []
  let turn = 0

  const nodeOf = (slot: number): NodeConnection | Failure => {
    const snapshot = topology.snapshot()
    if (snapshot !== cachedFor) {
      cachedFor = snapshot
      bySlot = new Array<undefined>(SLOT_COUNT / CHUNK).fill(undefined)
    }
    const at = Math.trunc(slot / CHUNK)
    const known = bySlot[at]?.[slot % CHUNK]
    if (known !== undefined) return known
    const endpoint = snapshot.primaryOf(slot)?.endpoint
    if (endpoint === undefined) {
      const failed = topology.lastFailure()
      const cause = failed === undefined ? "" : `; the last discovery failed: ${failed.message}`
      const message = `no node with a known address serves slot ${slot}${cause}`
      return { reason: new UncoveredSlot({ slot, message }), execution: "NotSent" }
    }
    const node = nodes.at(endpoint)
    const chunk = bySlot[at] ?? new Array<undefined>(CHUNK).fill(undefined)
    chunk[slot % CHUNK] = node
    bySlot[at] = chunk
    return node
  }

  /** Any primary, in turn; those without an open connection only if there is no other. */
  const anyPrimary = (): NodeConnection | Failure => {
    const reachable: Array<NodeConnection> = []
    for (const primary of topology.snapshot().primaries) {
      if (primary.endpoint !== undefined) reachable.push(nodes.at(primary.endpoint))
    }
    const good = reachable.filter((node) => node.downBy === undefined)
    const from = good.length > 0 ? good : reachable
    const node = from[turn++ % Math.max(1, from.length)]
    const message = "no primary with a known address"
    return node ?? { reason: new UncoveredSlot({ slot: 0, message }), execution: "NotSent" }
  }

  const place = (slot: number | Failure): NodeConnection | Failure =>
    typeof slot !== "number" ? slot : slot === -1 ? anyPrimary() : nodeOf(slot)

  const follow = (redirect: Redirect, outcome: Outcome, message: string): Decision => {
    const answered = outcome.node === undefined ? undefined : nodes.find(outcome.node)
    const from: Endpoint = parseEndpoint(outcome.node ?? "") ?? { host: UNKNOWN_HOST, port: 0 }
    const to = redirectTarget(redirect, from, remap)
    const reason = new Redirected({
      kind: redirect.kind,
      slot: redirect.slot,
      to: to === undefined ? UNKNOWN_HOST : endpointKey(to),
      message
    })
    const failure: Failure = { reason, execution: outcome.failure.execution }
    // A redirect to none of the primaries tells of a promotion or a new node, and of more slots than this one.
    if (redirect.kind === "MOVED") {
      topology.request("moved", to !== undefined && topology.snapshot().nodeAt(to)?.role !== "primary")
    } else if (redirect.kind === "REDIRECT") topology.request("readonly")
    // An address that even the server does not know is learnt from another node.
    if (to === undefined || to.host === UNKNOWN_HOST) {
      topology.request("uncovered slot")
      return { _tag: "Again", policy: "unavailable", failure }
    }
    if (redirect.kind === "ASK") {
      if (topology.snapshot().nodeAt(to) === undefined) topology.request("ask")
      return { _tag: "Redirect", to: nodes.at(to), asking: true, failure }
    }
    if (endpointKey(to) === outcome.node) {
      // The node sends us to itself: what we reach under its address is something else (a stale name, a proxy). Connect anew.
      answered?.reset("MOVED to the node that answered")
      topology.request("connection lost")
      return { _tag: "Again", policy: "unavailable", failure }
    }
    if (redirect.kind === "MOVED") topology.patch(redirect.slot, to, outcome.node)
    return { _tag: "Redirect", to: nodes.at(to), asking: false, failure }
  }

  const only = (target: string): RouterService | undefined => {
    const endpoint = parseEndpoint(target)
    if (endpoint === undefined) return undefined
    const message = `target: ${endpointKey(endpoint)} is no node of the cluster, as far as is known`
    const reason = new InvalidArgument({ position: undefined, message })
    const place = () =>
      topology.snapshot().nodeAt(endpoint) === undefined
        ? { reason, execution: "NotSent" as const }
        : nodes.at(endpoint)
    const one = makeStandaloneRouter(() => nodes.at(endpoint), nodes)
    return { ...one, route: place, routeBlock: place, routeKeys: place, only }
  }

  return {
    keyRules: new KeyRules(),
    only,
    route: (command) => {
      const slot = slotOfCommand(command)
      return place(slot === -1 ? slotOfKeyless(command) : slot)
    },
    routeBlock: (commands) => place(slotOfBlock(commands)),
    routeKeys: (keys) => (keys.length === 0 ? noKeys : place(onlyOf(new Set(keys.map(slotOfKey))))),
    decide: (_, outcome) => {
      const { error, failure } = outcome
      if (error !== undefined) {
        const redirect = parseRedirect(error.message)
        if (redirect !== undefined) return follow(redirect, outcome, error.message)
      }
      const tag = failure.reason._tag
      if (tag === "TryAgain") return { _tag: "Again", policy: "redirect", failure }
      const cause = refreshCauses[tag]
      if (cause !== undefined) topology.request(cause)
      if (passing.has(tag)) return { _tag: "Again", policy: "unavailable", failure }
      return decideNoAuth(nodes.find(outcome.node ?? ""), outcome) ?? { _tag: "Fail", failure }
    }
  }
}
