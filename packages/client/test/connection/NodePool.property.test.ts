/** A pool under everything at once: callers that are interrupted anywhere, connections that are lost, servers that restart. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { resolveOptions } from "../../src/ClientOptions.ts"
import { makeConnectionPools } from "../../src/connection/ConnectionPools.ts"
import { makeRuntime } from "../../src/connection/ConnectionRuntime.ts"
import { exchange } from "../../src/connection/Handshake.ts"
import { makeNodeConnections } from "../../src/connection/NodeConnections.ts"
import type { PooledConnection } from "../../src/connection/PooledConnection.ts"
import { Transport } from "../../src/connection/Transport.ts"
import { start } from "../support/client.ts"
import { FakeTransport, refused } from "../support/FakeTransport.ts"
import { randomOf } from "../support/random.ts"
import { CLEAN, StatefulServer } from "../support/StatefulServer.ts"

const MAX = 10

/** What a caller may do to its connection. */
const changes: ReadonlyArray<readonly [name: string, args: ReadonlyArray<string>]> = [
  ["WATCH", ["k"]],
  ["MULTI", []],
  ["SELECT", ["3"]],
  ["READONLY", []],
  ["CLIENT SETNAME", ["x"]]
]

const setup = Effect.gen(function* () {
  const transport = new FakeTransport()
  const server = new StatefulServer(transport)
  const { limits, pool, profile } = yield* Effect.fromResult(resolveOptions({ pool: { max: MAX } }, undefined))
  const runtime = yield* Effect.provideService(makeRuntime(limits), Transport, transport.service)
  const scope = yield* Scope.make()
  const nodes = yield* Scope.provide(
    makeNodeConnections(runtime, profile, Schedule.spaced("2 millis"), { onDown: () => {}, onUp: () => {} }),
    scope
  )
  const pools = yield* Scope.provide(makeConnectionPools(runtime, nodes, profile, pool), scope)
  const nodePool = pools.of(nodes.at({ host: "h", port: 1 }))
  const lease = Effect.suspend(() => nodePool.lease(runtime.ticker.exact() + 60_000))
  return { transport, server, runtime, nodePool, lease, close: Scope.close(scope, Exit.void) }
})

/** One turn of the event loop, and a millisecond. */
const tick = Effect.andThen(
  Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void))),
  TestClock.adjust("1 millis")
)

const ofConnections = () =>
  process.getActiveResourcesInfo().filter((kind) => kind === "Timeout" || kind === "Immediate").length

describe("A pool of 10 connections and 500 callers", () => {
  for (const seed of [1, 2, 3]) {
    it.effect(`loses nothing and lends nothing twice or dirty, whatever happens to 10 000 leases (seed ${seed})`, () =>
      Effect.gen(function* () {
        const random = randomOf(seed)
        const { close, lease, nodePool, runtime, server, transport } = yield* setup
        const lent = new Set<PooledConnection>()
        const counts = { leases: 0, failed: 0, interrupted: 0, clean: 0, most: 0 }

        const use = (one: PooledConnection) =>
          Effect.gen(function* () {
            assert.isFalse(lent.has(one), "lent twice")
            lent.add(one)
            const say = (name: string, args: ReadonlyArray<string> = []) =>
              exchange(runtime, one.connection, [[name, args]])
            const [state] = yield* say("STATE")
            assert.strictEqual(state, CLEAN)
            counts.clean++
            while (random.below(3) > 0) {
              const [name, args] = changes[random.below(changes.length)]!
              one.onStateful(name)
              yield* say(name, args)
              if (name === "MULTI") break
            }
            if (random.below(10) === 0) yield* Effect.sleep(random.below(3))
          }).pipe(Effect.ensuring(Effect.sync(() => lent.delete(one))))

        const caller = Effect.gen(function* () {
          for (let n = 0; n < 20; n++) {
            counts.leases++
            const one = Effect.scoped(Effect.flatMap(lease, use))
            if (random.below(4) > 0) {
              if (Exit.isFailure(yield* Effect.exit(one))) counts.failed++
            } else {
              const fiber = yield* start(one)
              yield* Effect.sleep(random.below(20))
              yield* Fiber.interrupt(fiber)
              counts.interrupted++
            }
          }
        })

        const callers = yield* Effect.forEach(Array.from({ length: 500 }), () => start(caller))
        let down = 0
        while (callers.some((fiber) => fiber.pollUnsafe() === undefined)) {
          yield* tick
          counts.most = Math.max(counts.most, transport.open.length)
          if (down > 0 && --down === 0) transport.onOpen = () => Effect.void
          const event = random.below(100)
          if (event < 3) transport.open[random.below(transport.open.length)]?.end()
          if (event === 3) {
            // A restart: all connections end, and for a while none is accepted.
            transport.onOpen = () => refused()
            down = 5
            for (const socket of transport.open) socket.end()
          }
        }
        for (const fiber of callers) yield* Fiber.join(fiber)
        assert.strictEqual(counts.leases, 10_000)
        assert.isAtMost(counts.most, MAX + 1)
        assert.isAbove(counts.clean, 3000)
        assert.isAbove(counts.interrupted, 2000)
        assert.isAbove(counts.failed, 10)
        // What is reset in the background comes back, too.
        for (let n = 0; n < 50; n++) yield* tick
        assert.deepInclude(nodePool.stats, { used: 0, waiting: 0 })
        assert.strictEqual(lent.size, 0)
        assert.strictEqual(transport.open.length, nodePool.stats.idle + 1)
        assert.isAbove(server.clients.size, MAX)
        yield* close
        assert.strictEqual(transport.open.length, 0)
        const dialled = transport.dialled.length
        yield* TestClock.adjust("1 hour")
        yield* tick
        assert.strictEqual(transport.dialled.length, dialled)
      })
    )
  }

  it.effect("serves them in the order in which they came, be others interrupted or not", () =>
    Effect.gen(function* () {
      const random = randomOf(4)
      const { close, lease } = yield* setup
      yield* Effect.scoped(Effect.all(Array.from({ length: MAX }, () => lease)))
      const order: Array<number> = []
      let arrivals = 0
      const caller = Effect.gen(function* () {
        for (let n = 0; n < 20; n++) {
          const arrival = arrivals++
          const one = Effect.scoped(
            Effect.flatMap(lease, () => {
              order.push(arrival)
              return Effect.sleep(random.below(3))
            })
          )
          if (random.below(4) > 0) yield* one
          else {
            const fiber = yield* start(one)
            yield* Effect.sleep(random.below(30))
            yield* Fiber.interrupt(fiber)
          }
        }
      })
      const callers = yield* Effect.forEach(Array.from({ length: 500 }), () => start(caller))
      while (callers.some((fiber) => fiber.pollUnsafe() === undefined)) yield* tick
      assert.strictEqual(arrivals, 10_000)
      assert.isAbove(order.length, 5000)
      assert.deepStrictEqual(
        order,
        [...order].sort((a, b) => a - b)
      )
      yield* close
    })
  )

  it.live("leaves no timer behind", () =>
    Effect.gen(function* () {
      const before = ofConnections()
      const { close, lease, transport } = yield* setup
      const scope = yield* Scope.make()
      yield* Effect.all(Array.from({ length: MAX }, () => Scope.provide(lease, scope)))
      const waiting = yield* Effect.forEach(Array.from({ length: 5 }), () => start(Effect.exit(Effect.scoped(lease))))
      yield* Scope.close(scope, Exit.void)
      yield* close
      for (const fiber of waiting) yield* Fiber.await(fiber)
      assert.strictEqual(transport.open.length, 0)
      yield* Effect.callback<void>((resume) => void setImmediate(() => setImmediate(() => resume(Effect.void))))
      assert.strictEqual(ofConnections(), before)
    })
  )
})
