import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as TestClock from "effect/testing/TestClock"
import { isDone, settle, start, succeeded } from "../support/client.ts"
import { clustered, k1, k3, tagsOfEvents, three, watched } from "../support/FakeCluster.ts"

const fast = { policies: { unavailable: Schedule.spaced("10 millis") } }

describe("askCluster", () => {
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
      assert.deepStrictEqual(causes, ["n1:1 ConnectFailed", "n2:1 Timeout", "n3:1 ServerReply", "seed:1 ConnectFailed"])
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
