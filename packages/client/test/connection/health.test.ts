import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { settle, standalone, start, succeeded } from "../support/client.ts"
import { error, refused } from "../support/FakeTransport.ts"

const pong = "+PONG\r\n"

describe("redis.health", () => {
  it.effect("tells the latency, state, silence and queue depth of a node", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ silence: "10 seconds" })
      yield* TestClock.adjust(400)
      yield* start(redis.get("a"))
      yield* start(redis.get("b"))
      yield* settle
      const fiber = yield* start(redis.health)
      yield* settle
      yield* TestClock.adjust(30)
      transport.last().answer("$-1\r\n$-1\r\n", pong)
      const health = yield* succeeded(fiber)
      assert.isTrue(health.healthy)
      assert.deepStrictEqual(health.nodes, [
        {
          node: "h:1",
          healthy: true,
          state: { _tag: "Connected", since: 0 },
          latency: Duration.millis(30),
          silence: 400,
          queueDepth: 2,
          failure: undefined
        }
      ])
    })
  )

  it.effect("says what keeps a node from being healthy: no answer, an error, no connection", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ silence: "10 seconds", probeTimeout: 700 })
      const unanswered = yield* start(redis.health)
      yield* settle
      yield* TestClock.adjust(700)
      const [late] = (yield* Fiber.join(unanswered)).nodes
      assert.isFalse(late?.healthy)
      assert.isUndefined(late?.latency)
      assert.deepInclude(late?.failure, { _tag: "Timeout", phase: "written", queueDepth: 1, silence: 700 })
      transport.last().answer(pong)

      transport.script = ([name]) => (name === "PING" ? error("LOADING Redis is loading") : undefined)
      const [loading] = (yield* redis.health).nodes
      assert.deepInclude(loading, { healthy: false, queueDepth: 0 })
      assert.strictEqual(loading?.failure?._tag, "Loading")
      assert.isDefined(loading?.latency)

      transport.onOpen = () => refused()
      transport.last().end()
      yield* settle
      yield* TestClock.adjust("100 millis")
      const [gone] = (yield* redis.health).nodes
      assert.deepInclude(gone, { healthy: false, latency: undefined, silence: undefined })
      assert.strictEqual(gone?.failure?._tag, "ConnectFailed")
      assert.strictEqual(gone?.state._tag, "Disconnected")
    })
  )

  it.effect("of a client that has used no node is not healthy, and opens nothing", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ start: "lazy" })
      assert.deepStrictEqual(yield* redis.health, { healthy: false, nodes: [] })
      assert.strictEqual(transport.sockets.length, 0)
    })
  )
})
