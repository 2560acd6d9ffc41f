/**
 * The nodes that reads may go to: the READONLY connections of replicas, apart from those that the same nodes have as primaries, and how each
 * node is. What a read meets is noted here; whether a node is well again, how soon it answers and in which zone it is are found out beside
 * the requests.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { ask } from "../connection/ask.ts"
import type { ConnectionRuntime } from "../connection/ConnectionRuntime.ts"
import { ping } from "../connection/health.ts"
import type { NodeConnection } from "../connection/NodeConnection.ts"
import { makeNodeConnections, type NodeConnections } from "../connection/NodeConnections.ts"
import type { ConnectionProfile } from "../connection/open.ts"
import { ConnectionLost, type Reason } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import type { Endpoint } from "../topology/Endpoint.ts"
import type { ReadCandidate } from "../topology/ReadFrom.ts"

/** Between looks at nodes that are passed over. Milliseconds. */
const RETRY_INTERVAL = 500
/** Between measurements of one node (go-redis: 10 s). Milliseconds. */
const LATENCY_INTERVAL = 10_000
/** The part of the newest measurement in the smoothed one. */
const LATENCY_WEIGHT = 0.3
/** How many clients can be told apart under `any`. */
const SEEDS = 0x7fffffff

/**
 * Why a node is passed over: its connection is lost or could not be opened (until it is open), it says nothing (until it does), or it has
 * refused a read (until it answers a PING: LOADING and MASTERDOWN refuse that, too).
 *
 * @category models
 * @since 0.1.0
 */
export type Trouble = "down" | "silent" | "refusing"

/**
 * A node as reads see it: as the primary of a shard, or as a replica.
 *
 * @category models
 * @since 0.1.0
 */
export class ReadNode implements ReadCandidate {
  readonly address: string
  readonly role: "primary" | "replica"
  readonly connection: NodeConnection
  zone: string | undefined = undefined
  latency: number | undefined = undefined
  /** Why it is passed over; `undefined` if it is not. */
  trouble: Trouble | undefined = undefined
  /** When it is measured next, in milliseconds of the client's clock. */
  measureAt = 0
  /** Whether its server was asked for its zone. */
  wasAsked = false

  constructor(connection: NodeConnection, role: "primary" | "replica") {
    this.address = connection.text
    this.role = role
    this.connection = connection
  }
}

/**
 * The nodes of one client.
 *
 * @category models
 * @since 0.1.0
 */
export class ReadNodes {
  /** Counts what may change a choice: who has read it last knows whether the choice still holds. */
  version = 0
  /** Tells this client from others. */
  readonly seed: number
  private readonly runtime: ConnectionRuntime
  private readonly primaries: NodeConnections
  private readonly replicas: NodeConnections
  private readonly known = new Map<NodeConnection, ReadNode>()
  private wantsLatency = false
  private wantsZone = false
  private watcher: Fiber.Fiber<void> | undefined
  private closed = false

  constructor(runtime: ConnectionRuntime, primaries: NodeConnections, replicas: NodeConnections, seed: number) {
    this.runtime = runtime
    this.primaries = primaries
    this.replicas = replicas
    this.seed = seed
  }

  /** The node at an address in a role. Its connection is opened when it is first read from. */
  at(endpoint: Endpoint, role: "primary" | "replica", zone?: string | undefined): ReadNode {
    const connection = (role === "primary" ? this.primaries : this.replicas).at(endpoint)
    let node = this.known.get(connection)
    if (node === undefined) {
      node = new ReadNode(connection, role)
      if (connection.downBy !== undefined) node.trouble = "down"
      this.known.set(connection, node)
      if (this.wantsLatency || this.wantsZone || node.trouble !== undefined) this.watch()
    }
    if (zone !== undefined) node.zone = zone
    return node
  }

  /** Reads do not go there until it is well again. */
  passOver(node: ReadNode, trouble: Trouble): void {
    if (node.trouble === trouble) return
    node.trouble = trouble
    this.version++
    this.watch()
  }

  /** From now on it is known how soon nodes answer. */
  measureLatency(): void {
    if (this.wantsLatency) return
    this.wantsLatency = true
    this.watch()
  }

  /** From now on it is known in which zone nodes are. */
  learnZones(): void {
    if (this.wantsZone) return
    this.wantsZone = true
    this.watch()
  }

  /** What a connection tells: of a replica's, and of a primary's where reads go there as well. */
  readonly onDown = (connection: NodeConnection): void => this.note(connection, "down")

  /** It waits for bytes, or to be opened, for too long: what was not sent yet is told to look elsewhere. */
  readonly onSilent = (connection: NodeConnection): void => {
    const node = this.known.get(connection)
    if (node === undefined) return
    this.passOver(node, "silent")
    if (node.role === "replica") connection.evict(lost(node.address, "the replica is silent"))
  }

  readonly onUp = (connection: NodeConnection): void => {
    const node = this.known.get(connection)
    if (node === undefined) return
    node.wasAsked = false
    node.measureAt = 0
    if (node.trouble !== undefined) this.clear(node)
    if (this.wantsLatency || this.wantsZone) this.watch()
  }

  readonly onGone = (connection: NodeConnection): void => {
    if (this.known.delete(connection)) this.version++
  }

  /** Connections to replicas that are none any more take nothing new, answer what is on its way, and close. */
  prune(isReplica: (address: string) => boolean): Effect.Effect<void> {
    return Effect.suspend(() => {
      const gone = this.replicas.all().flatMap(({ text }) => (isReplica(text) ? [] : [text]))
      return gone.length === 0
        ? Effect.void
        : this.replicas.remove(gone, (text) => lost(text, "the node is no replica any more"))
    })
  }

  /** Watch no more. The connections end with their scope. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.closed = true
    return this.watcher === undefined ? Effect.void : Fiber.interrupt(this.watcher)
  })

  private note(connection: NodeConnection, trouble: Trouble): void {
    const node = this.known.get(connection)
    if (node !== undefined) this.passOver(node, trouble)
  }

  private clear(node: ReadNode): void {
    node.trouble = undefined
    this.version++
  }

  private watch(): void {
    if (this.watcher !== undefined || this.closed) return
    // Held at once: what the fiber causes until it first waits must not start another one.
    this.watcher = this.runtime.fork(Effect.andThen(Effect.yieldNow, this.rounds))
  }

  private get isWatching(): boolean {
    if (this.wantsLatency || this.wantsZone) return true
    for (const node of this.known.values()) if (node.trouble !== undefined) return true
    return false
  }

  private readonly rounds: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    while (this.isWatching) {
      // One that does not answer must not keep the others waiting for the next look.
      yield* Effect.forEach([...this.known.values()], (node) => Effect.forkChild(this.look(node)), { discard: true })
      yield* Effect.sleep(RETRY_INTERVAL)
    }
    this.watcher = undefined
  })

  /** One look at a node: no more than one is under way at a time. */
  private look(node: ReadNode): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.looking.has(node)) return Effect.void
      this.looking.add(node)
      return Effect.ensuring(
        this.inspect(node),
        Effect.sync(() => this.looking.delete(node))
      )
    })
  }
  private readonly looking = new Set<ReadNode>()

  private inspect(node: ReadNode): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const { connection } = node
      if (node.trouble === "silent" && connection.isUp && !connection.isDoubtful) this.clear(node)
      // A policy of reconnects that has ended begins anew with what is sent.
      if (node.trouble !== undefined) {
        const { failure } = yield* ping(this.runtime, connection)
        if (failure === undefined && node.trouble !== undefined) this.clear(node)
        return
      }
      if (this.wantsZone && !node.wasAsked) yield* this.askZone(node)
      if (this.wantsLatency && this.runtime.ticker.exact() >= node.measureAt) yield* this.measure(node)
    })
  }

  private measure(node: ReadNode): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const opened = yield* Effect.result(node.connection.acquire)
      if (opened._tag === "Failure") return
      node.measureAt = this.runtime.ticker.exact() + LATENCY_INTERVAL
      const { failure, latency } = yield* ping(this.runtime, node.connection)
      if (latency === undefined) return
      if (failure !== undefined) return this.passOver(node, "refusing")
      const millis = Duration.toMillis(latency)
      const before = node.latency ?? millis
      node.latency = before + (millis - before) * LATENCY_WEIGHT
      this.version++
    })
  }

  private askZone(node: ReadNode): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const opened = yield* Effect.result(node.connection.acquire)
      if (opened._tag === "Failure") return
      const { probeTimeout } = this.runtime.limits
      const told = yield* Effect.result(ask(this.runtime, node.connection, probeTimeout, "INFO", ["server"]))
      // A refusal (NOPERM) is an answer, too.
      if (told._tag === "Failure") {
        node.wasAsked = told.failure.execution === "Refused"
        return
      }
      node.wasAsked = true
      const zone = zoneOf(told.success)
      if (zone === undefined || zone === node.zone) return
      node.zone = zone
      this.version++
    })
  }
}

/** The zone that a server names in INFO (`availability-zone` of its configuration, Valkey 8.0); empty where none was set. */
const zoneOf = (info: unknown): string | undefined => {
  const zone = typeof info === "string" ? /^availability_zone:(.*?)\r?$/m.exec(info)?.[1] : undefined
  return zone === "" ? undefined : zone
}

const lost = (address: string, message: string) => new ConnectionLost({ address, message })

/**
 * What the nodes for reads are made from.
 *
 * @category options
 * @since 0.1.0
 */
export interface ReadNodesOptions {
  readonly profile: ConnectionProfile
  readonly reconnect: Schedule.Schedule<unknown, RedisError>
  /** A replica was lost, or could not be reached. */
  readonly onLost: (reason: Reason) => void
}

/**
 * The nodes for reads of one client, for as long as the scope lives. Costs nothing until a read may go to a replica.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeReadNodes = (
  runtime: ConnectionRuntime,
  primaries: NodeConnections,
  { onLost, profile, reconnect }: ReadNodesOptions
): Effect.Effect<ReadNodes, never, Scope.Scope> =>
  Effect.gen(function* () {
    let nodes: ReadNodes | undefined
    const readOnly = { ...profile, handshake: { ...profile.handshake, readOnly: true } }
    const replicas = yield* makeNodeConnections(runtime, readOnly, reconnect, {
      onDown: (node, reason) => {
        nodes?.onDown(node)
        onLost(reason)
      },
      onSilent: (node) => nodes?.onSilent(node),
      onUp: (node) => nodes?.onUp(node),
      onGone: (node) => nodes?.onGone(node)
    })
    const seed = yield* Random.nextIntBetween(0, SEEDS)
    nodes = new ReadNodes(runtime, primaries, replicas, seed)
    yield* Effect.addFinalizer(() => nodes?.close ?? Effect.void)
    return nodes
  })
