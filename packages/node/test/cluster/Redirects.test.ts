import { assert } from "@effect/vitest"
import { Command, Policies, type RedisService } from "@reef-redis/node"
import { type ClusterNode, ClusterServers } from "@reef-redis/testing"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { eventually, failing, isError, start } from "../support/client.ts"
import {
  type ClusterClient,
  causesOf,
  clusterClient,
  errorsSaid,
  onCluster,
  patchedSlots,
  primariesOf
} from "./support/cluster.ts"
import { keyIn, slotsFrom } from "./support/slots.ts"

/** More refusals in one operation than redirects would be followed: waiting for a migration is not a loop. */
const MANY_REFUSALS = 18

/** The keys `a`, `b`, `c` of a slot hold their names; the slot has begun to move and `a` has moved. */
const halfMoved = (slot: number, moved: ReadonlyArray<string> = ["a"]) =>
  Effect.gen(function* () {
    const servers = yield* ClusterServers
    const [from, to] = yield* primariesOf(servers)
    for (const name of ["a", "b", "c"]) yield* from.admin(["SET", keyIn(slot, name), name])
    yield* servers.beginMigration(slot, from, to)
    yield* servers.migrateKeys(slot, from, to, { keys: moved.map((name) => keyIn(slot, name)) })
    const finish = Effect.andThen(servers.migrateKeys(slot, from, to), servers.finishMigration(slot, from, to))
    return { from, to, finish, key: (name: string) => keyIn(slot, name) }
  })

const ownerPort = ({ cluster }: ClusterClient, slot: number) =>
  Effect.map(SubscriptionRef.get(cluster.topology), (topology) => topology.primaryOf(slot)?.endpoint?.port)

/** Waits until the two nodes have said TRYAGAIN so often since this began: which of them does depends on the server. */
const refusals = ({ from, to }: { readonly from: ClusterNode; readonly to: ClusterNode }, count: number) =>
  Effect.gen(function* () {
    const said = Effect.map(
      Effect.forEach([from, to], (node) => errorsSaid(node, "TRYAGAIN")),
      ([a = 0, b = 0]) => a + b
    )
    const before = yield* said
    return eventually(
      `${count} times TRYAGAIN`,
      Effect.map(said, (now) => now >= before + count)
    )
  })

const list = (redis: RedisService, key: string) => redis.lRange(key, 0, -1)

onCluster({ replicasPerPrimary: 0 })("Redirects", (it) => {
  it.effect("by ASK are followed for one command each, and the map stays as it is", () =>
    Effect.gen(function* () {
      const client = yield* clusterClient()
      const { finish, from, key, to } = yield* halfMoved(200)
      assert.strictEqual(yield* client.redis.get(key("a")), "a")
      assert.strictEqual(yield* client.redis.get(key("b")), "b")
      yield* client.redis.set(key("new"), "born at the target")
      assert.strictEqual(yield* from.admin(["CLUSTER", "COUNTKEYSINSLOT", 200]), 2)
      assert.strictEqual(yield* to.admin(["CLUSTER", "COUNTKEYSINSLOT", 200]), 2)
      assert.strictEqual(yield* client.redis.get(key("new")), "born at the target")
      assert.strictEqual(yield* client.redis.get(key("none")), undefined)
      assert.strictEqual(yield* client.redis.incr(key("none")), 1)
      assert.strictEqual(yield* ownerPort(client, 200), from.port)
      assert.deepStrictEqual(client.events, [])
      yield* finish
      assert.deepStrictEqual(yield* client.redis.mGet([key("a"), key("b"), key("new")]), [
        "a",
        "b",
        "born at the target"
      ])
    })
  )

  it.effect("by TRYAGAIN wait as long as the keys are parted, and end well", () =>
    Effect.gen(function* () {
      const { redis } = yield* clusterClient()
      const { finish, from, key, to } = yield* halfMoved(201)
      const parted = yield* refusals({ from, to }, MANY_REFUSALS)
      const read = yield* start(redis.mGet([key("a"), key("b")]))
      const write = yield* start(redis.rename(key("a"), key("b")))
      yield* parted
      assert.isUndefined(read.pollUnsafe())
      assert.isUndefined(write.pollUnsafe())
      yield* finish
      assert.include(
        [
          ["a", "b"],
          [undefined, "a"]
        ].map(String),
        String(yield* Fiber.join(read))
      )
      yield* Fiber.join(write)
      assert.deepStrictEqual(yield* redis.mGet([key("a"), key("b"), key("c")]), [undefined, "a", "c"])
    })
  )

  it.effect("by ASK and TRYAGAIN in turn, as new keys together meet them, are no loop of redirects", () =>
    Effect.gen(function* () {
      const { redis } = yield* clusterClient()
      const { finish, from, key, to } = yield* halfMoved(202)
      const parted = yield* refusals({ from, to }, MANY_REFUSALS)
      const write = yield* start(
        redis.mSet([
          [key("x"), "1"],
          [key("y"), "2"]
        ])
      )
      yield* parted
      assert.isUndefined(write.pollUnsafe())
      yield* finish
      yield* Fiber.join(write)
      assert.deepStrictEqual(yield* redis.mGet([key("x"), key("y")]), ["1", "2"])
    })
  )

  it.effect("by TRYAGAIN end as Refused at the deadline", () =>
    Effect.gen(function* () {
      // One attempt only: the deadline must find none on its way, or nobody can say what became of it.
      const redirect = Schedule.modifyDelay(Policies.redirect, ({ input }) =>
        Effect.succeed(input.reason._tag === "TryAgain" ? Duration.minutes(1) : Duration.zero)
      )
      const { redis } = yield* clusterClient({ commandTimeout: "1 second", policies: { redirect } })
      const { finish, key } = yield* halfMoved(203)
      const error = isError(yield* failing(redis.mGet([key("a"), key("b")])), "Timeout", "Refused")
      assert.include(error.message, "TryAgain")
      yield* finish
    })
  )

  it.effect("by MOVED correct that slot at once, and the others with one refresh", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const [from, to] = yield* primariesOf(servers)
      const client = yield* clusterClient()
      yield* servers.moveSlots([204, 205], from, to)
      yield* client.redis.set(keyIn(204, "m"), "moved")
      const [patched] = client.events
      assert.strictEqual(patched?._tag, "Patched")
      assert.deepStrictEqual(
        [204, 205, 206].map((slot) => patched?._tag === "Patched" && patched.topology.primaryOf(slot)?.endpoint?.port),
        [to.port, from.port, from.port]
      )
      yield* eventually(
        "the refresh has found the other slot",
        Effect.map(ownerPort(client, 205), (port) => port === to.port)
      )
      assert.deepStrictEqual(causesOf(client.events), ["moved"])
      yield* client.redis.set(keyIn(205, "m"), "found")
      assert.deepStrictEqual(patchedSlots(client.events), [204])
    })
  )

  it.effect("in a pipeline bring its results in the caller's order, from every node", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { redis } = yield* clusterClient()
      const { finish, from, key, to } = yield* halfMoved(207)
      yield* servers.moveSlots(208, from, to)
      const names = ["a", "b", "c"]
      yield* redis.pipeline(names.map((name) => Command.rPush(key(`list-${name}`), "first")))
      const results = yield* redis.pipeline([
        Command.get(key("c")),
        Command.set(keyIn(208, "p"), "1"),
        Command.get(key("a")),
        Command.set(keyIn(16_000, "p"), "2"),
        Command.get(keyIn(208, "p")),
        Command.rPush(key("list-a"), "second"),
        Command.rPush(key("list-a"), "third"),
        Command.get(key("b")),
        Command.get(keyIn(16_000, "p"))
      ])
      assert.deepStrictEqual(results, ["c", true, "a", true, "1", 2, 3, "b", "2"])
      assert.deepStrictEqual(yield* list(redis, key("list-a")), ["first", "second", "third"])
      yield* finish
      assert.deepStrictEqual(yield* redis.pipeline(names.map((name) => Command.get(key(name)))), names)
    })
  )

  it.effect("never change the order of a pipeline's commands on one key, while slots move", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const [from, to] = yield* primariesOf(servers)
      const { redis } = yield* clusterClient()
      const slots = slotsFrom(300, 20)
      let moving = true
      const pushed = new Map<string, Array<string>>()
      const write = (slot: number) =>
        Effect.gen(function* () {
          const key = keyIn(slot, "ordered")
          for (let round = 0; moving || round < 2; round++) {
            const ids = Array.from({ length: 20 }, (_, i) => `${round}.${i}`)
            yield* redis.pipeline(ids.map((id) => Command.rPush(key, id)))
            pushed.set(key, [...(pushed.get(key) ?? []), ...ids])
          }
        })
      const writers = yield* start(Effect.forEach(slots, write, { concurrency: "unbounded", discard: true }))
      yield* servers.moveSlots(slots, from, to)
      moving = false
      yield* Fiber.join(writers)
      for (const [key, ids] of pushed) assert.deepStrictEqual(yield* list(redis, key), ids)
    })
  )

  it.effect("of a transaction send all of it on, by ASK, by MOVED, and after TRYAGAIN", () =>
    Effect.gen(function* () {
      const client = yield* clusterClient()
      const { redis } = client
      const { finish, from, key, to } = yield* halfMoved(210)
      const parted = yield* refusals({ from, to }, MANY_REFUSALS)
      const waiting = yield* start(redis.transaction([Command.append(key("a"), "!"), Command.append(key("b"), "!")]))
      yield* parted
      assert.isUndefined(waiting.pollUnsafe())
      yield* finish
      assert.deepStrictEqual(yield* Fiber.join(waiting), [2, 2])
      assert.deepStrictEqual(yield* redis.mGet([key("a"), key("b"), key("c")]), ["a!", "b!", "c"])

      const { finish: finishOther, key: other } = yield* halfMoved(211, ["a", "b", "c"])
      assert.deepStrictEqual(yield* redis.transaction([Command.append(other("a"), "?"), Command.get(other("b"))]), [
        2,
        "b"
      ])
      assert.strictEqual(yield* ownerPort(client, 211), from.port)
      yield* finishOther
      assert.deepStrictEqual(yield* redis.transaction([Command.append(other("a"), "?"), Command.get(other("c"))]), [
        3,
        "c"
      ])
      assert.strictEqual(yield* ownerPort(client, 211), to.port)
    })
  )
})
