/**
 * What happens to clusters only: replicas take over, and slots move.
 */
import type { ClusterControls, ClusterNode, ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { shuffle } from "../ledger/random.ts"
import type { Shard } from "./Ground.ts"
import { type Faults, type Stage, strikeAmid } from "./Stage.ts"
import { lossy, nodeOf, victimOf } from "./serverFaults.ts"

/** How long a slot stays wholly or partly unmoved. Milliseconds. */
const HOLD = 250
const SLOTS_MOVED = 4
const MOVED_AT_ONCE = 2
/** Steps in which slots move atomically, one after the other. */
const ATOMIC_STEPS = 2

/** A slot moves in the sight of clients: it is held unmoved, half moved, and wholly moved but not yet handed over. */
const moveOne = (cluster: ClusterControls, slot: number, from: ClusterNode, to: ClusterNode) =>
  Effect.gen(function* () {
    yield* cluster.beginMigration(slot, from, to)
    yield* Effect.sleep(HOLD)
    const keys = Number(yield* from.admin(["CLUSTER", "COUNTKEYSINSLOT", slot]))
    yield* cluster.migrateKeys(slot, from, to, { limit: Math.floor(keys / 2), keysPerMigrate: 5 })
    yield* Effect.sleep(HOLD)
    yield* cluster.migrateKeys(slot, from, to, { keysPerMigrate: 20 })
    yield* Effect.sleep(HOLD)
    yield* cluster.migrateKeys(slot, from, to)
    yield* cluster.finishMigration(slot, from, to)
  })

const handOver = (stage: Stage, mode?: "FORCE" | "TAKEOVER"): Effect.Effect<void, ServerError> =>
  Effect.gen(function* () {
    const { cluster } = stage.ground
    const shard = yield* victimOf(stage)
    const primary = cluster === undefined ? undefined : nodeOf(cluster, shard)
    if (cluster === undefined || primary === undefined) return
    const [replica] = yield* cluster.replicasOf(primary)
    if (replica === undefined) return
    if (mode === undefined) {
      yield* strikeAmid(stage, "failover", shard.name, shard.slots)
      return yield* cluster.failover(replica)
    }
    const kind = mode === "FORCE" ? "forced failover" : "takeover"
    const fault = Effect.gen(function* () {
      yield* strikeAmid(stage, kind, shard.name, shard.slots)
      yield* cluster.failover(replica, mode)
    })
    yield* lossy(stage, kind, shard.slots, fault)
  })

/** Some slots of the largest shard, and who shall have them; the load is held on them. */
const someSlots = (stage: Stage) =>
  Effect.gen(function* () {
    const { cluster, shards } = stage.ground
    const [source, target] = shuffle(stage.random, yield* shards).toSorted((a, b) => b.slots.length - a.slots.length)
    if (cluster === undefined || source === undefined || target === undefined) return undefined
    const from = nodeOf(cluster, source)
    const to = nodeOf(cluster, target)
    if (from === undefined || to === undefined) return undefined
    const slots = shuffle(stage.random, source.slots).slice(0, SLOTS_MOVED)
    stage.load.focus = slots
    yield* Effect.sleep(HOLD)
    return { cluster, from, to, slots, shown: shownMove(slots, source, target) }
  })

const shownMove = (slots: ReadonlyArray<number>, source: Shard, target: Shard): string =>
  `${slots.length} slots from ${source.name} to ${target.name}`

export const clusterFaults: Faults = {
  failover: (stage) => handOver(stage),
  "forced failover": (stage) => handOver(stage, "FORCE"),
  takeover: (stage) => handOver(stage, "TAKEOVER"),

  "slot move": (stage) =>
    Effect.gen(function* () {
      const move = yield* someSlots(stage)
      if (move === undefined) return
      const { cluster, from, shown, slots, to } = move
      yield* strikeAmid(stage, "slot move", shown, slots)
      stage.moving(true)
      yield* Effect.forEach(slots, (slot) => moveOne(cluster, slot, from, to), { concurrency: MOVED_AT_ONCE })
      stage.moving(false)
    })
}

/** Where the servers have it (Valkey 9.0). */
export const atomicFaults: Faults = {
  "atomic slot move": (stage) =>
    Effect.gen(function* () {
      const move = yield* someSlots(stage)
      if (move === undefined) return
      const { cluster, from, shown, slots, to } = move
      const step = Math.ceil(slots.length / ATOMIC_STEPS)
      stage.moving(true)
      for (let at = 0; at < slots.length; at += step) {
        yield* strikeAmid(stage, "atomic slot move", shown, slots)
        yield* cluster.moveSlotsAtomically(slots.slice(at, at + step), from, to)
      }
      stage.moving(false)
    })
}
