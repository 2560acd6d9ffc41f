import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as References from "effect/References"
import * as Schedule from "effect/Schedule"
import * as Tracer from "effect/Tracer"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../../src/command/Commands.ts"
import { raw } from "../../src/command/custom.ts"
import { map } from "../../src/command/make.ts"
import type { RedisOptions, WithPolicies } from "../../src/Redis.ts"
import { settle, standalone, start, succeeded } from "../support/client.ts"
import { bulk, error, int, ok, type Script } from "../support/FakeTransport.ts"
import { Recorder } from "../support/telemetry.ts"

const server = { host: "127.0.0.1", port: 7001 }

const where = {
  "server.address": "127.0.0.1",
  "server.port": 7001,
  "network.peer.address": "127.0.0.1",
  "network.peer.port": 7001
}

const system = { "db.system.name": "redis", "db.namespace": "0" }

const answering: Script = ([name, key]) => {
  if (name === "GET") return key === "list" ? error("WRONGTYPE Operation against secret") : bulk("a value")
  if (name === "MULTI") return ok
  if (name === "SET") return ok
  if (name === "EVALSHA") return int(1)
  if (name === "INCR") return int(1)
  return undefined
}

const client = (options: RedisOptions & WithPolicies = {}, script: Script = answering) =>
  Effect.map(standalone({ ...server, telemetry: { spans: true }, ...options }, script), ({ redis, transport }) => ({
    redis,
    transport,
    recorder: new Recorder()
  }))

describe("Telemetry: spans", () => {
  it.effect("has one for each command, with the attributes of the conventions and nothing else", () =>
    Effect.gen(function* () {
      const { recorder, redis } = yield* client()
      yield* recorder.under(redis.get("user:1"))
      assert.deepStrictEqual(recorder.told, [
        {
          name: "GET",
          parent: undefined,
          attributes: { ...system, "db.operation.name": "GET", ...where },
          events: [],
          end: "success"
        }
      ])
      assert.strictEqual(recorder.spans[0]?.kind, "client")
    })
  )

  it.effect("names the database that is not 0, and leaves out the port that is usual", () =>
    Effect.gen(function* () {
      const { recorder, redis } = yield* client({ host: "db.example", port: 6379, database: 3 })
      yield* recorder.under(redis.get("a"))
      // Of a host that was dialled by its name the peer's address is not known.
      assert.deepStrictEqual(recorder.told[0]?.attributes, {
        "db.system.name": "redis",
        "db.namespace": "3",
        "db.operation.name": "GET",
        "server.address": "db.example"
      })
    })
  )

  it.effect("tells the query text only if asked, with keys and without values", () =>
    Effect.gen(function* () {
      const { recorder, redis } = yield* client({ telemetry: { spans: true, queryText: true }, keyPrefix: "app:" })
      yield* recorder.under(redis.set("user:1", "s3cret", { expiry: "1 hour" }))
      assert.strictEqual(recorder.told[0]?.attributes["db.query.text"], "SET app:user:1 ? ? ?")
      yield* recorder.under(redis.pipeline([commands.get("a"), commands.incr("b")]))
      assert.strictEqual(recorder.told[1]?.attributes["db.query.text"], "GET app:a; INCR app:b")
    })
  )

  it.effect("names the stored script that a command runs", () =>
    Effect.gen(function* () {
      const { recorder, redis } = yield* client()
      const sha = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
      yield* recorder.under(redis.evalSha(sha, { arguments: ["hidden"] }))
      assert.strictEqual(recorder.told[0]?.attributes["db.stored_procedure.name"], sha)
    })
  )

  it.effect("has one for a pipeline, named after its commands if they are of one kind", () =>
    Effect.gen(function* () {
      const { recorder, redis } = yield* client()
      yield* recorder.under(redis.pipeline([commands.get("a"), commands.get("b")]))
      yield* recorder.under(redis.pipeline([commands.get("a"), commands.incr("b")]))
      yield* recorder.under(redis.pipeline([commands.get("a")]))
      yield* recorder.under(redis.pipeline([]))
      const told = recorder.told.map(({ attributes, end, name }) => [name, attributes["db.operation.batch.size"], end])
      assert.deepStrictEqual(told, [
        ["PIPELINE GET", 2, "success"],
        ["PIPELINE", 2, "success"],
        ["PIPELINE GET", undefined, "success"],
        ["PIPELINE", 0, "success"]
      ])
      const size = { "db.operation.batch.size": 2 }
      assert.deepStrictEqual(recorder.told[0]?.attributes, {
        ...system,
        "db.operation.name": "PIPELINE GET",
        ...size,
        ...where
      })
      // An empty one goes nowhere.
      assert.isUndefined(recorder.told[3]?.attributes["server.address"])
    })
  )

  it.effect("has one for a transaction", () =>
    Effect.gen(function* () {
      const { recorder, redis } = yield* client({}, ([name]) =>
        name === "MULTI" ? ok : name === "INCR" ? "+QUEUED\r\n" : name === "EXEC" ? "*2\r\n:1\r\n:2\r\n" : undefined
      )
      yield* recorder.under(redis.transaction([commands.incr("a"), commands.incr("a")]))
      assert.deepStrictEqual(recorder.told, [
        {
          name: "MULTI INCR",
          parent: undefined,
          attributes: { ...system, "db.operation.name": "MULTI INCR", "db.operation.batch.size": 2, ...where },
          events: [],
          end: "success"
        }
      ])
    })
  )

  it.effect("stands under the span of the fiber that runs the command, with its annotations", () =>
    Effect.gen(function* () {
      const { recorder, redis } = yield* client()
      const program = Effect.andThen(redis.get("a"), redis.pipeline([commands.get("b")]))
      yield* program.pipe(
        Effect.annotateSpans("tenant", "acme"),
        Effect.withSpan("handler"),
        Effect.withSpan("request"),
        recorder.under
      )
      assert.deepStrictEqual(
        recorder.told.map(({ name, parent }) => [name, parent]),
        [
          ["request", undefined],
          ["handler", "request"],
          ["GET", "handler"],
          ["PIPELINE GET", "handler"]
        ]
      )
      assert.include(recorder.told[2]?.attributes, { tenant: "acme" })
      assert.strictEqual(recorder.spans[2]?.traceId, recorder.spans[0]?.traceId)
    })
  )

  it.effect("gives each run of one effect a span of its own", () =>
    Effect.gen(function* () {
      const { recorder, redis } = yield* client()
      const get = redis.get("a")
      yield* Effect.all([get, get, Effect.repeat(get, { times: 2 })], { concurrency: 3 }).pipe(recorder.under)
      assert.deepStrictEqual(
        recorder.told.map(({ end }) => end),
        ["success", "success", "success", "success", "success"]
      )
    })
  )

  it.effect("has none without a tracer, where tracing is disabled, or by default", () =>
    Effect.gen(function* () {
      const { recorder, redis } = yield* client()
      yield* redis.get("a")
      yield* redis.get("a").pipe(Effect.withTracerEnabled(false), recorder.under)
      const off = yield* client({ telemetry: undefined })
      yield* recorder.under(off.redis.get("a"))
      assert.deepStrictEqual(recorder.told, [])
    })
  )

  it.effect("follows the sampling of its parent and the level of tracing", () =>
    Effect.gen(function* () {
      const { recorder, redis } = yield* client()
      yield* redis.get("a").pipe(Effect.withSpan("unsampled", { sampled: false }), recorder.under)
      yield* redis.get("a").pipe(Effect.provideService(Tracer.MinimumTraceLevel, "Error"), recorder.under)
      assert.deepStrictEqual(
        recorder.spans.map(({ sampled }) => sampled),
        [false, false, false]
      )
    })
  )

  it.effect("has a duration by the clock, or none where timing is off", () =>
    Effect.gen(function* () {
      const { recorder, redis, transport } = yield* client({}, () => undefined)
      const fiber = yield* start(recorder.under(redis.get("a")))
      yield* TestClock.adjust("5 millis")
      transport.last().answer(bulk("x"))
      yield* succeeded(fiber)
      const status = recorder.spans[0]?.status
      assert(status?._tag === "Ended")
      assert.strictEqual(status.endTime - status.startTime, 5_000_000n)
      const untimed = yield* start(
        redis.get("a").pipe(Effect.provideService(References.TracerTimingEnabled, false), recorder.under)
      )
      yield* settle
      transport.last().answer(bulk("x"))
      yield* succeeded(untimed)
      const second = recorder.spans[1]?.status
      assert(second?._tag === "Ended")
      assert.deepStrictEqual([second.startTime, second.endTime], [0n, 0n])
    })
  )

  it.effect("ends as interrupted, without an error type, when the fiber is", () =>
    Effect.gen(function* () {
      const { recorder, redis } = yield* client({}, ([name]) => (name === "GET" ? "" : undefined))
      for (const effect of [Effect.asVoid(redis.get("a")), Effect.asVoid(redis.pipeline([commands.get("a")]))]) {
        const fiber = yield* start(recorder.under(effect))
        yield* settle
        yield* Fiber.interrupt(fiber)
      }
      assert.deepStrictEqual(
        recorder.told.map(({ attributes, end }) => [end, attributes["error.type"]]),
        [
          ["interrupted", undefined],
          ["interrupted", undefined]
        ]
      )
    })
  )

  it.effect("tells each attempt that is repeated as an event: of retries, redirects and reconnects", () =>
    Effect.gen(function* () {
      let turn = 0
      const script: Script = ([name], socket) => {
        if (name !== "GET") return undefined
        if (socket.address === "127.0.0.1:7002") return bulk("moved")
        turn++
        if (turn === 1) return error("LOADING the data")
        if (turn === 2) {
          queueMicrotask(() => socket.end())
          return ""
        }
        return error("REDIRECT 127.0.0.1:7002")
      }
      const quick = { unavailable: Schedule.spaced("10 millis"), reconnect: Schedule.spaced("10 millis") }
      const { recorder, redis } = yield* client({ policies: quick }, script)
      const fiber = yield* start(recorder.under(redis.get("a")))
      yield* TestClock.adjust("100 millis")
      assert.strictEqual(yield* succeeded(fiber), "moved")
      const [told] = recorder.told
      const node = { "redis.client.node": "127.0.0.1:7001" }
      const paced = { "redis.client.retry.delay": 0.01 }
      assert.deepStrictEqual(
        told?.events.filter(([, attributes]) => attributes["error.type"] !== "ConnectFailed"),
        [
          ["redis.client.retry", { "error.type": "LOADING", "redis.client.attempt": 2, ...paced, ...node }],
          ["redis.client.reconnect", { "error.type": "ConnectionLost", "redis.client.attempt": 3, ...paced, ...node }],
          [
            "redis.client.redirect",
            {
              "error.type": "REDIRECT",
              "redis.client.attempt": 4,
              "redis.client.retry.delay": 0,
              ...node,
              "redis.client.redirect.to": "127.0.0.1:7002"
            }
          ]
        ]
      )
      // The server that was meant, and the peer that answered.
      assert.strictEqual(told?.attributes["server.port"], 7001)
      assert.strictEqual(told?.attributes["network.peer.port"], 7002)
      assert.strictEqual(told?.end, "success")
    })
  )

  it.effect("has none for what needs no server, and one for what is refused before it is sent", () =>
    Effect.gen(function* () {
      const { recorder, redis } = yield* client()
      yield* recorder.under(redis.mGet([]))
      assert.deepStrictEqual(recorder.told, [])
      yield* Effect.exit(recorder.under(redis.run(raw("AUTH", ["p4ss"]))))
      assert.deepStrictEqual(recorder.told, [
        {
          name: "AUTH",
          parent: undefined,
          attributes: { ...system, "db.operation.name": "AUTH", "error.type": "InvalidArgument" },
          events: [],
          end: "AUTH: InvalidArgument [NotSent]"
        }
      ])
    })
  )

  it.effect("ends with what a user's view makes of the reply", () =>
    Effect.gen(function* () {
      const { recorder, redis } = yield* client()
      const thrown = map(commands.get("a"), () => {
        throw new Error("the value is s3cret")
      })
      assert.isTrue(Exit.isFailure(yield* Effect.exit(recorder.under(redis.run(thrown)))))
      assert.strictEqual(recorder.told[0]?.attributes["error.type"], "Decode")
      assert.strictEqual(recorder.told[0]?.end, "GET at 127.0.0.1:7001: Decode [Executed]")
      assert.strictEqual(yield* recorder.under(redis.run(map(commands.get("a"), (value) => value?.length))), 7)
      assert.strictEqual(recorder.told[1]?.end, "success")
    })
  )
})
