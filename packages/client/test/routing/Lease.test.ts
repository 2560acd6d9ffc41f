import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { Command } from "../../src/Command.ts"
import { failed, isDone, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { clustered, k1, k3, moved, three } from "../support/FakeCluster.ts"
import { bulk } from "../support/FakeTransport.ts"
import { CLEAN, StatefulServer } from "../support/StatefulServer.ts"

const leased = Effect.gen(function* () {
  const client = yield* standalone({ pool: { max: 1 } })
  const server = new StatefulServer(client.transport)
  const scope = yield* Scope.make()
  const mine = yield* Scope.provide(client.redis.lease(), scope)
  return { ...client, server, mine, socket: client.transport.last(), giveBack: Scope.close(scope, Exit.void) }
})

describe("A lease", () => {
  it.effect("sends commands, pipelines and transactions on its own connection only", () =>
    Effect.gen(function* () {
      const { mine, socket, transport } = yield* leased
      const { ping, withKeyPrefix } = mine
      assert.strictEqual(yield* ping(), "PONG")
      yield* mine.pipeline([Command.ping(), Command.ping()])
      yield* mine.clientSetName("mine")
      yield* withKeyPrefix("a:").watch("k")
      const fiber = yield* start(Effect.exit(mine.transaction([Command.get("k")])))
      yield* settle
      assert.deepStrictEqual(socket.writes, [["PING"], ["PING", "PING"], ["WATCH a:k"], ["MULTI", "GET k", "EXEC"]])
      assert.include(socket.commands, "CLIENT SETNAME mine")
      isError(yield* failed(yield* start(yield* succeeded(fiber))), "WatchConflict", "Refused")
      assert.deepStrictEqual(transport.sockets[0]?.writes, [])
    })
  )

  it.effect("gives its methods to who takes them off, as often as they like", () =>
    Effect.gen(function* () {
      const { mine } = yield* leased
      assert.strictEqual(mine.get, mine.get)
      assert.include(Object.keys(Object.getPrototypeOf(mine)), "hSet")
      const { select } = mine
      yield* select(2)
    })
  )

  it.effect("leaves what it has changed to nobody", () =>
    Effect.gen(function* () {
      const { giveBack, mine, redis, socket } = yield* leased
      yield* mine.select(3)
      yield* mine.watch("k")
      yield* mine.readonly()
      yield* giveBack
      const state = Effect.scoped(
        Effect.flatMap(redis.lease(), (next) => next.run(Command.raw("STATE", [], { keys: [] })))
      )
      assert.strictEqual(yield* succeeded(yield* start(state)), CLEAN)
      assert.isTrue(socket.open)
    })
  )

  it.effect("that is over fails whatever is still sent as Closed, while what was sent before is answered", () =>
    Effect.gen(function* () {
      const { giveBack, mine, socket, transport } = yield* leased
      transport.script = () => ""
      const sent = yield* start(mine.get("k"))
      yield* settle
      yield* giveBack
      isError(yield* failed(yield* start(mine.get("k"))), "Closed", "NotSent")
      isError(yield* failed(yield* start(mine.blPop("k", "1 second"))), "Closed", "NotSent")
      assert.isFalse(yield* isDone(sent))
      // Behind its reply comes that of the PING by which the pool sees that the connection is free again.
      socket.answer(`${bulk("v")}+PONG\r\n`)
      assert.strictEqual(yield* succeeded(sent), "v")
      assert.isTrue(socket.open)
    })
  )

  it.effect("does not follow redirects, but teaches the client where they lead", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      fake.on = (words, socket) => (words[0] === "GET" && socket.address === "n1:1" ? moved(k1, "n2:1") : undefined)
      const scope = yield* Scope.make()
      const mine = yield* Scope.provide(redis.lease({ key: k1 }), scope)
      isError(yield* failed(yield* start(mine.get(k1))), "Redirected", "Refused")
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n2:1")
      assert.strictEqual(fake.sentTo("n1:1").filter((text) => text.startsWith("GET")).length, 1)
      yield* Scope.close(scope, Exit.void)
    })
  )

  it.effect("in a cluster must tell a key, and its deadline must be one", () =>
    Effect.gen(function* () {
      const { redis } = yield* clustered()
      isError(yield* failed(yield* start(Effect.scoped(redis.lease()))), "InvalidArgument", "NotSent")
      const backwards = redis.lease({ key: k1, deadline: -5 })
      isError(yield* failed(yield* start(Effect.scoped(backwards))), "InvalidArgument", "NotSent")
    })
  )

  it.effect("waits for a slot that no node serves until one does, and asks for the map meanwhile", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({ checkInterval: "1 hour" }, (cluster) => {
        cluster.view = { ...three, shards: three.shards.slice(0, 2) }
      })
      const fiber = yield* start(Effect.scoped(Effect.flatMap(redis.lease({ key: k3 }), (mine) => mine.get(k3))))
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* isDone(fiber))
      fake.view = { ...three, epoch: 4 }
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* succeeded(fiber), "n3:1")
    })
  )

  it.effect("says why no node could give a connection when its deadline has passed", () =>
    Effect.gen(function* () {
      const { redis } = yield* clustered({ checkInterval: "1 hour" }, (cluster) => {
        cluster.view = { ...three, shards: three.shards.slice(0, 2) }
      })
      const fiber = yield* start(Effect.scoped(redis.lease({ key: k3, deadline: "1 second" })))
      yield* TestClock.adjust("1 second")
      const failure = yield* failed(fiber)
      isError(failure, "Timeout", "NotSent")
      assert.strictEqual(failure.command, "LEASE")
      assert.include(failure.message, "UncoveredSlot: no node with a known address serves slot")
    })
  )

  it.effect("waits for its turn until its deadline, then fails as PoolTimeout", () =>
    Effect.gen(function* () {
      const { redis } = yield* leased
      const fiber = yield* start(Effect.scoped(redis.lease({ deadline: "3 seconds" })))
      yield* TestClock.adjust("2999 millis")
      assert.isFalse(yield* isDone(fiber))
      yield* TestClock.adjust("1 millis")
      isError(yield* failed(fiber), "PoolTimeout", "NotSent")
    })
  )

  it.effect("lets a blocking command of its own wait, and unblocks it when it is interrupted", () =>
    Effect.gen(function* () {
      const { mine, server, socket } = yield* leased
      const popping = yield* start(mine.blPop("k", "1 minute"))
      yield* settle
      assert.isTrue(server.push("k", "x"))
      assert.deepStrictEqual(yield* succeeded(popping), { key: "k", element: "x" })
      const second = yield* start(mine.blPop("k", "1 minute"))
      yield* settle
      second.interruptUnsafe()
      assert.isTrue(yield* isDone(second))
      assert.strictEqual(yield* mine.ping(), "PONG")
      assert.isTrue(socket.open)
    })
  )
})
