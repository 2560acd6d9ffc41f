import { createServer, type Server, type Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import type { ProxyConnection } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { closeIdle, leftovers, resources } from "../../src/account/leftovers.ts"
import { connectTo } from "./sockets.ts"

const connection = (outstanding: number): ProxyConnection => ({
  number: 1,
  upstream: { host: "127.0.0.1", port: 7_000 },
  state: "open",
  clientPort: 30_000,
  upstreamPort: undefined,
  commands: 9,
  outstanding,
  replies: 9 - outstanding,
  pushes: 0,
  droppedPushes: 0,
  bytesToServer: 0,
  bytesToClient: 0,
  opaque: false
})
const proxyWith = (...connections: ReadonlyArray<ProxyConnection>) => ({ connections: Effect.succeed(connections) })
const idle = { inFlight: () => 0 }
const details = (violations: ReadonlyArray<{ readonly detail: string }>) => violations.map(({ detail }) => detail)

/** The scope of a client that takes so long to close. */
const clientThat = (closesIn: number) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    yield* Scope.addFinalizer(scope, Effect.sleep(closesIn))
    return scope
  })

describe("closing", () => {
  it.live("finds a budget that is not back at 0, by the wait for what is still counted", () =>
    Effect.gen(function* () {
      const [found, ...none] = details(yield* closeIdle(yield* clientThat(200), proxyWith(), 200))
      assert.match(found ?? "", /^closing took \d+ ms with nothing under way: the budget in flight was not back at 0$/)
      assert.deepStrictEqual(none, [])
    })
  )

  it.live("lets a client close at once, and one that waits for nothing as slowly as it will", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* closeIdle(yield* clientThat(0), proxyWith(connection(0)), 2_000), [])
      assert.deepStrictEqual(yield* closeIdle(yield* clientThat(100), proxyWith(), undefined), [])
    })
  )

  it.live("waits until every reply has come", () =>
    Effect.gen(function* () {
      const scope = yield* clientThat(0)
      let asked = 0
      const proxy = { connections: Effect.sync(() => [connection(++asked < 3 ? 1 : 0)]) }
      assert.deepStrictEqual(yield* closeIdle(scope, proxy, 2_000), [])
      assert.strictEqual(asked, 3)
    })
  )

  it.live(
    "finds a silent connection that nobody gives up",
    () =>
      Effect.gen(function* () {
        const found = yield* closeIdle(yield* clientThat(0), proxyWith(connection(2)), 2_000)
        assert.deepStrictEqual(details(found), ["1 connections without a reply have not been given up"])
      }),
    20_000
  )
})

describe("what a closed client leaves behind", () => {
  it.live("is found: connections, operations, timers and sockets", () =>
    Effect.gen(function* () {
      const before = resources()
      assert.deepStrictEqual(yield* leftovers(proxyWith(), idle, before, 0), [])
      assert.include(details(yield* leftovers(proxyWith(connection(0)), idle, before, 0)).join(), "1 connections")
      const busy = { inFlight: () => 2 }
      assert.include(details(yield* leftovers(proxyWith(), busy, before, 0)).join(), "2 operations are under way")

      const timer = setTimeout(() => {}, 60_000)
      assert.include(details(yield* leftovers(proxyWith(), idle, before, 0)).join(), " timers, ")
      clearTimeout(timer)

      const server: Server = createServer()
      const socket: Socket = yield* Effect.promise(() => connectTo(server))
      assert.include(details(yield* leftovers(proxyWith(), idle, before, 0)).join(), " sockets, ")
      socket.destroy()
      server.close()
    })
  )
})
