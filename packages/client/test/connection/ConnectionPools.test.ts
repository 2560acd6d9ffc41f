import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { resolveOptions } from "../../src/ClientOptions.ts"
import { ask } from "../../src/connection/ask.ts"
import { makeConnectionPools } from "../../src/connection/ConnectionPools.ts"
import { makeRuntime } from "../../src/connection/ConnectionRuntime.ts"
import { makeNodeConnections } from "../../src/connection/NodeConnections.ts"
import { type Address, Transport } from "../../src/connection/Transport.ts"
import { ConnectionLost } from "../../src/error/Reason.ts"
import { settle, start, succeeded } from "../support/client.ts"
import { FakeTransport } from "../support/FakeTransport.ts"
import { StatefulServer } from "../support/StatefulServer.ts"

const a: Address = { host: "a", port: 1 }
const b: Address = { host: "b", port: 1 }

const setup = Effect.gen(function* () {
  const transport = new FakeTransport()
  const server = new StatefulServer(transport)
  const { limits, pool, profile } = yield* Effect.fromResult(resolveOptions({ pool: { max: 1 } }, undefined))
  const runtime = yield* Effect.provideService(makeRuntime(limits), Transport, transport.service)
  const scope = yield* Scope.make()
  const nodes = yield* Scope.provide(
    makeNodeConnections(runtime, profile, Schedule.spaced("10 millis"), { onDown: () => {}, onUp: () => {} }),
    scope
  )
  const pools = yield* Scope.provide(makeConnectionPools(runtime, nodes, profile, pool), scope)
  return { transport, server, runtime, nodes, pools, close: Scope.close(scope, Exit.void) }
})

describe("The pools of a client", () => {
  it.effect("are one for each node, each with bounds of its own", () =>
    Effect.gen(function* () {
      const { close, nodes, pools, transport } = yield* setup
      yield* Effect.scoped(
        Effect.gen(function* () {
          const one = yield* pools.lease(nodes.at(a), 1000)
          const other = yield* pools.lease(nodes.at(b), 1000)
          assert.notStrictEqual(one, other)
          assert.deepStrictEqual(
            pools.stats(),
            new Map(["a:1", "b:1"].map((node) => [node, { idle: 0, used: 1, waiting: 0, max: 1 }]))
          )
        })
      )
      assert.strictEqual(pools.of(nodes.at(a)), pools.of(nodes.at(a)))
      assert.strictEqual(transport.open.length, 4)
      yield* close
      assert.strictEqual(transport.open.length, 0)
    })
  )

  it.effect("end with their node, before its shared connection does, and what is leased ends with them", () =>
    Effect.gen(function* () {
      const { close, nodes, pools, transport } = yield* setup
      const scope = yield* Scope.make()
      const node = nodes.at(a)
      const one = yield* Scope.provide(pools.lease(node, 1000), scope)
      const waiting = yield* start(Effect.exit(Effect.scoped(pools.lease(node, 1000))))
      let sharedAtEnd = false
      one.unblock = Effect.sync(() => {
        sharedAtEnd = transport.sockets[0]?.open === true
      })
      yield* nodes.remove(["a:1"], (address) => new ConnectionLost({ address, message: "it left" }))
      assert.isTrue(sharedAtEnd)
      assert.isTrue(Exit.isFailure(yield* succeeded(waiting)))
      assert.isFalse(one.isOpen)
      assert.strictEqual(transport.open.length, 0)
      assert.strictEqual(pools.stats().size, 0)
      yield* Scope.close(scope, Exit.void)
      // The node came back: another pool.
      yield* Effect.scoped(pools.lease(nodes.at(a), 1000))
      yield* close
    })
  )

  it.effect("open nothing once the client is closed", () =>
    Effect.gen(function* () {
      const { close, nodes, pools, transport } = yield* setup
      yield* close
      const exit = yield* Effect.exit(Effect.scoped(pools.lease(nodes.at(a), 1000)))
      assert.isTrue(Exit.isFailure(exit))
      yield* settle
      assert.deepStrictEqual(transport.dialled, [])
    })
  )
})

describe("A word on a node's shared connection", () => {
  it.effect("gives the reply, or why there is none", () =>
    Effect.gen(function* () {
      const { close, nodes, runtime, transport } = yield* setup
      assert.strictEqual(yield* ask(runtime, nodes.at(a), 1000, "PING"), "PONG")
      transport.script = () => "-NOPERM no\r\n"
      const refused = yield* Effect.flip(ask(runtime, nodes.at(a), 1000, "CLIENT UNBLOCK", [1, "ERROR"]))
      assert.deepStrictEqual([refused.reason._tag, refused.execution], ["NoPermission", "Refused"])
      const invalid = yield* Effect.flip(ask(runtime, nodes.at(a), 1000, "ECHO", [Number.NaN]))
      assert.deepStrictEqual([invalid.reason._tag, invalid.execution], ["InvalidArgument", "NotSent"])
      yield* close
    })
  )
})
