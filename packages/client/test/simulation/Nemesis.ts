/**
 * What goes wrong, and when: a seeded schedule of faults of the nodes, of their network and of the client's, each with its end.
 */
import type { ClusterModel } from "./ClusterModel.ts"
import type { ModelNode } from "./ModelNode.ts"
import type { Network, Wire } from "./Network.ts"
import type { Rng } from "./Rng.ts"
import type { World } from "./World.ts"

/** How often each fault is chosen. */
export const FAULTS = {
  kill: 8,
  freeze: 8,
  "cut off from the client": 5,
  "cut off from the nodes": 5,
  "cut off from all": 4,
  "cut before delivery": 10,
  "cut before the reply": 10,
  "half-open": 5,
  refuse: 4,
  slow: 5,
  congest: 4,
  "graceful failover": 8,
  "forced failover": 6,
  migration: 14,
  "late gossip": 4,
  takeover: 4,
  "no views": 5
} as const

export type Fault = keyof typeof FAULTS

/** Those that there were when the first fixed seeds were found: with others each of these would take another course. */
export const FIRST: ReadonlyArray<Fault> = (Object.keys(FAULTS) as Array<Fault>).filter(
  (fault) => fault !== "takeover" && fault !== "no views"
)

/** Faults that lose nothing and that no caller notices. */
export const GRACEFUL: ReadonlyArray<Fault> = ["graceful failover", "migration", "late gossip", "slow", "congest"]

/** Between two faults (ms). */
const SHORTEST_CALM = 30
const LONGEST_CALM = 400
/** Faults of nodes at the same time. */
const AT_ONCE = 2
/** For how long a shard is left alone after a failover (ms). */
const RECOVERY = 500

export interface NemesisOptions {
  readonly faults: ReadonlyArray<Fault>
  /** No fault begins after this (ms). */
  readonly until: number
  /** Called as a fault strikes. */
  readonly onStrike: (fault: Fault) => void
}

export class Nemesis {
  private readonly world: World
  private readonly network: Network
  private readonly model: ClusterModel
  private readonly rng: Rng
  private readonly options: NemesisOptions
  /** Nodes whose shard has enough to bear. */
  private readonly busy = new Set<ModelNode>()
  private readonly ends = new Set<() => void>()
  private readonly weights: Partial<Record<Fault, number>> = {}
  private isOver = false

  constructor(world: World, network: Network, model: ClusterModel, rng: Rng, options: NemesisOptions) {
    this.world = world
    this.network = network
    this.model = model
    this.rng = rng
    this.options = options
    for (const fault of options.faults) this.weights[fault] = FAULTS[fault]
    this.schedule()
  }

  /** Whether something is still wrong. */
  get isQuiet(): boolean {
    return this.ends.size === 0 && this.busy.size === 0
  }

  /** Nothing new goes wrong, and what can be put right at once is. */
  heal(): void {
    this.isOver = true
    this.world.trace.add("nemesis: everything heals")
    for (const end of [...this.ends]) end()
  }

  private schedule(): void {
    this.world.after(this.rng.int(SHORTEST_CALM, LONGEST_CALM), () => {
      if (this.isOver || this.world.now() >= this.options.until) return
      this.strike(this.rng.weighted(this.weights as Record<Fault, number>))
      this.schedule()
    })
  }

  /** Let a fault strike; gives whether it could. */
  strike(fault: Fault): boolean {
    const struck = this.begin(fault)
    if (struck === undefined) return false
    this.world.trace.add(`nemesis: ${fault}: ${struck}`)
    this.options.onStrike(fault)
    return true
  }

  /** Until the fault ends. */
  private lasting(from: number, to: number, end: () => void): void {
    let ended = false
    const once = () => {
      if (ended) return
      ended = true
      this.ends.delete(once)
      end()
    }
    this.ends.add(once)
    this.world.after(this.rng.int(from, to), once)
  }

  private shardOf(node: ModelNode): ReadonlyArray<ModelNode> {
    const primary = node.isPrimary ? node.index : node.primary
    return this.model.nodes.filter((other) => other.index === primary || other.primary === primary)
  }

  /** Leave these nodes alone for now. */
  private spare(nodes: ReadonlyArray<ModelNode>): () => void {
    for (const node of nodes) this.busy.add(node)
    return () => {
      for (const node of nodes) this.busy.delete(node)
    }
  }

  private isFree(node: ModelNode): boolean {
    return this.shardOf(node).every((other) => !this.busy.has(other)) && this.ends.size < AT_ONCE
  }

  /** A node whose shard bears nothing else, more often a primary. */
  private victim(): ModelNode | undefined {
    const free = this.model.nodes.filter((node) => this.isFree(node))
    const primaries = free.filter((node) => node.isPrimary)
    if (free.length === 0) return undefined
    return this.rng.pick(primaries.length > 0 && this.rng.chance(0.75) ? primaries : free)
  }

  private wires(): ReadonlyArray<Wire> {
    const all = [...this.network.open]
    if (all.length === 0) return all
    const { address } = this.rng.pick(all)
    return this.rng.chance(0.6)
      ? all.filter((wire) => wire.address === address)
      : all.filter(() => this.rng.chance(0.5))
  }

  private onWires(hit: (wire: Wire) => void): string | undefined {
    const wires = this.wires()
    if (wires.length === 0) return undefined
    const traps = this.rng.chance(0.6)
    for (const wire of wires) {
      if (traps) wire.onNextWrite(() => hit(wire))
      else hit(wire)
    }
    return `${wires.map(({ name }) => name).join(" ")}${traps ? " at the next write" : ""}`
  }

  /** A fault of one node that lasts; its shard is spared meanwhile and a while longer. */
  private onNode(
    longest: number,
    begin: (node: ModelNode) => void,
    end: (node: ModelNode) => void
  ): string | undefined {
    const node = this.victim()
    if (node === undefined) return undefined
    const release = this.spare(this.shardOf(node))
    begin(node)
    this.lasting(50, longest, () => {
      this.world.trace.add(`nemesis: ${node.address} is well again`)
      end(node)
      this.world.after(RECOVERY, release)
    })
    return node.address
  }

  private begin(fault: Fault): string | undefined {
    const { model, network, rng } = this
    const { nodeTimeout } = model.options
    switch (fault) {
      case "kill":
        return this.onNode(
          4 * nodeTimeout,
          (node) => model.kill(node),
          (node) => model.restart(node)
        )
      case "freeze":
        return this.onNode(
          4 * nodeTimeout,
          (node) => model.freeze(node),
          (node) => model.thaw(node)
        )
      case "cut off from the client":
        return this.onNode(
          2500,
          (node) => network.set(node.address, { cutOff: true }),
          (node) => network.set(node.address, { cutOff: false })
        )
      case "cut off from the nodes":
        return this.onNode(
          4 * nodeTimeout,
          (node) => model.isolate([node]),
          () => model.bus.rejoin()
        )
      case "cut off from all":
        return this.onNode(
          4 * nodeTimeout,
          (node) => {
            model.isolate([node])
            network.set(node.address, { cutOff: true })
          },
          (node) => {
            model.bus.rejoin()
            network.set(node.address, { cutOff: false })
          }
        )
      case "cut before delivery":
        return this.onWires((wire) => wire.cutBeforeDelivery())
      case "cut before the reply":
        return this.onWires((wire) => wire.cutBeforeReply())
      case "half-open":
        return this.onWires((wire) => wire.breakHalfOpen())
      case "refuse":
        return this.onAddress(1000, { refuses: true }, { refuses: false }, true)
      case "slow":
        return this.onAddress(1500, { slow: rng.int(4, 25) }, { slow: 1 }, false)
      case "congest":
        return this.onAddress(800, { congested: true }, { congested: false }, false)
      case "graceful failover":
      case "forced failover":
      case "takeover":
        return this.failOver(fault)
      case "migration":
        return this.migrate()
      case "late gossip":
        return this.lateGossip()
      case "no views":
        model.views = rng.pick(["refused", "malformed"] as const)
        this.lasting(200, 2500, () => {
          model.views = "told"
        })
        return model.views
    }
  }

  private onAddress(
    longest: number,
    begin: Parameters<Network["set"]>[1],
    end: Parameters<Network["set"]>[1],
    cuts: boolean
  ): string {
    const { address } = this.rng.pick(this.model.nodes)
    this.network.set(address, begin)
    if (cuts) for (const wire of this.network.to(address)) wire.cutBeforeDelivery()
    this.lasting(50, longest, () => this.network.set(address, end))
    return address
  }

  private failOver(how: "graceful failover" | "forced failover" | "takeover"): string | undefined {
    const replicas = this.model.nodes.filter(
      (node) =>
        !node.isPrimary &&
        this.isFree(node) &&
        this.model.successorsOf(this.model.bus.node(node.primary)).includes(node)
    )
    if (replicas.length === 0) return undefined
    const replica = this.rng.pick(replicas)
    const release = this.spare(this.shardOf(replica))
    this.world.after(RECOVERY, release)
    if (how === "takeover") this.model.takeOver(replica)
    else if (!(how === "graceful failover" ? this.model.failOver(replica) : this.model.forceFailOver(replica))) {
      return undefined
    }
    return replica.address
  }

  private migrate(): string | undefined {
    const { model, rng } = this
    const used = [...model.segments.keys()].filter((at) => model.segments[at]?.start === model.segments[at]?.end)
    const from = model.ownerOf(rng.pick(used))
    const targets = model.nodes.filter((node) => node.isPrimary && node !== from && this.isFree(node))
    if (targets.length === 0 || !this.isFree(from)) return undefined
    const to = rng.pick(targets)
    const moving = used.filter((segment) => model.ownerOf(segment) === from).slice(0, rng.int(1, 3))
    const release = this.spare([...this.shardOf(from), ...this.shardOf(to)])
    let open = 1
    const done = () => {
      open--
      if (open === 0) this.world.after(RECOVERY / 2, release)
    }
    for (const segment of moving) if (model.migrate(segment, to, done)) open++
    const moved = open - 1
    done()
    return moved === 0 ? undefined : `${moved} slots, ${from.address} to ${to.address}`
  }

  private lateGossip(): string {
    const { model, rng } = this
    const node = rng.pick(model.nodes)
    const lag = rng.int(50, 1500)
    const deaf = model.nodes.filter((other) => other !== node && rng.chance(0.6))
    const speaks = rng.chance(0.5)
    for (const other of deaf) model.bus.delay(speaks ? node : other, speaks ? other : node, lag)
    this.lasting(500, 3000, () => {
      for (const from of model.nodes) for (const to of model.nodes) model.bus.delay(from, to, 0)
    })
    return `${node.address}, ${lag} ms`
  }
}
