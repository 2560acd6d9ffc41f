/**
 * Faults of the servers themselves: they die, freeze and restart.
 */
import type { ClusterControls, ClusterNode, ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { pick } from "../ledger/random.ts"
import type { Shard } from "./Ground.ts"
import { type Faults, type Stage, strikeAmid } from "./Stage.ts"

/** Milliseconds. */
const SHORT_FREEZE = 700
const LONG_FREEZE = 3_800
/** Deadline of operations during a short freeze. */
const IMPATIENCE = 150
const DOWN = 300

export const victimOf = (stage: Stage): Effect.Effect<Shard, ServerError> =>
  Effect.map(stage.ground.shards, (shards) => pick(stage.random, shards))

/**
 * Servers that require full coverage refuse everything from when they have noticed that a primary is dead: after the node time-out of 2 s,
 * counted from their last unanswered ping. Until then the other shards have nothing to suffer from.
 */
const UNNOTICED = 1_800

/** Servers may lose within it what they have acknowledged; one alone keeps everything in its append-only file. */
export const lossy = <A>(
  { ground, load }: Stage,
  kind: string,
  slots: ReadonlyArray<number>,
  fault: Effect.Effect<A, ServerError>
): Effect.Effect<A, ServerError> =>
  ground.topology === "standalone"
    ? fault
    : Effect.gen(function* () {
        const window = load.windows.open(kind, slots, load.now())
        const value = yield* fault
        yield* ground.settled
        load.windows.close(window, load.now())
        return value
      })

export const nodeOf = (cluster: ClusterControls, shard: Shard): ClusterNode | undefined =>
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
      else if (stage.ground.topology === "standalone") yield* Effect.sleep(LONG_FREEZE)
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
        if (stage.ground.topology === "standalone") yield* Effect.sleep(DOWN)
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
      // Sentinels may promote a replica meanwhile: what the old primary was not yet asked for is lost then.
      yield* stage.ground.sentinel === undefined ? node.restart : lossy(stage, "restart", slots, node.restart)
    }),

  "client kill": (stage) =>
    Effect.gen(function* () {
      const { name, node, slots } = yield* victimOf(stage)
      yield* strikeAmid(stage, "client kill", name, slots)
      yield* node.admin(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
    })
}
