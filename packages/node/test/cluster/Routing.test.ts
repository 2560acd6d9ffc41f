import { assert } from "@effect/vitest"
import { Command, NodeTransport, Redis, RedisCluster, RedisClusterLive, type RedisError } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { clientCount, failing, isError } from "../support/client.ts"
import { calls, clusterClient, onCluster, patchedSlots, primariesOf } from "./support/cluster.ts"
import { keyIn, slotOf, slotsFrom } from "./support/slots.ts"

/** A slot of each part of the slots. */
const SLOTS = [1, 8_193, 16_382]

onCluster({ replicasPerPrimary: 0 })("Routing", (it) => {
  it.effect("sends each key to the owner of its slot, so that no server has to redirect", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { cluster, events, redis } = yield* clusterClient()
      const slots = slotsFrom(5, 400, 41).filter((slot) => slot < 16_384)
      for (const slot of slots) {
        const key = keyIn(slot, "own")
        assert.strictEqual(cluster.slotOf(key), slot)
        yield* redis.set(key, key)
      }
      for (const slot of slots) {
        const key = keyIn(slot, "own")
        assert.strictEqual(yield* redis.get(key), key)
        assert.strictEqual(yield* (yield* servers.primaryOf(slot)).admin(["GET", key]), key)
      }
      assert.deepStrictEqual(patchedSlots(events), [])
    })
  )

  it.effect("shares one connection to each node among all fibers", () =>
    Effect.gen(function* () {
      const { nodes } = yield* ClusterServers
      const { redis } = yield* clusterClient({ clientName: "shared" })
      yield* Effect.forEach(slotsFrom(0, 500, 32), (slot) => redis.incr(keyIn(slot, "shared")), {
        concurrency: "unbounded"
      })
      for (const node of nodes) assert.strictEqual(yield* clientCount(node, "shared"), 1)
    })
  )

  it.effect("is the same through the layers, where commands run by themselves", () =>
    Effect.gen(function* () {
      const { seeds } = yield* ClusterServers
      const program = Effect.gen(function* () {
        for (const slot of SLOTS) yield* Command.set(keyIn(slot, "layer"), String(slot))
        const redis = yield* Redis
        assert.strictEqual(yield* redis.get(keyIn(SLOTS[2]!, "layer")), String(SLOTS[2]))
        const cluster = yield* RedisCluster
        return (yield* SubscriptionRef.get(cluster.topology)).covered
      })
      assert.strictEqual(yield* Effect.provide(program, RedisClusterLive({ nodes: seeds })), 16_384)
      const configured = RedisCluster.layerConfig({
        nodes: Config.succeed(seeds),
        commandTimeout: Config.Duration("COMMAND_TIMEOUT")
      }).pipe(
        Layer.provide([
          NodeTransport.layer,
          ConfigProvider.layer(ConfigProvider.fromEnv({ env: { COMMAND_TIMEOUT: "2 seconds" } }))
        ])
      )
      assert.strictEqual(yield* Effect.provide(program, configured), 16_384)
    })
  )

  it.effect("finds the slot of keys that are bytes, have odd tags, or stand in raw commands", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { cluster, events, redis } = yield* clusterClient()
      const bytes = Uint8Array.of(0xff, 0x7b, 0x00, 0x7d, 0x0d, 0x0a)
      yield* redis.set(bytes, "bytes")
      assert.strictEqual(yield* redis.get(bytes), "bytes")
      for (const key of ["{}", "{}a", "a{}", "{a", "a}b{c}", "{{a}}", "ü{ü}", "", "{a}{b}"]) {
        const [primary] = yield* primariesOf(servers)
        assert.strictEqual(yield* primary.admin(["CLUSTER", "KEYSLOT", key]), cluster.slotOf(key), key)
        yield* redis.set(key, "odd")
        assert.strictEqual(yield* redis.get(key), "odd")
      }
      const [slot] = SLOTS
      yield* redis.run(Command.raw("SET", [keyIn(slot!, "raw"), "1"], { keys: [0] }))
      const script = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
      assert.strictEqual(yield* redis.eval(script, { keys: [keyIn(slot!, "raw")], arguments: [2] }), 3)
      assert.deepStrictEqual(patchedSlots(events), [])
    })
  )

  it.effect("sends commands of several keys that have one slot", () =>
    Effect.gen(function* () {
      const { events, redis } = yield* clusterClient()
      for (const slot of SLOTS) {
        const [a, b] = [keyIn(slot, "a"), keyIn(slot, "b")]
        yield* redis.mSet([
          [a, "1"],
          [b, "2"]
        ])
        assert.deepStrictEqual(yield* redis.mGet([b, a, keyIn(slot, "none")]), ["2", "1", undefined])
        yield* redis.rename(a, b)
        assert.deepStrictEqual(yield* redis.transaction([Command.get(b), Command.del(b), Command.exists(b)]), [
          "1",
          1,
          0
        ])
      }
      assert.deepStrictEqual(patchedSlots(events), [])
    })
  )

  it.effect("refuses keys of several slots before anything is sent, and names the slots", () =>
    Effect.gen(function* () {
      const { nodes } = yield* ClusterServers
      const { redis } = yield* clusterClient()
      const [a, b, c] = [keyIn(7, "x"), keyIn(9_000, "x"), keyIn(16_000, "x")]
      const seen = Effect.forEach(["rename", "sinter", "multi", "set", "eval"], (name) => calls(nodes, name))
      const before = yield* seen
      const refused = [
        redis.rename(b, a),
        redis.sInter([c, b, a]),
        redis.transaction([Command.set(a, "1"), Command.set(b, "2")]),
        redis.eval("return 1", { keys: [a, c] }),
        redis.pipeline([Command.rename(a, b)])
      ]
      const slots = [
        [7, 9_000],
        [7, 9_000, 16_000],
        [7, 9_000],
        [7, 16_000],
        [7, 9_000]
      ]
      for (const [at, effect] of refused.entries()) {
        const { reason } = isError(yield* failing<unknown, RedisError, never>(effect), "CrossSlot", "NotSent")
        assert.deepStrictEqual(reason._tag === "CrossSlot" && [...reason.slots], slots[at])
      }
      assert.deepStrictEqual(yield* seen, before)
    })
  )

  it.effect("sends commands without a key to some primary", () =>
    Effect.gen(function* () {
      const { redis } = yield* clusterClient()
      assert.strictEqual(yield* redis.ping(), "PONG")
      assert.deepStrictEqual(yield* redis.pipeline([Command.echo("a"), Command.echo("b")]), ["a", "b"])
      assert.strictEqual((yield* redis.run(Command.clusterInfo())).state, "ok")
      assert.strictEqual(yield* redis.run(Command.clusterKeySlot(keyIn(77, "x"))), 77)
    })
  )

  it.effect("sends commands about a slot to its owner", () =>
    Effect.gen(function* () {
      const { redis } = yield* clusterClient()
      for (const slot of slotsFrom(50, 3, 5_462)) {
        yield* redis.set(keyIn(slot, "counted"), "1")
        assert.strictEqual(yield* redis.run(Command.clusterCountKeysInSlot(slot)), 1)
        assert.deepStrictEqual(yield* redis.run(Command.clusterGetKeysInSlot(slot, 10)), [keyIn(slot, "counted")])
      }
    })
  )

  it.effect(
    "refuses what speaks of one node or makes no sense in a cluster, alone, in a pipeline or in a transaction",
    () =>
      Effect.gen(function* () {
        const { nodes } = yield* ClusterServers
        const { redis } = yield* clusterClient()
        const before = yield* calls(nodes, "dbsize")
        const commands = [
          Command.clusterReset(),
          Command.lastSave(),
          Command.memoryStats(),
          Command.memoryDoctor(),
          Command.latencyDoctor(),
          Command.replicaOf("127.0.0.1", 1),
          Command.swapDb(0, 1),
          Command.raw("SCAN", [0]),
          Command.raw("SHUTDOWN", ["NOSAVE"]),
          Command.raw("CLUSTER", ["FAILOVER"])
        ]
        for (const command of commands) {
          for (const effect of [redis.run(command), redis.pipeline([command]), redis.transaction([command])] as const) {
            const error = isError(yield* failing<unknown, RedisError, never>(effect), "InvalidArgument", "NotSent")
            assert.include(error.message, "RedisCluster.onNode")
          }
        }
        isError(yield* failing(redis.transaction([Command.flushAll()])), "InvalidArgument", "NotSent")
        const mixed = redis.transaction([Command.set(keyIn(7, "mixed"), "1"), Command.dbSize()])
        isError(yield* failing(mixed), "InvalidArgument", "NotSent")
        assert.strictEqual(yield* calls(nodes, "dbsize"), before)
      })
  )

  it.effect("runs on one node what is asked of that node, and follows no redirect from there", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { cluster, redis } = yield* clusterClient()
      for (const slot of SLOTS) yield* redis.set(keyIn(slot, "on-node"), "1")
      for (const [at, node] of servers.nodes.entries()) {
        const one = cluster.onNode({ host: node.host, port: node.port })
        assert.strictEqual(yield* one.dbSize(), yield* node.admin(["DBSIZE"]))
        assert.strictEqual((yield* one.configGet("port")).port, String(node.port))
        assert.strictEqual(yield* one.get(keyIn(SLOTS[at]!, "on-node")), "1")
        const elsewhere = SLOTS[(at + 1) % 3]!
        const error = isError(yield* failing(one.get(keyIn(elsewhere, "on-node"))), "Redirected", "Refused")
        const owner = yield* servers.primaryOf(elsewhere)
        assert.strictEqual(error.reason._tag === "Redirected" && error.reason.to, `127.0.0.1:${owner.port}`)
      }
    })
  )

  it.effect("shows its map, each change of it, and what led to it", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { cluster, events, redis } = yield* clusterClient()
      const [first, second] = yield* primariesOf(servers)
      const ownerOf = (slot: number) =>
        Effect.map(SubscriptionRef.get(cluster.topology), (topology) => topology.primaryOf(slot)?.endpoint?.port)
      const slot = slotOf("{shown}")
      const owner = yield* servers.primaryOf(slot)
      const target = owner === first ? second : first
      assert.strictEqual(yield* ownerOf(slot), owner.port)
      const next = yield* Effect.forkChild(
        SubscriptionRef.changes(cluster.topology).pipe(
          Stream.filter((topology) => topology.primaryOf(slot)?.endpoint?.port === target.port),
          Stream.runHead
        ),
        { startImmediately: true }
      )
      yield* servers.moveSlots(slot, owner, target)
      yield* redis.set("{shown}", "1")
      assert.strictEqual(yield* ownerOf(slot), target.port)
      assert.strictEqual(yield* cluster.refresh, yield* SubscriptionRef.get(cluster.topology))
      assert.strictEqual(Option.isSome(yield* Fiber.join(next)), true)
      assert.deepStrictEqual(patchedSlots(events), [slot])
      yield* servers.moveSlots(slot, target, owner)
      assert.strictEqual((yield* cluster.refresh).primaryOf(slot)?.endpoint?.port, owner.port)
      assert.strictEqual(yield* ownerOf(slot), owner.port)
    })
  )
})
