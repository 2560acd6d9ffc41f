import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as TestClock from "effect/testing/TestClock"
import type { RedisClusterOptions } from "../../src/RedisCluster.ts"
import { isDone, settle, start, succeeded } from "../support/client.ts"
import { clustered, idOf, k1, k3, tagsOfEvents, three, type View, watched } from "../support/FakeCluster.ts"
import { array, bulk, error, int, type Script } from "../support/FakeTransport.ts"

const fast = { policies: { unavailable: Schedule.spaced("10 millis") } }

/** CLUSTER SHARDS of a view, with a secured port beside the plain one. */
const shardsReply = ({ shards }: View): string =>
  array(
    shards.map(([start, end, ...addresses]) =>
      array([
        bulk("slots"),
        array([int(start), int(end)]),
        bulk("nodes"),
        array(
          addresses.map((address, at) => {
            const [host = "", port] = address.split(":")
            const fields = {
              id: idOf(address),
              endpoint: host,
              role: at === 0 ? "master" : "replica",
              health: "online"
            }
            return array([
              ...Object.entries(fields).flatMap(([name, value]) => [bulk(name), bulk(value)]),
              ...[bulk("port"), int(Number(port)), bulk("tls-port"), int(Number(port) + 100)]
            ])
          })
        )
      ])
    )
  )

/** Nodes that answer CLUSTER SHARDS, and CLUSTER SLOTS by an error. */
const byShards =
  (refusal: string): Script =>
  ([name, sub]) =>
    name !== "CLUSTER"
      ? undefined
      : sub === "SLOTS"
        ? error(refusal)
        : sub === "SHARDS"
          ? shardsReply(three)
          : undefined

const withoutThird: View = { ...three, shards: three.shards.slice(0, 2) }

const made = (options: Partial<RedisClusterOptions>, view: View) =>
  clustered({ nodes: ["n1:1", "n2:1"], ...options }, (fake) => Object.assign(fake, { view }))

describe("askCluster", () => {
  for (const refusal of [
    "ERR unknown subcommand 'slots'. Try CLUSTER HELP.",
    "NOPERM User app has no permissions to run the 'cluster|slots' command"
  ]) {
    it.effect(`asks for CLUSTER SHARDS where CLUSTER SLOTS is answered by ${refusal.slice(0, 11)}`, () =>
      Effect.gen(function* () {
        const { fake, redis } = yield* clustered({}, (made) => {
          made.on = byShards(refusal)
        })
        assert.strictEqual(yield* succeeded(yield* start(redis.get(k3))), "n3:1")
        assert.isFalse(fake.transport.dialled.includes("n3:101"))
      })
    )
  }

  it.effect("takes the secured port of CLUSTER SHARDS where connections are secured", () =>
    Effect.gen(function* () {
      const { redis } = yield* clustered({ tls: true }, (made) => {
        made.on = byShards("ERR unknown subcommand 'slots'")
      })
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k3))), "n3:101")
    })
  )

  it.effect("does not ask for CLUSTER SHARDS where CLUSTER SLOTS is answered", () =>
    Effect.gen(function* () {
      const { fake } = yield* clustered()
      assert.notInclude(fake.transport.last("n1:1").commands, "CLUSTER SHARDS")
    })
  )

  it.effect("fails with the answer to CLUSTER SLOTS where neither is to be had", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(
        clustered({ start: "failFast" }, (fake) => {
          fake.on = ([name]) => (name === "CLUSTER" ? error("NOPERM no CLUSTER") : undefined)
        })
      )
      assert.deepStrictEqual(
        failure.attempts.map(({ message, reason }) => `${reason._tag} ${/NOPERM.*CLUSTER/.test(message)}`),
        ["NoPermission true"]
      )
    })
  )

  describe("with requireFullCoverage", () => {
    it.effect("does not start from views that leave slots uncovered, and tells of each how many", () =>
      Effect.gen(function* () {
        const failure = yield* Effect.flip(made({ requireFullCoverage: true, start: "failFast" }, withoutThird))
        const told = failure.attempts.map(({ node, reason }) =>
          reason._tag === "IncompleteCoverage" ? [node, reason.uncovered] : reason._tag
        )
        assert.deepStrictEqual(told.sort(), [
          ["n1:1", 5461],
          ["n2:1", 5461]
        ])
      })
    )

    it.effect("starts from the one node whose view covers all", () =>
      Effect.gen(function* () {
        const { redis } = yield* clustered({ nodes: ["n1:1", "n2:1"], requireFullCoverage: true }, (fake) => {
          fake.views.set("n1:1", { ...withoutThird, epoch: 9 })
        })
        assert.strictEqual(yield* succeeded(yield* start(redis.get(k3))), "n3:1")
      })
    )

    it.effect("keeps the map that it has when no view covers all any more", () =>
      Effect.gen(function* () {
        const { cluster, fake } = yield* made({ requireFullCoverage: true }, three)
        fake.view = { ...withoutThird, epoch: 4 }
        const fiber = yield* start(Effect.flip(cluster.refresh))
        yield* TestClock.adjust("1 second")
        const { attempts } = yield* succeeded(fiber)
        assert.deepStrictEqual([...new Set(attempts.map(({ reason }) => reason._tag))], ["IncompleteCoverage"])
        assert.strictEqual((yield* SubscriptionRef.get(cluster.topology)).covered, 16384)
      })
    )
  })

  it.effect("is content with uncovered slots otherwise: at the start, and at a refresh", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* made({}, withoutThird)
      assert.strictEqual((yield* SubscriptionRef.get(cluster.topology)).covered, 10923)
      fake.view = { ...three, shards: three.shards.slice(0, 1), epoch: 4 }
      const fiber = yield* start(cluster.refresh)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* succeeded(fiber)).covered, 5461)
    })
  )

  it.effect("lists each node that was asked with its own cause", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* clustered({ nodes: ["n1:1", "seed:1"] })
      const events = yield* watched(cluster)
      fake.down("n1:1", "seed:1")
      fake.on = ([name], { address }) => (name === "CLUSTER" ? (address === "n2:1" ? "" : "-NOPERM no\r\n") : undefined)
      const fiber = yield* start(Effect.flip(cluster.refresh))
      yield* TestClock.adjust("5 seconds")
      const failure = yield* succeeded(fiber)
      const causes = failure.attempts.map(({ node, reason }) => `${node} ${reason._tag}`).sort()
      assert.deepStrictEqual(causes, [
        "n1:1 ConnectFailed",
        "n2:1 Timeout",
        "n3:1 NoPermission",
        "seed:1 ConnectFailed"
      ])
      assert.include(tagsOfEvents(events).join(), "Failed")
      assert.strictEqual((yield* SubscriptionRef.get(cluster.topology)).covered, 16384)
    })
  )

  it.effect("asks the seeds again when no known node answers", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({ ...fast, nodes: ["seed:1"] })
      fake.down("n1:1", "n2:1", "n3:1")
      fake.view = { shards: [[0, 16383, "n7:1"]], epoch: 5 }
      const fiber = yield* start(redis.get(k1))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* succeeded(fiber), "n7:1")
    })
  )

  it.effect("does not let one node that says it is no member speak for the cluster", () =>
    Effect.gen(function* () {
      const { redis } = yield* clustered({ nodes: ["fresh:1", "n1:1"] }, (fake) => {
        fake.views.set("fresh:1", { shards: [], epoch: 99, state: "fail" })
      })
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n1:1")
    })
  )

  it.effect("ends as soon as two nodes agree, without the slow third one", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* clustered({ nodes: ["n1:1", "n2:1", "n3:1"] })
      fake.on = ([name], { address }) => (name === "CLUSTER" && address === "n3:1" ? "" : undefined)
      yield* TestClock.adjust("2 seconds")
      const fiber = yield* start(cluster.refresh)
      yield* settle
      assert.strictEqual((yield* succeeded(fiber)).covered, 16384)
    })
  )

  it.effect("does not wait for a node in doubt where others can be asked", () =>
    Effect.gen(function* () {
      const [first, second, third] = three.shards
      const { cluster, fake, redis } = yield* clustered({ nodes: ["n1:1", "n2:1", "n3:1"] }, (made) => {
        // Nobody agrees while the cluster is in doubt: three answers are needed.
        made.view = { shards: [[...first!, "n4:1"], second!, [...third!, "n5:1"]], epoch: 3, state: "fail" }
      })
      fake.on = (_, { address }) => (address === "n3:1" ? "" : undefined)
      const waiting = yield* start(redis.get(k3))
      for (let passed = 0; passed < 2_500; passed += 10) yield* Effect.andThen(TestClock.adjust("10 millis"), settle)
      for (let round = 0; round < 10; round++) {
        const { asked } = fake
        const fiber = yield* start(cluster.refresh)
        for (let passed = 0; fake.asked === asked && passed < 1_000; passed++) {
          yield* Effect.andThen(TestClock.adjust("1 millis"), settle)
        }
        // No time passes from the first question to the end.
        assert.strictEqual(fake.asked, asked + 3)
        assert.isTrue(yield* isDone(fiber), `round ${round}`)
      }
      yield* Fiber.interrupt(waiting)
    })
  )

  it.effect("takes the view of nodes that refuse CLUSTER NODES", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({}, (made) => {
        made.on = ([name, sub]) => (name === "CLUSTER" && sub === "NODES" ? "-NOPERM no\r\n" : undefined)
      })
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n1:1")
      assert.isAbove(fake.asked, 0)
    })
  )
})
