/**
 * Where a cluster's data can be read: by slot, on its primary and on the replicas of that.
 *
 * @since 0.1.0
 */
import { type Endpoint, endpointKey } from "../topology/Endpoint.ts"
import { SLOT_COUNT } from "../topology/Slot.ts"
import type { Topology } from "../topology/Topology.ts"
import { slotOfCommand } from "./ClusterRouter.ts"
import type { ReadNode, ReadNodes } from "./ReadNodes.ts"
import type { ReadSource } from "./ReadRouter.ts"

/**
 * The reads of a cluster. A replica that the cluster holds for failed, or that is still without data, is left out.
 *
 * @category constructors
 * @since 0.1.0
 */
export const clusterReads = (topology: { readonly snapshot: () => Topology }, nodes: ReadNodes): ReadSource => {
  const replicasIn = (replicas: Topology["replicas"]): ReadonlyArray<ReadNode> =>
    replicas.flatMap(({ endpoint, health, zone }) =>
      endpoint === undefined || health !== "online" ? [] : [nodes.at(endpoint, "replica", zone)]
    )
  return {
    places: SLOT_COUNT,
    map: topology.snapshot,
    placeOf: (command) => {
      const { spec } = command
      // What blocks has a connection of its own, on the primary; what has no key speaks of no place.
      if (spec.singleKey === -1 || spec.blocking !== undefined || !command.readOnly) return -1
      const slot = slotOfCommand(command)
      return typeof slot === "number" ? slot : -1
    },
    nodesAt: (slot) => {
      const map = topology.snapshot()
      const primary = map.primaryOf(slot)
      const replicas = replicasIn(map.replicasOf(slot))
      return primary?.endpoint === undefined
        ? replicas
        : [nodes.at(primary.endpoint, "primary", primary.zone), ...replicas]
    },
    replicasOf: (address) => {
      const { primaries, replicas } = topology.snapshot()
      const primary = primaries.find(({ endpoint }) => isAt(endpoint, address))
      return primary === undefined ? [] : replicasIn(replicas.filter(({ primaryId }) => primaryId === primary.id))
    },
    slotOf: (slot) => slot
  }
}

const isAt = (endpoint: Endpoint | undefined, address: string): boolean =>
  endpoint !== undefined && endpointKey(endpoint) === address

/**
 * Whether a snapshot knows a replica at an address.
 *
 * @category predicates
 * @since 0.1.0
 */
export const hasReplicaAt =
  ({ replicas }: Topology) =>
  (address: string): boolean =>
    replicas.some(({ endpoint }) => isAt(endpoint, address))
