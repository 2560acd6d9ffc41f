/**
 * Pools that are loaded when somebody first wants a connection from one: most programs never do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Failure } from "../error/Failure.ts"
import type { Reason } from "../error/Reason.ts"
import type { ConnectionPools } from "./ConnectionPools.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import type { NodeConnection } from "./NodeConnection.ts"
import type { NodeConnections } from "./NodeConnections.ts"
import type { PoolLimits } from "./NodePool.ts"
import type { ConnectionProfile } from "./open.ts"
import type { PooledConnection } from "./PooledConnection.ts"

/**
 * What a client wants of its pools (see `ConnectionPools`).
 *
 * @category models
 * @since 0.1.0
 */
export interface Pools {
  readonly lease: (node: NodeConnection, deadline: number) => Effect.Effect<PooledConnection, Failure, Scope.Scope>
  readonly abort: (node: NodeConnection, reason: Reason, sparesBlocked: boolean) => void
}

/**
 * The same, and a way to have the minimum of a node's pool before it is needed.
 *
 * @category models
 * @since 0.1.0
 */
export interface LazyPools extends Pools {
  readonly open: (node: NodeConnection) => Effect.Effect<void>
}

/**
 * The pools of a client. They end when the scope does, before the connections that were made earlier in it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeLazyPools = (
  runtime: ConnectionRuntime,
  nodes: NodeConnections,
  profile: ConnectionProfile,
  limits: PoolLimits
): Effect.Effect<LazyPools, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => new Loader(runtime, nodes, profile, limits)),
      (loader) => loader.close
    ),
    (loader) => ({
      lease: (node, deadline) => Effect.flatMap(loader.load, (pools) => pools.lease(node, deadline)),
      abort: (node, reason, sparesBlocked) => loader.pools?.abort(node, reason, sparesBlocked),
      open: (node) => Effect.map(loader.load, (pools) => void pools.of(node))
    })
  )

class Loader {
  private readonly make: (module: typeof import("./ConnectionPools.ts")) => ConnectionPools
  private loading: Promise<ConnectionPools> | undefined
  /** Once they are loaded. */
  pools: ConnectionPools | undefined
  private closed = false

  constructor(runtime: ConnectionRuntime, nodes: NodeConnections, profile: ConnectionProfile, limits: PoolLimits) {
    this.make = ({ openPools }) => openPools(runtime, nodes, profile, limits)
  }

  readonly load: Effect.Effect<ConnectionPools> = Effect.suspend(() => {
    if (this.pools !== undefined) return Effect.succeed(this.pools)
    this.loading ??= import("./ConnectionPools.ts").then((module) => {
      this.pools = this.make(module)
      // Who was still loading when the client closed finds closed pools.
      return this.closed ? Effect.runPromise(Effect.as(this.pools.close, this.pools)) : this.pools
    })
    const { loading } = this
    return Effect.promise(() => loading)
  })

  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.closed = true
    return this.pools?.close ?? Effect.void
  })
}
