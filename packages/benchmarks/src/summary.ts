// From single measurements to the comparison: medians per client, and the ratio of Reef to the fastest peer of the same
// round. Pure.
import type { ClientName } from "./clients/index.ts"
import { REQUIRED_RATIO, type Scenario, type Topology } from "./scenarios.ts"
import { bootstrapMedian, type Estimate, median } from "./statistics.ts"

/** The client that the others are compared with. */
export const SUBJECT: ClientName = "reef"

/** One scenario measured once, by one process. */
export interface Sample {
  readonly topology: Topology
  readonly scenario: Scenario
  readonly client: ClientName
  readonly round: number
  /** Operations completed in the timed region. */
  readonly operations: number
  readonly seconds: number
  /** User and system time of the client's process in the timed region, all threads, µs. */
  readonly cpuMicros: number
}

export interface ClientSummary {
  readonly client: ClientName
  /** Median over the rounds. */
  readonly opsPerSecond: number
  /** Median over the rounds. */
  readonly cpuMicrosPerOperation: number
  readonly rounds: ReadonlyArray<{
    readonly round: number
    readonly opsPerSecond: number
    readonly cpuMicrosPerOperation: number
  }>
}

/** `uncertain`: the interval holds the required ratio, so another run may say the opposite. */
export type Verdict = "met" | "met, uncertain" | "not met" | "not met, uncertain"

export interface Comparison {
  /** Median of the rounds' ratios to the fastest peer of each round, with its interval. */
  readonly ratio: Estimate
  readonly rounds: ReadonlyArray<{ readonly round: number; readonly bestPeer: ClientName; readonly ratio: number }>
  /** The same paired ratio to each peer alone. */
  readonly peers: ReadonlyArray<{ readonly client: ClientName; readonly ratio: Estimate }>
  readonly required: number | undefined
  readonly verdict: Verdict | undefined
}

export interface ScenarioSummary {
  readonly topology: Topology
  readonly scenario: string
  readonly fibers: number
  readonly clients: ReadonlyArray<ClientSummary>
  /** Absent unless Reef and a peer were measured in one round. */
  readonly comparison: Comparison | undefined
}

export const opsPerSecond = (sample: Sample): number => sample.operations / sample.seconds

const groupBy = <A, K>(items: Iterable<A>, key: (item: A) => K): ReadonlyMap<K, ReadonlyArray<A>> => {
  const groups = new Map<K, Array<A>>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return groups
}

/** Met or not by the median; uncertain while the interval reaches to the other side. */
export const verdict = (ratio: Estimate, required: number): Verdict => {
  const met = ratio.median >= required
  const uncertain = met ? ratio.low < required : ratio.high >= required
  return `${met ? "met" : "not met"}${uncertain ? ", uncertain" : ""}`
}

const compare = (samples: ReadonlyArray<Sample>, fibers: number): Comparison | undefined => {
  const rounds: Array<{ readonly round: number; readonly bestPeer: ClientName; readonly ratio: number }> = []
  const perPeer = new Map<ClientName, Array<number>>()
  for (const [round, inRound] of groupBy(samples, (s) => s.round)) {
    const subject = inRound.find((s) => s.client === SUBJECT)
    const peers = inRound.filter((s) => s.client !== SUBJECT)
    if (subject === undefined || peers.length === 0) continue
    const speed = opsPerSecond(subject)
    for (const peer of peers) {
      const ratios = perPeer.get(peer.client) ?? []
      ratios.push(speed / opsPerSecond(peer))
      perPeer.set(peer.client, ratios)
    }
    const best = peers.reduce((a, b) => (opsPerSecond(b) > opsPerSecond(a) ? b : a))
    rounds.push({ round, bestPeer: best.client, ratio: speed / opsPerSecond(best) })
  }
  if (rounds.length === 0) return undefined
  const ratio = bootstrapMedian(rounds.map((r) => r.ratio))
  const required = REQUIRED_RATIO.get(fibers)
  return {
    ratio,
    rounds,
    peers: Array.from(perPeer, ([client, ratios]) => ({ client, ratio: bootstrapMedian(ratios) })),
    required,
    verdict: required === undefined ? undefined : verdict(ratio, required)
  }
}

const summarizeClient = (client: ClientName, samples: ReadonlyArray<Sample>): ClientSummary => {
  const rounds = samples.map((s) => ({
    round: s.round,
    opsPerSecond: opsPerSecond(s),
    cpuMicrosPerOperation: s.cpuMicros / s.operations
  }))
  return {
    client,
    opsPerSecond: median(rounds.map((r) => r.opsPerSecond)),
    cpuMicrosPerOperation: median(rounds.map((r) => r.cpuMicrosPerOperation)),
    rounds
  }
}

/** One summary per topology and scenario, in the order in which they first appear; clients in the order given. */
export const summarize = (
  samples: ReadonlyArray<Sample>,
  clients: ReadonlyArray<ClientName>
): ReadonlyArray<ScenarioSummary> =>
  Array.from(groupBy(samples, (s) => `${s.topology}/${s.scenario.name}`).values(), (group): ScenarioSummary => {
    const { scenario, topology } = group[0]!
    const byClient = groupBy(group, (s) => s.client)
    return {
      topology,
      scenario: scenario.name,
      fibers: scenario.fibers,
      clients: clients.flatMap((client) => {
        const own = byClient.get(client)
        return own === undefined ? [] : [summarizeClient(client, own)]
      }),
      comparison: compare(group, scenario.fibers)
    }
  })
