import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { type ClientOptions, resolveOptions } from "../../src/ClientOptions.ts"
import { makeConnectionPools } from "../../src/connection/ConnectionPools.ts"
import { makeRuntime } from "../../src/connection/ConnectionRuntime.ts"
import { exchange } from "../../src/connection/Handshake.ts"
import { makeNodeConnections } from "../../src/connection/NodeConnections.ts"
import type { PooledConnection } from "../../src/connection/PooledConnection.ts"
import { Transport } from "../../src/connection/Transport.ts"
import type { Failure } from "../../src/error/Failure.ts"
import { settle, start, succeeded } from "../support/client.ts"
import { FakeTransport, refused } from "../support/FakeTransport.ts"
import { CLEAN, StatefulServer } from "../support/StatefulServer.ts"

const pooled = (options: ClientOptions = {}, setup: (transport: FakeTransport) => void = () => {}) =>
  Effect.gen(function* () {
    const transport = new FakeTransport()
    const server = new StatefulServer(transport)
    setup(transport)
    const { limits, pool, profile } = yield* Effect.fromResult(
      resolveOptions({ closeTimeout: "1 second", ...options }, undefined)
    )
    const runtime = yield* Effect.provideService(makeRuntime(limits), Transport, transport.service)
    const scope = yield* Scope.make()
    const nodes = yield* Scope.provide(
      makeNodeConnections(runtime, profile, Schedule.spaced("10 millis"), { onDown: () => {}, onUp: () => {} }),
      scope
    )
    const pools = yield* Scope.provide(makeConnectionPools(runtime, nodes, profile, pool), scope)
    const node = nodes.at({ host: "h", port: 1 })
    const nodePool = pools.of(node)
    const lease = (allowed = 10_000) => Effect.suspend(() => nodePool.lease(runtime.ticker.exact() + allowed))
    const say = (one: PooledConnection, name: string, args: ReadonlyArray<string> = []) =>
      exchange(runtime, one.connection, [[name, args]])
    yield* settle
    return { transport, server, nodes, node, nodePool, lease, say, runtime, close: Scope.close(scope, Exit.void) }
  })

/** Lease and keep until told to return. */
const held = (lease: Effect.Effect<PooledConnection, Failure, Scope.Scope>) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const one = yield* Scope.provide(lease, scope)
    return { one, giveBack: Scope.close(scope, Exit.void) }
  })

const failureOf = <A>(exit: Exit.Exit<A, Failure>): Failure => {
  const [reason] = Exit.isFailure(exit) ? exit.cause.reasons : []
  return reason?._tag === "Fail" ? (reason.error as Failure) : assert.fail("expected a failure")
}

const sockets = (transport: FakeTransport) => transport.open.length

describe("A node's pool", () => {
  it.effect("opens a connection when it is first needed, and uses it again", () =>
    Effect.gen(function* () {
      const { close, lease, transport } = yield* pooled()
      assert.strictEqual(sockets(transport), 0)
      const first = yield* held(lease())
      // The node's shared connection is there first.
      assert.strictEqual(sockets(transport), 2)
      yield* first.giveBack
      const second = yield* held(lease())
      assert.strictEqual(second.one, first.one)
      assert.strictEqual(sockets(transport), 2)
      yield* second.giveBack
      yield* close
      assert.strictEqual(sockets(transport), 0)
    })
  )

  it.effect("never gives one connection to two callers, and never has more than the maximum", () =>
    Effect.gen(function* () {
      const { close, lease, nodePool, transport } = yield* pooled({ pool: { max: 2 } })
      const [a, b] = yield* Effect.all([held(lease()), held(lease())])
      assert.notStrictEqual(a.one, b.one)
      const third = yield* start(held(lease()))
      yield* settle
      assert.deepStrictEqual(nodePool.stats, { idle: 0, used: 2, waiting: 1, max: 2 })
      assert.isUndefined(third.pollUnsafe())
      yield* a.giveBack
      assert.strictEqual((yield* succeeded(third)).one, a.one)
      assert.strictEqual(sockets(transport), 3)
      yield* close
    })
  )

  it.effect("serves who waits in the order in which they came, and passes over those who left", () =>
    Effect.gen(function* () {
      const { close, lease } = yield* pooled({ pool: { max: 1 } })
      const first = yield* held(lease())
      const order: Array<number> = []
      const waiting = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, at) => at),
        (at) =>
          start(
            Effect.scoped(
              Effect.andThen(
                lease(),
                Effect.sync(() => order.push(at))
              )
            )
          )
      )
      for (const at of [0, 7, 19]) yield* Fiber.interrupt(waiting[at]!)
      yield* first.giveBack
      yield* settle
      assert.deepStrictEqual(
        order,
        Array.from({ length: 20 }, (_, at) => at).filter((at) => ![0, 7, 19].includes(at))
      )
      yield* close
    })
  )

  it.effect("fails as PoolTimeout, NotSent, when the wait was too long", () =>
    Effect.gen(function* () {
      const { close, lease, nodePool } = yield* pooled({ pool: { max: 1, acquireTimeout: "2 seconds" } })
      const first = yield* held(lease())
      const byPool = yield* start(Effect.exit(held(lease())))
      const byCaller = yield* start(Effect.exit(held(lease(500))))
      yield* TestClock.adjust("500 millis")
      const early = failureOf(yield* succeeded(byCaller))
      assert.deepInclude(early.reason, { _tag: "PoolTimeout", limit: 1, waited: 500 })
      assert.strictEqual(early.execution, "NotSent")
      assert.isUndefined(byPool.pollUnsafe())
      yield* TestClock.adjust("1500 millis")
      assert.deepInclude(failureOf(yield* succeeded(byPool)).reason, { _tag: "PoolTimeout", waited: 2000 })
      assert.strictEqual(nodePool.stats.waiting, 0)
      yield* first.giveBack
      yield* (yield* held(lease())).giveBack
      yield* close
    })
  )

  it.effect("undoes what a caller has changed, and closes what cannot be undone", () =>
    Effect.gen(function* () {
      const { close, lease, say, transport } = yield* pooled({ pool: { max: 1 } })
      const changes: ReadonlyArray<readonly [name: string, args: ReadonlyArray<string>, same: boolean]> = [
        ["WATCH", ["k"], true],
        ["MULTI", [], true],
        ["SELECT", ["3"], true],
        ["READONLY", [], true],
        ["ASKING", [], true],
        ["CLIENT SETNAME", ["mine"], false],
        ["CLIENT TRACKING", ["ON"], false]
      ]
      for (const [name, args, same] of changes) {
        const before = yield* held(lease())
        before.one.onStateful(name)
        yield* say(before.one, name, args)
        yield* before.giveBack
        const after = yield* held(lease())
        assert.strictEqual(after.one === before.one, same, name)
        assert.deepStrictEqual(yield* say(after.one, "STATE"), [CLEAN], name)
        yield* after.giveBack
        assert.strictEqual(sockets(transport), 2, name)
      }
      yield* close
    })
  )

  it.effect("resets in the background: a server that does not answer holds up nobody who returns", () =>
    Effect.gen(function* () {
      const { close, lease, say, transport } = yield* pooled({ pool: { max: 1 }, probeTimeout: "1 second" })
      const first = yield* held(lease())
      first.one.onStateful("WATCH")
      yield* say(first.one, "WATCH", ["k"])
      transport.script = (words) => (words[0] === "UNWATCH" || words[0] === "PING" ? "" : undefined)
      yield* first.giveBack
      const next = yield* start(held(lease()))
      yield* TestClock.adjust("999 millis")
      assert.isUndefined(next.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.notStrictEqual((yield* succeeded(next)).one, first.one)
      yield* close
    })
  )

  it.effect("discards a connection on which a reply came that nobody asked for, or a part of one", () =>
    Effect.gen(function* () {
      const { close, lease, transport } = yield* pooled({ pool: { max: 1 } })
      for (const unasked of ["+OK\r\n", "*2\r\n+half"]) {
        const first = yield* held(lease())
        const socket = transport.last()
        yield* first.giveBack
        yield* settle
        socket.answer(unasked)
        const next = yield* held(lease())
        assert.notStrictEqual(next.one, first.one)
        assert.isFalse(socket.open)
        yield* next.giveBack
      }
      yield* close
    })
  )

  it.effect("closes what is unused for too long or too old, and keeps the minimum", () =>
    Effect.gen(function* () {
      const { close, lease, nodePool } = yield* pooled({
        pool: { min: 1, max: 3, idleTimeout: "10 seconds", maxAge: "1 minute" }
      })
      assert.deepStrictEqual(nodePool.stats, { idle: 1, used: 0, waiting: 0, max: 3 })
      const all = yield* Effect.all([held(lease()), held(lease()), held(lease())])
      for (const { giveBack } of all) yield* giveBack
      assert.strictEqual(nodePool.stats.idle, 3)
      yield* TestClock.adjust("10 seconds")
      yield* settle
      assert.strictEqual(nodePool.stats.idle, 1)
      const before = yield* held(lease())
      yield* before.giveBack
      yield* TestClock.adjust("51 seconds")
      yield* settle
      assert.strictEqual(nodePool.stats.idle, 1)
      const after = yield* held(lease())
      assert.notStrictEqual(after.one, before.one)
      yield* after.giveBack
      yield* close
    })
  )

  it.effect("probes a connection that was unused for a while before it is used again", () =>
    Effect.gen(function* () {
      const { close, lease, transport } = yield* pooled({ pool: { max: 1, checkAfter: "3 seconds" } })
      const first = yield* held(lease())
      yield* first.giveBack
      yield* TestClock.adjust("2 seconds")
      yield* (yield* held(lease())).giveBack
      assert.deepStrictEqual(transport.last().writes, [])
      yield* TestClock.adjust("3 seconds")
      yield* (yield* held(lease())).giveBack
      assert.deepStrictEqual(transport.last().writes, [["PING"]])
      // One that does not answer is replaced.
      yield* TestClock.adjust("3 seconds")
      const silent = transport.last()
      const answer = transport.script
      transport.script = (words, socket) => (socket === silent ? "" : answer(words, socket))
      const next = yield* start(held(lease()))
      yield* TestClock.adjust("1 second")
      assert.notStrictEqual((yield* succeeded(next)).one, first.one)
      assert.isFalse(silent.open)
      yield* close
    })
  )

  it.effect("dials a node that is down at the pace of its shared connection only", () =>
    Effect.gen(function* () {
      const { close, lease, nodePool, transport } = yield* pooled({}, (fake) => {
        fake.onOpen = () => refused()
      })
      const fibers = yield* Effect.forEach(Array.from({ length: 50 }), () => start(Effect.exit(held(lease()))))
      yield* TestClock.adjust("10 millis")
      for (const fiber of fibers) {
        const { execution, reason } = failureOf(yield* succeeded(fiber))
        assert.deepStrictEqual([reason._tag, execution], ["ConnectFailed", "NotSent"])
      }
      assert.isAtMost(transport.dialled.length, 2)
      assert.strictEqual(nodePool.stats.used, 0)
      yield* close
    })
  )

  it.effect("interrupted while it opens a connection leaves no socket and no place taken", () =>
    Effect.gen(function* () {
      const { close, lease, nodePool, transport } = yield* pooled({ pool: { max: 1 } })
      yield* (yield* held(lease())).giveBack
      transport.last().end()
      const scripted = transport.script
      transport.script = (words, socket) => (words[0] === "HELLO" ? "" : scripted(words, socket))
      const fiber = yield* start(held(lease()))
      yield* settle
      assert.strictEqual(nodePool.stats.used, 1)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(nodePool.stats, { idle: 0, used: 0, waiting: 0, max: 1 })
      assert.strictEqual(sockets(transport), 1)
      transport.script = scripted
      yield* (yield* held(lease())).giveBack
      yield* close
    })
  )

  it.effect("ends what waits on a node that answers on no connection", () =>
    Effect.gen(function* () {
      const { close, lease, runtime, say, transport } = yield* pooled({
        silence: "2 seconds",
        probeTimeout: "1 second"
      })
      const first = yield* held(lease())
      const waiting = yield* start(Effect.exit(say(first.one, "BLPOP", ["k", "0"])))
      yield* TestClock.adjust("1 minute")
      // The server answers PING on the shared connection: a blocked one may be silent as long as it likes.
      assert.isUndefined(waiting.pollUnsafe())
      transport.script = () => ""
      const frozen = runtime.ticker.exact()
      yield* Effect.repeat(Effect.andThen(TestClock.adjust("100 millis"), settle), {
        until: () => waiting.pollUnsafe() !== undefined,
        times: 100
      })
      assert.deepInclude(failureOf(yield* succeeded(waiting)), { execution: "MayHaveExecuted" })
      assert.isAtMost(runtime.ticker.exact() - frozen, 7000)
      yield* first.giveBack
      yield* close
    })
  )

  it.effect("closes although callers keep what they have, and fails who waits", () =>
    Effect.gen(function* () {
      const { close, lease, say, transport } = yield* pooled({ pool: { max: 1 } })
      const first = yield* held(lease())
      const waiting = yield* start(Effect.exit(held(lease())))
      const asked = yield* start(Effect.exit(say(first.one, "BLPOP", ["k", "0"])))
      yield* settle
      const closing = yield* start(close)
      yield* settle
      assert.deepInclude(failureOf(yield* succeeded(waiting)), { execution: "NotSent" })
      yield* TestClock.adjust("1 second")
      yield* succeeded(closing)
      assert.deepInclude(failureOf(yield* succeeded(asked)), { execution: "MayHaveExecuted" })
      assert.strictEqual(sockets(transport), 0)
      yield* first.giveBack
      assert.strictEqual(failureOf(yield* Effect.exit(held(lease()))).reason._tag, "Closed")
    })
  )
})
