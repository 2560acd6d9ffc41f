import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { ReadFrom } from "../../src/topology/ReadFrom.ts"
import { settle, start, succeeded } from "../support/client.ts"
import { clustered, type FakeCluster } from "../support/FakeCluster.ts"
import { error } from "../support/FakeTransport.ts"

const P = "p:1"
const R = "r:1"

/** A client of one primary with one replica. */
const pair = (readFrom: ReadFrom, setup: (cluster: FakeCluster) => void = () => {}) =>
  clustered({ nodes: [P], readFrom, checkInterval: "1 hour" }, (cluster) => {
    cluster.view = { shards: [[0, 16383, P, R]], epoch: 3 }
    setup(cluster)
  })

/** How many PINGs a node was sent. */
const pingsTo = (fake: FakeCluster, address: string): number =>
  fake.transport.sockets
    .filter((socket) => socket.address === address)
    .flatMap((socket) => socket.commands)
    .filter((command) => command === "PING").length

const hours = (redis: { readonly get: (key: string) => Effect.Effect<unknown, unknown> }) =>
  Effect.gen(function* () {
    yield* Effect.flatMap(start(redis.get("k")), succeeded)
    yield* TestClock.adjust("5 minutes")
    yield* settle
  })

describe("ReadNodes", () => {
  it.effect("sends nothing of its own while all is well", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* pair("preferReplica")
      yield* hours(redis)
      assert.deepStrictEqual([pingsTo(fake, P), pingsTo(fake, R)], [0, 0])
    })
  )

  it.effect("asks a node that has refused a read every 500 ms, and no more once it is well", () =>
    Effect.gen(function* () {
      let loading = true
      const { fake, redis } = yield* pair("preferReplica", (cluster) => {
        cluster.on = ([name], socket) => {
          if (loading && socket.address === R && (name === "GET" || name === "PING")) return error("LOADING data")
          return name === "PING" ? "+PONG\r\n" : undefined
        }
      })
      assert.strictEqual(yield* Effect.flatMap(start(redis.get("k")), succeeded), P)
      for (let n = 0; n < 20; n++) {
        yield* TestClock.adjust("500 millis")
        yield* settle
      }
      const asked = pingsTo(fake, R)
      assert.isAtLeast(asked, 18)
      assert.isAtMost(asked, 22)
      loading = false
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Effect.flatMap(start(redis.get("k")), succeeded), R)
      const before = pingsTo(fake, R)
      yield* hours(redis)
      assert.strictEqual(pingsTo(fake, R), before)
      assert.strictEqual(pingsTo(fake, P), 0)
    })
  )

  it.effect("measures each node every 10 s, however many reads there are", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* pair("lowestLatency", (cluster) => {
        cluster.on = ([name]) => (name === "PING" ? "+PONG\r\n" : undefined)
      })
      for (let second = 0; second < 60; second++) {
        for (let n = 0; n < 5; n++) yield* Effect.flatMap(start(redis.get("k")), succeeded)
        yield* TestClock.adjust("1 second")
        yield* settle
      }
      for (const node of [P, R]) {
        assert.isAtLeast(pingsTo(fake, node), 5)
        assert.isAtMost(pingsTo(fake, node), 8)
      }
    })
  )

  it.effect("gives a replica up that is no node of the cluster any more", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* pair("replica")
      assert.strictEqual(yield* Effect.flatMap(start(redis.get("k")), succeeded), R)
      fake.view = { shards: [[0, 16383, P, "s:1"]], epoch: 4 }
      const refreshed = yield* start(cluster.refresh)
      yield* TestClock.adjust("2 seconds")
      yield* succeeded(refreshed)
      assert.strictEqual(yield* Effect.flatMap(start(redis.get("k")), succeeded), "s:1")
      assert.deepStrictEqual(
        fake.transport.open.filter(({ address }) => address === R),
        []
      )
      assert.isUndefined(redis.connections.value.get(`${R}/readonly`))
    })
  )
})
