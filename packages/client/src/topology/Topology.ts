/**
 * The cluster as a client routes by it: an immutable snapshot with one owner per slot. Every command in a cluster reads it, so a
 * look-up is two array accesses and allocates nothing; a change makes a new snapshot and leaves those in use alone.
 *
 * @since 0.1.0
 */
import type { ClusterNode, ClusterView } from "./ClusterView.ts"
import { type AddressRemap, type Endpoint, endpointKey } from "./Endpoint.ts"
import { SLOT_COUNT } from "./Slot.ts"

/**
 * A snapshot of the cluster. `fromView` makes one, `empty` is the one to begin with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Topology {
  /** Counts the snapshots of one client: 0 for `empty`, and one more for each that follows from another. */
  readonly version: number
  /** The cluster's epoch in the view that the snapshot stems from; 0 if unknown. */
  readonly epoch: number
  /** How many of the 16384 slots have an owner, be its address known or not. */
  readonly covered: number
  /** All nodes by id, also those that failed or have no known address. */
  readonly nodes: ReadonlyMap<string, ClusterNode>
  /** The nodes in the role of a primary, with or without slots. */
  readonly primaries: ReadonlyArray<ClusterNode>
  /** The nodes in the role of a replica. */
  readonly replicas: ReadonlyArray<ClusterNode>
  /** The owner of `slot`; `undefined` if the slot is uncovered. */
  primaryOf(slot: number): ClusterNode | undefined
  /** The replicas of the owner of `slot`, also those that failed or are loading: the choice among them is the reader's. */
  replicasOf(slot: number): ReadonlyArray<ClusterNode>
  /** The node at an address as it is dialled. Where a view lists several there (an id was replaced), the healthy one. */
  nodeAt(endpoint: Endpoint): ClusterNode | undefined
  /**
   * The snapshot after MOVED said that `slot` is at `endpoint` (from `redirectTarget`, thus already remapped). A known primary takes
   * the slot. A known replica must have been promoted: it takes the slot and its role changes; what else its old primary had stays
   * there until the next view. For an unknown address a node is made up, its id is the endpoint's key. Gives this very snapshot
   * if it says so already.
   */
  withMoved(slot: number, endpoint: Endpoint): Topology
}

/** The nodes and what follows from them alone; shared by all snapshots between which only slots moved. */
interface Roster {
  readonly nodes: ReadonlyMap<string, ClusterNode>
  readonly primaries: ReadonlyArray<ClusterNode>
  readonly replicas: ReadonlyArray<ClusterNode>
  readonly byAddress: ReadonlyMap<string, ClusterNode>
  /** By the id of the primary. */
  readonly replicaSets: ReadonlyMap<string, ReadonlyArray<ClusterNode>>
}

const NO_NODES: ReadonlyArray<ClusterNode> = []

const rosterOf = (nodes: ReadonlyMap<string, ClusterNode>): Roster => {
  const all = [...nodes.values()]
  const byAddress = new Map<string, ClusterNode>()
  for (const node of all) {
    if (node.endpoint === undefined) continue
    const key = endpointKey(node.endpoint)
    const rival = byAddress.get(key)
    if (rival === undefined || liveliness(node) > liveliness(rival)) byAddress.set(key, node)
  }
  const replicas = all.filter((node) => node.role === "replica")
  const replicaSets = new Map<string, Array<ClusterNode>>()
  for (const replica of replicas) {
    if (replica.primaryId === undefined) continue
    const set = replicaSets.get(replica.primaryId)
    if (set === undefined) replicaSets.set(replica.primaryId, [replica])
    else set.push(replica)
  }
  return {
    nodes,
    primaries: all.filter((node) => node.role === "primary"),
    replicas,
    byAddress,
    replicaSets
  }
}

const liveliness = (node: ClusterNode): number => (node.health === "online" ? 2 : 0) + (node.role === "primary" ? 1 : 0)

/** By slot the owner, in chunks: what MOVED changes is one of them, and a snapshot shares all the others with the one before. */
type Owners = ReadonlyArray<ReadonlyArray<ClusterNode | undefined>>

const CHUNK_BITS = 7
const CHUNK = 1 << CHUNK_BITS

const chunked = (owners: ReadonlyArray<ClusterNode | undefined>): Owners =>
  Array.from({ length: SLOT_COUNT / CHUNK }, (_, at) => owners.slice(at * CHUNK, (at + 1) * CHUNK))

class Snapshot implements Topology {
  readonly version: number
  readonly epoch: number
  readonly covered: number
  readonly nodes: ReadonlyMap<string, ClusterNode>
  readonly primaries: ReadonlyArray<ClusterNode>
  readonly replicas: ReadonlyArray<ClusterNode>
  readonly #owners: Owners
  readonly #roster: Roster

  constructor(version: number, epoch: number, covered: number, owners: Owners, roster: Roster) {
    this.version = version
    this.epoch = epoch
    this.covered = covered
    this.nodes = roster.nodes
    this.primaries = roster.primaries
    this.replicas = roster.replicas
    this.#owners = owners
    this.#roster = roster
  }

  primaryOf(slot: number): ClusterNode | undefined {
    const chunk = slot >>> CHUNK_BITS
    // The difference, not the lower bits: what is no whole number is no slot.
    return this.#owners[chunk]?.[slot - chunk * CHUNK]
  }

  replicasOf(slot: number): ReadonlyArray<ClusterNode> {
    const owner = this.primaryOf(slot)
    return owner === undefined ? NO_NODES : (this.#roster.replicaSets.get(owner.id) ?? NO_NODES)
  }

  nodeAt(endpoint: Endpoint): ClusterNode | undefined {
    return this.#roster.byAddress.get(endpointKey(endpoint))
  }

  withMoved(slot: number, endpoint: Endpoint): Topology {
    if (!Number.isInteger(slot) || slot < 0 || slot >= SLOT_COUNT) return this
    const key = endpointKey(endpoint)
    const before = this.primaryOf(slot)
    if (before?.endpoint !== undefined && endpointKey(before.endpoint) === key) return this
    const known = this.#roster.byAddress.get(key)
    const roster = known?.role === "primary" ? this.#roster : withPrimary(this.#roster, known, endpoint, key)
    const chunk = slot >>> CHUNK_BITS
    const owners = this.#owners.with(chunk, (this.#owners[chunk] ?? []).with(slot % CHUNK, roster.byAddress.get(key)))
    const covered = before === undefined ? this.covered + 1 : this.covered
    return new Snapshot(this.version + 1, this.epoch, covered, owners, roster)
  }

  /** See `keeping`. */
  keep(before: Topology, slots: ReadonlyArray<number>): Snapshot {
    const owners = this.#owners.flat()
    let roster = this.#roster
    for (const slot of slots) {
      const was = before.primaryOf(slot)
      if (was?.endpoint === undefined) continue
      const key = endpointKey(was.endpoint)
      const known = roster.byAddress.get(key)
      if (known?.role !== "primary") roster = withPrimary(roster, known ?? was, was.endpoint, key)
      owners[slot] = roster.byAddress.get(key)
    }
    const covered = owners.filter((owner) => owner !== undefined).length
    return new Snapshot(this.version, this.epoch, covered, chunked(owners), roster)
  }
}

/** Only a primary is named by MOVED: `known` has been promoted, or somebody new is at `endpoint`. */
const withPrimary = (roster: Roster, known: ClusterNode | undefined, endpoint: Endpoint, key: string): Roster => {
  const primary: ClusterNode = {
    ...known,
    id: known?.id ?? key,
    endpoint,
    role: "primary",
    health: "online",
    primaryId: undefined
  }
  const next = rosterOf(new Map(roster.nodes).set(primary.id, primary))
  if (known === undefined) return { ...next, replicaSets: roster.replicaSets }
  const replicaSets = new Map<string, ReadonlyArray<ClusterNode>>()
  for (const [id, set] of roster.replicaSets) {
    const others = set.filter((replica) => replica.id !== known.id)
    replicaSets.set(id, others)
    // Its fellow replicas follow the promoted one: reads of the slot may go to them before a view confirms it.
    if (id === known.primaryId) replicaSets.set(known.id, others)
  }
  return { ...next, replicaSets }
}

/**
 * The snapshot of a client that knows nothing yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const empty: Topology = /*#__PURE__*/ new Snapshot(
  0,
  0,
  0,
  /*#__PURE__*/ chunked(/*#__PURE__*/ new Array<undefined>(SLOT_COUNT).fill(undefined)),
  /*#__PURE__*/ rosterOf(new Map())
)

/**
 * The snapshot of a view, each address replaced by `remap`. After `previous`, its version counts on, and nodes of which nothing has
 * changed stay the same objects.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromView = (view: ClusterView, remap?: AddressRemap, previous: Topology = empty): Topology => {
  const nodes = new Map<string, ClusterNode>()
  for (const node of view.nodes.values()) {
    const next = remap === undefined || node.endpoint === undefined ? node : { ...node, endpoint: remap(node.endpoint) }
    const known = previous.nodes.get(next.id)
    nodes.set(next.id, known !== undefined && sameNode(known, next) ? known : next)
  }
  const owners = new Array<ClusterNode | undefined>(SLOT_COUNT).fill(undefined)
  let covered = 0
  for (const range of view.slots) {
    const owner = nodes.get(range.primaryId)
    if (owner === undefined) continue
    owners.fill(owner, range.start, range.end + 1)
    covered += range.end - range.start + 1
  }
  return new Snapshot(previous.version + 1, view.epoch, covered, chunked(owners), rosterOf(nodes))
}

/**
 * The snapshot `next`, save that `slots` stay with their owners in `before`, and these stay primaries.
 *
 * @category combinators
 * @since 0.1.0
 */
export const keeping = (next: Topology, before: Topology, slots: ReadonlyArray<number>): Topology =>
  slots.length > 0 && next instanceof Snapshot ? next.keep(before, slots) : next

const sameAddress = (a: ClusterNode, b: ClusterNode): boolean =>
  a.endpoint?.host === b.endpoint?.host && a.endpoint?.port === b.endpoint?.port

const sameNode = (a: ClusterNode, b: ClusterNode): boolean =>
  a.id === b.id &&
  sameAddress(a, b) &&
  a.role === b.role &&
  a.health === b.health &&
  a.hostname === b.hostname &&
  a.zone === b.zone &&
  a.primaryId === b.primaryId

const movedBetween = (a: Topology, b: Topology): number => {
  let moved = 0
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    if (a.primaryOf(slot)?.id !== b.primaryOf(slot)?.id) moved++
  }
  return moved
}

/**
 * Whether two snapshots route alike: the same nodes with the same addresses, roles, health and zones, and the same owner of every slot.
 * Version and epoch do not count.
 *
 * @category comparisons
 * @since 0.1.0
 */
export const sameMap = (a: Topology, b: Topology): boolean => {
  if (a === b) return true
  if (a.nodes.size !== b.nodes.size) return false
  for (const node of a.nodes.values()) {
    const other = b.nodes.get(node.id)
    if (other === undefined || !sameNode(node, other)) return false
  }
  return movedBetween(a, b) === 0
}

/**
 * What happened between two snapshots. Nodes are told apart by id: a new id under an old address is one node removed and one
 * added, an old id under a new address is `readdressed`. All nodes are as they are after, those of `removed` as they were before.
 * `movedSlots` is the number of slots whose owner is another one, or is new or lost.
 *
 * @category models
 * @since 0.1.0
 */
export interface TopologyChanges {
  readonly added: ReadonlyArray<ClusterNode>
  readonly removed: ReadonlyArray<ClusterNode>
  readonly readdressed: ReadonlyArray<ClusterNode>
  readonly promoted: ReadonlyArray<ClusterNode>
  readonly demoted: ReadonlyArray<ClusterNode>
  readonly movedSlots: number
}

/**
 * What is different in `after`. A node that stays can be in several lists.
 *
 * @category comparisons
 * @since 0.1.0
 */
export const changes = (before: Topology, after: Topology): TopologyChanges => {
  const stayed = (test: (was: ClusterNode, is: ClusterNode) => boolean): ReadonlyArray<ClusterNode> =>
    [...after.nodes.values()].filter((is) => {
      const was = before.nodes.get(is.id)
      return was !== undefined && test(was, is)
    })
  return {
    added: [...after.nodes.values()].filter((node) => !before.nodes.has(node.id)),
    removed: [...before.nodes.values()].filter((node) => !after.nodes.has(node.id)),
    readdressed: stayed((was, is) => !sameAddress(was, is)),
    promoted: stayed((was, is) => was.role === "replica" && is.role === "primary"),
    demoted: stayed((was, is) => was.role === "primary" && is.role === "replica"),
    movedSlots: movedBetween(before, after)
  }
}
