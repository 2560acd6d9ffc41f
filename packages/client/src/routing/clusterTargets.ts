/**
 * Nodes of a cluster as targets: all of a kind, each for a part of a command, or one that a key, a slot or chance decides.
 *
 * @since 0.1.0
 */
import type { Text } from "../command/CommandSpec.ts"
import type { NodeConnection } from "../connection/NodeConnection.ts"
import type { NodeConnections } from "../connection/NodeConnections.ts"
import type { Failure } from "../error/Failure.ts"
import { ConnectFailed, InvalidArgument, type Reason, Redirected, UncoveredSlot } from "../error/Reason.ts"
import type { ClusterNode } from "../topology/ClusterView.ts"
import { type Endpoint, endpointKey } from "../topology/Endpoint.ts"
import { parseRedirect, redirectTarget, UNKNOWN_HOST } from "../topology/Redirect.ts"
import { SLOT_COUNT } from "../topology/Slot.ts"
import type { Topology } from "../topology/Topology.ts"
import type { ClusterTopologyService } from "./ClusterTopology.ts"
import type { Decision, Outcome, RouterService } from "./Router.ts"
import { makeStandaloneRouter } from "./StandaloneRouter.ts"

/**
 * Which nodes of a cluster: all, those in the role of a primary, or those in the role of a replica.
 *
 * @category models
 * @since 0.1.0
 */
export type NodeSet = "nodes" | "primaries" | "replicas"

/**
 * One node of a cluster: by its address, the primary of a key's or a slot's, or any of a set, a different one for each command.
 *
 * @category models
 * @since 0.1.0
 */
export type NodeTarget = Endpoint | { readonly key: Text } | { readonly slot: number } | { readonly random: NodeSet }

/** What the targets are taken from. */
export interface Targeted {
  readonly topology: ClusterTopologyService
  readonly nodes: NodeConnections
}

/**
 * The nodes of a set, as the map has them now.
 *
 * @category getters
 * @since 0.1.0
 */
export const nodesIn = (snapshot: Topology, set: NodeSet): ReadonlyArray<ClusterNode> =>
  set === "nodes" ? [...snapshot.nodes.values()] : snapshot[set]

/**
 * The name of a node among results: its address, or its id if it has none.
 *
 * @category getters
 * @since 0.1.0
 */
export const nameOf = ({ endpoint, id }: ClusterNode): string => (endpoint === undefined ? id : endpointKey(endpoint))

const noAddress = ({ id }: ClusterNode): Failure => ({
  reason: new ConnectFailed({ address: id, message: "no address of the node is known" }),
  execution: "NotSent"
})

/** A redirect that is not followed, for the caller to see. */
const unfollowed = ({ error, failure }: Outcome): Decision | undefined => {
  const redirect = error === undefined ? undefined : parseRedirect(error.message)
  if (error === undefined || redirect === undefined) return undefined
  const to = redirectTarget(redirect, { host: UNKNOWN_HOST, port: 0 })
  const reason = new Redirected({
    kind: redirect.kind,
    slot: redirect.slot,
    to: to === undefined ? UNKNOWN_HOST : endpointKey(to),
    message: error.message
  })
  return { _tag: "Fail", failure: { reason, execution: failure.execution } }
}

const everywhere = (
  place: () => NodeConnection | Failure
): Pick<RouterService, "route" | "routeBlock" | "routeKeys"> => ({
  route: place,
  routeBlock: place,
  routeKeys: place
})

/**
 * The router that sends everything to one node. One that the cluster itself holds to be failed is not waited for.
 *
 * @category constructors
 * @since 0.1.0
 */
export const routerOfNode = ({ nodes, topology }: Targeted, node: ClusterNode): RouterService => {
  const endpoint = node.endpoint
  if (endpoint === undefined) {
    const failure = noAddress(node)
    return { ...everywhere(() => failure), decide: (_, outcome) => ({ _tag: "Fail", failure: outcome.failure }) }
  }
  const one = makeStandaloneRouter(() => nodes.at(endpoint), nodes)
  return {
    ...one,
    decide: (command, outcome) => {
      const decision = unfollowed(outcome) ?? one.decide(command, outcome)
      const lost = decision._tag === "Again" && topology.snapshot().nodes.get(node.id)?.health === "fail"
      return lost ? { _tag: "Fail", failure: decision.failure } : decision
    }
  }
}

/**
 * The routers of a set of nodes, by their names.
 *
 * @category constructors
 * @since 0.1.0
 */
export const routersOfNodes = (targeted: Targeted, set: NodeSet): ReadonlyMap<string, RouterService> =>
  new Map(nodesIn(targeted.topology.snapshot(), set).map((node) => [nameOf(node), routerOfNode(targeted, node)]))

/**
 * The router of a target. `slotOf` gives the slot of a key as the caller names it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const routerOfTarget = (
  targeted: Targeted,
  cluster: RouterService,
  target: NodeTarget,
  slotOf: (key: Text) => number
): RouterService => {
  const { nodes, topology } = targeted
  if ("host" in target) return makeStandaloneRouter(() => nodes.at(target), nodes)
  const placed = (node: ClusterNode | undefined, missing: () => Reason): NodeConnection | Failure =>
    node?.endpoint === undefined ? { reason: missing(), execution: "NotSent" } : nodes.at(node.endpoint)
  const place = (): NodeConnection | Failure => {
    const snapshot = topology.snapshot()
    if ("random" in target) {
      const some = nodesIn(snapshot, target.random).filter(({ endpoint }) => endpoint !== undefined)
      const healthy = some.filter(({ health }) => health === "online")
      const from = healthy.length > 0 ? healthy : some
      const message = `the cluster has no ${target.random}, as far as is known`
      return placed(from[Math.floor(Math.random() * from.length)], () => new ConnectFailed({ address: "", message }))
    }
    const slot = "key" in target ? slotOf(target.key) : target.slot
    return placed(snapshot.primaryOf(slot), () => uncovered(slot))
  }
  return {
    ...everywhere(place),
    decide: (command, outcome) => unfollowed(outcome) ?? cluster.decide(command, outcome)
  }
}

const uncovered = (slot: number): Reason =>
  Number.isInteger(slot) && slot >= 0 && slot < SLOT_COUNT
    ? new UncoveredSlot({ slot, message: `no node with a known address serves slot ${slot}` })
    : new InvalidArgument({ position: undefined, message: `slot: must be a whole number below ${SLOT_COUNT}` })

/** One slot of each primary that has some, by the id of the primary. */
const firstSlots = (snapshot: Topology): ReadonlyMap<string, number> => {
  const slots = new Map<string, number>()
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const owner = snapshot.primaryOf(slot)
    if (owner !== undefined && !slots.has(owner.id)) slots.set(owner.id, slot)
  }
  return slots
}

/**
 * A router for each shard: to its primary, and after a failover to the one that has taken its slots. Primaries without slots have no data,
 * but get what all shards shall have, unless they failed.
 *
 * @category constructors
 * @since 0.1.0
 */
export const routersOfShards = (targeted: Targeted, cluster: RouterService): ReadonlyArray<RouterService> => {
  const { nodes, topology } = targeted
  const snapshot = topology.snapshot()
  const slots = firstSlots(snapshot)
  const routers: Array<RouterService> = []
  for (const [id, slot] of slots) {
    const place = (): NodeConnection | Failure => {
      const now = topology.snapshot()
      const owner = now.primaryOf(slot)
      // A slot that has moved to another shard has taken this one's place nowhere: its primary is still there.
      const moved = owner !== undefined && owner.id !== id && slots.has(owner.id)
      const node = (moved ? now.nodes.get(id) : undefined) ?? owner
      if (node?.endpoint !== undefined) return nodes.at(node.endpoint)
      return { reason: uncovered(slot), execution: "NotSent" }
    }
    routers.push({ ...everywhere(place), decide: cluster.decide })
  }
  for (const primary of snapshot.primaries) {
    if (!slots.has(primary.id) && primary.health === "online") routers.push(routerOfNode(targeted, primary))
  }
  return routers
}
