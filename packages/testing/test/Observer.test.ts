import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Answer } from "../src/Answer.ts"
import { Observer, type ObserverService } from "../src/Observer.ts"
import { RedisServer } from "../src/RedisServer.ts"
import { ScriptedServer } from "../src/ScriptedServer.ts"
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

  it.effect("tells since when most sentinels have named a primary that says itself that it is one", () =>
    Effect.gen(function* () {
      const [primary, replica] = yield* Effect.all([RedisServer.make(), RedisServer.make()], { concurrency: 2 })
      yield* replica.admin(["REPLICAOF", primary.host, primary.port])
      /** Whom each sentinel names. */
      const named = [primary.port, primary.port, primary.port]
      const sentinels = yield* ScriptedServer.make({
        nodes: named.length,
        handler: ({ args, name, node }) =>
          name === "SENTINEL" && args.join(" ") === "SENTINEL GET-MASTER-ADDR-BY-NAME other"
            ? Answer.reply(["127.0.0.1", String(named[node])])
            : undefined
      })
      const observer = yield* Observer.make({
        nodes: [primary, replica],
        sentinels: { nodes: sentinels.nodes, service: "other" },
        timeout: "1 second"
      })
      const ports = Effect.map(observer.agreements, (all) => all.map(({ port }) => port))
      const heard = (sentinel: number, names: number) =>
        eventually(() => {
          const { port } = sentinels.nodes[sentinel]!
          const last = Effect.runSync(observer.events).findLast((event) => event.port === port)
          return last?.names === names ? undefined : `it names ${last?.names}`
        })
      assert.deepStrictEqual(yield* ports, [primary.port])

      // One of three is not most of them.
      const began = Date.now() - 1
      yield* replica.admin(["REPLICAOF", "NO", "ONE"])
      yield* observer.firstPromotionAfter(began, [replica.port])
      named[0] = replica.port
      yield* heard(0, replica.port)
      assert.deepStrictEqual(yield* ports, [primary.port])
      const none = yield* Effect.flip(observer.agreementAfter(began, primary.port))
      assert.strictEqual(none.reason, "Deadline")
      const second = Date.now()
      named[1] = replica.port
      const agreed = yield* observer.agreementAfter(began, primary.port)
      assert.strictEqual(agreed.port, replica.port)
      assert.isTrue(agreed.time >= second && agreed.time <= Date.now())
      // The last one to learn of it changes nothing.
      named[2] = replica.port
      yield* heard(2, replica.port)
      assert.deepStrictEqual(yield* ports, [primary.port, replica.port])

      // Whom most of them name does not count before it is a primary itself.
      yield* primary.admin(["REPLICAOF", replica.host, replica.port])
      yield* eventually(() => {
        const role = rolesOf(observer, primary.port)().at(-1)
        return role === "replica" ? undefined : role
      })
      named[0] = primary.port
      named[1] = primary.port
      yield* Effect.andThen(heard(0, primary.port), heard(1, primary.port))
      assert.deepStrictEqual(yield* ports, [primary.port, replica.port])
      const promoted = Date.now()
      yield* primary.admin(["REPLICAOF", "NO", "ONE"])
      const back = yield* observer.agreementAfter(agreed.time, replica.port)
      assert.strictEqual(back.port, primary.port)
      assert.isAtLeast(back.time, promoted)
      assert.deepStrictEqual(yield* ports, [primary.port, replica.port, primary.port])
    })
  )
})
