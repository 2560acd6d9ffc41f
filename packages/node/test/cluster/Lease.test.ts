import { assert } from "@effect/vitest"
import { Command, type RedisService } from "@reef-redis/node"
import { ClusterServers, type ServerControls } from "@reef-redis/testing"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { eventually, failing, isError, start } from "../support/client.ts"
import { calls, clusterClient, onCluster, primariesOf, replicaOf } from "./support/cluster.ts"
import { keyIn } from "./support/slots.ts"

const blockedOn = (nodes: ReadonlyArray<ServerControls>, count: number) =>
  eventually(
    `${count} blocked`,
    Effect.map(
      Effect.forEach(nodes, (node) => Effect.orDie(node.admin(["INFO", "clients"]))),
      (replies) =>
        replies.reduce<number>((sum, reply) => sum + Number(/blocked_clients:(\d+)/.exec(String(reply))?.[1]), 0) ===
        count
    )
  )

const increment = (redis: RedisService, key: string) =>
  redis.watch(key, (tx) => Effect.map(tx.get(key), (value) => ({ stored: Command.set(key, Number(value ?? 0) + 1) })))

onCluster()("Leases in a cluster", (it) => {
  it.effect("blocking commands wait at the node of their keys, raw ones too", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const primaries = yield* primariesOf(servers)
      const { redis } = yield* clusterClient()
      const keys = [0, 8192, 16_383].map((slot) => keyIn(slot, "jobs"))
      const typed = yield* Effect.forEach(keys, (key) => start(redis.blPop(key, "10 seconds")))
      const raw = yield* start(redis.run(Command.raw("BRPOP", [keys[1]!, "10"], { keys: [0] })))
      for (const [at, node] of primaries.entries()) yield* blockedOn([node], at === 1 ? 2 : 1)
      for (const key of [...keys, keys[1]!]) yield* redis.rPush(key, "x")
      for (const [at, fiber] of typed.entries()) {
        assert.deepStrictEqual(yield* Fiber.join(fiber), { key: keys[at]!, element: "x" })
      }
      assert.deepStrictEqual(yield* Fiber.join(raw), [keys[1]!, "x"])
      const error = yield* failing(redis.blPop([keys[0]!, keys[1]!], "1 second"))
      isError(error, "CrossSlot", "NotSent")
    })
  )

  it.effect("a lease is of the node of its key, which must be told", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const primaries = yield* primariesOf(servers)
      const { redis } = yield* clusterClient()
      for (const [at, slot] of [0, 8192, 16_383].entries()) {
        const key = keyIn(slot, "lease")
        yield* Effect.scoped(
          Effect.gen(function* () {
            const mine = yield* redis.lease({ key })
            assert.strictEqual(yield* mine.run(Command.clusterMyId()), primaries[at]!.id)
            yield* mine.watch(key)
            assert.deepStrictEqual(yield* mine.transaction({ n: Command.incr(key) }), { n: 1 })
            const elsewhere = keyIn(slot === 0 ? 8192 : 0, "other")
            isError(yield* failing(mine.get(elsewhere)), "Redirected", "Refused")
            const crossing = mine.transaction([Command.get(key), Command.get(elsewhere)])
            isError(yield* failing(crossing), "CrossSlot", "NotSent")
          })
        )
      }
      isError(yield* failing(Effect.scoped(redis.lease())), "InvalidArgument", "NotSent")
      isError(yield* failing(redis.run(Command.raw("WAIT", ["0", "10"]))), "InvalidArgument", "NotSent")
    })
  )

  it.effect("watched keys must be of one slot, which is found before anything is sent", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { redis } = yield* clusterClient()
      const [a, b] = [keyIn(1, "w"), keyIn(9000, "w")]
      const before = yield* calls(servers.nodes, "watch")
      isError(yield* failing(redis.watch([a, b], () => Effect.succeed([]))), "CrossSlot", "NotSent")
      assert.strictEqual(yield* calls(servers.nodes, "watch"), before)
      yield* Effect.forEach(Array.from({ length: 30 }), (_, at) => increment(redis, at % 2 === 0 ? a : b), {
        concurrency: 30
      })
      assert.deepStrictEqual(yield* redis.mGet([a]), ["15"])
      assert.deepStrictEqual(yield* redis.mGet([b]), ["15"])
    })
  )

  it.effect("a durable write waits for the replicas of its own shard", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { redis } = yield* clusterClient()
      for (const slot of [2, 9001]) {
        const key = keyIn(slot, "d")
        assert.strictEqual(yield* redis.durable(Command.incr(key), { replicas: 1, timeout: "5 seconds" }), 1)
        const replica = yield* replicaOf(servers, yield* servers.primaryOf(slot))
        assert.deepStrictEqual(yield* replica.admin(["CLUSTER", "COUNTKEYSINSLOT", String(slot)]), 1)
        const short = redis.durable(Command.incr(key), { replicas: 2, timeout: 50 })
        const { reason } = isError(yield* failing(short), "NotReplicated", "Executed")
        assert.deepInclude(reason, { wanted: 2, acknowledged: 1 })
      }
    })
  )

  it.effect("a blocked command follows its slot to another node", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const [from, to] = yield* primariesOf(servers)
      const { redis } = yield* clusterClient()
      const key = keyIn(5, "moving")
      const popping = yield* start(redis.blPop(key, Duration.infinity))
      yield* blockedOn([from!], 1)
      yield* servers.moveSlots(5, from!, to!)
      yield* blockedOn([to!], 1)
      yield* redis.rPush(key, "x")
      assert.deepStrictEqual(yield* Fiber.join(popping), { key, element: "x" })
      assert.deepStrictEqual(yield* increment(redis, key), { stored: true })
    })
  )

  it.effect("a blocked command goes on at the new primary after a failover, with the time that remains", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const key = keyIn(12_000, "failing")
      const primary = yield* servers.primaryOf(12_000)
      const { redis } = yield* clusterClient()
      const popping = yield* start(redis.blPop(key, "30 seconds"))
      yield* blockedOn([primary], 1)
      yield* servers.failover(yield* replicaOf(servers, primary))
      const next = yield* servers.primaryOf(12_000)
      yield* blockedOn([next], 1)
      yield* redis.rPush(key, "x")
      assert.deepStrictEqual(yield* Fiber.join(popping), { key, element: "x" })
      yield* increment(redis, keyIn(12_000, "counter"))
    })
  )
})
