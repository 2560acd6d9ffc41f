import { assert } from "@effect/vitest"
import { Command, type RedisError, type RedisService } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { failing, isError, start } from "../support/client.ts"
import { calls, clusterClient, onCluster, patchedSlots } from "./support/cluster.ts"
import { keyIn, slotsFrom } from "./support/slots.ts"

/** Slots of all three primaries, next to each other and far apart. */
const SLOTS = [...slotsFrom(0, 4), ...slotsFrom(5_460, 4), ...slotsFrom(16_380, 4)]

/** Two keys of each, in an order that goes back and forth. */
const keysOf = (name: string): ReadonlyArray<string> =>
  ["a", "b"].flatMap((part) => SLOTS.toReversed().map((slot) => keyIn(slot, `${name}-${part}`)))

onCluster({ replicasPerPrimary: 0 })("Commands of several slots", (it) => {
  it.effect("write, count, read and delete keys of all nodes, in the caller's order", () =>
    Effect.gen(function* () {
      const { nodes } = yield* ClusterServers
      const { events, redis } = yield* clusterClient()
      const keys = keysOf("all")
      const before = yield* calls(nodes, "mset")
      yield* redis.mSet(keys.map((key, at) => [key, at]))
      assert.strictEqual((yield* calls(nodes, "mset")) - before, SLOTS.length)
      const read = [...keys, keyIn(7, "none"), ...keys]
      const values = [...keys.map((_, at) => String(at)), undefined, ...keys.map((_, at) => String(at))]
      assert.deepStrictEqual(yield* redis.mGet(read), values)
      assert.deepStrictEqual(
        yield* redis.run(Command.asBytes(Command.mGet(read))),
        values.map((value) => (value === undefined ? undefined : new TextEncoder().encode(value)))
      )
      assert.strictEqual(yield* redis.exists(read), 2 * keys.length)
      assert.strictEqual(yield* redis.touch(read), 2 * keys.length)
      assert.strictEqual(yield* redis.unlink(keys.slice(0, 5)), 5)
      assert.strictEqual(yield* redis.del(keys), keys.length - 5)
      assert.deepStrictEqual(patchedSlots(events), [])
    })
  )

  it.effect("are a part of a pipeline as any other, and keep the order per key", () =>
    Effect.gen(function* () {
      const { redis } = yield* clusterClient()
      const [a, b, c] = [keyIn(1, "order"), keyIn(9_000, "order"), keyIn(16_000, "order")]
      const results = yield* redis.pipeline([
        Command.mSet({ [a]: "1", [b]: "2", [c]: "3" }),
        Command.append(b, "!"),
        Command.mGet([c, b, a]),
        Command.del([a, b]),
        Command.mGet([a, b, c])
      ])
      assert.deepStrictEqual(results, [undefined, 2, ["3", "2!", "1"], 2, [undefined, undefined, "3"]])
    })
  )

  it.effect("follow a slot that moves meanwhile, the part of that slot alone", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { redis } = yield* clusterClient()
      const moving = 100
      const [from, to] = [yield* servers.primaryOf(moving), yield* servers.primaryOf(16_000)]
      const key = (name: string) => keyIn(moving, name)
      const elsewhere = keyIn(9_000, "stays")
      yield* redis.mSet({ [key("a")]: "a", [key("b")]: "b", [elsewhere]: "c" })
      yield* servers.beginMigration(moving, from, to)
      yield* servers.migrateKeys(moving, from, to, { keys: [key("a")] })
      assert.deepStrictEqual(yield* redis.mGet([elsewhere, key("a")]), ["c", "a"])
      // Both together are at neither node: TRYAGAIN until the slot has moved.
      const both = yield* start(redis.mGet([key("a"), elsewhere, key("b")]))
      yield* servers.migrateKeys(moving, from, to)
      yield* servers.finishMigration(moving, from, to)
      assert.deepStrictEqual(yield* Fiber.join(both), ["a", "c", "b"])
      assert.strictEqual(yield* redis.del([key("a"), key("b"), elsewhere]), 3)
    })
  )

  it.effect("refuse before anything is sent what must be one thing", () =>
    Effect.gen(function* () {
      const { nodes } = yield* ClusterServers
      const { redis } = yield* clusterClient()
      const [a, b] = [keyIn(1, "one"), keyIn(9_000, "one")]
      const refused = (on: RedisService): ReadonlyArray<Effect.Effect<unknown, RedisError>> => [
        on.mSetNX({ [a]: "1", [b]: "2" }),
        on.mSetEx({ [a]: "1", [b]: "2" }, { condition: "NX" }),
        on.transaction([Command.mSet({ [a]: "1", [b]: "2" })]),
        on.durable(Command.del([a, b]), { replicas: 1, timeout: "1 second" })
      ]
      const before = yield* calls(nodes, "multi")
      for (const effect of refused(redis)) isError(yield* failing(effect), "CrossSlot", "NotSent")
      assert.strictEqual(yield* calls(nodes, "multi"), before)
      assert.strictEqual(yield* redis.exists([a, b]), 0)
    })
  )
})
