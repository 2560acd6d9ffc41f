import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as TestClock from "effect/testing/TestClock"
import { Transport } from "../../src/connection/Transport.ts"
import { RedisCluster } from "../../src/RedisCluster.ts"
import { slotOf } from "../../src/topology/Slot.ts"
import { isDone, settle, start, succeeded } from "../support/client.ts"
import {
  clustered,
  FakeCluster,
  idOf,
  k1,
  k2,
  k3,
  keysIn,
  moved,
  tagsOfEvents,
  three,
  watched
} from "../support/FakeCluster.ts"
import { array, bulk, int, type Script } from "../support/FakeTransport.ts"

const fast = { policies: { unavailable: Schedule.spaced("10 millis") } }

/** Nodes that answer nothing after the handshake: their replies come in order, and the first one is owed. */
const silentBehind =
  (...addresses: ReadonlyArray<string>): Script =>
  ([name], { address }) =>
    addresses.includes(address) && name !== "HELLO" && name !== "CLIENT" ? "" : undefined

describe("ClusterTopology: when it asks", () => {
  it.effect("asks a few nodes under a storm of MOVED, and not again before the interval has passed", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered()
      const events = yield* watched(cluster)
      const keys = keysIn(0, 5460, 500)
      fake.on = ([name, key = ""], { address }) =>
        name === "GET" && address === "n1:1" ? moved(key, "n2:1") : undefined
      const asked = fake.asked
      const storm = yield* Effect.forEach(keys, (key) => start(redis.get(key)))
      for (const fiber of storm) assert.strictEqual(yield* succeeded(fiber), "n2:1")
      yield* TestClock.adjust("900 millis")
      assert.strictEqual(fake.asked, asked)
      // Every new map says the old again, and the storm goes on.
      for (let n = 0; n < 91; n++) {
        yield* Effect.forEach(keys.slice(0, 20), (key) => start(redis.get(key)))
        yield* TestClock.adjust("100 millis")
      }
      const rounds = tagsOfEvents(events).filter((tag) => tag === "Refreshed moved").length
      assert.isAtLeast(rounds, 6)
      assert.isAtMost(rounds, 10)
      assert.isAtMost(fake.asked - asked, 3 * rounds)
    })
  )

  it.effect("asks soon when the map cannot answer, one round for all who need it", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* clustered()
      const asked = fake.asked
      const fibers = yield* Effect.forEach(Array.from({ length: 50 }), () => start(cluster.refresh))
      yield* TestClock.adjust("100 millis")
      yield* Effect.forEach(fibers, succeeded)
      assert.isAtMost(fake.asked - asked, 6)
    })
  )

  it.effect("asks in one round for all who ask in the same turn, however long it has not asked", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* clustered()
      const events = yield* watched(cluster)
      yield* TestClock.adjust("5 seconds")
      const asked = fake.asked
      const fibers = yield* Effect.forEach(Array.from({ length: 50 }), () => start(cluster.refresh))
      yield* TestClock.adjust("100 millis")
      yield* Effect.forEach(fibers, succeeded)
      assert.deepStrictEqual(tagsOfEvents(events), ["Refreshed requested"])
      assert.isAtMost(fake.asked - asked, 3)
    })
  )

  it.effect("asks from time to time unasked", () =>
    Effect.gen(function* () {
      const { fake } = yield* clustered({ checkInterval: "30 seconds" })
      const asked = fake.asked
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(fake.asked, asked)
      yield* TestClock.adjust("3 minutes")
      yield* settle
      // Every 30 to 45 s, two or three nodes.
      assert.isAtLeast(fake.asked - asked, 8)
      assert.isAtMost(fake.asked - asked, 21)
    })
  )

  it.effect("asks when a connection ends", () =>
    Effect.gen(function* () {
      const { fake } = yield* clustered()
      const asked = fake.asked
      fake.transport.last("n1:1").end()
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.isAbove(fake.asked, asked)
    })
  )

  it.effect("never lets a command wait for a refresh that hangs", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered()
      fake.on = silentBehind("n1:1", "n2:1", "n3:1")
      const refreshing = yield* start(Effect.exit(cluster.refresh))
      yield* TestClock.adjust("200 millis")
      yield* Effect.forEach([k1, k2], (key) => start(redis.get(key)))
      assert.isFalse(yield* isDone(refreshing))
      assert.deepStrictEqual(fake.sentTo("n1:1"), [`GET ${k1}`])
      assert.deepStrictEqual(fake.sentTo("n2:1"), [`GET ${k2}`])
    })
  )
})

describe("ClusterTopology: what it believes", () => {
  it.effect("installs a new map, tells its changes, and routes by it", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered()
      const events = yield* watched(cluster)
      fake.view = { shards: [[0, 16383, "n2:1"]], epoch: 9 }
      const fiber = yield* start(cluster.refresh)
      yield* TestClock.adjust("1 second")
      const topology = yield* succeeded(fiber)
      assert.strictEqual(topology.primaryOf(slotOf(k1))?.id, idOf("n2:1"))
      assert.strictEqual(yield* SubscriptionRef.get(cluster.topology), topology)
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n2:1")
      assert.deepStrictEqual(tagsOfEvents(events), ["Refreshed requested"])
      assert.isTrue(events[0]?._tag === "Refreshed" && events[0].changed && events[0].topology === topology)
    })
  )

  it.effect("never installs a view of an older epoch", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered()
      fake.view = { shards: [[0, 16383, "n2:1"]], epoch: 2 }
      const fiber = yield* start(cluster.refresh)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* succeeded(fiber)).primaryOf(slotOf(k1))?.id, idOf("n1:1"))
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n1:1")
    })
  )

  it.effect("never installs a view that is older than one that changed nothing", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* clustered()
      const refreshed = Effect.gen(function* () {
        const fiber = yield* start(cluster.refresh)
        yield* TestClock.adjust("1 second")
        return yield* succeeded(fiber)
      })
      fake.view = { ...three, epoch: 9 }
      yield* refreshed
      fake.view = { shards: [[0, 16383, "n2:1"]], epoch: 5 }
      assert.strictEqual((yield* refreshed).primaryOf(slotOf(k1))?.id, idOf("n1:1"))
    })
  )

  it.effect("installs what a healthy node says over the view of one that was cut off, whatever its epoch", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* clustered()
      const refreshed = Effect.gen(function* () {
        const fiber = yield* start(cluster.refresh)
        yield* TestClock.adjust("1 second")
        return (yield* succeeded(fiber)).primaryOf(slotOf(k1))?.id
      })
      fake.view = { shards: [[0, 16383, "n3:1", "n1:1", "n2:1"]], epoch: 50, state: "fail" }
      assert.strictEqual(yield* refreshed, idOf("n3:1"))
      fake.view = { shards: [[0, 16383, "n1:1", "n2:1", "n3:1"]], epoch: 4, state: "fail" }
      assert.strictEqual(yield* refreshed, idOf("n3:1"))
      fake.view = { shards: [[0, 16383, "n2:1"]], epoch: 4 }
      assert.strictEqual(yield* refreshed, idOf("n2:1"))
    })
  )

  it.effect("asks at once when MOVED names a replica: it was promoted", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered({}, (made) => {
        made.view = {
          shards: [
            [0, 5460, "n1:1", "n2:1"],
            [5461, 16383, "n3:1"]
          ],
          epoch: 3
        }
      })
      fake.on = ([name, key = ""], { address }) =>
        name === "GET" && address === "n1:1" ? moved(key, "n2:1") : undefined
      fake.view = {
        shards: [
          [0, 5460, "n2:1", "n1:1"],
          [5461, 16383, "n3:1"]
        ],
        epoch: 4
      }
      const [first = "", second = ""] = keysIn(0, 5460, 2)
      assert.strictEqual(yield* succeeded(yield* start(redis.get(first))), "n2:1")
      yield* TestClock.adjust("100 millis")
      yield* settle
      const now = yield* SubscriptionRef.get(cluster.topology)
      assert.strictEqual(now.primaryOf(slotOf(second))?.id, idOf("n2:1"))
    })
  )

  it.effect("believes the one promoted node among stale ones", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* clustered({}, (made) => {
        made.view = {
          shards: [
            [0, 5460, "n1:1", "n2:1"],
            [5461, 16383, "n3:1"]
          ],
          epoch: 3
        }
      })
      fake.views.set("n2:1", {
        shards: [
          [0, 5460, "n2:1"],
          [5461, 16383, "n3:1"]
        ],
        epoch: 4
      })
      fake.views.set("n3:1", { shards: [[0, 5460, "n1:1", "n2:1"]], epoch: 3 })
      const fiber = yield* start(cluster.refresh)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* succeeded(fiber)).primaryOf(slotOf(k1))?.id, idOf("n2:1"))
    })
  )

  it.effect("reads a null or empty host as the one that was asked, and ? as unknown", () =>
    Effect.gen(function* () {
      for (const hosts of ["null", "empty"] as const) {
        const { redis } = yield* clustered({ nodes: ["n1:1"] }, (fake) => {
          fake.view = { shards: [[0, 16383, "announced:1"]], epoch: 1, hosts }
        })
        assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n1:1")
      }
      const { fake, redis } = yield* clustered(fast, (made) => {
        made.view = { shards: [[0, 16383, "announced:1"]], epoch: 1, hosts: "?" }
      })
      const waiting = yield* start(redis.get(k1))
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* isDone(waiting))
      assert.isFalse(fake.transport.dialled.some((address) => address.startsWith("?")))
      fake.view = three
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* succeeded(waiting), "n1:1")
    })
  )

  it.effect("applies the address remap to views, MOVED and ASK alike", () =>
    Effect.gen(function* () {
      const inside = (address: string) => address.replace(/^n/, "10.0.0.")
      const { fake, redis } = yield* clustered(
        {
          nodes: ["n1:1"],
          addressRemap: ({ host, port }) => ({ host: host.replace(/^10\.0\.0\./, "n"), port })
        },
        (made) => {
          made.view = {
            shards: three.shards.map(([from, to, address]) => [from, to, inside(address ?? "")] as const),
            epoch: 3
          }
        }
      )
      const [a = "", b = "", c = ""] = keysIn(0, 5460, 3)
      fake.on = ([name, key = ""], { address }) =>
        name !== "GET" || address !== "n1:1"
          ? undefined
          : key === b
            ? moved(b, "10.0.0.2:1")
            : key === c
              ? moved(c, "10.0.0.3:1").replace("MOVED", "ASK")
              : undefined
      for (const [key, node] of [
        [a, "n1:1"],
        [b, "n2:1"],
        [c, "n3:1"],
        [k3, "n3:1"]
      ] as const) {
        assert.strictEqual(yield* succeeded(yield* start(redis.get(key))), node)
      }
      assert.isFalse(fake.transport.dialled.some((address) => address.startsWith("10.")))
    })
  )

  it.effect("works with a cluster of one node that does not know its own address", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({ nodes: ["redis://localhost:7"] }, (made) => {
        made.view = { shards: [[0, 16383, "x:7"]], epoch: 0, hosts: "empty" }
      })
      for (const key of [k1, k2, k3]) assert.strictEqual(yield* succeeded(yield* start(redis.get(key))), "localhost:7")
      assert.strictEqual(fake.transport.open.length, 1)
    })
  )
})

describe("ClusterTopology: nodes that leave", () => {
  it.effect("drains a node that is no longer there, then closes its connection", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered()
      fake.on = silentBehind("n2:1")
      const slow = yield* start(redis.incr(k2))
      yield* settle
      const socket = fake.transport.last("n2:1")
      fake.view = { shards: [three.shards[0]!, [5461, 16383, "n3:1"]], epoch: 4 }
      yield* start(cluster.refresh)
      yield* TestClock.adjust("100 millis")
      yield* settle
      assert.isTrue(socket.open)
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k2))), "n3:1")
      socket.answer(int(5) + array([]) + bulk("") + bulk(""))
      assert.strictEqual(yield* succeeded(slow), 5)
      yield* settle
      assert.isFalse(socket.open)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(fake.transport.dialled.filter((address) => address === "n2:1").length, 1)
    })
  )

  it.effect("sends what had not left to the node that has its slot now", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered(fast)
      yield* succeeded(yield* start(redis.get(k2)))
      fake.transport.last("n2:1").congested = true
      fake.on = ([name], { address }) => (name === "INCR" ? (address === "n2:1" ? "" : int(2)) : undefined)
      yield* start(redis.incr(k2))
      yield* settle
      const unsent = yield* start(redis.incr(k2))
      yield* settle
      fake.view = { shards: [three.shards[0]!, [5461, 16383, "n3:1"]], epoch: 4 }
      yield* start(cluster.refresh)
      yield* TestClock.adjust("100 millis")
      assert.strictEqual(yield* succeeded(unsent), 2)
      assert.deepStrictEqual(fake.sentTo("n2:1"), [`GET ${k2}`, `INCR ${k2}`])
    })
  )

  it.effect("closes all connections with its scope, those of nodes that are leaving too", () =>
    Effect.gen(function* () {
      const fake = new FakeCluster()
      fake.on = silentBehind("n2:1", "n3:1")
      const scope = yield* Scope.make()
      const { cluster, redis } = yield* RedisCluster.make({ nodes: ["n1:1"], closeTimeout: "2 seconds" }).pipe(
        Effect.provideService(Transport, fake.transport.service),
        Scope.provide(scope)
      )
      yield* start(redis.incr(k2))
      yield* start(redis.incr(k3))
      yield* settle
      fake.view = { shards: [three.shards[0]!, [5461, 16383, "n3:1"]], epoch: 4 }
      yield* start(cluster.refresh)
      yield* TestClock.adjust("1 second")
      const closing = yield* start(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* isDone(closing))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.strictEqual(fake.transport.open.length, 0)
      const { asked } = fake
      const dialled = fake.transport.dialled.length
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual([fake.asked, fake.transport.dialled.length], [asked, dialled])
    })
  )

  it.effect("drains a node that MOVED has named and the next map does not know", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered()
      fake.on = ([name, key = ""], { address }) =>
        name === "GET" && key === k1 ? (address === "n1:1" ? moved(k1, "n5:1") : "") : undefined
      const fiber = yield* start(redis.get(k1))
      yield* settle
      assert.deepStrictEqual(fake.sentTo("n5:1"), [`GET ${k1}`])
      fake.view = { shards: [three.shards[0]!, [5461, 16383, "n3:1"]], epoch: 4 }
      fake.on = silentBehind("n5:1")
      yield* start(cluster.refresh)
      yield* TestClock.adjust("100 millis")
      yield* settle
      fake.transport.last("n5:1").answer(bulk("there") + array([]) + bulk("") + bulk(""))
      assert.strictEqual(yield* succeeded(fiber), "there")
      yield* settle
      assert.isFalse(fake.transport.last("n5:1").open)
    })
  )
})
