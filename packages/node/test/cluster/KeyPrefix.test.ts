import { assert } from "@effect/vitest"
import { Command } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { failing, isError } from "../support/client.ts"
import { clusterClient, onCluster, patchedSlots } from "./support/cluster.ts"
import { slotOf } from "./support/slots.ts"

const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"]

onCluster({ replicasPerPrimary: 0 })("key prefixes", (it) => {
  for (const protocol of [2, 3] as const) {
    // Its own for each protocol, since both share the cluster.
    const prefix = `app${protocol}?:`

    it.effect(`route by the whole key under RESP${protocol}, and are taken off what nodes name`, () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const { cluster, events, redis } = yield* clusterClient({ keyPrefix: prefix, protocol })
        for (const name of NAMES) yield* redis.set(name, name)
        assert.deepStrictEqual(yield* redis.pipeline(NAMES.map((name) => Command.get(name))), NAMES)
        const listed: Array<string> = []
        const scanned: Array<string> = []
        for (const { host, port } of servers.nodes) {
          const node = cluster.onNode({ host, port })
          listed.push(...(yield* node.keys("*")))
          scanned.push(...(yield* node.scan("0", { count: 1000 })).keys)
        }
        assert.deepStrictEqual(listed.sort(), NAMES)
        assert.deepStrictEqual(scanned.sort(), NAMES)
        for (const name of NAMES) {
          const slot = slotOf(prefix + name)
          assert.strictEqual(cluster.slotOf(name), slot)
          assert.strictEqual(yield* redis.run(Command.clusterKeySlot(name)), slot)
          assert.strictEqual(yield* (yield* servers.primaryOf(slot)).admin(["GET", prefix + name]), name)
        }
        assert.deepStrictEqual(patchedSlots(events), [])
      })
    )

    it.effect(`may have the hash tag that keeps all keys of a part together under RESP${protocol}`, () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const { redis } = yield* clusterClient({ keyPrefix: prefix, protocol })
        isError(yield* failing(redis.sInter(["a", "b"])), "CrossSlot", "NotSent")
        assert.deepStrictEqual(yield* redis.mGet(["b", "a"]), ["b", "a"])
        const jobs = redis.withKeyPrefix("{jobs}:")
        const both = yield* jobs.transaction([Command.rPush("waiting", "1", "2"), Command.set("count", 2)])
        assert.deepStrictEqual(both, [2, true])
        assert.deepStrictEqual(yield* jobs.lmPop(["none", "waiting"], "LEFT"), { key: "waiting", elements: ["1"] })
        const script = "return {redis.call('LLEN', KEYS[1]), redis.call('GET', KEYS[2])}"
        assert.deepStrictEqual(yield* jobs.eval(script, { keys: ["waiting", "count"] }), [1, "2"])
        const owner = yield* servers.primaryOf(slotOf("{jobs}"))
        assert.strictEqual(yield* owner.admin(["GET", `${prefix}{jobs}:count`]), "2")
        yield* jobs.del(["waiting", "count"])
      })
    )
  }
})
