/**
 * Several nodes were asked for their view of the cluster and do not say the same: which one to believe. Right after a failover only
 * the promoted node may know of it, and a node that is cut off goes on telling what was true before; neither the first answer
 * nor a plain vote is right.
 *
 * @since 0.1.0
 */
import { latestClaim } from "./Claims.ts"
import type { ClusterView, SlotRange } from "./ClusterView.ts"
import type { Endpoint } from "./Endpoint.ts"

/**
 * A view and the node that gave it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Answer {
  readonly from: Endpoint
  readonly view: ClusterView
}

/** How far the state of the answering node speaks for its view. */
const CONFIDENCE = { ok: 2, unknown: 1, fail: 0 } as const

/**
 * How many slots the view names an owner for.
 *
 * @category getters
 * @since 0.1.0
 */
export const coveredSlots = (view: ClusterView): number =>
  view.slots.reduce((sum, range) => sum + range.end - range.start + 1, 0)

const sameOwners = (a: ReadonlyArray<SlotRange>, b: ReadonlyArray<SlotRange>): boolean =>
  a.length === b.length &&
  a.every((range, i) => {
    const other = b[i]!
    return range.start === other.start && range.end === other.end && range.primaryId === other.primaryId
  })

/**
 * The answer to believe, or `undefined` if there is none.
 *
 * **Details**
 *
 * First, where more than half of the answers come from nodes in state `ok`, those in state `fail` are put aside: such a node has lost
 * the majority of the primaries (or has just started), and failed elections may have raised its epoch beyond the others'. Then, each
 * rule deciding only where the ones before it are level:
 *
 * 1. The later claim: the higher config epoch among the owners of slots, if every answer tells them. Whoever takes slots does so with a new
 *    epoch, so whoever knows of the last change has a higher one than whoever does not, however many of these there are.
 * 2. The higher current epoch. Who voted in an election has the new one before it knows the winner, and a failed election raises it too,
 *    so it comes second; but a partitioned minority cannot win an election: its view is stale, and its epoch lower.
 * 3. State `ok` before unknown before `fail`.
 * 4. More answers with the same owner for every slot. Addresses do not count, they differ by the host that was asked.
 * 5. More covered slots.
 * 6. The earlier answer.
 *
 * @category combinators
 * @since 0.1.0
 */
export const choose = <A extends Answer>(answers: ReadonlyArray<A>): A | undefined => {
  const healthy = answers.filter(({ view }) => view.state === "ok").length
  const trusted = healthy * 2 > answers.length ? answers.filter(({ view }) => view.state !== "fail") : answers
  const claims = trusted.map(({ view }) => latestClaim(view))
  const tell = claims.every((claim) => claim !== undefined)
  let best: A | undefined
  let bestRank: ReadonlyArray<number> = []
  for (const [at, answer] of trusted.entries()) {
    const { view } = answer
    const claim = tell ? (claims[at] ?? 0) : 0
    const votes = trusted.filter((other) => sameOwners(view.slots, other.view.slots)).length
    const rank = [claim, view.epoch, CONFIDENCE[view.state], votes, coveredSlots(view)]
    if (best === undefined || outranks(rank, bestRank)) {
      best = answer
      bestRank = rank
    }
  }
  return best
}

const outranks = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): boolean => {
  const decisive = a.findIndex((value, i) => value !== b[i])
  return decisive !== -1 && a[decisive]! > b[decisive]!
}
