/**
 * Faults of the servers themselves: they die, freeze, restart, hand over, and move slots.
 */
import type { ClusterControls, ClusterNode, ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { pick, shuffle } from "../ledger/random.ts"
import type { Shard } from "./Ground.ts"
import { type Faults, type Stage, strikeAmid } from "./Stage.ts"

/** Milliseconds. */
const SHORT_FREEZE = 700
const LONG_FREEZE = 3_800
/** Deadline of operations during a short freeze. */
const IMPATIENCE = 150
const DOWN = 300
/** How long a slot stays wholly or partly unmoved. */
const HOLD = 250
const SLOTS_MOVED = 4
const MOVED_AT_ONCE = 2

const victimOf = (stage: Stage): Effect.Effect<Shard, ServerError> =>
  Effect.map(stage.ground.shards, (shards) => pick(stage.random, shards))

/**
 * Servers that require full coverage refuse everything from when they have noticed that a primary is dead: after the node time-out of 2 s,
 * counted from their last unanswered ping. Until then the other shards have nothing to suffer from.
 */
const UNNOTICED = 1_800

/** Servers may lose within it what they have acknowledged; one alone keeps everything in its append-only file. */
const lossy = <A>(
  { ground, load }: Stage,
  kind: string,
  slots: ReadonlyArray<number>,
  fault: Effect.Effect<A, ServerError>
): Effect.Effect<A, ServerError> =>
  ground.cluster === undefined
    ? fault
    : Effect.gen(function* () {
        const window = load.windows.open(kind, slots, load.now())
        const value = yield* fault
        yield* ground.settled
        load.windows.close(window, load.now())
        return value
      })

const nodeOf = (cluster: ClusterControls, shard: Shard): ClusterNode | undefined =>
  cluster.nodes.find((node) => node.port === shard.node.port)

/**
 * A short one ends before anybody misses the server, but not before operations of that time have given up: their replies come late. A long one
 * outlasts connections, and in a cluster a replica takes over.
 */
const freeze = (stage: Stage, long: boolean): Effect.Effect<void, ServerError> =>
  Effect.gen(function* () {
    const { name, node, slots } = yield* victimOf(stage)
    const fault = Effect.gen(function* () {
      if (!long) stage.load.deadline = IMPATIENCE
      yield* strikeAmid(stage, long ? "long freeze" : "freeze", name, slots)
      stage.hitting(long ? "long freeze" : "freeze", slots, UNNOTICED)
      yield* node.freeze
      stage.load.rush = false
      if (!long) yield* Effect.sleep(SHORT_FREEZE)
      else if (stage.ground.cluster === undefined) yield* Effect.sleep(LONG_FREEZE)
      else yield* stage.ground.settled
      yield* strikeAmid(stage, "thaw", name)
      yield* node.thaw
      yield* Effect.sleep(DOWN)
    })
    yield* lossy(stage, "freeze", slots, fault)
  })

export const serverFaults: Faults = {
  kill: (stage) =>
    Effect.gen(function* () {
      const { name, node, slots } = yield* victimOf(stage)
      const fault = Effect.gen(function* () {
        yield* strikeAmid(stage, "kill", name, slots)
        stage.hitting("kill", slots, UNNOTICED)
        yield* node.kill
        stage.load.rush = false
        if (stage.ground.cluster === undefined) yield* Effect.sleep(DOWN)
        // Sometimes it is back before anybody was promoted.
        else if (stage.random() < 0.75) yield* stage.ground.settled
        yield* node.restart
      })
      yield* lossy(stage, "kill", slots, fault)
    }),

  freeze: (stage) => freeze(stage, false),
  "long freeze": (stage) => freeze(stage, true),

  restart: (stage) =>
    Effect.gen(function* () {
      const { name, node, slots } = yield* victimOf(stage)
      yield* strikeAmid(stage, "restart", name, slots)
      yield* node.restart
    }),

  "client kill": (stage) =>
    Effect.gen(function* () {
      const { name, node, slots } = yield* victimOf(stage)
      yield* strikeAmid(stage, "client kill", name, slots)
      yield* node.admin(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
    })
}

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

const handOver = (stage: Stage, force: boolean): Effect.Effect<void, ServerError> =>
  Effect.gen(function* () {
    const { cluster } = stage.ground
    const shard = yield* victimOf(stage)
    const primary = cluster === undefined ? undefined : nodeOf(cluster, shard)
    if (cluster === undefined || primary === undefined) return
    const [replica] = yield* cluster.replicasOf(primary)
    if (replica === undefined) return
    if (!force) {
      yield* strikeAmid(stage, "failover", shard.name, shard.slots)
      return yield* cluster.failover(replica)
    }
    const fault = Effect.gen(function* () {
      yield* strikeAmid(stage, "forced failover", shard.name, shard.slots)
      yield* cluster.failover(replica, stage.random() < 0.5 ? "FORCE" : "TAKEOVER")
    })
    yield* lossy(stage, "forced failover", shard.slots, fault)
  })

export const clusterFaults: Faults = {
  failover: (stage) => handOver(stage, false),
  "forced failover": (stage) => handOver(stage, true),

  "slot move": (stage) =>
    Effect.gen(function* () {
      const { cluster, shards } = stage.ground
      const [source, target] = shuffle(stage.random, yield* shards).toSorted((a, b) => b.slots.length - a.slots.length)
      if (cluster === undefined || source === undefined || target === undefined) return
      const from = nodeOf(cluster, source)
      const to = nodeOf(cluster, target)
      if (from === undefined || to === undefined) return
      const slots = shuffle(stage.random, source.slots).slice(0, SLOTS_MOVED)
      stage.load.focus = slots
      yield* Effect.sleep(HOLD)
      yield* strikeAmid(stage, "slot move", `${slots.length} slots from ${source.name} to ${target.name}`, slots)
      stage.moving(slots)
      yield* Effect.forEach(slots, (slot) => moveOne(cluster, slot, from, to), { concurrency: MOVED_AT_ONCE })
      stage.moving(undefined)
    })
}
