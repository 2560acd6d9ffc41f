/**
 * Reads on other nodes than the primary: a router over another one. What reads by its own arguments goes where the strategy says, all else
 * and all that it cannot place goes where the other router sends it.
 *
 * @since 0.1.0
 */
import type { CommandImpl } from "../command/make.ts"
import type { NodeConnection } from "../connection/NodeConnection.ts"
import type { Failure } from "../error/Failure.ts"
import { InvalidArgument, NoReplica } from "../error/Reason.ts"
import {
  chosenBy,
  memberOf,
  type ReadFrom,
  type ReadFunction,
  type ReadGroup,
  type ReadStrategy,
  readFromProblem,
  readGroup
} from "../topology/ReadFrom.ts"
import type { ReadNode, ReadNodes } from "./ReadNodes.ts"
import { type Decision, decideNoAuth, type RouterService } from "./Router.ts"

/**
 * Where the data is. A place is what a whole set of nodes has alike: a slot of a cluster, or 0 where there is one set only.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadSource {
  /** How many places there are. */
  readonly places: number
  /** Another value whenever the nodes of a place may be others. */
  readonly map: () => unknown
  /** The place of what a command reads; -1 for what does not go to a replica. Runs for every command. */
  readonly placeOf: (command: CommandImpl) => number
  /** The nodes that have a place, also those that are in trouble. The primary first, if there is one. */
  readonly nodesAt: (place: number) => ReadonlyArray<ReadNode>
  /** The replicas of the primary at an address. */
  readonly replicasOf: (address: string) => ReadonlyArray<ReadNode>
  /** The slot that a place is, for failures and functions. */
  readonly slotOf: (place: number) => number | undefined
}

/** So many places have one list: a new map begins with none. */
const CHUNK = 128

/** Refusals of a node that say nothing of the others. */
const refusals: ReadonlySet<string> = new Set(["ClusterDown", "Loading", "MasterDown"])

type GroupOf = (candidates: ReadonlyArray<ReadNode>) => ReadGroup<ReadNode>

/** Where the reads of one set of nodes go for as long as map and nodes stay as they are. */
class Plan {
  /** The nodes that can be used. */
  readonly candidates: ReadonlyArray<ReadNode>
  /** How many there are in all. */
  readonly known: number
  /** How many that could be taken are passed over. */
  readonly troubled: number
  private readonly group: ReadGroup<ReadNode>
  private turn: number

  constructor(all: ReadonlyArray<ReadNode>, wanted: (node: ReadNode) => boolean, groupOf: GroupOf) {
    this.known = all.length
    this.candidates = all.filter(isUsable)
    this.troubled = all.filter((node) => !isUsable(node) && wanted(node)).length
    this.group = groupOf(this.candidates)
    // Plans are made anew whenever a node's condition changes: beginning at random keeps the first of a group from having more.
    this.turn = Math.trunc(Math.random() * Math.max(1, this.group.members.length))
  }

  next(): ReadNode | undefined {
    return memberOf(this.group, this.turn++, Math.random)
  }
}

const isUsable = (node: ReadNode): boolean => node.trouble === undefined

const noGroup: ReadGroup<ReadNode> = { members: [], pick: "first" }

/**
 * The router of reads with one strategy.
 *
 * @category constructors
 * @since 0.1.0
 */
const makeReadRouter = (
  base: RouterService,
  source: ReadSource,
  nodes: ReadNodes,
  readFrom: Exclude<ReadFrom, "primary">,
  zone: string | undefined
): RouterService => {
  let seenMap: unknown
  let seenVersion = -1
  let byPlace: Array<Array<Plan | undefined> | undefined> = []
  /** By the addresses of their nodes: all slots of a shard share one, and so its turn. */
  let plans = new Map<string, Plan>()
  const choose: ReadFunction | undefined = typeof readFrom === "function" ? readFrom : undefined
  const insistsOnReplica = readFrom === "replica"
  const isWanted = ({ role }: ReadNode) => !insistsOnReplica || role === "replica"
  const reader = { zone, seed: nodes.seed }
  const groupOf: GroupOf =
    typeof readFrom === "function" ? () => noGroup : (candidates) => readGroup(readFrom, candidates, reader)

  const planOf = (place: number): Plan => {
    const map = source.map()
    if (map !== seenMap || nodes.version !== seenVersion) {
      seenMap = map
      seenVersion = nodes.version
      byPlace = new Array<undefined>(Math.ceil(source.places / CHUNK)).fill(undefined)
      plans = new Map()
    }
    const at = Math.trunc(place / CHUNK)
    const known = byPlace[at]?.[place % CHUNK]
    return known ?? planFor(place, at)
  }

  const planFor = (place: number, at: number): Plan => {
    const all = source.nodesAt(place)
    const key = all.map(({ address }) => address).join(" ")
    let plan = plans.get(key)
    if (plan === undefined) {
      plan = new Plan(all, isWanted, groupOf)
      plans.set(key, plan)
    }
    const chunk = byPlace[at] ?? new Array<undefined>(CHUNK).fill(undefined)
    chunk[place % CHUNK] = plan
    byPlace[at] = chunk
    return plan
  }

  const noReplica = (place: number): Failure => {
    const slot = source.slotOf(place)
    const where = slot === undefined ? "" : ` of slot ${slot}`
    const what = choose === undefined ? "no replica can be read from" : "the function readFrom takes none of the nodes"
    return { reason: new NoReplica({ slot, message: `${what}${where}` }), execution: "NotSent" }
  }

  const asked = (ask: ReadFunction, plan: Plan, place: number, command: CommandImpl): NodeConnection | Failure => {
    try {
      const read = { command: command.name, slot: source.slotOf(place) }
      return chosenBy(ask, plan.candidates, read)?.connection ?? noReplica(place)
    } catch (error) {
      const message = `readFrom: the function threw: ${error instanceof Error ? error.message : String(error)}`
      return { reason: new InvalidArgument({ position: undefined, message }), execution: "NotSent" }
    }
  }

  /** MOVED, where the primary is not to be read from: to a replica of the node that has the slot now. */
  const beside = (place: number, decision: Decision & { readonly _tag: "Redirect" }): Decision => {
    const replica = source.replicasOf(decision.to.text).find(isUsable)
    const failure = replica === undefined ? noReplica(place) : decision.failure
    return replica === undefined
      ? { _tag: "Again", policy: "unavailable", failure }
      : { ...decision, to: replica.connection }
  }

  return {
    ...base,
    route: (command) => {
      const place = source.placeOf(command)
      if (place < 0) return base.route(command)
      const plan = planOf(place)
      if (choose !== undefined && plan.candidates.length > 0) return asked(choose, plan, place, command)
      const node = plan.next()
      if (node !== undefined) return node.connection
      // With the primary alone left, it is asked whatever state it is in.
      return insistsOnReplica && plan.known > 0 ? noReplica(place) : base.route(command)
    },
    decide: (command, outcome) => {
      const place = source.placeOf(command)
      if (place < 0) return base.decide(command, outcome)
      const { failure } = outcome
      const tag = failure.reason._tag
      if (tag === "NoReplica") {
        return planOf(place).troubled > 0
          ? { _tag: "Again", policy: "unavailable", failure }
          : { _tag: "Fail", failure }
      }
      const from = source.nodesAt(place).find(({ address }) => address === outcome.node)
      const renewed = from?.role === "replica" ? decideNoAuth(from.connection, outcome) : undefined
      if (renewed !== undefined) return renewed
      const decision = base.decide(command, outcome)
      if (decision._tag === "Redirect" && insistsOnReplica && !decision.asking) return beside(place, decision)
      if (decision._tag !== "Again" || decision.policy !== "unavailable") return decision
      if (from !== undefined) {
        if (refusals.has(tag)) nodes.passOver(from, "refusing")
        else if (!from.connection.isUp) nodes.passOver(from, "down")
      }
      return planOf(place).candidates.length > 0 ? { _tag: "Again", policy: "elsewhere", failure } : decision
    }
  }
}

/**
 * From a strategy to the router whose reads go there, or what is wrong with the strategy. Each has one router, so that turns go on from call
 * to call; that of `primary` is the given one with the choice added.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeReadRouters = (
  base: RouterService,
  source: ReadSource,
  nodes: ReadNodes,
  zone: string | undefined
): NonNullable<RouterService["readFrom"]> => {
  const byName = new Map<ReadStrategy, RouterService>()
  /** Functions are often made anew for each call: theirs end with them. */
  const byFunction = new WeakMap<ReadFunction, RouterService>()
  const readFrom = (wanted: ReadFrom): RouterService | InvalidArgument => {
    if (wanted === "primary") return primary
    const found = typeof wanted === "function" ? byFunction.get(wanted) : byName.get(wanted)
    if (found !== undefined) return found
    const problem = readFromProblem(wanted, zone)
    if (problem !== undefined) return new InvalidArgument({ position: undefined, message: problem })
    // A function may look at all that candidates tell.
    if (wanted === "lowestLatency" || typeof wanted === "function") nodes.measureLatency()
    if (typeof wanted === "function" || wanted.startsWith("sameZone")) nodes.learnZones()
    const router = { ...makeReadRouter(base, source, nodes, wanted, zone), readFrom }
    if (typeof wanted === "function") byFunction.set(wanted, router)
    else byName.set(wanted, router)
    return router
  }
  const primary: RouterService = { ...base, readFrom }
  return readFrom
}
