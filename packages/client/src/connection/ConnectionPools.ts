/**
 * The leased connections of each node, apart from the shared ones: for blocking commands, WATCH, and whatever changes a connection.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Failure } from "../error/Failure.ts"
import { Closed, type Reason } from "../error/Reason.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import type { NodeConnection } from "./NodeConnection.ts"
import type { NodeConnections } from "./NodeConnections.ts"
import { NodePool, type PoolLimits, type PoolStats } from "./NodePool.ts"
import type { ConnectionProfile } from "./open.ts"
import type { PooledConnection } from "./PooledConnection.ts"

/**
 * The pools of one client.
 *
 * @category models
 * @since 0.1.0
 */
export class ConnectionPools {
  private readonly runtime: ConnectionRuntime
  private readonly profile: ConnectionProfile
  private readonly limits: PoolLimits
  private readonly byNode = new Map<NodeConnection, NodePool>()
  private closed = false

  constructor(runtime: ConnectionRuntime, profile: ConnectionProfile, limits: PoolLimits) {
    this.runtime = runtime
    this.profile = profile
    this.limits = limits
  }

  /** The pool of a node, made if there is none; it then opens its minimum. */
  of(node: NodeConnection): NodePool {
    let pool = this.byNode.get(node)
    if (pool === undefined) {
      pool = new NodePool(this.runtime, node, this.profile, this.limits)
      if (this.closed) Effect.runSync(pool.close(clientClosed))
      else this.byNode.set(node, pool)
    }
    return pool
  }

  /** A connection to a node, for as long as the scope lives. */
  lease(node: NodeConnection, deadline: number): Effect.Effect<PooledConnection, Failure, Scope.Scope> {
    return Effect.suspend(() => this.of(node).lease(deadline))
  }

  /** The numbers of each pool, by address. */
  stats(): ReadonlyMap<string, PoolStats> {
    return new Map([...this.byNode].map(([node, pool]) => [node.text, pool.stats]))
  }

  /** A node is not to be trusted any more: what is in use there ends at once (see `NodePool.abort`). */
  abort(node: NodeConnection, reason: Reason, sparesBlocked: boolean): void {
    this.byNode.get(node)?.abort(reason, sparesBlocked)
  }

  /** A node is forgotten: its pool ends. */
  remove(node: NodeConnection, reason: Reason): Effect.Effect<void> {
    return Effect.suspend(() => {
      const pool = this.byNode.get(node)
      if (pool === undefined) return Effect.void
      return Effect.ensuring(
        pool.close(reason),
        Effect.sync(() => this.byNode.delete(node))
      )
    })
  }

  /** End all. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.closed = true
    const pools = [...this.byNode.values()]
    return Effect.all(
      pools.map((pool) => pool.close(clientClosed)),
      { concurrency: "unbounded", discard: true }
    )
  })
}

const clientClosed = new Closed({ message: "the client is closed" })

/**
 * The pools of a client. They end when the scope does, before the connections that were made earlier in it: those carry the words that
 * end what blocks.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeConnectionPools = (
  runtime: ConnectionRuntime,
  nodes: NodeConnections,
  profile: ConnectionProfile,
  limits: PoolLimits
): Effect.Effect<ConnectionPools, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const pools = new ConnectionPools(runtime, profile, limits)
      nodes.beforeRemoval = (node, reason) => pools.remove(node, reason)
      return pools
    }),
    (pools) => pools.close
  )
