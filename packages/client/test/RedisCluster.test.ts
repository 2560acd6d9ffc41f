import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { commands } from "../src/command/Commands.ts"
import { Transport } from "../src/connection/Transport.ts"
import { Redis } from "../src/Redis.ts"
import { RedisCluster, type RedisClusterOptions } from "../src/RedisCluster.ts"
import { slotOf } from "../src/topology/Slot.ts"
import { start, succeeded } from "./support/client.ts"
import { clustered, FakeCluster, idOf, k1, k2, k3 } from "./support/FakeCluster.ts"
import { ok } from "./support/FakeTransport.ts"

const refused = (options: RedisClusterOptions) =>
  Effect.flip(Effect.provideService(RedisCluster.make(options), Transport, new FakeCluster().transport.service))

describe("RedisCluster", () => {
  it.effect("is a layer of Redis and RedisCluster, so that a program does not know its topology", () =>
    Effect.gen(function* () {
      const fake = new FakeCluster()
      const program = Effect.gen(function* () {
        const redis = yield* Redis
        const cluster = yield* RedisCluster
        const topology = yield* SubscriptionRef.get(cluster.topology)
        assert.strictEqual(topology.primaryOf(cluster.slotOf(k2))?.id, idOf("n2:1"))
        assert.strictEqual(cluster.slotOf("{a}b"), slotOf("a"))
        return [yield* redis.get(k1), yield* commands.get(k3)]
      })
      const layer = Layer.provide(RedisCluster.layer({ nodes: ["n1:1"] }), fake.transport.layer)
      assert.deepStrictEqual(yield* Effect.provide(program, layer), ["n1:1", "n3:1"])
      assert.strictEqual(fake.transport.open.length, 0)
    })
  )

  it.effect("routes by the whole key where it has a prefix, for the cluster and for single nodes", () =>
    Effect.gen(function* () {
      const fake = new FakeCluster()
      const options = { nodes: ["n1:1"], keyPrefix: "{a}" }
      const { cluster, redis } = yield* Effect.provideService(
        RedisCluster.make(options),
        Transport,
        fake.transport.service
      )
      assert.strictEqual(cluster.slotOf("b"), slotOf("a"))
      assert.strictEqual(cluster.slotOf(new Uint8Array([98])), slotOf("a"))
      const owner = yield* redis.get("b")
      assert.strictEqual(yield* redis.withKeyPrefix("c").get("d"), owner)
      assert.include(fake.transport.last(String(owner)).commands, "GET {a}b")
      assert.include(fake.transport.last(String(owner)).commands, "GET {a}cd")
      yield* cluster.onNode({ host: "n1", port: 1 }).get("x")
      assert.include(fake.transport.last("n1:1").commands, "GET {a}x")
    })
  )

  it.effect("is a layer from configuration", () =>
    Effect.gen(function* () {
      const fake = new FakeCluster()
      const provider = ConfigProvider.fromEnv({ env: { NODES: "redis://n1:1,n2:1" } })
      const layer = RedisCluster.layerConfig({ nodes: Config.map(Config.String("NODES"), (text) => [text]) }).pipe(
        Layer.provide(fake.transport.layer),
        Layer.provide(ConfigProvider.layer(provider))
      )
      assert.strictEqual(
        yield* Effect.provide(
          Redis.use((redis) => redis.get(k1)),
          layer
        ),
        "n1:1"
      )
      assert.includeMembers(fake.transport.dialled, ["n1:1", "n2:1"])
    })
  )

  it.effect("uses the credentials of the seeds' URLs for every node", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({ nodes: ["redis://app:secret@n1:1"] }, (made) => {
        made.on = ([name]) => (name === "AUTH" ? ok : undefined)
      })
      yield* succeeded(yield* start(redis.get(k3)))
      assert.strictEqual(fake.transport.last("n3:1").commands[0], "HELLO 3 AUTH app secret")
    })
  )

  it.effect("refuses seeds and options that cannot be used, and names them", () =>
    Effect.gen(function* () {
      for (const [options, text] of [
        [{ nodes: [] }, "nodes: must name at least one node"],
        [{ nodes: ["nonsense"] }, "nonsense"],
        [{ nodes: ["redis://h/3"] }, "database 0"],
        [{ nodes: ["unix:///run/redis.sock"] }, "Unix"],
        [{ nodes: ["n1:1"], checkInterval: 0 }, "checkInterval: "],
        [{ nodes: ["n1:1"], requireFullCoverage: "no" as never }, "requireFullCoverage: "],
        [{ nodes: ["n1:1"], maxInFlight: -1 }, "maxInFlight: "]
      ] as const) {
        const failure = yield* refused(options)
        assert.strictEqual(failure.attempts[0]?.reason._tag, "InvalidArgument")
        assert.include(failure.message, text)
      }
    })
  )

  it.effect("runs batches on a single node that is named", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* clustered()
      const there = cluster.onNode({ host: "n2", port: 1 })
      const values = yield* succeeded(yield* start(there.pipeline([commands.get(k1), commands.get(k2)])))
      assert.deepStrictEqual(values, ["n2:1", "n2:1"])
      assert.deepStrictEqual(fake.writesTo("n2:1"), [[`GET ${k1}`, `GET ${k2}`]])
    })
  )
})
