/** Nodes are known by their id: what becomes of connections and of what waits when ids and addresses change. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import type { RedisClusterService } from "../../src/RedisCluster.ts"
import { changes } from "../../src/topology/Topology.ts"
import { settle, start, succeeded } from "../support/client.ts"
import { ask, clustered, idOf, k1, k2, k3, keysIn, moved, three, type View } from "../support/FakeCluster.ts"
import { array, bulk, error, int } from "../support/FakeTransport.ts"

const fast = { checkInterval: "1 day", policies: { unavailable: Schedule.spaced("10 millis") } } as const

/** The maps before and after a refresh. */
const refreshed = (cluster: RedisClusterService) =>
  Effect.gen(function* () {
    const before = cluster.topology.value
    const fiber = yield* start(cluster.refresh)
    yield* settle
    yield* TestClock.adjust("1 second")
    const after = yield* succeeded(fiber)
    yield* settle
    return changes(before, after)
  })

/** The second node at another address. */
const second = (address: string, id: string): View => ({
  shards: [three.shards[0]!, [5461, 10922, address], three.shards[2]!],
  epoch: 4,
  ids: { [address]: id }
})

describe("ClusterTopology: ids and addresses", () => {
  it.effect("goes with a node to its new address, and closes the connection to the old one", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered(fast)
      yield* succeeded(yield* start(redis.get(k2)))
      const old = fake.transport.last("n2:1")
      fake.view = second("n2:9", idOf("n2:1"))
      const { added, readdressed, removed } = yield* refreshed(cluster)
      assert.deepStrictEqual([added.length, removed.length, readdressed.map(({ id }) => id)], [0, 0, [idOf("n2:1")]])
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k2))), "n2:9")
      assert.isFalse(old.open)
    })
  )

  it.effect("sends what waited for a node at an address where it is no more to where it is now", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered(fast)
      fake.down("n2:1")
      const waiting = yield* start(redis.incr(k2))
      yield* TestClock.adjust("100 millis")
      fake.on = ([name], { address }) =>
        name === "INCR" ? (address === "n2:9" ? ":1\r\n" : error("ERR no")) : undefined
      fake.view = second("n2:9", idOf("n2:1"))
      yield* start(cluster.refresh)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* succeeded(waiting), 1)
    })
  )

  it.effect("takes another id at the same address for another node, and keeps the connection, which leads there", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered(fast)
      yield* succeeded(yield* start(redis.get(k2)))
      const socket = fake.transport.last("n2:1")
      const id = "f".repeat(40)
      fake.view = second("n2:1", id)
      const { added, readdressed, removed } = yield* refreshed(cluster)
      assert.deepStrictEqual([added.map((node) => node.id), removed.map((node) => node.id)], [[id], [idOf("n2:1")]])
      assert.strictEqual(readdressed.length, 0)
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k2))), "n2:1")
      assert.isTrue(socket.open)
      assert.lengthOf(
        fake.transport.sockets.filter(({ address }) => address === "n2:1"),
        1
      )
    })
  )

  it.effect("is not led astray by two nodes that have changed their addresses", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered(fast)
      for (const key of [k1, k2, k3]) yield* succeeded(yield* start(redis.get(key)))
      fake.view = {
        shards: [three.shards[0]!, [5461, 10922, "n3:1"], [10923, 16383, "n2:1"]],
        epoch: 4,
        ids: { "n3:1": idOf("n2:1"), "n2:1": idOf("n3:1") }
      }
      const { movedSlots, readdressed } = yield* refreshed(cluster)
      assert.deepStrictEqual([readdressed.length, movedSlots], [2, 0])
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k2))), "n3:1")
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k3))), "n2:1")
    })
  )
})

describe("ClusterTopology: IPv6", () => {
  it.effect("is dialled with brackets, whether a seed, a view or a redirect names it", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({ ...fast, nodes: ["redis://[fd00::1]:7000"] }, (made) => {
        made.on = ([name, sub], { address }) => {
          if (name === "CLUSTER" && sub === "SLOTS") {
            const node = array([bulk("fd00::1"), int(7000), bulk("a".repeat(40)), array([])])
            return array([array([int(0), int(16383), node])])
          }
          if (name !== "GET") return undefined
          return sub === k1 && address === "[fd00::1]:7000" ? moved(k1, "fd00::2:7001") : bulk(address)
        }
      })
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k3))), "[fd00::1]:7000")
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "[fd00::2]:7001")
      assert.deepStrictEqual(new Set(fake.transport.dialled), new Set(["[fd00::1]:7000", "[fd00::2]:7001"]))
    })
  )
})

describe("ClusterTopology: addresses that are remapped", () => {
  const inside = (address: string) => address.replace(/^n/, "10.0.0.")
  const outside = (host: string) => host.replace(/^10\.0\.0\./, "n")

  for (const [source, answer] of [
    ["REDIRECT", error("REDIRECT 10.0.0.2:1")],
    ["ASK", ask(k1, "10.0.0.2:1")],
    ["MOVED", ask(k1, "10.0.0.2:1").replace("ASK", "MOVED")],
    ["CLUSTER SHARDS", undefined]
  ] as const) {
    it.effect(`are so by ${source}`, () =>
      Effect.gen(function* () {
        const view: View = {
          shards: three.shards.map(([from, to, address]) => [from, to, inside(address ?? "")] as const),
          epoch: 3
        }
        const { fake, redis } = yield* clustered(
          { ...fast, addressRemap: ({ host, port }) => ({ host: outside(host), port }) },
          (made) => {
            made.view = view
            made.on = ([name, sub]) => {
              if (answer !== undefined || name !== "CLUSTER") return undefined
              if (sub === "SLOTS") return error("ERR unknown subcommand 'slots'")
              return sub === "SHARDS" ? shardsOf(view) : undefined
            }
          }
        )
        if (answer !== undefined) {
          fake.on = (words, { address }) => (words[1] === k1 && address === "n1:1" ? answer : undefined)
          assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n2:1")
        }
        assert.strictEqual(yield* succeeded(yield* start(redis.get(k3))), "n3:1")
        assert.isFalse(fake.transport.dialled.some((address) => address.startsWith("10.")))
      })
    )
  }
})

const shardsOf = ({ shards }: View): string => {
  return array(
    shards.map(([from, to, address = ""]) => {
      const [host = "", port] = address.split(":")
      const node = { id: idOf(address), endpoint: host, role: "master", health: "online" }
      const fields = Object.entries(node).flatMap(([name, value]) => [bulk(name), bulk(value)])
      return array([
        ...[bulk("slots"), array([`:${from}\r\n`, `:${to}\r\n`])],
        ...[bulk("nodes"), array([array([...fields, bulk("port"), `:${port}\r\n`])])]
      ])
    })
  )
}

describe("ClusterTopology: seeds", () => {
  it.effect("are dialled by their names again after the whole cluster has moved: they are resolved anew", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered({ ...fast, nodes: ["seed:1"] })
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n1:1")
      const seeds = () => fake.transport.dialled.filter((address) => address === "seed:1").length
      const before = seeds()
      yield* refreshed(cluster)
      assert.strictEqual(seeds(), before)
      // Every id and address is another one.
      fake.view = { shards: [[0, 16383, "m1:1"]], epoch: 1 }
      fake.down("n1:1", "n2:1", "n3:1")
      const waiting = yield* start(redis.get(k3))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* succeeded(waiting), "m1:1")
      assert.isAbove(seeds(), before)
      // And once more: the seed has not been replaced by what was found.
      fake.view = { shards: [[0, 16383, "m2:1"]], epoch: 2 }
      fake.down("m1:1")
      const again = yield* start(redis.get(keysIn(0, 5460, 2)[1] ?? ""))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* succeeded(again), "m2:1")
    })
  )
})
