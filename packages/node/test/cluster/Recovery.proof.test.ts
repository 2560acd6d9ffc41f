import { assert } from "@effect/vitest"
import { type ClusterControls, type ClusterNode, ClusterServers, Observer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { eventually } from "../support/client.ts"
import { PROOF_TIMEOUT, sizeOf } from "../support/proof.ts"
import { clusterClient, onCluster, replicaOf } from "./support/cluster.ts"
import { assertClean, Ledger } from "./support/Ledger.ts"
import { byShard, SHARDS, startLoad } from "./support/load.ts"

const RUNS = sizeOf({ quick: 1, full: 5 })
const FIBERS = 60
/** Nothing can be promoted sooner after the fault; replies that were buffered come before. Milliseconds. */
const SETTLED = 1_000
/** The median that the full proof demands. Milliseconds. */
const LATEST_MEDIAN = 100
/** A client that is not back by then has not noticed; no matter how busy the machine is. Milliseconds. */
const LATEST = 5_000

interface Blow {
  readonly name: string
  readonly strike: (node: ClusterNode) => ReturnType<ClusterControls["kill"]>
  readonly mend: (node: ClusterNode) => ReturnType<ClusterControls["kill"]>
}

const BLOWS: ReadonlyArray<Blow> = [
  { name: "SIGKILL", strike: (node) => node.kill, mend: (node) => node.restart },
  { name: "SIGSTOP", strike: (node) => node.freeze, mend: (node) => node.thaw }
]

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

onCluster()("Recovery from the death of a primary", (it) => {
  for (const { mend, name, strike } of BLOWS) {
    it.effect(
      `by ${name} comes with the promotion of its replica, as a process of its own has seen it`,
      () =>
        Effect.gen(function* () {
          const servers = yield* ClusterServers
          const { redis } = yield* clusterClient()
          const observer = yield* Observer.make({ nodes: servers.nodes })
          const ledger = new Ledger()
          const { stop } = yield* startLoad({ redis, ledger, fibers: FIBERS, slotsOf: byShard })
          const recoveries: Array<number> = []
          while (recoveries.length < RUNS) {
            const slots = SHARDS[recoveries.length % SHARDS.length]!
            const hit = new Set(slots)
            const victim = yield* servers.primaryOf(slots[0]!)
            const successor = yield* replicaOf(servers, victim)
            const before = ledger.successes.length
            yield* eventually(
              "the load is on",
              Effect.sync(() => ledger.successes.length > before + 1_000)
            )
            const at = Date.now()
            yield* strike(victim)
            const promotedAt = (yield* observer.firstPromotionAfter(at, [successor.port])).time
            yield* eventually(
              "the hit shard serves again",
              Effect.sync(() => ledger.firstAfter(hit, at + SETTLED) < Number.POSITIVE_INFINITY)
            )
            recoveries.push(ledger.firstAfter(hit, at + SETTLED) - promotedAt)
            yield* mend(victim)
            yield* servers.awaitStable
          }
          yield* stop
          console.log(`${name}: first success ${recoveries.join(", ")} ms after the promotion`)
          assert.isBelow(Math.max(...recoveries), LATEST)
          if (RUNS > 1) assert.isBelow(median(recoveries), LATEST_MEDIAN)
          assert.deepStrictEqual(ledger.othersThan("ConnectionLost", "MayHaveExecuted"), [])
          console.log(
            `${ledger.errors.length} writes on hit sockets, ${yield* assertClean(servers, ledger)} lost by servers`
          )
        }),
      PROOF_TIMEOUT
    )
  }
})
