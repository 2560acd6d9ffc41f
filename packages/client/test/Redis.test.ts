import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../src/command/Commands.ts"
import { raw } from "../src/command/custom.ts"
import { Transport } from "../src/connection/Transport.ts"
import { RedisError } from "../src/error/RedisError.ts"
import { Redis, type RedisOptions, type RedisService } from "../src/Redis.ts"
import { failed, isError, settle, standalone, start, succeeded } from "./support/client.ts"
import { array, bulk, error, FakeTransport, int, ok, type Script } from "./support/FakeTransport.ts"

const values: Script = ([name, key]) => (name === "GET" ? bulk(`value of ${key}`) : name === "SET" ? ok : undefined)

/** The transport that a client of these options has opened, and what it said. */
const opened = (options: RedisOptions) =>
  Effect.gen(function* () {
    const transport = new FakeTransport()
    transport.script = ([name]) => (name === "AUTH" ? ok : undefined)
    yield* Effect.provideService(Redis.make(options), Transport, transport.service)
    yield* settle
    return { address: transport.dialled[0], said: transport.last().commands }
  })

const refusedOptions = (options: RedisOptions) =>
  Effect.flip(Effect.provideService(Redis.make(options), Transport, new FakeTransport().service))

describe("Redis: where it connects", () => {
  it.effect("is the usual address, an address, a path, or a URL", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* opened({})).address, "127.0.0.1:6379")
      assert.strictEqual((yield* opened({ host: "h", port: 7 })).address, "h:7")
      assert.strictEqual((yield* opened({ path: "/run/redis.sock" })).address, "/run/redis.sock")
      assert.strictEqual((yield* opened({ url: "redis://h:7" })).address, "h:7")
      assert.strictEqual((yield* opened({ url: "valkey://[::1]" })).address, "[::1]:6379")
      assert.strictEqual((yield* opened({ url: "unix:///run/redis.sock" })).address, "/run/redis.sock")
    })
  )

  it.effect("takes what the URL says, and what is given beside it wins", () =>
    Effect.gen(function* () {
      const url = "redis://app:secret@h:7/3?clientName=from-url"
      const { said } = yield* opened({ url })
      assert.strictEqual(said[0], "HELLO 3 AUTH app secret")
      assert.includeMembers([...said], ["SELECT 3", "CLIENT SETNAME from-url"])
      const beside = yield* opened({ url, password: Redacted.make("other"), database: 0, clientName: "mine" })
      assert.strictEqual(beside.said[0], "HELLO 3 AUTH app other")
      assert.include(beside.said, "CLIENT SETNAME mine")
      assert.isFalse(beside.said.some((text) => text.startsWith("SELECT")))
    })
  )

  it.effect("refuses a URL that it does not understand, without showing the password", () =>
    Effect.gen(function* () {
      for (const url of [
        "http://h",
        "redis://app:s3cret@h:99999",
        "redis://app:s3cret@a,b",
        "redis://app:s3cret@h?x=1"
      ]) {
        const failure = yield* refusedOptions({ url })
        assert.strictEqual(failure.attempts[0]?.reason._tag, "InvalidArgument")
        assert.include(failure.message, "url: ")
        assert.notInclude(failure.message, "s3cret")
      }
    })
  )

  it.effect("refuses options that cannot be used", () =>
    Effect.gen(function* () {
      assert.include((yield* refusedOptions({ maxInFlight: 0 })).message, "maxInFlight: ")
      assert.include((yield* refusedOptions({ database: -1 })).message, "database: ")
    })
  )
})

describe("Redis: the ways to have one", () => {
  const transport = () => {
    const made = new FakeTransport()
    made.script = values
    return made
  }

  it.effect("as a layer, for methods and for commands that run by themselves", () =>
    Effect.gen(function* () {
      const { layer } = transport()
      const program = Effect.gen(function* () {
        const redis = yield* Redis
        return [yield* redis.get("a"), yield* commands.get("b")]
      })
      const result = yield* Effect.provide(program, Layer.provide(Redis.layer({ host: "h" }), layer))
      assert.deepStrictEqual(result, ["value of a", "value of b"])
    })
  )

  it.effect("as a layer from configuration", () =>
    Effect.gen(function* () {
      const made = transport()
      const more = { policies: { unavailable: Schedule.recurs(1) }, onOrphan: () => Effect.void }
      const layer = Redis.layerConfig({ host: Config.String("HOST"), port: Config.Port("PORT") }, more)
      const provider = ConfigProvider.fromEnv({ env: { HOST: "configured", PORT: "77" } })
      const value = yield* Redis.use((redis) => redis.get("a")).pipe(
        Effect.provide(layer.pipe(Layer.provide(made.layer), Layer.provide(ConfigProvider.layer(provider))))
      )
      assert.strictEqual(value, "value of a")
      assert.deepStrictEqual(made.dialled, ["configured:77"])
    })
  )

  it.effect("several in one program, each under its own tag", () =>
    Effect.gen(function* () {
      class CacheRedis extends Context.Service<CacheRedis, RedisService>()("test/CacheRedis") {}
      const made = transport()
      const both = Layer.mergeAll(Redis.layer({ host: "main" }), Redis.layerFor(CacheRedis, { host: "cache" }))
      const program = Effect.gen(function* () {
        yield* (yield* Redis).get("a")
        yield* (yield* CacheRedis).get("b")
      })
      yield* Effect.provide(program, Layer.provide(both, made.layer))
      assert.deepStrictEqual(made.last("main:6379").writes, [["GET a"]])
      assert.deepStrictEqual(made.last("cache:6379").writes, [["GET b"]])
      assert.strictEqual(made.open.length, 0)
    })
  )

  it.effect("with methods that may be taken apart from it", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({}, values)
      const { get, set } = redis
      assert.isTrue(yield* succeeded(yield* start(set("a", "1"))))
      assert.strictEqual(yield* succeeded(yield* start(get("a"))), "value of a")
    })
  )
})

describe("Redis: key prefixes", () => {
  const replies: Readonly<Record<string, string>> = {
    EXEC: array([bulk("1"), int(2)]),
    INCR: ok,
    KEYS: array([bulk("app:a"), bulk("app:b")]),
    MULTI: ok
  }

  it.effect("stand before the keys of methods, values, pipelines and transactions", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(
        { keyPrefix: "app:" },
        (words, socket) => replies[words[0] ?? ""] ?? values(words, socket)
      )
      assert.strictEqual(yield* succeeded(yield* start(redis.get("a"))), "value of app:a")
      assert.strictEqual(yield* succeeded(yield* start(redis.run(commands.get("a")))), "value of app:a")
      const deadline = { deadline: "1 second" } as const
      assert.strictEqual(yield* succeeded(yield* start(redis.run(commands.get("b"), deadline))), "value of app:b")
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.pipeline({ x: commands.get("c") }))), {
        x: "value of app:c"
      })
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.keys("*"))), ["a", "b"])
      yield* succeeded(yield* start(redis.transaction([commands.get("d"), commands.incr("e")])))
      assert.includeMembers([...transport.last().commands], ["KEYS app:*", "GET app:d", "INCR app:e"])
      const runs = commands.get("f").pipe(Effect.provideService(Redis, redis))
      assert.strictEqual(yield* succeeded(yield* start(runs)), "value of app:f")
    })
  )

  it.effect("of a part of a client come behind that of the whole, and the client keeps its own", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({ keyPrefix: "app:" }, values)
      const users = redis.withKeyPrefix("users:")
      const { get, withKeyPrefix } = users
      assert.strictEqual(yield* succeeded(yield* start(get("1"))), "value of app:users:1")
      assert.strictEqual(yield* succeeded(yield* start(withKeyPrefix("x:").get("1"))), "value of app:users:x:1")
      assert.strictEqual(yield* succeeded(yield* start(users.withKeyPrefix("").get("1"))), "value of app:users:1")
      assert.strictEqual(yield* succeeded(yield* start(redis.get("1"))), "value of app:1")
    })
  )

  it.effect("that are none refuse every command, as does a raw one without known keys", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({}, values)
      const before = transport.last().commands.length
      for (const prefix of [undefined, null, 5, "\ud800"] as Array<string>) {
        const broken = redis.withKeyPrefix(prefix)
        isError(yield* failed(yield* start(broken.get("a"))), "InvalidArgument", "NotSent")
        const again = broken.withKeyPrefix("b:").pipeline([commands.get("a")])
        if (prefix !== "\ud800") isError(yield* failed(yield* start(again)), "InvalidArgument", "NotSent")
      }
      const app = redis.withKeyPrefix("app:")
      isError(yield* failed(yield* start(app.run(raw("GET", ["a"])))), "InvalidArgument", "NotSent")
      isError(yield* failed(yield* start(app.transaction([raw("GET", ["a"])]))), "InvalidArgument", "NotSent")
      assert.strictEqual(transport.last().commands.length, before)
    })
  )
})

describe("Redis: failures that users meet", () => {
  it.effect("are tried again by Effect.retry where that is safe", () =>
    Effect.gen(function* () {
      let refusals = 0
      const { redis } = yield* standalone({ policies: { unavailable: Schedule.recurs(0) } }, ([name]) =>
        name === "INCR" ? (refusals++ < 3 ? error("LOADING data") : int(1)) : undefined
      )
      const fiber = yield* start(
        redis
          .incr("a")
          .pipe(Effect.retry({ while: RedisError.isSafeToRetry, schedule: Schedule.spaced("1 second"), times: 5 }))
      )
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(yield* succeeded(fiber), 1)
    })
  )

  it.effect("are not tried again by it where they may have executed", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const fiber = yield* start(
        redis
          .incr("a")
          .pipe(Effect.retry({ while: RedisError.isSafeToRetry, schedule: Schedule.spaced("1 second"), times: 5 }))
      )
      yield* settle
      transport.last().end()
      yield* TestClock.adjust("10 seconds")
      isError(yield* failed(fiber), "ConnectionLost", "MayHaveExecuted")
    })
  )

  it.effect("tell the command by its name and never show a value", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({}, ([name]) => (name === "SET" ? int(1) : undefined))
      const failure = yield* failed(yield* start(redis.set("key-4711", "value-4711")))
      isError(failure, "Decode", "Executed")
      for (const text of [failure.message, String(failure), JSON.stringify(failure)]) assert.notInclude(text, "4711")
      assert.strictEqual(failure.command, "SET")
    })
  )

  it.effect("of a batch can be a deadline that is none", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone()
      const batch = [commands.get("a")]
      isError(yield* failed(yield* start(redis.pipeline(batch, { deadline: 0 }))), "InvalidArgument", "NotSent")
      isError(yield* failed(yield* start(redis.transaction(batch, { deadline: -1 }))), "InvalidArgument", "NotSent")
    })
  )

  it.effect("do not lose a field that is called __proto__", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({}, values)
      const batch = Object.fromEntries([["__proto__", commands.get("a")]])
      const result = yield* succeeded(yield* start(redis.pipeline(batch)))
      assert.deepStrictEqual(Object.entries(result), [["__proto__", "value of a"]])
    })
  )
})
