import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Observer, type ObserverService } from "../src/Observer.ts"
import { RedisServer } from "../src/RedisServer.ts"
import { eventually } from "./fixtures/processes.ts"

/** A primary and a replica of it, outside of any cluster. */
const pair = Effect.gen(function* () {
  const [primary, replica] = yield* Effect.all(
    [RedisServer.make({ requirepass: "secret" }), RedisServer.make({ requirepass: "secret" })],
    { concurrency: 2 }
  )
  yield* replica.admin(["REPLICAOF", primary.host, primary.port])
  const observer = yield* Observer.make({ nodes: [primary, replica], password: "secret", timeout: "1 second" })
  return { primary, replica, observer }
})

/** What the observer has seen of one node so far. */
const rolesOf = (observer: ObserverService, port: number) => () =>
  Effect.runSync(observer.events).flatMap((event) => (event.port === port ? [event.role] : []))

describe("Observer", () => {
  it.effect("has seen every node's role when it is ready", () =>
    Effect.gen(function* () {
      const { observer, primary, replica } = yield* pair
      const seen = yield* observer.events
      const roles = new Map(seen.map((event) => [event.port, event.role]))
      assert.strictEqual(roles.get(primary.port), "primary")
      assert.strictEqual(roles.get(replica.port), "replica")
      assert.isTrue(seen.every((event) => event.previous === undefined))
    })
  )

  it.effect("tells when a replica became a primary", () =>
    Effect.gen(function* () {
      const { observer, primary, replica } = yield* pair
      const before = Date.now() - 1
      yield* replica.admin(["REPLICAOF", "NO", "ONE"])
      const event = yield* observer.firstPromotionAfter(before, [primary.port, replica.port])
      assert.deepStrictEqual(
        { ...event, time: 0 },
        { time: 0, port: replica.port, role: "primary", previous: "replica" }
      )
      assert.isAtLeast(event.time, before)
      assert.isAtMost(event.time, Date.now())
    })
  )

  it.effect("does not take a restarted primary for a promoted one, nor look before the time given", () =>
    Effect.gen(function* () {
      const { observer, primary, replica } = yield* pair
      const roles = rolesOf(observer, primary.port)
      yield* primary.kill
      yield* eventually(() => (roles().at(-1) === "unreachable" ? undefined : roles().join()))
      yield* primary.restart
      yield* eventually(() => (roles().at(-1) === "primary" ? undefined : roles().join()))
      yield* replica.admin(["REPLICAOF", "NO", "ONE"])
      const event = yield* observer.firstPromotionAfter(0, [primary.port, replica.port])
      assert.strictEqual(event.port, replica.port)
      const error = yield* Effect.flip(observer.firstPromotionAfter(event.time, [replica.port]))
      assert.strictEqual(error.reason, "Deadline")
    })
  )

  it.effect("sees that a frozen server is silent, and that it is back", () =>
    Effect.gen(function* () {
      const { observer, primary } = yield* pair
      const roles = rolesOf(observer, primary.port)
      yield* primary.freeze
      yield* eventually(() => (roles().at(-1) === "unreachable" ? undefined : roles().join()))
      yield* primary.thaw
      yield* eventually(() => (roles().at(-1) === "primary" ? undefined : roles().join()))
      assert.deepStrictEqual(roles(), ["primary", "unreachable", "primary"])
    })
  )
})
