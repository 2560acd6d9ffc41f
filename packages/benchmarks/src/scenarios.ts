// What is measured: topologies, scenarios, the ratios Reef has to reach, and the order of clients within a round.

/** Kinds of server set-up: one server, or a cluster of primaries without replicas. */
export const TOPOLOGIES = ["standalone", "cluster"] as const

export type Topology = (typeof TOPOLOGIES)[number]

export type Operation = "get" | "set"

/** One measured load: an operation issued by a number of independent fibers (or async functions), each awaiting its reply. */
export interface Scenario {
  readonly name: string
  readonly operation: Operation
  readonly fibers: number
}

const FIBERS = [1, 50, 1000] as const

export const SCENARIOS: ReadonlyArray<Scenario> = (["get", "set"] as const).flatMap((operation) =>
  FIBERS.map((fibers) => ({ name: `${operation}-${fibers}`, operation, fibers }))
)

/** The least ratio of Reef to the best peer that the project asks of itself, by number of fibers. */
export const REQUIRED_RATIO: ReadonlyMap<number, number> = new Map([
  [1, 0.95],
  [50, 1.3],
  [1000, 1.6]
])

/**
 * The order of one round: rotated by one place each round, and backwards in every second turn of the table, so that no
 * client keeps a place or a predecessor (whose heat, caches and memory it would inherit).
 */
export const roundOrder = <A>(items: ReadonlyArray<A>, round: number): ReadonlyArray<A> => {
  if (items.length === 0) return items
  const base = Math.floor(round / items.length) % 2 === 0 ? items : items.toReversed()
  const by = round % items.length
  return [...base.slice(by), ...base.slice(0, by)]
}
