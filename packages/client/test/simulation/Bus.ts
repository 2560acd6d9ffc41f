/**
 * How the nodes of the modelled cluster come to agree, or for a while do not: gossip with delay, failure detection, elections and epochs. What
 * it simplifies stands in `ClusterModel`.
 */
import { type ModelNode, NOBODY } from "./ModelNode.ts"
import type { Rng } from "./Rng.ts"
import type { World } from "./World.ts"

/** How often nodes look around (ms). */
const TICK = 20

export interface BusOptions {
  /** Silence after which a node is suspected (ms). */
  readonly nodeTimeout: number
  readonly requireFullCoverage: boolean
}

/** What else happens when the nodes change their roles. */
export interface BusEvents {
  /** It is about to take over from its primary: what it has by now is what remains. */
  readonly onPromote: (node: ModelNode) => void
  /** It has another primary from now on. */
  readonly onFollow: (node: ModelNode) => void
}

export class Bus {
  readonly nodes: ReadonlyArray<ModelNode>
  /** For each segment who took it with which epoch, oldest first: nodes that claim it by an older one are behind. */
  readonly claims: ReadonlyArray<Array<{ readonly node: number; readonly epoch: number }>>
  private readonly world: World
  private readonly rng: Rng
  private readonly options: BusOptions
  private readonly events: BusEvents
  /** The side of each node while the nodes' own network is split. */
  private readonly side: Array<number>
  private readonly nextGossip: Array<Array<number>>
  /** Added to the delay of what one node tells another (ms). */
  private readonly lag: Array<Array<number>>
  private running = true

  constructor(world: World, rng: Rng, nodes: ReadonlyArray<ModelNode>, options: BusOptions, events: BusEvents) {
    this.world = world
    this.rng = rng
    this.nodes = nodes
    this.options = options
    this.events = events
    this.claims = (nodes[0]?.owner ?? []).map((node) => [{ node, epoch: nodes[node]?.configEpoch ?? 0 }])
    this.side = nodes.map(() => 0)
    this.nextGossip = nodes.map(() => nodes.map(() => rng.int(1, 100)))
    this.lag = nodes.map(() => nodes.map(() => 0))
    this.schedule()
  }

  stop(): void {
    this.running = false
  }

  trace(line: string): void {
    this.world.trace.add(`cluster: ${line}`)
  }

  node(index: number): ModelNode {
    const node = this.nodes[index]
    if (node === undefined) throw new RangeError(`there is no node ${index}`)
    return node
  }

  /** Whether two nodes hear each other. */
  talks(a: ModelNode, b: ModelNode): boolean {
    const now = this.world.now()
    return a.isAwake(now) && b.isAwake(now) && this.side[a.index] === this.side[b.index]
  }

  /** Split the nodes' own network: these against the rest. */
  isolate(nodes: ReadonlyArray<ModelNode>): void {
    for (const node of nodes) this.side[node.index] = 1
  }

  rejoin(): void {
    this.side.fill(0)
  }

  /** What `from` tells `to` comes later by so much (ms). */
  delay(from: ModelNode, to: ModelNode, lag: number): void {
    const row = this.lag[from.index]
    if (row !== undefined) row[to.index] = lag
    this.postpone(from, to, 0)
  }

  private schedule(): void {
    this.world.after(TICK, () => {
      if (!this.running) return
      this.tick()
      this.schedule()
    })
  }

  private tick(): void {
    const now = this.world.now()
    for (const from of this.nodes) {
      for (const to of this.nodes) {
        if (from === to || !this.talks(from, to)) continue
        to.heard[from.index] = now
        const due = this.nextGossip[from.index]?.[to.index] ?? 0
        if (due > now) continue
        this.tell(from, to)
        this.postpone(from, to, this.rng.int(60, 250))
      }
    }
    for (const node of this.nodes) {
      if (!node.isAwake(now)) continue
      this.judge(node, now)
      this.considerElection(node, now)
    }
  }

  private postpone(from: ModelNode, to: ModelNode, delay: number): void {
    const row = this.nextGossip[from.index]
    if (row !== undefined) row[to.index] = this.world.now() + delay + (this.lag[from.index]?.[to.index] ?? 0)
  }

  /** What one node says of itself reaches another one. */
  tell(from: ModelNode, to: ModelNode): void {
    to.currentEpoch = Math.max(to.currentEpoch, from.currentEpoch)
    if (!from.isPrimary) {
      // Who was a primary and follows another one now serves nothing any more.
      if (to.primaryOf[from.index] === NOBODY) {
        for (const [segment, owner] of to.owner.entries()) if (owner === from.index) to.owner[segment] = NOBODY
      }
      to.primaryOf[from.index] = from.primary
      return
    }
    to.primaryOf[from.index] = NOBODY
    to.epochOf[from.index] = Math.max(to.epochOf[from.index] ?? 0, from.configEpoch)
    if (to.isPrimary && to.configEpoch === from.configEpoch && to.index < from.index) {
      // Two took the same epoch without a vote: one of them takes another.
      to.currentEpoch++
      to.configEpoch = to.currentEpoch
      to.epochOf[to.index] = to.configEpoch
    }
    const mine = to.isPrimary ? to.index : to.primary
    const served = to.ownsAny(mine)
    for (const [segment, owner] of from.owner.entries()) {
      const current = to.owner[segment] ?? NOBODY
      if (current === from.index) {
        if (owner === from.index) to.unclaimed.delete(segment)
        else to.unclaimed.add(segment)
        continue
      }
      if (owner !== from.index || to.importing.has(segment)) continue
      const free = current === NOBODY || to.unclaimed.has(segment)
      if (!free && (to.epochOf[current] ?? 0) >= from.configEpoch) continue
      to.owner[segment] = from.index
      to.unclaimed.delete(segment)
      to.migrating.delete(segment)
    }
    if (mine !== from.index && served && !to.ownsAny(mine)) this.follow(to, from)
  }

  /** A node that lost all its slots, or whose primary did, becomes the replica of who has them now. */
  private follow(node: ModelNode, primary: ModelNode): void {
    this.trace(`${node.address} follows ${primary.address}`)
    if (node.isPrimary && this.rng.chance(0.5)) node.demotedUntil = this.world.now() + this.rng.int(2, 30)
    node.primaryOf[node.index] = primary.index
    node.electionAt = undefined
    node.migrating.clear()
    node.importing.clear()
    this.events.onFollow(node)
  }

  /** What a node makes of its situation. */
  private judge(node: ModelNode, now: number): void {
    const { nodeTimeout, requireFullCoverage } = this.options
    const misses = (who: ModelNode, of: number) => who.index !== of && now - (who.heard[of] ?? 0) > nodeTimeout
    const voters = node.voters()
    const majority = Math.floor(voters.length / 2) + 1
    for (const { address, index } of this.nodes) {
      const witnesses = voters.filter((at) => {
        const witness = this.node(at)
        return (witness === node || this.talks(witness, node)) && misses(witness, index)
      })
      const failed = misses(node, index) && (node.failed[index] === true || witnesses.length >= majority)
      if (failed && node.failed[index] !== true) this.trace(`${node.address} says that ${address} failed`)
      node.failed[index] = failed
    }
    const cutOff = voters.filter((at) => !misses(node, at)).length < majority
    if (node.isCutOff && !cutOff && node.isPrimary) node.rejoiningUntil = now + this.rng.int(300, 1000)
    node.isCutOff = cutOff
    const uncovered = node.owner.some((owner) => owner === NOBODY || node.failed[owner] === true)
    const isDown = cutOff || (requireFullCoverage && uncovered) || now < node.rejoiningUntil
    const state = isDown ? "fail" : "ok"
    if (state !== node.state) this.trace(`${node.address} is in state ${state}`)
    node.state = state
  }

  private considerElection(node: ModelNode, now: number): void {
    const { primary } = node
    if (primary === NOBODY || node.failed[primary] !== true || !node.ownsAny(primary) || node.followed === undefined) {
      node.electionAt = undefined
      return
    }
    node.electionAt ??= now + this.rng.int(100, 600)
    if (now < node.electionAt) return
    node.electionAt = now + 2 * this.options.nodeTimeout
    this.elect(node, false)
  }

  /** A replica asks the primaries for their votes, by an administrator's order or on its own. Who loses has raised its epoch all the same. */
  elect(node: ModelNode, ordered: boolean): boolean {
    const { primary } = node
    const voters = node.voters()
    node.currentEpoch++
    const epoch = node.currentEpoch
    let votes = 0
    for (const at of voters) {
      const voter = this.node(at)
      if (!this.talks(node, voter) || voter.currentEpoch > epoch || voter.lastVote >= epoch) continue
      if (!ordered && voter.failed[primary] !== true) continue
      const knowsBetter = node.owner.some((owner, segment) => {
        const current = voter.owner[segment] ?? NOBODY
        return owner === primary && current !== primary && (voter.epochOf[current] ?? 0) > (node.epochOf[primary] ?? 0)
      })
      if (knowsBetter) continue
      voter.currentEpoch = epoch
      voter.lastVote = epoch
      votes++
    }
    const elected = votes >= Math.floor(voters.length / 2) + 1
    this.trace(`${node.address} ${elected ? "wins" : "loses"} the election of epoch ${epoch} with ${votes} votes`)
    if (elected) this.promote(node, epoch)
    return elected
  }

  /** A replica is a primary from now on, and takes what its primary had. */
  promote(node: ModelNode, epoch: number): void {
    this.events.onPromote(node)
    const before = node.primary
    node.primaryOf[node.index] = NOBODY
    node.electionAt = undefined
    node.configEpoch = epoch
    node.epochOf[node.index] = epoch
    for (const [segment, owner] of node.owner.entries()) if (owner === before) this.take(node, segment)
    this.trace(`${node.address} is a primary with epoch ${epoch}`)
    this.announce(node)
  }

  /** A primary takes a segment with the epoch that it has. */
  take(node: ModelNode, segment: number): void {
    node.owner[segment] = node.index
    const claims = this.claims[segment]
    const last = claims?.at(-1)
    // Whoever took it with a higher epoch keeps it, though this claim came later.
    if (last === undefined || node.configEpoch >= last.epoch)
      claims?.push({ node: node.index, epoch: node.configEpoch })
  }

  /** An epoch of its own without a vote, as at the end of a migration; a node that has the highest one keeps it. */
  bump(node: ModelNode): void {
    const others = node.epochOf.filter((_, at) => at !== node.index)
    if (node.configEpoch > Math.max(...others) && node.configEpoch >= node.currentEpoch) return
    node.currentEpoch++
    node.configEpoch = node.currentEpoch
    node.epochOf[node.index] = node.configEpoch
  }

  /** Who took slots tells its own replicas and then all the others. */
  announce(node: ModelNode): void {
    for (const other of this.nodes) {
      if (other === node) continue
      const lag = this.lag[node.index]?.[other.index] ?? 0
      const send = () => {
        if (this.talks(node, other)) this.tell(node, other)
      }
      if (lag === 0 && other.primary === node.index) send()
      else this.world.after(this.rng.int(1, 12) + lag, send)
    }
  }
}
