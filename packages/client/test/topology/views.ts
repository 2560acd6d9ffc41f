/** Views for tests, written briefly. */
import type { ClusterNode, ClusterView } from "../../src/topology/ClusterView.ts"
import { parseEndpoint } from "../../src/topology/Endpoint.ts"

/** `primary("a", "h:1")` or `replica("b", "h:2", "a")`. */
export const primary = (id: string, address: string, more?: Partial<ClusterNode>): ClusterNode => ({
  id,
  endpoint: parseEndpoint(address),
  role: "primary",
  health: "online",
  ...more
})

export const replica = (id: string, address: string, primaryId: string, more?: Partial<ClusterNode>): ClusterNode => ({
  ...primary(id, address),
  role: "replica",
  primaryId,
  ...more
})

export const viewOf = (
  nodes: ReadonlyArray<ClusterNode>,
  slots: ReadonlyArray<readonly [start: number, end: number, primaryId: string]>,
  more?: Partial<ClusterView>
): ClusterView => ({
  nodes: new Map(nodes.map((node) => [node.id, node])),
  slots: slots.map(([start, end, primaryId]) => ({ start, end, primaryId })),
  epoch: 1,
  state: "ok",
  ...more
})
