/**
 * One server of the modelled cluster: what it is, what it believes of the others, and what it tells a client of that.
 */
import type { WireValue } from "../../src/protocol/RespEncoder.ts"
import type { Segment } from "./Slots.ts"
import { Dataset } from "./Truth.ts"

/** Nobody: of a segment without owner, of a primary's primary. */
export const NOBODY = -1

export class ModelNode {
  readonly index: number
  readonly id: string
  readonly host: string
  readonly port: number
  readonly address: string

  up = true
  frozen = false
  /** Until when it reads its data (ms). */
  loadingUntil = 0
  /** Until when a primary that was cut off or has just started refuses to serve (ms). */
  rejoiningUntil = 0
  /** Until when a primary that became a replica still takes itself for the owner of its slots (ms). */
  demotedUntil = 0
  /** A graceful failover is under way: writes wait. */
  paused = false

  configEpoch: number
  currentEpoch: number
  /** The last epoch that it voted in. */
  lastVote = 0

  /** For each segment who owns it, as far as this node knows. */
  readonly owner: Array<number>
  /** For each node whom it replicates (`NOBODY`: it is a primary), as far as this node knows. */
  readonly primaryOf: Array<number>
  /** For each node the epoch of its claim, as far as this node knows. */
  readonly epochOf: Array<number>
  /** For each node whether this node has agreed that it failed. */
  readonly failed: Array<boolean>
  /** For each node when it was last heard of (ms). */
  readonly heard: Array<number>
  state: "ok" | "fail" = "ok"
  isCutOff = false

  /** Segments whose owner says that it is so no more; they stay there until somebody else claims them. */
  readonly unclaimed = new Set<number>()
  /** Segments on their way, by segment: whither, whence. */
  readonly migrating = new Map<number, number>()
  readonly importing = new Map<number, number>()

  data = new Dataset()
  /** As a replica: how far it has followed the changes of its primary; `undefined` before it has its data. */
  followed: number | undefined
  /** As a replica: how far behind it is (ms). */
  lag = 0
  /** When it will stand for election (ms). */
  electionAt: number | undefined

  constructor(index: number, owner: ReadonlyArray<number>, primaryOf: ReadonlyArray<number>) {
    this.index = index
    this.id = String(index + 1)
      .repeat(40)
      .slice(0, 40)
    this.host = `10.0.0.${index + 1}`
    this.port = 7000
    this.address = `${this.host}:${this.port}`
    this.owner = [...owner]
    this.primaryOf = [...primaryOf]
    const primary = primaryOf[index] ?? NOBODY
    this.configEpoch = primary === NOBODY ? index + 1 : 0
    this.epochOf = primaryOf.map((of, at) => (of === NOBODY ? at + 1 : 0))
    this.currentEpoch = Math.max(...this.epochOf)
    this.failed = primaryOf.map(() => false)
    this.heard = primaryOf.map(() => 0)
    this.followed = primary === NOBODY ? undefined : 0
  }

  /** The node that it replicates, or `NOBODY`. */
  get primary(): number {
    return this.primaryOf[this.index] ?? NOBODY
  }

  get isPrimary(): boolean {
    return this.primary === NOBODY
  }

  /** Whether it runs and hears others. */
  isAwake(now: number): boolean {
    return this.up && !this.frozen && this.loadingUntil <= now
  }

  owns(segment: number): boolean {
    return this.owner[segment] === this.index
  }

  ownsAny(node: number): boolean {
    return this.owner.includes(node)
  }

  /** The primaries with slots, as this node sees them. */
  voters(): ReadonlyArray<number> {
    return [...new Set(this.owner)].filter((node) => node !== NOBODY)
  }

  /** CLUSTER SLOTS: neighbouring segments of one owner are one run; failed replicas are left out, failed primaries are not. */
  slotsReply(segments: ReadonlyArray<Segment>, nodes: ReadonlyArray<ModelNode>): WireValue {
    const described = (index: number): WireValue => {
      const node = nodes[index]
      return node === undefined ? [] : [node.host, node.port, node.id, []]
    }
    const runs: Array<WireValue> = []
    let from = 0
    for (const [at, { start, end }] of segments.entries()) {
      const owner = this.owner[at] ?? NOBODY
      if (at === 0 || this.owner[at - 1] !== owner) from = start
      if (owner === NOBODY || this.owner[at + 1] === owner) continue
      const replicas = nodes.filter(({ index }) => this.primaryOf[index] === owner && this.failed[index] !== true)
      runs.push([from, end, described(owner), ...replicas.map(({ index }) => described(index))])
    }
    return runs
  }

  /** CLUSTER NODES, as far as clients read it: who claims with which epoch. */
  nodesReply(nodes: ReadonlyArray<ModelNode>, hidesEpochs: boolean): string {
    return nodes
      .map(({ address, id, index }) => {
        const role = this.primaryOf[index] === NOBODY ? "master" : "slave"
        const epoch = hidesEpochs ? 1 : (this.epochOf[index] ?? 0)
        const self = index === this.index ? "myself," : ""
        return `${id} ${address}@17000 ${self}${role} - 0 0 ${epoch} connected\n`
      })
      .join("")
  }

  /** CLUSTER INFO, as far as clients read it. */
  infoReply(segments: ReadonlyArray<Segment>, hidesEpochs: boolean): string {
    const assigned = segments.reduce((sum, { start, end }, at) => {
      return sum + (this.owner[at] === NOBODY ? 0 : end - start + 1)
    }, 0)
    const mine = this.isPrimary ? this.configEpoch : (this.epochOf[this.primary] ?? 0)
    return [
      "cluster_enabled:1",
      `cluster_state:${this.state}`,
      `cluster_slots_assigned:${assigned}`,
      `cluster_current_epoch:${hidesEpochs ? 1 : this.currentEpoch}`,
      `cluster_my_epoch:${mine}`,
      ""
    ].join("\r\n")
  }
}
