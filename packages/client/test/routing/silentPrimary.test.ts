import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Transport } from "../../src/connection/Transport.ts"
import { RedisCluster } from "../../src/RedisCluster.ts"
import { endingWithServers, failed, isDone, isError, settle, start, succeeded } from "../support/client.ts"
import { array, bulk, FakeTransport, int, ok } from "../support/FakeTransport.ts"

const SLOT_OF_FOO = 12182

/** Slots 0 to 8191 at h:1; the others at h:2 with the replica h:3, which may have taken over. */
const slotsReply = (promoted: boolean): string => {
  const node = (port: number) => array([bulk("h"), int(port), bulk(String(port).repeat(40)), array([])])
  const upper = promoted ? [node(3)] : [node(2), node(3)]
  return array([array([int(0), int(8191), node(1)]), array([int(8192), int(16383), ...upper])])
}

const infoReply = (promoted: boolean): string =>
  bulk(`cluster_enabled:1\r\ncluster_state:ok\r\ncluster_current_epoch:${promoted ? 4 : 3}\r\n`)

/** A cluster in which h:2 can fall silent: it neither answers nor closes. */
const cluster = Effect.gen(function* () {
  const transport = new FakeTransport()
  const state = { promoted: false, silent: false, asked: 0 }
  transport.script = (words, socket) => {
    if (socket.address === "h:2" && state.silent) return ""
    if (words[0] === "CLUSTER") {
      if (words[1] === "SLOTS") state.asked++
      return words[1] === "SLOTS" ? slotsReply(state.promoted) : infoReply(state.promoted)
    }
    if (words[0] === "PING") return "+PONG\r\n"
    if (words[0] === "GET") return bulk(socket.address)
    return words[0] === "SET" ? ok : undefined
  }
  const { cluster, redis } = yield* Effect.provideService(
    RedisCluster.make({ nodes: ["h:1"] }),
    Transport,
    transport.service
  )
  yield* endingWithServers(transport)
  assert.strictEqual(cluster.slotOf("foo"), SLOT_OF_FOO)
  assert.strictEqual(yield* redis.get("foo"), "h:2")
  return { redis, state, transport }
})

/** Time passes in small steps, as it does: what one moment causes may be due in the next. */
const pass = (millis: number) =>
  Effect.forEach(Array.from({ length: millis / 10 }), () => Effect.andThen(TestClock.adjust("10 millis"), settle), {
    discard: true
  })

describe("a primary that falls silent", () => {
  it.effect("is asked about from its probe on until the map names another or it answers", () =>
    Effect.gen(function* () {
      const { redis, state } = yield* cluster
      state.silent = true
      const waiting = yield* start(redis.get("foo"))
      yield* pass(1900)
      const before = state.asked
      yield* pass(600)
      // Twice a round: h:1 and h:3 answer, h:2 does not.
      assert.isAtLeast(state.asked - before, 6)
      assert.isFalse(yield* isDone(waiting))
    })
  )

  it.effect("is asked about while its next connection hangs, too", () =>
    Effect.gen(function* () {
      const { redis, state } = yield* cluster
      state.silent = true
      yield* start(redis.get("foo"))
      yield* pass(3500)
      const before = state.asked
      yield* pass(1000)
      assert.isAtLeast(state.asked - before, 8)
    })
  )

  it.effect(
    "is given up soon once the map names its successor; reads go there, writes are told that they may have executed",
    () =>
      Effect.gen(function* () {
        const { redis, state, transport } = yield* cluster
        state.silent = true
        const read = yield* start(redis.get("foo"))
        const write = yield* start(redis.set("foo", "1"))
        yield* pass(2300)
        state.promoted = true
        yield* pass(250)
        assert.strictEqual(yield* succeeded(read), "h:3")
        const error = yield* failed(write)
        isError(error, "ConnectionLost", "MayHaveExecuted")
        assert.strictEqual(error.node, "h:2")
        assert.isFalse(transport.open.some((socket) => socket.address === "h:2"))
        assert.strictEqual(yield* redis.get("foo"), "h:3")
      })
  )

  it.effect("is believed when it answers after all", () =>
    Effect.gen(function* () {
      const { redis, state, transport } = yield* cluster
      const answering = transport.last("h:2")
      state.silent = true
      const write = yield* start(redis.set("foo", "1"))
      yield* pass(2300)
      state.silent = false
      answering.answer(ok, "+PONG\r\n")
      assert.isTrue(yield* succeeded(write))
      assert.isTrue(answering.open)
      const before = state.asked
      yield* pass(500)
      assert.isAtMost(state.asked - before, 3)
    })
  )
})
