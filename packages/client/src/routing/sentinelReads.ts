/**
 * Where the data of a service that sentinels watch can be read: on its primary and on its replicas.
 *
 * @since 0.1.0
 */
import { endpointKey } from "../topology/Endpoint.ts"
import type { SentinelGroup } from "../topology/SentinelGroup.ts"
import type { ReadNode, ReadNodes } from "./ReadNodes.ts"
import type { ReadSource } from "./ReadRouter.ts"

/** All keys are in one place. */
const ONE = 1

/**
 * The reads of a service. A replica whose link to the primary is down is left out: what it has is from before.
 *
 * @category constructors
 * @since 0.1.0
 */
export const sentinelReads = (
  topology: { readonly snapshot: () => SentinelGroup | undefined },
  nodes: ReadNodes
): ReadSource => {
  const replicasIn = (group: SentinelGroup): ReadonlyArray<ReadNode> =>
    group.replicas.flatMap(({ endpoint, isLinked }) => (isLinked ? [nodes.at(endpoint, "replica")] : []))
  return {
    places: ONE,
    map: topology.snapshot,
    // What blocks has a connection of its own, on the primary; what has no key may go on from an earlier answer, as SCAN does.
    placeOf: ({ readOnly, spec }) => (spec.singleKey === -1 || spec.blocking !== undefined || !readOnly ? -1 : 0),
    nodesAt: () => {
      const group = topology.snapshot()
      return group === undefined ? [] : [nodes.at(group.primary, "primary"), ...replicasIn(group)]
    },
    replicasOf: (address) => {
      const group = topology.snapshot()
      return group === undefined || endpointKey(group.primary) !== address ? [] : replicasIn(group)
    },
    slotOf: () => undefined
  }
}

/**
 * Whether a group knows a replica at an address.
 *
 * @category predicates
 * @since 0.1.0
 */
export const groupHasReplicaAt =
  (group: SentinelGroup | undefined) =>
  (address: string): boolean =>
    group?.replicas.some(({ endpoint }) => endpointKey(endpoint) === address) === true
