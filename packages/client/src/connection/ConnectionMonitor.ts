/**
 * What a client's connections are doing, for whoever watches: the state of each node and the events that led to it. Told of changes only;
 * no command passes here.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { Reason } from "../error/Reason.ts"

/**
 * The state of a node's connection, `since` when in milliseconds of the client's clock.
 *
 * - `Connecting`: an attempt is under way.
 * - `Connected`: usable.
 * - `Silent`: open, but nothing comes although commands wait; it was probed and is given up if that is not answered.
 * - `Disconnected`: the last attempt failed or the open connection ended, for that reason. The reconnect policy decides when it goes on.
 * - `Closed`: the client is closed, or has forgotten the node.
 *
 * @category models
 * @since 0.1.0
 */
export type ConnectionState =
  | { readonly _tag: "Connecting"; readonly since: number }
  | { readonly _tag: "Connected"; readonly since: number }
  | { readonly _tag: "Silent"; readonly since: number }
  | { readonly _tag: "Disconnected"; readonly since: number; readonly reason: Reason }
  | { readonly _tag: "Closed"; readonly since: number; readonly reason: Reason }

/**
 * What happened to the connection of a node (its address).
 *
 * - `StateChanged`: to that state.
 * - `Reauthenticated`: a change of the credentials was accepted on a live connection.
 * - `ReauthenticationRefused`: it was not; the connection keeps the identity that it had.
 * - `ConnectCommandRefused`: one of the user's commands on connect (`onConnect`) was, and the client was told to ignore that.
 *
 * @category models
 * @since 0.1.0
 */
export type ConnectionEvent =
  | { readonly _tag: "StateChanged"; readonly node: string; readonly state: ConnectionState }
  | { readonly _tag: "Reauthenticated"; readonly node: string }
  | { readonly _tag: "ReauthenticationRefused"; readonly node: string; readonly reason: Reason }
  | {
      readonly _tag: "ConnectCommandRefused"
      readonly node: string
      readonly command: string
      readonly reason: Reason
    }

/**
 * The states by address. A replica's connection for reads stands apart from the others to its address, as `host:port/readonly`.
 *
 * @category models
 * @since 0.1.0
 */
export type ConnectionStates = ReadonlyMap<string, ConnectionState>

/** A watcher that is slower than this many events misses the oldest. */
const EVENTS_KEPT = 256

/**
 * A node as the monitor knows it.
 *
 * @category models
 * @since 0.1.0
 */
export interface MonitoredNode {
  /** Its address; of a connection that is there for reads from a replica, with `/readonly` behind it. */
  readonly label: string
  /** How many commands wait there. */
  readonly queueDepth: number
  /** For how long no byte has come from it, in milliseconds; `undefined` without a connection. */
  readonly silence: number | undefined
}

/**
 * The monitor of one client.
 *
 * @category models
 * @since 0.1.0
 */
export class ConnectionMonitor<Node extends MonitoredNode = MonitoredNode> {
  readonly states: SubscriptionRef.SubscriptionRef<ConnectionStates>
  readonly events: Stream.Stream<ConnectionEvent>
  /** The nodes that have a state now. */
  readonly nodes = new Map<string, Node>()
  private readonly hub: PubSub.PubSub<ConnectionEvent>

  constructor(states: SubscriptionRef.SubscriptionRef<ConnectionStates>, hub: PubSub.PubSub<ConnectionEvent>) {
    this.states = states
    this.hub = hub
    this.events = Stream.fromPubSub(hub)
  }

  /** A node's state has changed. A closed node is forgotten once that was said. */
  change(node: Node, state: ConnectionState): void {
    const next = new Map(this.states.value).set(node.label, state)
    this.nodes.set(node.label, node)
    this.publish(next)
    this.announce({ _tag: "StateChanged", node: node.label, state })
    if (state._tag !== "Closed" || this.nodes.get(node.label) !== node) return
    this.nodes.delete(node.label)
    const rest = new Map(next)
    rest.delete(node.label)
    this.publish(rest)
  }

  announce(event: ConnectionEvent): void {
    PubSub.publishUnsafe(this.hub, event)
  }

  /** At once and in order, from callbacks. */
  private publish(states: ConnectionStates): void {
    this.states.value = states
    PubSub.publishUnsafe(this.states.pubsub, states)
  }
}

/**
 * A monitor that knows no node yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeMonitor = <Node extends MonitoredNode>(): Effect.Effect<ConnectionMonitor<Node>> =>
  Effect.gen(function* () {
    const states = yield* SubscriptionRef.make<ConnectionStates>(new Map())
    return new ConnectionMonitor<Node>(states, yield* PubSub.sliding<ConnectionEvent>(EVENTS_KEPT))
  })
