import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../../src/command/Commands.ts"
import { ClientMetrics } from "../../src/telemetry/ClientMetrics.ts"
import { failed, settle, standalone, start, succeeded } from "../support/client.ts"
import { clustered, k1, k2, k3, moved } from "../support/FakeCluster.ts"
import { bulk, error, int, refused, type Script } from "../support/FakeTransport.ts"
import { series, withRegistry } from "../support/telemetry.ts"

const telemetry = { metrics: true }
const quick = { unavailable: Schedule.spaced("10 millis"), reconnect: Schedule.spaced("10 millis") }

const named = (name: string) =>
  Effect.map(series, (all) => all.flatMap(([id, attributes, count]) => (id === name ? [[attributes, count]] : [])))

const DURATION = "db.client.operation.duration"
const at = "server.address=h server.port=1"

const answering: Script = ([name, key]) => {
  if (name === "GET") return key === "list" ? error("WRONGTYPE wrong kind") : key === "never" ? "" : bulk("a value")
  return name === "INCR" ? int(1) : undefined
}

describe("ClientMetrics: leased connections", () => {
  it.effect("tell how many there are, how long callers waited and had them, and who got none in time", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({ telemetry, pool: { max: 1 } }, answering)
      const mine = yield* start(Effect.scoped(Effect.andThen(redis.lease(), Effect.sleep("2 seconds"))))
      yield* settle
      const late = yield* start(Effect.scoped(redis.lease({ deadline: "1 second" })))
      yield* settle
      const pool = "db.client.connection.pool.name=h:1 leased"
      const counts = named("db.client.connection.count")
      assert.deepInclude(yield* counts, [`${pool} db.client.connection.state=used`, 1])
      assert.deepInclude(yield* named("db.client.connection.pending_requests"), [pool, 1])
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* failed(late)).reason._tag, "PoolTimeout")
      yield* TestClock.adjust("1 second")
      yield* succeeded(mine)
      yield* settle
      assert.deepInclude(yield* counts, [`${pool} db.client.connection.state=idle`, 1])
      assert.deepInclude(yield* named("db.client.connection.timeouts"), [pool, 1])
      assert.deepInclude(yield* named("db.client.connection.wait_time"), [pool, 1])
      assert.deepInclude(yield* named("db.client.connection.use_time"), [pool, 1])
    }).pipe(withRegistry)
  )
})

describe("ClientMetrics: durations", () => {
  it.effect("are counted by operation, server and class of failure", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({ telemetry }, answering)
      yield* redis.get("a")
      yield* redis.get("b")
      yield* redis.incr("n")
      yield* redis.pipeline([commands.get("a"), commands.get("b")])
      yield* redis.pipeline([commands.get("a"), commands.get("list")], { mode: "result" })
      yield* failed(yield* start(redis.get("list")))
      const fiber = yield* start(redis.get("never"))
      yield* settle
      yield* Fiber.interrupt(fiber)
      const late = yield* start(redis.run(commands.get("never"), { deadline: "1 second" }))
      yield* TestClock.adjust("1 second")
      yield* failed(late)
      const failure = (type: string) => `${at} error.type=${type}`
      const answered = (code: string) => `${failure(code)} db.response.status_code=${code}`
      assert.sameDeepMembers(yield* named(DURATION), [
        [`db.operation.name=GET ${at}`, 2],
        [`db.operation.name=INCR ${at}`, 1],
        [`db.operation.name=PIPELINE GET ${at}`, 1],
        [`db.operation.name=PIPELINE GET ${answered("WRONGTYPE")}`, 1],
        [`db.operation.name=GET ${answered("WRONGTYPE")}`, 1],
        [`db.operation.name=GET ${failure("Interrupted")}`, 1],
        [`db.operation.name=GET ${failure("Timeout")}`, 1]
      ])
    }).pipe(withRegistry)
  )

  it.effect("are in seconds, in the buckets of the conventions", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ telemetry }, () => undefined)
      const fiber = yield* start(redis.get("a"))
      yield* TestClock.adjust("30 millis")
      transport.last().answer(bulk("x"))
      yield* succeeded(fiber)
      const found = (yield* Metric.snapshot).find(({ id }) => id === DURATION)
      assert(found?.type === "Histogram")
      assert.closeTo(found.state.sum, 0.03, 1e-6)
      assert.deepStrictEqual(found.state.buckets, [
        [0.001, 0],
        [0.005, 0],
        [0.01, 0],
        [0.05, 1],
        [0.1, 1],
        [0.5, 1],
        [1, 1],
        [5, 1],
        [10, 1]
      ])
      assert.include(found.attributes, { unit: "s", "db.system.name": "redis", "db.namespace": "0" })
    }).pipe(withRegistry)
  )

  it.effect("are not there by default", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({}, answering)
      yield* redis.get("a")
      assert.deepStrictEqual(yield* series, [])
    }).pipe(withRegistry)
  )
})

describe("ClientMetrics: connections", () => {
  it.effect(
    "tell what is open, in flight and waiting, what was opened anew, and nothing once the client is closed",
    () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { redis, transport } = yield* Scope.provide(
          standalone({ telemetry, policies: quick, maxInFlight: 1 }, answering),
          scope
        )
        const pool = "db.client.connection.pool.name=h:1"
        const count = "db.client.connection.count"
        const used = `${pool} db.client.connection.state=used`
        assert.deepInclude(yield* named(count), [used, 1])
        const [first, second] = [yield* start(redis.get("never")), yield* start(redis.incr("n"))]
        yield* settle
        assert.deepStrictEqual(yield* named("redis.client.in_flight"), [[at, 2]])
        assert.deepStrictEqual(yield* named("db.client.connection.pending_requests"), [[pool, 1]])
        assert.deepStrictEqual(yield* named("db.client.connection.max"), [[pool, 1]])
        yield* Fiber.interruptAll([first, second])

        transport.onOpen = () => refused()
        transport.last().end()
        yield* TestClock.adjust("10 millis")
        yield* settle
        assert.deepInclude(yield* named(count), [used, 0])
        transport.onOpen = () => Effect.void
        yield* TestClock.adjust("10 millis")
        yield* settle
        assert.strictEqual(yield* redis.incr("n"), 1)
        assert.deepInclude(yield* named(count), [used, 1])
        assert.deepStrictEqual(yield* named("redis.client.reconnects"), [[at, 1]])
        assert.sameDeepMembers(yield* named("db.client.connection.create_time"), [
          [pool, 2],
          [`${pool} error.type=ConnectFailed`, 1]
        ])
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(yield* named(count), [])
        assert.deepStrictEqual(yield* named("redis.client.in_flight"), [])
      }).pipe(withRegistry)
  )

  it.effect("of pools tell counts, limits, time-outs and times under the pool's name", () =>
    Effect.gen(function* () {
      const metrics = new ClientMetrics(yield* Effect.context<never>(), "0")
      const counts = { idle: 2, used: 3, pending: 1 }
      const pool = metrics.pool({ name: "h:1 leased", min: 1, max: 8, counts: () => counts })
      pool.timedOut()
      pool.waited(0.2)
      pool.used(0.3)
      const name = "db.client.connection.pool.name=h:1 leased"
      assert.sameDeepMembers(
        [...(yield* series)],
        [
          ["db.client.connection.count", `${name} db.client.connection.state=idle`, 2],
          ["db.client.connection.count", `${name} db.client.connection.state=used`, 3],
          ["db.client.connection.pending_requests", name, 1],
          ["db.client.connection.idle.min", name, 1],
          ["db.client.connection.max", name, 8],
          ["db.client.connection.timeouts", name, 1],
          ["db.client.connection.wait_time", name, 1],
          ["db.client.connection.use_time", name, 1]
        ]
      )
      pool.close()
      metrics.close()
      assert.lengthOf(yield* series, 3)
    }).pipe(withRegistry)
  )
})

describe("ClientMetrics: what happens on the way", () => {
  it.effect("counts retries by cause", () =>
    Effect.gen(function* () {
      let refusals = 2
      const { redis } = yield* standalone({ telemetry, policies: quick }, ([name]) =>
        name !== "INCR" ? undefined : refusals-- > 0 ? error("LOADING data") : int(1)
      )
      const fiber = yield* start(redis.incr("a"))
      yield* TestClock.adjust("1 second")
      yield* succeeded(fiber)
      assert.deepStrictEqual(yield* named("redis.client.retries"), [["error.type=LOADING", 2]])
    }).pipe(withRegistry)
  )

  it.effect("counts redirects by kind and refreshes by cause, and tells durations by node", () =>
    Effect.gen(function* () {
      let redirected = false
      const { cluster, redis } = yield* clustered({ telemetry }, (fake) => {
        fake.on = ([name, key], socket) => {
          if (name !== "GET" || key !== k1 || redirected || socket.address !== "n1:1") return undefined
          redirected = true
          return moved(k1, "n2:1")
        }
      })
      for (const key of [k1, k2, k3]) yield* succeeded(yield* start(redis.get(key)))
      const refreshed = yield* start(cluster.refresh)
      yield* TestClock.adjust("2 seconds")
      yield* succeeded(refreshed)
      assert.deepStrictEqual(yield* named("redis.client.redirects"), [["redis.client.redirect.kind=MOVED", 1]])
      const refreshes = yield* named("redis.client.topology.refreshes")
      assert.deepInclude(refreshes, ["redis.client.refresh.cause=start redis.client.refresh.outcome=success", 1])
      const durations = yield* named(DURATION)
      assert.deepInclude(durations, ["db.operation.name=GET server.address=n3 server.port=1", 1])
    }).pipe(withRegistry)
  )
})
