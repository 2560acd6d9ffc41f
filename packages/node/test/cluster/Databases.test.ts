import { assert, layer } from "@effect/vitest"
import { Command, Redis, Scan } from "@reef-redis/node"
import { ClusterServers, findBinary } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { failing } from "../support/client.ts"
import { clusterClient, primariesOf } from "./support/cluster.ts"
import { keyIn } from "./support/slots.ts"

/** Numbered databases in a cluster came with Valkey 9.0. */
const hasSeveral = Effect.map(findBinary(), ({ major, product }) => product === "valkey" && major >= 9)

const servers = Layer.unwrap(
  Effect.map(hasSeveral, (several) =>
    ClusterServers.layer({ primaries: 3, replicasPerPrimary: 0, config: several ? ["cluster-databases 16"] : [] })
  )
)

const KEYS = [0, 6_000, 12_000, 16_383].map((slot) => keyIn(slot, "k"))

/** What every node said to a client of that database. */
const refusal = (options: Parameters<typeof clusterClient>[0]) =>
  Effect.map(failing(Effect.scoped(clusterClient(options))), ({ attempts, message }) => {
    assert.deepStrictEqual(
      attempts.map(({ execution, reason }) => [reason._tag, execution]),
      attempts.map(() => ["DatabaseRefused", "NotSent"])
    )
    assert.isAbove(attempts.length, 0)
    return message
  })

layer(servers, { timeout: "60 seconds", excludeTestServices: true })("A numbered database of a cluster", (it) => {
  it.effect("is used by every connection of a client, or refused as DatabaseRefused by servers that have none", () =>
    Effect.gen(function* () {
      const cluster = yield* ClusterServers
      const byUrl = { nodes: cluster.seeds.map((url) => `${url.replace(/\/+$/, "")}/15`) }
      if (!(yield* hasSeveral)) {
        for (const options of [{ database: 15 }, byUrl]) {
          const begun = performance.now()
          assert.match(
            yield* refusal(options),
            /refused to SELECT database 15: ERR SELECT is not allowed in cluster mode/
          )
          assert.isBelow(performance.now() - begun, 5_000)
        }
        return
      }
      const { redis: zero } = yield* clusterClient()
      const { redis } = yield* clusterClient({ database: 15 })
      const { redis: same } = yield* clusterClient(byUrl)
      yield* zero.pipeline(KEYS.map((key) => Command.set(key, "zero")))
      yield* redis.pipeline(KEYS.map((key) => Command.set(key, "fifteen")))
      const valuesOf = (client: typeof redis) => client.pipeline(KEYS.map((key) => Command.get(key)))
      assert.deepStrictEqual(yield* valuesOf(same), ["fifteen", "fifteen", "fifteen", "fifteen"])
      assert.deepStrictEqual(yield* valuesOf(zero), ["zero", "zero", "zero", "zero"])
      // Leased connections are of the same database, and scans, and slots that move.
      const key = KEYS[0]!
      yield* redis.watch(key, (tx) => Effect.map(tx.get(key), (value) => [Command.set(key, `${value}!`)]))
      assert.strictEqual(yield* same.get(key), "fifteen!")
      const only = keyIn(77, "only")
      yield* redis.set(only, "here")
      const found = yield* Effect.provideService(Stream.runCollect(Scan.keys({ match: "only*" })), Redis, redis)
      assert.deepStrictEqual(found, [only])
      assert.deepStrictEqual(
        yield* Effect.provideService(Stream.runCollect(Scan.keys({ match: "only*" })), Redis, zero),
        []
      )
      const [first] = yield* primariesOf(cluster)
      assert.strictEqual(yield* first!.admin(["EXISTS", key]), 1)
      assert.match(yield* refusal({ database: 16 }), /refused to SELECT database 16/)
    })
  )
})
