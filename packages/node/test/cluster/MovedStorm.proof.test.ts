/**
 * A storm of MOVED, as the servers count it: 100 slots change hands within two seconds, ten by ten, each ten just before a thousand commands go to
 * where they were. Each MOVED corrects its slot; the nodes are asked for the whole map twice at most.
 */
import { assert } from "@effect/vitest"
import { type ClusterNode, ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { PROOF_TIMEOUT, sizeOf } from "../support/proof.ts"
import { calls, causesOf, clusterClient, errorsSaid, onCluster, patchedSlots, primariesOf } from "./support/cluster.ts"
import { keyIn, slotsFrom } from "./support/slots.ts"

/** So many commands are refused by MOVED at least. */
const MOVED = sizeOf({ quick: 2_000, full: 10_000 })
const IS_WHOLE = MOVED === 10_000
const SLOTS = 100
const WAVES = 10
/** Milliseconds. */
const STORM = 2_000
/** Nodes asked in one refresh at most. */
const ASKED = 3
/** Between two refreshes for causes that MOVED has dealt with already, at least; milliseconds. */
const LAZY_INTERVAL = 1_000
/** Sent in a wave, over what it takes: a refresh in between may have told a few of them where to go. */
const SPARE = 1.3

/** How often the servers answered MOVED. */
const movedBy = (nodes: ReadonlyArray<ClusterNode>) =>
  Effect.map(
    Effect.forEach(nodes, (node) => errorsSaid(node, "MOVED")),
    (counts) => counts.reduce((sum, count) => sum + count, 0)
  )

/** How often they were asked for the map, in whatever form. */
const asked = (nodes: ReadonlyArray<ClusterNode>) =>
  Effect.map(Effect.all([calls(nodes, "cluster|slots"), calls(nodes, "cluster|shards")]), ([a, b]) => a + b)

onCluster()("A storm of MOVED", (it) => {
  it.effect(
    "causes two refreshes at most, by the servers' own count",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const { cluster, events, redis } = yield* clusterClient()
        const [first, second] = yield* primariesOf(servers)
        const slots = slotsFrom(1_000, SLOTS)
        const waves = Array.from({ length: WAVES }, (_, at) => slots.filter((_, index) => index % WAVES === at))
        const perWave = Math.ceil((MOVED / WAVES) * SPARE)
        // Connections to both: none shall have to be opened within the storm.
        yield* Effect.all([redis.get(keyIn(1_000, "warm")), redis.get(keyIn(8_192, "warm"))])
        yield* Effect.sleep(1.5 * LAZY_INTERVAL)
        const seen = events.length
        const [movedBefore, askedBefore] = yield* Effect.all([movedBy(servers.nodes), asked(servers.nodes)])
        const began = performance.now()
        let sent = 0
        for (const [at, wave] of waves.entries()) {
          yield* servers.moveSlots(wave, first, second)
          const pause = began + (at * STORM) / (WAVES + 1) - performance.now()
          if (pause > 0) yield* Effect.sleep(pause)
          yield* Effect.forEach(
            Array.from({ length: perWave }, () => sent++),
            (id) => redis.set(keyIn(wave[id % wave.length]!, `storm-${id}`), String(id)),
            { concurrency: "unbounded", discard: true }
          )
        }
        const elapsed = performance.now() - began
        yield* Effect.sleep(Math.max(0, STORM - elapsed))
        const moved = (yield* movedBy(servers.nodes)) - movedBefore
        const questions = (yield* asked(servers.nodes)) - askedBefore
        const refreshes = causesOf(events.slice(seen)).length
        yield* Effect.log(
          `${moved} MOVED over ${SLOTS} slots within ${Math.round(elapsed)} ms: ${refreshes} refreshes, ${questions} questions`
        )
        assert.isAtLeast(moved, MOVED)
        if (IS_WHOLE) assert.isAtMost(elapsed, STORM)
        // A machine that is too slow for the storm that is meant has a longer one.
        const allowed = elapsed <= STORM ? 2 : 1 + Math.floor(elapsed / LAZY_INTERVAL)
        assert.isAtMost(refreshes, allowed)
        assert.isAtMost(questions, ASKED * allowed)
        assert.isAbove(new Set(patchedSlots(events)).size, 0)

        // Nothing was lost on the way, and the map is right.
        const map = yield* cluster.refresh
        for (const slot of slots) assert.strictEqual(map.primaryOf(slot)?.id, second.id)
        assert.strictEqual(yield* SubscriptionRef.get(cluster.topology), map)
        for (let id = 0; id < sent; id += 97) {
          const wave = waves[Math.floor(id / perWave)]!
          assert.strictEqual(yield* redis.get(keyIn(wave[id % wave.length]!, `storm-${id}`)), String(id))
        }
      }),
    PROOF_TIMEOUT
  )
})
