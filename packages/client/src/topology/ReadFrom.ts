/**
 * Which node of a shard (or of a replicated server) answers a read: the strategies, and the choice among candidates. Knows no slots and no
 * connections, so that a cluster and a service under Sentinels choose alike.
 *
 * @since 0.1.0
 */

/**
 * The strategies that have a name, as they stand in options and in configuration.
 *
 * - `primary`: the primary alone (default).
 * - `preferReplica`: the replicas in turn; the primary while no replica can be used.
 * - `replica`: the replicas in turn, never the primary.
 * - `any`: primary or replica, and then the same one for as long as it can be used: each client keeps to one node of a shard, different
 *   clients to different ones.
 * - `roundRobin`: primary and replicas in turn.
 * - `random`: primary and replicas at random.
 * - `lowestLatency`: of primary and replicas the one that answers soonest, as measured beside the requests; in turn until that is known.
 * - `sameZone`: in the client's own availability zone (`sameZone:eu-west-1a` names it, else the client's option `zone` does): its replicas in
 *   turn, then its primary, then replicas of other zones in turn, then the primary wherever it is.
 *
 * @category models
 * @since 0.1.0
 */
export type ReadStrategy =
  | "primary"
  | "preferReplica"
  | "replica"
  | "any"
  | "roundRobin"
  | "random"
  | "lowestLatency"
  | "sameZone"
  | `sameZone:${string}`

/**
 * A node that can answer now.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadCandidate {
  /** Where it is, `host:port`. */
  readonly address: string
  readonly role: "primary" | "replica"
  /** Its availability zone, if its server tells (Valkey 8). */
  readonly zone?: string | undefined
  /** How long it takes to answer a PING, smoothed, in milliseconds; `undefined` until it was measured. */
  readonly latency?: number | undefined
}

/**
 * What is to be read.
 *
 * @category models
 * @since 0.1.0
 */
export interface Read {
  /** The name of the command. */
  readonly command: string
  /** The slot of its keys; `undefined` where there are no slots. */
  readonly slot: number | undefined
}

/**
 * A strategy of the user's own: of the candidates, all of which can be used now, the one to read from, or several in order of preference.
 * `undefined` or an empty list means none, as if there were no candidate. It runs for every read that may go to a replica and must not throw.
 *
 * @category models
 * @since 0.1.0
 */
export type ReadFunction = (
  candidates: ReadonlyArray<ReadCandidate>,
  read: Read
) => ReadCandidate | ReadonlyArray<ReadCandidate> | undefined

/**
 * Where reads go: a strategy by its name, or a function.
 *
 * **Details**
 *
 * Only a command that reads by its own actual arguments goes to a replica. Replicas lag behind: what they give may be older than what the
 * same client has written or read before. A node that is loading, cut off from its primary, silent or not reachable is no candidate; it is
 * tried again beside the requests. With no candidate left a read waits for one by the `unavailable` policy, within its deadline; where
 * `replica` (or a function) finds none because there is none, it fails as `NoReplica`.
 *
 * @category models
 * @since 0.1.0
 */
export type ReadFrom = ReadStrategy | ReadFunction

const ZONE_PREFIX = "sameZone:"

const NAMES: ReadonlySet<string> = new Set<ReadStrategy>([
  "primary",
  "preferReplica",
  "replica",
  "any",
  "roundRobin",
  "random",
  "lowestLatency",
  "sameZone"
])

const parse = (text: string): ReadStrategy | undefined =>
  NAMES.has(text) || (text.startsWith(ZONE_PREFIX) && text.length > ZONE_PREFIX.length)
    ? (text as ReadStrategy)
    : undefined

/**
 * The strategies as values.
 *
 * **Example**
 *
 * ```ts
 * import { ReadFrom } from "@reef-redis/client"
 *
 * const options = { nodes: ["redis://127.0.0.1:7000"], readFrom: ReadFrom.sameZone("eu-west-1a") }
 * ```
 *
 * @category strategies
 * @since 0.1.0
 */
export const ReadFrom = {
  /** The primary alone. */
  primary: "primary",
  /** The replicas in turn; the primary while no replica can be used. */
  preferReplica: "preferReplica",
  /** The replicas in turn, never the primary. */
  replica: "replica",
  /** Primary or replica, the same one for as long as it can be used. */
  any: "any",
  /** Primary and replicas in turn. */
  roundRobin: "roundRobin",
  /** Primary and replicas at random. */
  random: "random",
  /** Of primary and replicas the one that answers soonest. */
  lowestLatency: "lowestLatency",
  /** Nodes of an availability zone first; without a name that of the client's option `zone`. */
  sameZone: (zone?: string | undefined): ReadStrategy => (zone === undefined ? "sameZone" : `${ZONE_PREFIX}${zone}`),
  /** The strategy that a text names, as from configuration; `undefined` if it names none. */
  parse
} as const satisfies Record<string, ReadFrom | ((text: string) => ReadStrategy | undefined)>

/**
 * What is wrong with a value for `readFrom`, if anything is. `zone` is the client's.
 *
 * @category predicates
 * @since 0.1.0
 */
export const readFromProblem = (readFrom: unknown, zone: string | undefined): string | undefined => {
  if (typeof readFrom === "function") return undefined
  if (typeof readFrom !== "string" || parse(readFrom) === undefined) {
    return `must be a function, ${ZONE_PREFIX}ZONE, or one of ${[...NAMES].join(", ")}`
  }
  return readFrom === "sameZone" && (zone === undefined || zone === "")
    ? `sameZone needs the client's zone: give the option zone, or ${ZONE_PREFIX}ZONE`
    : undefined
}

/**
 * What tells one client from others, and the zone that it is in.
 *
 * @category models
 * @since 0.1.0
 */
export interface Reader {
  readonly zone?: string | undefined
  /** Any number, the same for the life of a client: `any` of different clients keeps to different nodes. */
  readonly seed?: number | undefined
}

/**
 * Of the candidates those that a strategy takes now, and how to go among them: in turn, at random, or the first alone.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadGroup<C> {
  readonly members: ReadonlyArray<C>
  readonly pick: "turn" | "random" | "first"
}

/** The offset basis and the prime of 32-bit FNV-1a. */
const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** How a client ranks an address: for each client another order, and who drops out changes nothing between the others. */
const rank = (address: string, seed: number): number => {
  let hash = (FNV_OFFSET ^ seed) >>> 0
  for (let at = 0; at < address.length; at++) {
    hash = Math.imul(hash ^ address.charCodeAt(at), FNV_PRIME) >>> 0
  }
  // Addresses differ in their last characters, which FNV alone leaves in the low bits.
  return Math.imul(hash ^ (hash >>> 15), FNV_PRIME) >>> 0
}

const least = <C>(candidates: ReadonlyArray<C>, by: (candidate: C) => number): ReadonlyArray<C> => {
  let best: C | undefined
  let value = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const its = by(candidate)
    if (its < value) {
      best = candidate
      value = its
    }
  }
  return best === undefined ? [] : [best]
}

const firstFilled = <C>(...groups: ReadonlyArray<ReadonlyArray<C>>): ReadonlyArray<C> =>
  groups.find((group) => group.length > 0) ?? []

/**
 * The group that a strategy takes of the candidates, all of which can be used. Empty if it takes none.
 *
 * @category combinators
 * @since 0.1.0
 */
export const readGroup = <C extends ReadCandidate>(
  strategy: ReadStrategy,
  candidates: ReadonlyArray<C>,
  reader: Reader
): ReadGroup<C> => {
  const primaries = candidates.filter(({ role }) => role === "primary")
  const replicas = candidates.filter(({ role }) => role === "replica")
  switch (strategy) {
    case "primary":
      return { members: primaries, pick: "first" }
    case "preferReplica":
      return { members: firstFilled(replicas, primaries), pick: "turn" }
    case "replica":
      return { members: replicas, pick: "turn" }
    case "any":
      return { members: least(candidates, ({ address }) => rank(address, reader.seed ?? 0)), pick: "first" }
    case "roundRobin":
      return { members: candidates, pick: "turn" }
    case "random":
      return { members: candidates, pick: "random" }
    case "lowestLatency": {
      const soonest = least(candidates, ({ latency }) => latency ?? Number.POSITIVE_INFINITY)
      return soonest.length > 0 ? { members: soonest, pick: "first" } : { members: candidates, pick: "turn" }
    }
    default: {
      const zone = strategy === "sameZone" ? reader.zone : strategy.slice(ZONE_PREFIX.length)
      const isNear = (candidate: C) => candidate.zone !== undefined && candidate.zone === zone
      const members = firstFilled(replicas.filter(isNear), primaries.filter(isNear), replicas, primaries)
      return { members, pick: "turn" }
    }
  }
}

/**
 * One of a group. `turn` counts the reads, `random` is at least 0 and below 1.
 *
 * @category combinators
 * @since 0.1.0
 */
export const memberOf = <C>({ members, pick }: ReadGroup<C>, turn: number, random: () => number): C | undefined => {
  switch (pick) {
    case "first":
      return members[0]
    case "turn":
      return members[turn % members.length]
    case "random":
      return members[Math.trunc(random() * members.length)]
  }
}

/**
 * What a function of the user chose: the first of its answer that is a candidate.
 *
 * @category combinators
 * @since 0.1.0
 */
export const chosenBy = <C extends ReadCandidate>(
  choose: ReadFunction,
  candidates: ReadonlyArray<C>,
  read: Read
): C | undefined => {
  const answer = choose(candidates, read)
  if (answer === undefined) return undefined
  const order: ReadonlyArray<ReadCandidate> = isList(answer) ? answer : [answer]
  for (const wanted of order) {
    const found = candidates.find((candidate) => candidate === wanted)
    if (found !== undefined) return found
  }
  return undefined
}

const isList = (answer: ReadCandidate | ReadonlyArray<ReadCandidate>): answer is ReadonlyArray<ReadCandidate> =>
  Array.isArray(answer)

/**
 * How one choice is made.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadChoice extends Reader {
  readonly readFrom: ReadFrom
  readonly read: Read
  /** How many reads came before it. */
  readonly turn: number
  /** At least 0 and below 1. */
  readonly random: () => number
}

/**
 * The candidate to read from; `undefined` if the strategy takes none of them. The candidates are those that can be used now.
 *
 * @category combinators
 * @since 0.1.0
 */
export const chooseReplica = <C extends ReadCandidate>(
  candidates: ReadonlyArray<C>,
  choice: ReadChoice
): C | undefined =>
  typeof choice.readFrom === "function"
    ? chosenBy(choice.readFrom, candidates, choice.read)
    : memberOf(readGroup(choice.readFrom, candidates, choice), choice.turn, choice.random)
