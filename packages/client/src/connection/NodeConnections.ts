/**
 * The multiplexed connection of each node, by address: a plain map on the hot path, its members owned by one scope.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { Closed, type Reason } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import { NodeConnection, type NodeEvents } from "./NodeConnection.ts"
import { observedEvents } from "./observedEvents.ts"
import type { ConnectionProfile } from "./open.ts"
import { type Address, addressText } from "./Transport.ts"

/**
 * The connections of one client.
 *
 * @category models
 * @since 0.1.0
 */
export class NodeConnections {
  private readonly runtime: ConnectionRuntime
  private readonly profile: ConnectionProfile
  private readonly reconnect: Schedule.Schedule<unknown, RedisError>
  private readonly events: NodeEvents
  private readonly byAddress = new Map<string, NodeConnection>()
  /** Forgotten, and not yet closed. */
  private readonly leaving = new Set<NodeConnection>()
  private closed = false
  /** What has to end before a node's own connection does. */
  beforeRemoval: (node: NodeConnection, reason: Reason) => Effect.Effect<void> = () => Effect.void

  constructor(
    runtime: ConnectionRuntime,
    profile: ConnectionProfile,
    reconnect: Schedule.Schedule<unknown, RedisError>,
    events: NodeEvents
  ) {
    this.runtime = runtime
    this.profile = profile
    this.reconnect = reconnect
    this.events = events
  }

  /** The connection to an address, made (but not opened) if there is none. */
  at(address: Address): NodeConnection {
    const key = addressText(address)
    let node = this.byAddress.get(key)
    if (node === undefined) {
      node = new NodeConnection(this.runtime, address, this.profile, this.reconnect, this.events)
      // A client that is used after its end opens nothing.
      if (this.closed) Effect.runSync(node.close(clientClosed))
      else this.byAddress.set(key, node)
    }
    return node
  }

  /** The connection to an address, if there is one. */
  find(text: string): NodeConnection | undefined {
    return this.byAddress.get(text)
  }

  all(): ReadonlyArray<NodeConnection> {
    return [...this.byAddress.values()]
  }

  /** Forget nodes: they take nothing new, answer what is on its way, and close. What still reaches one fails with the reason. */
  readonly remove = (texts: ReadonlyArray<string>, reason: (text: string) => Reason): Effect.Effect<void> =>
    Effect.suspend(() => {
      const closing: Array<Effect.Effect<void>> = []
      for (const text of texts) {
        const node = this.byAddress.get(text)
        if (node === undefined) continue
        this.byAddress.delete(text)
        this.leaving.add(node)
        closing.push(
          Effect.ensuring(
            Effect.andThen(this.beforeRemoval(node, reason(text)), node.close(reason(text))),
            Effect.sync(() => {
              this.leaving.delete(node)
              this.events.onGone?.(node)
            })
          )
        )
      }
      return Effect.all(closing, { concurrency: "unbounded", discard: true })
    })

  /** Close all, and wait for those that were leaving already. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.closed = true
    const leaving = [...this.leaving].map((node) => node.close(clientClosed))
    const rest = this.remove([...this.byAddress.keys()], () => clientClosed)
    return Effect.all([rest, ...leaving], { concurrency: "unbounded", discard: true })
  })
}

const clientClosed = new Closed({ message: "the client is closed" })

/**
 * The connections of a client, all closed (with the close time-out) when the scope is.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeNodeConnections = (
  runtime: ConnectionRuntime,
  profile: ConnectionProfile,
  reconnect: Schedule.Schedule<unknown, RedisError>,
  events: NodeEvents
): Effect.Effect<NodeConnections, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const metrics = runtime.telemetry?.metrics
      const seen = metrics === undefined ? events : observedEvents(metrics, events)
      return new NodeConnections(runtime, profile, reconnect, seen)
    }),
    (nodes) =>
      Effect.ensuring(
        nodes.close,
        Effect.sync(() => runtime.telemetry?.metrics?.close())
      )
  )
