import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { resolveOptions } from "../../src/ClientOptions.ts"
import { makeRuntime } from "../../src/connection/ConnectionRuntime.ts"
import { exchange } from "../../src/connection/Handshake.ts"
import { makeNodeConnections } from "../../src/connection/NodeConnections.ts"
import { type Address, Transport } from "../../src/connection/Transport.ts"
import { ConnectionLost } from "../../src/error/Reason.ts"
import { isDone, settle, start, succeeded } from "../support/client.ts"
import { FakeTransport, int } from "../support/FakeTransport.ts"

const left = (address: string) => new ConnectionLost({ address, message: "the node left" })
const a: Address = { host: "a", port: 1 }
const b: Address = { host: "b", port: 1 }

const connections = Effect.gen(function* () {
  const transport = new FakeTransport()
  const { limits, profile } = yield* Effect.fromResult(resolveOptions({ closeTimeout: "1 second" }, undefined))
  const runtime = yield* Effect.provideService(makeRuntime(limits), Transport, transport.service)
  const scope = yield* Scope.make()
  const nodes = yield* Scope.provide(
    makeNodeConnections(runtime, profile, Schedule.spaced("1 second"), { onDown: () => {}, onUp: () => {} }),
    scope
  )
  /** One command to a node, which the server has yet to answer. */
  const ask = (address: Address) =>
    start(
      Effect.result(Effect.flatMap(nodes.at(address).acquire, (open) => exchange(runtime, open, [["INCR", ["x"]]])))
    )
  return { transport, nodes, ask, close: Scope.close(scope, Exit.void) }
})

describe("NodeConnections", () => {
  it.effect("has one connection for an address, made when it is asked for and opened when it is used", () =>
    Effect.gen(function* () {
      const { close, nodes, transport } = yield* connections
      const one = nodes.at(a)
      assert.strictEqual(nodes.at({ host: "a", port: 1 }), one)
      assert.strictEqual(nodes.find("a:1"), one)
      assert.isUndefined(nodes.find("b:1"))
      assert.deepStrictEqual(transport.dialled, [])
      yield* one.acquire
      assert.deepStrictEqual(transport.dialled, ["a:1"])
      yield* close
      assert.strictEqual(transport.open.length, 0)
    })
  )

  it.effect(
    "drains a node that is removed, fails what comes too late with the reason, and makes a new one when asked",
    () =>
      Effect.gen(function* () {
        const { ask, close, nodes, transport } = yield* connections
        const asked = yield* ask(a)
        yield* settle
        const old = nodes.at(a)
        const removing = yield* start(nodes.remove(["a:1", "unknown:1"], left))
        yield* settle
        assert.isUndefined(nodes.find("a:1"))
        assert.isFalse(yield* isDone(removing))
        transport.last("a:1").answer(int(7))
        assert.isTrue(yield* isDone(removing))
        const reply = yield* succeeded(asked)
        assert.deepStrictEqual(reply._tag === "Success" ? reply.success : undefined, [7])
        assert.strictEqual((yield* Effect.flip(old.acquire)).reason._tag, "ConnectionLost")
        assert.strictEqual(transport.open.length, 0)
        assert.notStrictEqual(nodes.at(a), old)
        yield* close
      })
  )

  it.effect("closes all together, and waits for those that were leaving already", () =>
    Effect.gen(function* () {
      const { ask, close, nodes, transport } = yield* connections
      yield* ask(a)
      yield* ask(b)
      yield* settle
      const leaving = yield* start(nodes.remove(["a:1"], left))
      yield* TestClock.adjust("500 millis")
      const closing = yield* start(close)
      transport.last("b:1").answer(int(1))
      assert.isFalse(yield* isDone(closing))
      yield* TestClock.adjust("500 millis")
      assert.isTrue(yield* isDone(leaving))
      assert.isTrue(yield* isDone(closing))
      assert.strictEqual(transport.open.length, 0)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(transport.dialled.length, 2)
    })
  )
})
