/**
 * With which config epoch each slot is claimed. The nodes decide by it between two that claim one slot, and so does a client that has heard of
 * both. The current epoch alone does not tell: who voted for a new primary knows its epoch before it knows which slots it took. Pure.
 *
 * @since 0.1.0
 */
import type { ClusterView } from "./ClusterView.ts"
import { endpointKey } from "./Endpoint.ts"
import { SLOT_COUNT } from "./Slot.ts"
import type { Topology } from "./Topology.ts"

/**
 * By slot the config epoch with which its owner claims it; `NaN` where it is not known. A client keeps one such list beside its map; it is
 * not part of the snapshots, so that MOVED changes one number.
 *
 * @category models
 * @since 0.1.0
 */
export type Claims = Float64Array

/**
 * Added to the epoch that a node tells of its own slots, or of those that it has given up. Others may tell the same epoch of the wrong node for a
 * moment: what a new replica sends (messages of Pub/Sub) bears its primary's config epoch, and who has not heard of the failover takes it for that of
 * the old primary's slots (seen in Redis 7.0).
 */
const OWN_WORD = 0.25
/** Between an epoch and the next: later than the claim that was given up, earlier than any other. */
const GIVEN_UP = 0.5

/** As others tell it. */
const hearsay = (claim: number): number => (claim % 1 === OWN_WORD ? claim - OWN_WORD : claim)

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
  const claims = unknownClaims()
  for (const { end, primaryId, start } of slots) claims.fill(configEpochs?.get(primaryId) ?? Number.NaN, start, end + 1)
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

/** Epochs that several owners of slots have: the nodes have none of their own yet, or stand for them with a constant. */
const sharedEpochs = ({ configEpochs, slots }: ClusterView): ReadonlySet<number> => {
  const ownerOf = new Map<number, string>()
  const shared = new Set<number>([0])
  for (const { primaryId } of slots) {
    const epoch = configEpochs?.get(primaryId) ?? Number.NaN
    if ((ownerOf.get(epoch) ?? primaryId) !== primaryId) shared.add(epoch)
    ownerOf.set(epoch, primaryId)
  }
  return shared
}

/**
 * The slots of `map`, claimed as in `known`, that a view gives to others by an older claim; and the claims that follow. `next` is the map of the
 * view.
 *
 * **Details**
 *
 * Who gives a slot to nobody is right if it has heard of the owner's claim (CLUSTER DELSLOTS), and behind if it knows an older epoch of
 * that node (of a failover it has heard only that the old primary is one no more). Where two claims are equal or an epoch is unknown the view
 * is right, and where the view has not the owner at all: it has left, or this is another cluster. CLUSTER SLOTS alone does not tell that, it
 * leaves out replicas that failed or have no data yet.
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
  const { selfId } = view
  const shared = sharedEpochs(view)
  const kept: Array<number> = []
  const claims = claimsOf(view)
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const claim = known[slot] ?? Number.NaN
    const owner = map.primaryOf(slot)
    const rival = next.primaryOf(slot)
    let told = claims[slot] ?? Number.NaN
    const isOwnWord = selfId !== undefined && (owner?.id === selfId || rival?.id === selfId)
    if (isOwnWord && !shared.has(told)) told = claims[slot] = told + OWN_WORD
    if (told >= claim) continue
    if (owner?.endpoint === undefined) continue
    const heard = view.configEpochs?.get(owner.id)
    // Whom so far only MOVED has named has no id that a view could know.
    if (heard === undefined && owner.id !== endpointKey(owner.endpoint)) continue
    const isBehind = rival === undefined ? heard !== undefined && heard < hearsay(claim) : told < claim
    if (!isBehind) continue
    claims[slot] = claim
    if (rival?.id !== owner.id) kept.push(slot)
  }
  return { kept, claims }
}
