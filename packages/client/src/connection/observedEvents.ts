/**
 * Counts the connections of nodes from what they tell their owner.
 *
 * @since 0.1.0
 */
import type { ClientMetrics } from "../telemetry/ClientMetrics.ts"
import type { NodeConnection, NodeEvents } from "./NodeConnection.ts"

/**
 * The same events, seen by the metrics first. The multiplexed connection of a node is a pool of one, in use while it is open.
 *
 * @category combinators
 * @since 0.1.0
 */
export const observedEvents = (metrics: ClientMetrics, events: NodeEvents): NodeEvents => {
  const known = new Map<NodeConnection, ReadonlyArray<() => void>>()
  return {
    ...events,
    onUp: (node) => {
      if (known.has(node)) metrics.reconnected(node.text)
      else {
        const counts = () => ({ idle: 0, used: node.isUp ? 1 : 0, pending: node.load.held })
        const pool = metrics.pool({ name: node.label, max: 1, counts })
        known.set(node, [pool.close, metrics.inFlight(node.text, () => node.load.depth)])
      }
      events.onUp(node)
    },
    onGone: (node) => {
      for (const release of known.get(node) ?? []) release()
      known.delete(node)
      events.onGone?.(node)
    }
  }
}
