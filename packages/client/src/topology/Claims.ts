/**
 * With which config epoch each slot is claimed. The nodes decide by it between two that claim one slot, and so does a client that has heard of
 * both. The current epoch alone does not tell: who voted for a new primary knows its epoch before it knows which slots it took. Pure.
 *
 * @since 0.1.0
 */
import type { ClusterView } from "./ClusterView.ts"
import { SLOT_COUNT } from "./Slot.ts"
import type { Topology } from "./Topology.ts"

/**
 * By slot the config epoch with which its owner claims it: 0 if nobody does, `NaN` if it is not known. A client keeps one such list beside its
 * map; it is not part of the snapshots, so that MOVED changes one number.
 *
 * @category models
 * @since 0.1.0
 */
export type Claims = Float64Array

/** Between an epoch and the next: later than the claim that was given up, earlier than any other. */
const GIVEN_UP = 0.5

/**
 * The claims of a client that knows nothing yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const unknownClaims = (): Claims => new Float64Array(SLOT_COUNT).fill(Number.NaN)

/**
 * What a view tells of the claims.
 *
 * @category constructors
 * @since 0.1.0
 */
export const claimsOf = ({ configEpochs, slots }: ClusterView): Claims => {
  if (configEpochs === undefined) return unknownClaims()
  const claims = new Float64Array(SLOT_COUNT)
  for (const { end, primaryId, start } of slots) claims.fill(configEpochs.get(primaryId) ?? Number.NaN, start, end + 1)
  return claims
}

/**
 * The latest claim that a view knows of; `undefined` if it does not tell any.
 *
 * @category getters
 * @since 0.1.0
 */
export const latestClaim = ({ configEpochs, slots }: ClusterView): number | undefined =>
  configEpochs && slots.reduce((latest, { primaryId }) => Math.max(latest, configEpochs.get(primaryId) ?? 0), 0)

/**
 * The owner of a slot has said MOVED: it has given up its claim to a later one, of which nothing else is known. Changes `claims`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const giveUp = (claims: Claims, slot: number): void => {
  claims[slot] = Math.floor(claims[slot] ?? Number.NaN) + GIVEN_UP
}

/**
 * The slots of `map`, claimed as in `known`, that a view gives to others (or to nobody) though it is behind in them; and the claims that follow.
 * `next` is the map of the view.
 *
 * **Details**
 *
 * A view is behind in a slot if its owner there claims it by an older epoch and it has not heard of the owner's claim in `map`: of that node too
 * it knows an older epoch. After MOVED the new owner's epoch is not known, and the former decides alone. Where anything else is unknown
 * (an epoch, the owner, its address), the view is right: the node has left, or it is another cluster.
 *
 * @category combinators
 * @since 0.1.0
 */
export const weigh = (
  map: Topology,
  known: Claims,
  next: Topology,
  view: ClusterView
): { readonly kept: ReadonlyArray<number>; readonly claims: Claims } => {
  const kept: Array<number> = []
  const claims = claimsOf(view)
  for (const [slot, claim] of known.entries()) {
    if (!((claims[slot] ?? Number.NaN) < claim)) continue
    const owner = map.primaryOf(slot)
    if (owner === undefined || next.nodes.get(owner.id)?.endpoint === undefined) continue
    if (Number.isInteger(claim) && !((view.configEpochs?.get(owner.id) ?? Number.NaN) < claim)) continue
    claims[slot] = claim
    if (next.primaryOf(slot)?.id !== owner.id) kept.push(slot)
  }
  return { kept, claims }
}
