import { assert } from "@effect/vitest"
import { ClusterServers, Observer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { eventually, start } from "../support/client.ts"
import { causesOf, clusterClient, onCluster, primariesOf, replicaOf } from "./support/cluster.ts"
import { assertClean, Ledger } from "./support/Ledger.ts"
import { byShard, SHARDS, startLoad } from "./support/load.ts"
import { keyIn } from "./support/slots.ts"

const FIBERS = 60
const READERS = 30
/** Servers wait this long before they believe that a primary is dead; milliseconds. */
const NODE_TIMEOUT = 2_000
/** The demo holds the client to 250 ms; here a machine with a hundred other tests may be slow. Milliseconds. */
const LATEST_RECOVERY = 2_000

onCluster()("A frozen primary", (it) => {
  it.effect(
    "is replaced without an error but for the writes on its socket, and nothing late is delivered once it thaws",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const { events, redis } = yield* clusterClient()
        const observer = yield* Observer.make({ nodes: servers.nodes })
        const [victim] = yield* primariesOf(servers)
        const successor = yield* replicaOf(servers, victim)
        const hit = new Set(SHARDS[0])
        const others = new Set([...SHARDS[1]!, ...SHARDS[2]!])

        // Values that tell their keys, on the victim and its replica.
        const valueKeys = Array.from({ length: READERS }, (_, i) =>
          keyIn(SHARDS[0]![i % SHARDS[0]!.length]!, `value-${i}`)
        )
        for (const key of valueKeys) yield* victim.admin(["SET", key, `content of ${key}`])
        assert.strictEqual(yield* victim.admin(["WAIT", 1, 5_000]), 1)

        const ledger = new Ledger()
        const { stop } = yield* startLoad({ redis, ledger, fibers: FIBERS, slotsOf: byShard })
        let reading = true
        let reads = 0
        const read = (key: string) =>
          Effect.gen(function* () {
            while (reading) {
              assert.strictEqual(yield* redis.get(key), `content of ${key}`)
              reads++
              yield* Effect.sleep(5)
            }
          })
        const readers = yield* start(Effect.forEach(valueKeys, read, { concurrency: "unbounded", discard: true }))
        yield* eventually(
          "the load is on",
          Effect.sync(() => ledger.successes.length > 1_000)
        )

        yield* servers.freeze(victim)
        const frozenAt = Date.now()
        const promotedAt = (yield* observer.firstPromotionAfter(frozenAt, [successor.port])).time
        const settled = frozenAt + NODE_TIMEOUT / 2
        const readsBefore = reads
        yield* eventually(
          "the hit shard serves writes and reads again",
          Effect.sync(() => ledger.firstAfter(hit, settled) < Number.POSITIVE_INFINITY && reads > readsBefore + READERS)
        )
        const recovery = ledger.firstAfter(hit, settled) - promotedAt
        console.log(`first success ${recovery} ms after the promotion, ${promotedAt - frozenAt} ms after SIGSTOP`)
        assert.isBelow(recovery, LATEST_RECOVERY)
        assert.isAbove(ledger.between(others, frozenAt, settled), 1_000)
        const lost = ledger.errors.length
        console.log(`${lost} of ${FIBERS / 3} fibers of the shard had a write on the socket`)
        assert.deepStrictEqual(ledger.othersThan("ConnectionLost", "MayHaveExecuted"), [])
        assert.isAtMost(lost, FIBERS / 3)
        assert.include(causesOf(events), "time-out")

        yield* servers.thaw(victim)
        const acknowledged = ledger.successes.length
        yield* eventually(
          "the thawed node is a replica",
          Effect.map(victim.role, (role) => role === "replica")
        )
        yield* eventually(
          "the load goes on",
          Effect.sync(() => ledger.successes.length > acknowledged + 1_000)
        )
        reading = false
        yield* Fiber.join(readers)
        yield* stop
        assert.strictEqual(ledger.errors.length, lost)
        console.log(`${yield* assertClean(servers, ledger)} writes lost by the servers`)
      })
  )
})
