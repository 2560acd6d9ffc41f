/**
 * What an operator does to a cluster at work: every node restarts in turn, under new ports, and shards join and leave.
 */
import type { ClusterControls, ClusterNode, ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { shuffle } from "../ledger/random.ts"
import type { Shard } from "./Ground.ts"
import { type FaultKind, type Faults, type Stage, strikeAmid } from "./Stage.ts"
import { nodeOf } from "./serverFaults.ts"

/** Between a failover and the end of the old primary, which clients may still be asking. Milliseconds. */
const GRACE = 500
/** So many shards join, and then so many leave. */
const SHARDS_MORE = 2
/** Slots under way at a time where they move one by one; most are empty. */
const SLOTS_AT_ONCE = 100

/** The replica under new ports, then it takes over, then the old primary under new ports: nobody need notice. */
const restartShard = (stage: Stage, cluster: ClusterControls, shard: Shard): Effect.Effect<void, ServerError> =>
  Effect.gen(function* () {
    const primary = nodeOf(cluster, shard)
    if (primary === undefined) return
    const restart = (node: ClusterNode) =>
      Effect.gen(function* () {
        yield* strikeAmid(stage, "rolling restart", node.name, shard.slots)
        // Whoever hears of the new address goes through the proxy, too.
        yield* cluster.restartElsewhere(node, { beforeStart: stage.proxy.add })
        yield* cluster.awaitStable
      })
    const [replica] = yield* cluster.replicasOf(primary)
    if (replica === undefined) return
    yield* restart(replica)
    yield* cluster.failover(replica)
    yield* cluster.awaitStable
    yield* Effect.sleep(GRACE)
    yield* restart(primary)
  })

const addShard = (stage: Stage, cluster: ClusterControls): Effect.Effect<ClusterNode, ServerError> =>
  Effect.gen(function* () {
    const beforeStart = stage.proxy.add
    const primary = yield* cluster.addNode({ beforeStart })
    yield* cluster.addNode({ replicaOf: primary, beforeStart })
    return primary
  })

/** Slots move until these primaries have all of them. */
const share = (
  stage: Stage,
  cluster: ClusterControls,
  kind: FaultKind,
  onto: ReadonlyArray<ClusterNode>
): Effect.Effect<void, ServerError> =>
  Effect.gen(function* () {
    yield* strikeAmid(stage, kind, `to ${onto.length} shards`)
    stage.moving(true)
    yield* cluster.rebalance(onto, { slotsAtOnce: SLOTS_AT_ONCE })
    stage.moving(false)
    yield* cluster.awaitStable
  })

export const membershipFaults: Faults = {
  "rolling restart": (stage) =>
    Effect.gen(function* () {
      const { cluster, shards } = stage.ground
      if (cluster === undefined) return
      for (const shard of yield* shards) yield* restartShard(stage, cluster, shard)
    }),

  growth: (stage) =>
    Effect.gen(function* () {
      const { cluster, remove } = stage.ground
      if (cluster === undefined) return
      const before = (yield* stage.ground.shards).flatMap((shard) => nodeOf(cluster, shard) ?? [])
      const added: Array<ClusterNode> = []
      while (added.length < SHARDS_MORE) added.push(yield* addShard(stage, cluster))
      const all = [...before, ...added]
      yield* share(stage, cluster, "growth", all)
      // Old ones and new ones may leave.
      const order = shuffle(stage.random, all)
      const leaving = order.slice(0, SHARDS_MORE)
      yield* share(stage, cluster, "shrink", order.slice(SHARDS_MORE))
      for (const primary of leaving) {
        for (const replica of yield* cluster.replicasOf(primary)) yield* remove(replica)
        yield* remove(primary)
      }
    })
}
