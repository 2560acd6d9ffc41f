/** Which views are believed where the nodes tell with which config epochs they claim their slots. */
import { assert, describe, it } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { RedisClusterService } from "../../src/RedisCluster.ts"
import { slotOf } from "../../src/topology/Slot.ts"
import { start, succeeded } from "../support/client.ts"
import { clustered, type FakeCluster, idOf, k1, keysIn, moved, type View } from "../support/FakeCluster.ts"
import { error } from "../support/replies.ts"

const shards = (first: string, replica: string): View["shards"] => [
  [0, 5460, first, replica],
  [5461, 16383, "n3:1"]
]
/** All know the epoch of the last election; who took the slots of n1:1 in it is another question. */
const before: View = { shards: shards("n1:1", "n2:1"), epoch: 4, configEpochs: { "n1:1": 1, "n2:1": 1, "n3:1": 3 } }
const promoted: View = { shards: shards("n2:1", "n1:1"), epoch: 4, configEpochs: { "n1:1": 4, "n2:1": 4, "n3:1": 3 } }

/** The owner of the first shard after a refresh in which all nodes say the same. */
const told = (cluster: RedisClusterService, fake: FakeCluster, view: View, takes: Duration.Input = "1 second") =>
  Effect.gen(function* () {
    fake.view = view
    const fiber = yield* start(cluster.refresh)
    yield* TestClock.adjust(takes)
    return (yield* succeeded(fiber)).primaryOf(slotOf(k1))?.id
  })

const made = (view: View) => clustered({ checkInterval: "1 hour" }, (fake) => Object.assign(fake, { view }))

describe("ClusterTopology: claims", () => {
  it.effect("never installs a view of the same epoch in which the last claim is missing", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* made(before)
      assert.strictEqual(yield* told(cluster, fake, promoted), idOf("n2:1"))
      assert.strictEqual(yield* told(cluster, fake, before), idOf("n2:1"))
      const uncovered = { ...before, shards: [[5461, 16383, "n3:1", "n1:1", "n2:1"]] as const }
      assert.strictEqual(yield* told(cluster, fake, uncovered), idOf("n2:1"))
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n2:1")
    })
  )

  it.effect("installs a later claim though the current epoch of the node is lower", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* made({ ...before, epoch: 50 })
      assert.strictEqual(yield* told(cluster, fake, promoted), idOf("n2:1"))
    })
  )

  it.effect("installs the view of another cluster, whatever its epochs", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* made(promoted)
      const other: View = { shards: [[0, 16383, "n9:1"]], epoch: 1, configEpochs: { "n9:1": 1 } }
      assert.strictEqual(yield* told(cluster, fake, other), idOf("n9:1"))
    })
  )

  it.effect("believes the new owner itself more than a node that tells the same epoch of the old one", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* made(before)
      const onlyFrom = (teller: string) => {
        fake.on = ([name], { address }) => (name === "CLUSTER" && address !== teller ? error("LOADING") : undefined)
      }
      const confused: View = { ...before, configEpochs: { "n1:1": 4, "n2:1": 4, "n3:1": 3 } }
      onlyFrom("n2:1")
      assert.strictEqual(yield* told(cluster, fake, promoted), idOf("n2:1"))
      onlyFrom("n3:1")
      assert.strictEqual(yield* told(cluster, fake, confused), idOf("n2:1"))
    })
  )

  it.effect("gives way to healthy nodes that go on saying something older, as after a restored back-up", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* made(promoted)
      const cutOff = { ...before, state: "fail" } as const
      assert.strictEqual(yield* told(cluster, fake, cutOff, "1 minute"), idOf("n2:1"))
      assert.strictEqual(yield* told(cluster, fake, cutOff), idOf("n2:1"))
      assert.strictEqual(yield* told(cluster, fake, promoted), idOf("n2:1"))
      assert.strictEqual(yield* told(cluster, fake, before, "10 seconds"), idOf("n2:1"))
      assert.strictEqual(yield* told(cluster, fake, before, "10 seconds"), idOf("n2:1"))
      assert.strictEqual(yield* told(cluster, fake, before), idOf("n1:1"))
    })
  )

  it.effect("keeps what the owner said by MOVED, until somebody has a later claim", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* made(before)
      fake.on = ([name], { address }) => (name === "GET" && address === "n1:1" ? moved(k1, "n3:1") : undefined)
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n3:1")
      assert.strictEqual(yield* told(cluster, fake, before), idOf("n3:1"))
      assert.strictEqual(yield* told(cluster, fake, promoted), idOf("n2:1"))
    })
  )

  it.effect("does not let a node that is the owner no more speak of what was before", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* made(before)
      const [late = ""] = keysIn(0, 5460, 1, "late")
      fake.on = ([name], { address }) => (address === "n1:1" && (name === "GET" || name === "CLUSTER") ? "" : undefined)
      const waiting = yield* start(redis.get(late))
      assert.strictEqual(yield* told(cluster, fake, promoted), idOf("n2:1"))
      fake.on = () => undefined
      fake.transport.last("n1:1").answer(moved(late, "n3:1"))
      assert.strictEqual(yield* succeeded(waiting), "n3:1")
      assert.strictEqual(cluster.topology.value.primaryOf(slotOf(late))?.id, idOf("n2:1"))
    })
  )
})
