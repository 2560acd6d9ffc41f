/**
 * A model of a cluster, as far as a client can tell it from a real one: who serves which slots, what happens to the data when that changes, and
 * all that can be done to its nodes.
 *
 * What it simplifies: gossip is a direct message of each node to each other one (real nodes also spread what they heard of third ones, so
 * that a view is stale for less time there); an election is decided at once; nodes neither join nor leave; a restarted process has all that it
 * had acknowledged (an append-only file), and one that follows a new primary takes a full copy of it; no failover is begun on the two shards
 * of a migration while it runs.
 */
import { slotOf } from "../../src/topology/Slot.ts"
import { Bus, type BusOptions } from "./Bus.ts"
import { ModelNode, NOBODY } from "./ModelNode.ts"
import type { Network } from "./Network.ts"
import type { Rng } from "./Rng.ts"
import { ServerSession } from "./ServerSession.ts"
import { ownersOf, type Segment, segmentAt, segmentsOf } from "./Slots.ts"
import { Dataset, type History, Truth } from "./Truth.ts"
import type { World } from "./World.ts"

export interface ClusterOptions extends BusOptions {
  readonly primaries: number
  readonly replicasPerPrimary: number
  /** Hash tags whose slots can move. */
  readonly tags: ReadonlyArray<string>
  /** Refuses HELLO, as servers before Redis 6 do. */
  readonly resp2Only?: boolean | undefined
  /** A fault that no cluster has: all nodes always tell the same epoch. */
  readonly hidesEpochs?: boolean | undefined
}

export class ClusterModel {
  readonly world: World
  readonly options: ClusterOptions
  readonly segments: ReadonlyArray<Segment>
  readonly nodes: ReadonlyArray<ModelNode>
  readonly truth = new Truth()
  readonly bus: Bus
  /** What the nodes say when they are asked for the map. */
  views: "told" | "refused" | "malformed" = "told"
  private readonly network: Network
  private readonly rng: Rng
  private readonly sessions = new Set<ServerSession>()
  private running = true

  constructor(world: World, network: Network, rng: Rng, options: ClusterOptions) {
    this.world = world
    this.network = network
    this.rng = rng
    this.options = options
    const { primaries, replicasPerPrimary, tags } = options
    this.segments = segmentsOf(
      tags.map((tag) => slotOf(tag)),
      primaries
    )
    const count = primaries * (1 + replicasPerPrimary)
    const primaryOf = Array.from({ length: count }, (_, at) => (at < primaries ? NOBODY : at % primaries))
    const owner = ownersOf(this.segments, primaries)
    this.nodes = primaryOf.map((_, at) => new ModelNode(at, owner, primaryOf))
    for (const node of this.nodes) {
      node.lag = rng.int(1, 40)
      this.listen(node)
    }
    this.bus = new Bus(world, rng.fork("bus"), this.nodes, options, {
      onPromote: (node) => {
        this.catchUp(node)
        node.followed = undefined
      },
      onFollow: (node) => {
        node.followed = undefined
        node.paused = false
        this.copy(node)
        this.resume(node)
      }
    })
  }

  segmentOf(key: string): number {
    return segmentAt(this.segments, slotOf(key))
  }

  /** The owner of a segment by the last claim. */
  ownerOf(segment: number): ModelNode {
    return this.bus.node(this.bus.claims[segment]?.at(-1)?.node ?? NOBODY)
  }

  /** With which epoch a node last took a segment; 0 if it never did. */
  epochOfClaim(segment: number, node: number): number {
    return this.bus.claims[segment]?.findLast((claim) => claim.node === node)?.epoch ?? 0
  }

  /** The history of a key on the server that owns it. */
  history(key: string): History {
    return this.ownerOf(this.segmentOf(key)).data.get(key) ?? []
  }

  /** Why the cluster is not as it should be: the first thing about each node that is not alive, or does not serve, or knows another owner. */
  get unrest(): ReadonlyArray<string> {
    const now = this.world.now()
    return this.nodes.flatMap((node) => {
      const stranger = this.segments.findIndex((_, segment) => node.owner[segment] !== this.ownerOf(segment).index)
      const follows = node.isPrimary || (node.followed !== undefined && node.ownsAny(node.primary))
      const found = !node.isAwake(now)
        ? "sleeps"
        : node.paused || node.state !== "ok"
          ? "does not serve"
          : node.migrating.size + node.importing.size > 0
            ? "moves slots"
            : !follows
              ? "has no primary's data"
              : stranger !== -1
                ? `takes ${node.owner[stranger]} for the owner of ${this.segments[stranger]?.start}`
                : undefined
      return found === undefined ? [] : [`${node.address} ${found}`]
    })
  }

  /** The replicas that could take over from a primary. */
  successorsOf(primary: ModelNode): ReadonlyArray<ModelNode> {
    return this.nodes.filter(
      (node) => node.primary === primary.index && node.followed !== undefined && this.bus.talks(node, primary)
    )
  }

  stop(): void {
    this.running = false
    this.bus.stop()
  }

  trace(line: string): void {
    this.bus.trace(line)
  }

  private listen(node: ModelNode): void {
    this.network.listen(node.address, (send, wire) => {
      const session = new ServerSession(this, node, wire, send)
      this.sessions.add(session)
      return session
    })
  }

  /** Let sessions go on that waited for the node. */
  private resume(node: ModelNode): void {
    for (const session of this.sessions) if (session.node === node) session.work()
  }

  /** A full copy of the primary's data, once both can. */
  private copy(node: ModelNode): void {
    this.world.after(this.rng.int(20, 150), () => {
      const primary = this.nodes[node.primary]
      if (!this.running || primary === undefined || node.followed !== undefined) return
      if (!this.bus.talks(node, primary) || !primary.isPrimary) return this.copy(node)
      this.truth.discard(node.data, primary.data)
      node.data = new Dataset(primary.data.all())
      node.followed = primary.data.length
      this.trace(`${node.address} has a copy of ${primary.address}`)
    })
  }

  /** Let a replica have what its primary has sent by now. */
  catchUp(node: ModelNode, until = this.world.now() - node.lag): void {
    const primary = this.nodes[node.primary]
    if (primary === undefined || node.followed === undefined || !this.bus.talks(node, primary)) return
    node.followed = node.data.follow(primary.data, node.followed, until)
  }

  /** Before nodes lose sight of each other: what has arrived by now has arrived. */
  private catchUpAll(): void {
    for (const node of this.nodes) if (!node.isPrimary) this.catchUp(node)
  }

  kill(node: ModelNode): void {
    this.catchUpAll()
    node.up = false
    node.frozen = false
    node.paused = false
    this.network.kill(node.address)
    for (const session of this.sessions) if (session.node === node) this.sessions.delete(session)
  }

  restart(node: ModelNode): void {
    if (node.up) return
    node.up = true
    node.loadingUntil = this.world.now() + this.rng.int(20, 300)
    if (node.isPrimary && this.rng.chance(0.7)) {
      node.state = "fail"
      node.rejoiningUntil = node.loadingUntil + this.rng.int(200, 800)
    }
    // It begins to count the others' silence only now.
    node.heard.fill(node.loadingUntil)
    this.listen(node)
    if (!node.isPrimary) {
      node.followed = undefined
      this.copy(node)
    }
  }

  freeze(node: ModelNode): void {
    if (!node.up) return
    this.catchUpAll()
    node.frozen = true
    this.network.set(node.address, { frozen: true })
  }

  thaw(node: ModelNode): void {
    if (!node.frozen) return
    node.frozen = false
    // The bytes of its clients have waited in the kernel and come before any word of the other nodes.
    this.network.set(node.address, { frozen: false })
  }

  /** Split the nodes' own network: these against the rest. */
  isolate(nodes: ReadonlyArray<ModelNode>): void {
    this.catchUpAll()
    this.bus.isolate(nodes)
  }

  /** CLUSTER FAILOVER without FORCE: the primary lets writes wait until its replica has them all. */
  failOver(replica: ModelNode): boolean {
    const primary = this.nodes[replica.primary]
    if (primary === undefined || replica.followed === undefined || !this.bus.talks(primary, replica)) return false
    this.trace(`${replica.address} shall take over from ${primary.address}`)
    primary.paused = true
    this.world.after(this.rng.int(5, 60), () => {
      if (!primary.paused) return
      if (this.bus.talks(primary, replica) && replica.primary === primary.index) {
        this.catchUp(replica, this.world.now())
        this.bus.elect(replica, true)
      }
      // The old primary is told first, or gives up waiting.
      this.world.after(this.rng.int(1, 10), () => {
        if (!primary.paused) return
        if (replica.isPrimary && this.bus.talks(primary, replica)) this.bus.tell(replica, primary)
        primary.paused = false
        this.resume(primary)
      })
    })
    return true
  }

  /** CLUSTER FAILOVER FORCE: without a word to the primary, with what the replica has. */
  forceFailOver(replica: ModelNode): boolean {
    return replica.isAwake(this.world.now()) && replica.followed !== undefined && this.bus.elect(replica, true)
  }

  /** CLUSTER FAILOVER TAKEOVER: without a vote either. */
  takeOver(replica: ModelNode): void {
    replica.currentEpoch++
    this.bus.promote(replica, replica.currentEpoch)
  }

  /** Classic migration of one segment: the keys go one by one. `done` is called at its end. */
  migrate(segment: number, to: ModelNode, done: () => void = () => {}): boolean {
    const from = this.ownerOf(segment)
    if (from === to || !to.isPrimary || !from.isPrimary || !from.owns(segment) || !this.bus.talks(from, to))
      return false
    const slot = this.segments[segment]?.start
    this.trace(`slot ${slot} goes from ${from.address} to ${to.address}`)
    to.importing.set(segment, from.index)
    from.migrating.set(segment, to.index)
    const step = () => {
      const [next] = [...from.data.all()].filter(([key]) => this.segmentOf(key) === segment)
      if (next === undefined) return this.endMigration(segment, from, to, done)
      const [key, history] = next
      to.data.set(key, history, this.world.now())
      from.data.set(key, undefined, this.world.now())
      this.world.after(this.rng.int(3, 40), step)
    }
    this.world.after(this.rng.int(5, 40), step)
    return true
  }

  private endMigration(segment: number, from: ModelNode, to: ModelNode, done: () => void): void {
    to.importing.delete(segment)
    this.bus.bump(to)
    this.bus.take(to, segment)
    this.trace(`slot ${this.segments[segment]?.start} is at ${to.address} with epoch ${to.configEpoch}`)
    this.bus.announce(to)
    this.world.after(this.rng.int(1, 30), () => {
      from.migrating.delete(segment)
      if (from.owns(segment)) from.owner[segment] = to.index
      done()
    })
  }
}
