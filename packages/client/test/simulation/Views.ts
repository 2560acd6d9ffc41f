/**
 * What the client took for the map of the cluster, each time that it changed, compared with what the nodes had claimed by then.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { RedisClusterService } from "../../src/RedisCluster.ts"
import type { TopologyEvent } from "../../src/routing/ClusterTopology.ts"
import type { Topology } from "../../src/topology/Topology.ts"
import type { Violation } from "./Checker.ts"
import type { ClusterModel } from "./ClusterModel.ts"

/** The client's map after a change. */
export interface MapSeen {
  readonly at: number
  /** `Refreshed` or `Patched`. */
  readonly how: TopologyEvent["_tag"]
  readonly epoch: number
  /** For each segment with which epoch its owner last took it; 0 if nobody or a stranger owns it there. */
  readonly epochs: ReadonlyArray<number>
  readonly owners: ReadonlyArray<string>
  /** The epoch of each host by then: later than that of an older claim if it has taken other slots since. */
  readonly epochOf: ReadonlyMap<string, number>
}

const describe = (topology: Topology, model: ClusterModel, how: MapSeen["how"]): MapSeen => {
  const addresses = model.segments.map(({ start }) => topology.primaryOf(start)?.endpoint)
  const indexes = addresses.map((endpoint) =>
    model.nodes.findIndex(({ host, port }) => host === endpoint?.host && port === endpoint?.port)
  )
  const epochs = indexes.map((node, segment) => (node === -1 ? 0 : model.epochOfClaim(segment, node)))
  return {
    at: model.world.now(),
    how,
    epoch: topology.epoch,
    epochs,
    owners: addresses.map((endpoint) => endpoint?.host ?? "nobody"),
    epochOf: new Map(model.nodes.map(({ configEpoch, host }) => [host, configEpoch]))
  }
}

/** Note each change of the client's map. */
export const watchMap = (
  cluster: RedisClusterService,
  model: ClusterModel,
  seen: Array<MapSeen>
): Effect.Effect<void> => {
  const note = (topology: Topology, how: MapSeen["how"]) => {
    const map = describe(topology, model, how)
    seen.push(map)
    const runs = map.owners.map((owner) => owner.split(".").at(-1) ?? "?").join("")
    model.world.trace.add(`map: ${how} to epoch ${map.epoch}: ${runs}`)
  }
  note(cluster.topology.value, "Refreshed")
  return Stream.runForEach(cluster.events, (event) =>
    Effect.sync(() => {
      if (event._tag === "Failed") model.world.trace.add(`map: refresh failed: ${event.error.message}`)
      else if (event._tag === "Patched" || event.changed) note(event.topology, event._tag)
    })
  )
}

/** Whether one map knows less than another: of no segment more, and of some less. */
export const isBehind = (map: MapSeen, other: MapSeen): boolean =>
  map.epochs.every((epoch, at) => epoch <= (other.epochs[at] ?? 0)) &&
  map.epochs.some((epoch, at) => epoch < (other.epochs[at] ?? 0))

/**
 * Whether the client could know that the owner of a segment before the refresh `seen[at]` was newer than what it was told: it was from a view, or it
 * was patched once since the last one, and who gave it up then has no later epoch than the client had heard.
 */
const isKnowable = (seen: ReadonlyArray<MapSeen>, at: number, segment: number): boolean => {
  let patches = 0
  for (let i = at - 1; seen[i]?.how === "Patched"; i--) {
    const before = seen[i - 1]
    const giver = before?.owners[segment] ?? "nobody"
    if (seen[i]?.owners[segment] === giver) continue
    patches++
    if (patches > 1 || (seen[at]?.epochOf.get(giver) ?? 0) > (before?.epochs[segment] ?? 0)) return false
  }
  return true
}

/** No refresh went back, and the last map is right. */
export const checkMaps = (
  seen: ReadonlyArray<MapSeen>,
  { cluster, model }: { readonly cluster: RedisClusterService; readonly model: ClusterModel }
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = []
  for (const [at, map] of seen.entries()) {
    const before = seen[at - 1]
    if (before === undefined || map.how !== "Refreshed") continue
    const knowable = map.epochs.map((epoch, segment) =>
      isKnowable(seen, at, segment) ? epoch : (before.epochs[segment] ?? 0)
    )
    if (!isBehind({ ...map, epochs: knowable }, before)) continue
    const detail = `at ${map.at.toFixed(1)} a map of epoch ${map.epoch} replaced a newer one of epoch ${before.epoch}`
    violations.push({ invariant: "view", about: "map:", detail })
  }
  const last = describe(cluster.topology.value, model, "Refreshed")
  for (const [segment, owner] of last.owners.entries()) {
    const right = model.ownerOf(segment).host
    if (owner === right) continue
    const slot = model.segments[segment]?.start
    violations.push({
      invariant: "view",
      about: "map:",
      detail: `in the end slot ${slot} is at ${owner}, not at ${right}`
    })
  }
  return violations
}
