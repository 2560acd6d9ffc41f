import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as TestClock from "effect/testing/TestClock"
import type { ConnectionStates } from "../../src/connection/ConnectionMonitor.ts"
import { Transport } from "../../src/connection/Transport.ts"
import { Redis } from "../../src/Redis.ts"
import { settle, standalone, start } from "../support/client.ts"
import { bulk, FakeTransport, refused } from "../support/FakeTransport.ts"

const tagOf = (states: ConnectionStates) => states.get("h:1")?._tag

describe("The state of a node's connection", () => {
  it.effect("is none before it is wanted, then connecting, connected, and disconnected with the cause", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ start: "lazy" })
      const seen = yield* start(
        SubscriptionRef.changes(redis.connections).pipe(Stream.map(tagOf), Stream.take(6), Stream.runCollect)
      )
      yield* start(redis.get("a"))
      yield* settle
      transport.last().answer(bulk("x"))
      transport.onOpen = () => refused("ECONNREFUSED by the test")
      transport.last().end("reset by the test")
      yield* settle
      const lost = (yield* SubscriptionRef.get(redis.connections)).get("h:1")
      assert.isTrue(lost?._tag === "Disconnected" && lost.reason._tag === "ConnectionLost")
      assert.isTrue(lost?._tag === "Disconnected" && lost.reason.message === "reset by the test")
      yield* TestClock.adjust(20)
      const states = yield* Fiber.join(seen)
      assert.deepStrictEqual(states, [
        undefined,
        "Connecting",
        "Connected",
        "Disconnected",
        "Connecting",
        "Disconnected"
      ])
      const down = (yield* SubscriptionRef.get(redis.connections)).get("h:1")
      assert.isTrue(down?._tag === "Disconnected" && down.reason._tag === "ConnectFailed")
    })
  )

  it.effect(
    "is silent while a probe is unanswered, and connected again with the next byte; `since` is the clock's",
    () =>
      Effect.gen(function* () {
        const { redis, transport } = yield* standalone({ silence: 1000, probeTimeout: 500 })
        yield* start(redis.get("a"))
        yield* settle
        yield* TestClock.adjust(1000)
        assert.deepStrictEqual((yield* SubscriptionRef.get(redis.connections)).get("h:1"), {
          _tag: "Silent",
          since: 1000
        })
        yield* TestClock.adjust(100)
        transport.last().answer(bulk("x"))
        assert.deepStrictEqual((yield* SubscriptionRef.get(redis.connections)).get("h:1"), {
          _tag: "Connected",
          since: 1100
        })
      })
  )

  it.effect("is closed with the client, which then knows no node; the events tell it in order", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const transport = new FakeTransport()
      const made = Effect.provideService(
        Redis.make({ host: "h", port: 1, start: "lazy" }),
        Transport,
        transport.service
      )
      const redis = yield* Scope.provide(made, scope)
      const events = yield* start(Stream.runCollect(Stream.take(redis.events, 3)))
      yield* start(redis.get("a"))
      yield* settle
      transport.last().answer(bulk("x"))
      yield* settle
      yield* Scope.close(scope, Exit.void)
      const tags = (yield* Fiber.join(events)).map((event) => event._tag === "StateChanged" && event.state._tag)
      assert.deepStrictEqual(tags, ["Connecting", "Connected", "Closed"])
      assert.strictEqual((yield* SubscriptionRef.get(redis.connections)).size, 0)
    })
  )
})
