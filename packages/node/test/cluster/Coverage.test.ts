import { assert } from "@effect/vitest"
import { Command } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { eventually, failing, isError, start } from "../support/client.ts"
import { causesOf, clusterClient, errorsSaid, onCluster, primariesOf } from "./support/cluster.ts"
import { assertClean, Ledger } from "./support/Ledger.ts"
import { byShard, SHARDS, startLoad } from "./support/load.ts"
import { keyIn } from "./support/slots.ts"

const FIBERS = 30

onCluster({ replicasPerPrimary: 0, requireFullCoverage: false, nodeTimeout: "500 millis" })(
  "A shard that is gone, without full coverage required",
  (it) => {
    it.effect("fails its own commands at their deadline as NotSent, and no others", () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const { events, redis } = yield* clusterClient()
        const [, victim, third] = yield* primariesOf(servers)
        const hit = new Set(SHARDS[1])
        const ledger = new Ledger()
        const { stop } = yield* startLoad({ redis, ledger, fibers: FIBERS, slotsOf: byShard })
        yield* eventually(
          "the load is on",
          Effect.sync(() => ledger.successes.length > 500)
        )
        yield* servers.kill(victim)
        yield* eventually(
          "the others have noticed",
          Effect.map(third.admin(["CLUSTER", "NODES"]), (nodes) => /master,fail /.test(String(nodes)))
        )
        const noticed = ledger.successes.length
        const waiting = redis.run(Command.get(keyIn(SHARDS[1]![0]!, "x")), { deadline: "300 millis" })
        const error = isError(yield* failing(waiting), "Timeout", "NotSent")
        assert.match(error.message, /ECONNREFUSED|refused/i)
        yield* eventually(
          "the other shards go on",
          Effect.sync(() => ledger.successes.length > noticed + 500)
        )
        assert.strictEqual(ledger.successes.slice(noticed).filter(({ slot }) => hit.has(slot)).length, 0)
        yield* servers.restart(victim)
        yield* servers.awaitStable
        assert.strictEqual(yield* redis.get(keyIn(SHARDS[1]![0]!, "nothing")), undefined)
        yield* stop
        assert.deepStrictEqual(ledger.othersThan("ConnectionLost", "MayHaveExecuted"), [])
        assert.isAtMost(ledger.errors.length, FIBERS / 3)
        assert.strictEqual(yield* assertClean(servers, ledger), 0)
        for (const cause of ["connection lost", "connect failure"]) assert.include(causesOf(events), cause)
      })
    )

    it.effect(
      "is waited for where only a slot has no owner, which is found out from CLUSTERDOWN and from the map",
      () =>
        Effect.gen(function* () {
          const servers = yield* ClusterServers
          const { cluster, events, redis } = yield* clusterClient()
          const [first] = yield* primariesOf(servers)
          for (const node of servers.nodes) yield* node.admin(["CLUSTER", "DELSLOTS", 77])
          const waiting = yield* start(redis.incr(keyIn(77, "counter")))
          for (const cause of ["clusterdown", "uncovered slot"]) {
            yield* eventually(
              `a refresh for ${cause}`,
              Effect.sync(() => causesOf(events).includes(cause))
            )
          }
          assert.isUndefined((yield* SubscriptionRef.get(cluster.topology)).primaryOf(77))
          assert.strictEqual(yield* redis.incr(keyIn(78, "counter")), 1)
          yield* first.admin(["CLUSTER", "ADDSLOTS", 77])
          assert.strictEqual(yield* Fiber.join(waiting), 1)
        })
    )
  }
)

onCluster({ replicasPerPrimary: 0, nodeTimeout: "500 millis" })(
  "A shard that is gone, with full coverage required",
  (it) => {
    it.effect("makes the commands of all shards wait, and all succeed when it is back", () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const { events, redis } = yield* clusterClient()
        const [first, victim, third] = yield* primariesOf(servers)
        const ledger = new Ledger()
        const { stop } = yield* startLoad({ redis, ledger, fibers: FIBERS, slotsOf: byShard })
        yield* eventually(
          "the load is on",
          Effect.sync(() => ledger.successes.length > 500)
        )
        yield* servers.kill(victim)
        for (const node of [first, third]) {
          yield* eventually(
            "the whole cluster is down",
            Effect.map(errorsSaid(node, "CLUSTERDOWN"), (count) => count > 10)
          )
        }
        const before = ledger.successes.length
        yield* servers.restart(victim)
        yield* servers.awaitStable
        yield* eventually(
          "all shards serve again",
          Effect.sync(
            () => new Set(ledger.successes.slice(before).map(({ slot }) => Math.floor(slot / 5_462))).size === 3
          )
        )
        yield* stop
        assert.deepStrictEqual(ledger.othersThan("ConnectionLost", "MayHaveExecuted"), [])
        assert.isAtMost(ledger.errors.length, FIBERS / 3)
        assert.strictEqual(yield* assertClean(servers, ledger), 0)
        assert.include(causesOf(events), "clusterdown")
      })
    )
  }
)
