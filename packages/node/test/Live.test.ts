/** How applications get a client: layers, URLs, configuration, several clients in one program, and what happens when no server is there. */
import { assert, layer } from "@effect/vitest"
import {
  Command,
  type ConnectError,
  NodeTransport,
  Policies,
  Redis,
  RedisLive,
  type RedisService
} from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import {
  attemptOf,
  type ClientOptions,
  clientCount,
  connect,
  eventually,
  failing,
  isError,
  start
} from "./support/client.ts"
import { freePort, HOST } from "./support/ports.ts"
import { leavesNothing } from "./support/resources.ts"

const SECRET = "pass@word/with:all"

class CacheRedis extends Context.Service<CacheRedis, RedisService>()("CacheRedis") {}
class JobsRedis extends Context.Service<JobsRedis, RedisService>()("JobsRedis") {}

const own = Redis.use((redis) => redis.clientInfo())

layer(RedisServer.layer({ requirepass: SECRET, unixSocket: true }), { excludeTestServices: true })(
  "RedisLive",
  (it) => {
    it.effect("connects by a URL with credentials, database and typed parameters", () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer
          const auth = `default:${encodeURIComponent(SECRET)}@`
          const urls = [
            `redis://${auth}${server.host}:${server.port}/4?clientName=app&commandTimeout=2%20seconds`,
            `valkey://${auth}${server.host}:${server.port}?db=4&clientName=app`,
            `unix://:${encodeURIComponent(SECRET)}@${server.unixSocketPath}?db=4&clientName=app`,
            `REDIS://${auth}localhost:${server.port}/4?clientName=app`
          ]
          for (const url of urls) {
            const info = yield* Effect.provide(own, RedisLive({ url }))
            assert.deepInclude(info, { database: 4, name: "app", user: "default" }, url)
          }
          yield* eventually(
            "all of them are gone",
            Effect.map(clientCount(server, "app"), (count) => count === 0)
          )
        })
      )
    )

    it.effect("lets an option beside the URL win over the URL", () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer
          const url = `redis://:wrong@${server.host}:${server.port}/1?clientName=a`
          const options = { url, password: Redacted.make(SECRET), database: 2, clientName: "b" }
          assert.deepInclude(yield* Effect.provide(own, RedisLive(options)), { database: 2, name: "b" })
        })
      )
    )

    it.effect("runs a command value as an Effect on the Redis in context, with its views", () =>
      leavesNothing(
        Effect.gen(function* () {
          const { url } = yield* RedisServer
          const program = Effect.gen(function* () {
            yield* Command.set("k", "5")
            yield* Command.rPush("l", "a", "b")
            const length = yield* Command.get("k").pipe(Command.map((value) => (value ?? "").length))
            return [yield* Command.get("k"), yield* Command.asBytes(Command.lRange("l", 0, -1)), length] as const
          })
          const [value, list, length] = yield* Effect.provide(program, RedisLive({ url }))
          assert.strictEqual(value, "5")
          assert.deepStrictEqual(
            list,
            [Buffer.from("a"), Buffer.from("b")].map((item) => Uint8Array.from(item))
          )
          assert.strictEqual(length, 1)
        })
      )
    )

    it.effect("gives two clients of their own to one program, and methods that may be destructured", () =>
      leavesNothing(
        Effect.gen(function* () {
          const { url } = yield* RedisServer
          const both = Layer.mergeAll(
            Redis.layerFor(CacheRedis, { url, database: 8, clientName: "cache" }),
            Redis.layerFor(JobsRedis, { url, database: 9, clientName: "jobs" })
          ).pipe(Layer.provide(NodeTransport.layer))
          const program = Effect.gen(function* () {
            const { clientGetName, set } = yield* CacheRedis
            const jobs = yield* JobsRedis
            yield* set("only:cache", "1")
            return [yield* clientGetName(), yield* jobs.clientGetName(), yield* jobs.exists("only:cache")]
          })
          assert.deepStrictEqual(yield* Effect.provide(program, both), ["cache", "jobs", 0])
        })
      )
    )

    it.effect("takes its options from configuration, the password as a secret", () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer
          const configured = Redis.layerConfig({
            host: Config.String("REDIS_HOST"),
            port: Config.Port("REDIS_PORT"),
            password: Config.Redacted("REDIS_PASSWORD"),
            commandTimeout: Config.Duration("REDIS_TIMEOUT"),
            clientName: Config.String("REDIS_NAME").pipe(Config.withDefault("from-config"))
          })
          const env = { REDIS_HOST: server.host, REDIS_PORT: String(server.port), REDIS_PASSWORD: SECRET }
          const using = (given: Record<string, string>) =>
            Effect.provide(
              own,
              Layer.provide(configured, [
                NodeTransport.layer,
                ConfigProvider.layer(ConfigProvider.fromEnv({ env: given }))
              ])
            )
          assert.strictEqual((yield* using({ ...env, REDIS_TIMEOUT: "3 seconds" })).name, "from-config")
          const missing = yield* failing(using(env))
          assert.include(String(missing), "REDIS_TIMEOUT")
          assert.notInclude(String(missing), SECRET)
        })
      )
    )
  }
)

const invalid: ReadonlyArray<readonly [options: ClientOptions, named: RegExp]> = [
  [{ url: "http://h:1" }, /^.*url: scheme/],
  [{ url: "redis://a:1,b:2" }, /url: names several hosts/],
  [{ url: "redis://h:1?tiemout=1" }, /tiemout/],
  [{ url: "redis://h:1/x" }, /database/],
  [{ url: "redis://h:99999" }, /port/],
  [{ port: 70_000 }, /port: /],
  [{ port: 0 }, /port: /],
  [{ port: 1.5 }, /port: /],
  [{ host: "" }, /host: /],
  [{ path: "" }, /path: /],
  [{ database: -1 }, /database: /],
  [{ commandTimeout: 0 }, /commandTimeout: /],
  [{ connectTimeout: Number.NaN }, /connectTimeout: /],
  [{ closeTimeout: -5 }, /closeTimeout: /],
  [{ silence: "-1 seconds" }, /silence: /],
  [{ probeTimeout: 0 }, /probeTimeout: /],
  [{ maxInFlight: 0 }, /maxInFlight: /],
  [{ maxInFlightBytes: 0.5 }, /maxInFlightBytes: /]
]

layer(Layer.empty, { excludeTestServices: true })("RedisLive without a server", (it) => {
  it.effect("names the option that cannot be used, at once and without an attempt to connect", () =>
    leavesNothing(
      Effect.gen(function* () {
        for (const [options, named] of invalid) {
          const error: ConnectError = yield* failing(connect(options))
          const attempt = isError(attemptOf(error, "InvalidArgument"), "InvalidArgument", "NotSent")
          assert.match(attempt.reason.message, named)
        }
      })
    )
  )

  it.effect("waits for the server by default, and is built once it comes", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        yield* server.kill
        const building = yield* start(
          Effect.scoped(Effect.flatMap(connect({ url: server.url }), (redis) => redis.ping()))
        )
        yield* server.restart
        assert.strictEqual(yield* Fiber.join(building), "PONG")
      })
    )
  )

  it.effect("fails as ConnectError once the discovery policy ends", () =>
    leavesNothing(
      Effect.gen(function* () {
        const port = yield* freePort
        let seen = 0
        const discovery = Schedule.spaced("10 millis").pipe(
          Schedule.upTo({ times: 3 }),
          Schedule.tap(() => Effect.sync(() => seen++))
        )
        const error = yield* failing(connect({ host: HOST, port, policies: { discovery } }))
        isError(attemptOf(error, "ConnectFailed"), "ConnectFailed", "NotSent")
        assert.match(error.message, new RegExp(`${HOST}:${port}.*ECONNREFUSED`))
        assert.strictEqual(seen, 3)
      })
    )
  )

  it.effect("fails at once with failFast", () =>
    leavesNothing(
      Effect.gen(function* () {
        const port = yield* freePort
        const policies = { discovery: Schedule.tap(Policies.discovery, () => Effect.die("the policy was asked")) }
        const error = yield* failing(connect({ host: HOST, port, start: "failFast", policies }))
        attemptOf(error, "ConnectFailed")
      })
    )
  )

  it.effect("is built without a connection when lazy: the first command opens it, or fails within its deadline", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        yield* server.kill
        const redis = yield* connect({ url: server.url, start: "lazy" })
        const error = isError(yield* failing(redis.run(Command.ping(), { deadline: 100 })), "Timeout", "NotSent")
        assert.match(error.message, /ECONNREFUSED/)
        assert.isTrue(error.transient)
        const waiting = yield* start(redis.ping())
        yield* server.restart
        assert.strictEqual(yield* Fiber.join(waiting), "PONG")
      })
    )
  )
})
