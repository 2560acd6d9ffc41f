import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { Credentials } from "../../src/connection/Credentials.ts"
import type { CredentialsService, Identity } from "../../src/connection/Identity.ts"
import { standalone, start } from "../support/client.ts"

const identity = (password: string, username?: string): Identity => ({ username, password: Redacted.make(password) })

const shown = ({ password, username }: Identity) => `${username}:${Redacted.value(password)}`
const current = (credentials: CredentialsService) => Effect.map(credentials.current, shown)

describe("Credentials", () => {
  it.effect("that are fixed stay what they are", () =>
    Effect.gen(function* () {
      const credentials = Credentials.fixed(identity("a", "app"))
      assert.strictEqual(yield* current(credentials), "app:a")
      assert.deepStrictEqual(yield* Stream.runCollect(credentials.changes), [])
    })
  )

  it.effect("come from configuration", () =>
    Effect.gen(function* () {
      const env = ConfigProvider.fromEnv({ env: { REDIS_USER: "app", REDIS_PASSWORD: "a" } })
      const wanted = { username: Config.String("REDIS_USER"), password: Config.Redacted("REDIS_PASSWORD") }
      const credentials = yield* Effect.provide(Credentials.config(wanted), ConfigProvider.layer(env))
      assert.strictEqual(yield* current(credentials), "app:a")
    })
  )

  it.effect("of a provider are asked for each time; its failure shows its kind and not its text", () =>
    Effect.gen(function* () {
      let asked = 0
      const credentials = Credentials.provider(
        Effect.suspend(() => {
          asked++
          return asked === 2
            ? Effect.fail(new TypeError("token abc was refused"))
            : Effect.succeed(identity(`p${asked}`))
        })
      )
      assert.strictEqual(yield* current(credentials), "undefined:p1")
      const failure = yield* Effect.flip(credentials.current)
      assert.strictEqual(failure._tag, "CredentialsUnavailable")
      assert.strictEqual(failure.message, "the source of the credentials failed with TypeError")
      assert.notInclude(JSON.stringify(failure), "abc")
      if (failure._tag === "CredentialsUnavailable") assert.instanceOf(Redacted.value(failure.cause), TypeError)
      assert.strictEqual(yield* current(credentials), "undefined:p3")
    })
  )

  it.effect("of a stream are the last that it gave; the first is awaited, and its end changes nothing", () =>
    Effect.gen(function* () {
      const queue = yield* Queue.unbounded<Identity, unknown>()
      const credentials = yield* Credentials.stream(Stream.fromQueue(queue))
      const first = yield* start(current(credentials))
      const changes = yield* start(Stream.runCollect(Stream.take(credentials.changes, 2)))
      yield* Queue.offer(queue, identity("a"))
      assert.strictEqual(yield* Fiber.join(first), "undefined:a")
      yield* Queue.offer(queue, identity("b"))
      assert.deepStrictEqual((yield* Fiber.join(changes)).map(shown), ["undefined:a", "undefined:b"])
      yield* Queue.fail(queue, "over")
      assert.strictEqual(yield* current(credentials), "undefined:b")
    })
  )

  it.effect("of a stream that gives none are unavailable", () =>
    Effect.gen(function* () {
      for (const stream of [Stream.empty, Stream.fail("secret"), Stream.die(new Error("secret"))]) {
        const credentials = yield* Credentials.stream(stream)
        const failure = yield* Effect.flip(credentials.current)
        assert.strictEqual(failure._tag, "CredentialsUnavailable")
        assert.notInclude(failure.message, "secret")
      }
    })
  )

  it.effect("are taken from the context where a client is given none of its own", () =>
    Effect.gen(function* () {
      const layer = Credentials.layer(identity("of the context", "app"))
      const ambient = yield* Effect.provide(standalone(), layer)
      assert.strictEqual(ambient.transport.last().commands[0], "HELLO 3 AUTH app of the context")
      const own = yield* Effect.provide(standalone({ password: Redacted.make("own") }), layer)
      assert.strictEqual(own.transport.last().commands[0], "HELLO 3 AUTH default own")
      const given = yield* Effect.provide(standalone({ credentials: Credentials.fixed(identity("given")) }), layer)
      assert.strictEqual(given.transport.last().commands[0], "HELLO 3 AUTH default given")
    })
  )

  it.effect("have layers: from configuration, and of tokens", () =>
    Effect.gen(function* () {
      const env = ConfigProvider.fromEnv({ env: { PASSWORD: "c" } })
      const ofConfig = Credentials.layerConfig({ password: Config.Redacted("PASSWORD") })
      const byConfig = yield* Effect.provide(standalone(), Layer.provide(ofConfig, ConfigProvider.layer(env)))
      assert.strictEqual(byConfig.transport.last().commands[0], "HELLO 3 AUTH default c")
      const tokens = Credentials.layerTokens({ request: Effect.succeed(identity("t")) })
      const byToken = yield* Effect.provide(standalone(), tokens)
      assert.strictEqual(byToken.transport.last().commands[0], "HELLO 3 AUTH default t")
    })
  )

  it.effect("beside a username or password, of the options or the URL, are refused by name", () =>
    Effect.gen(function* () {
      const credentials = Credentials.fixed(identity("a"))
      const both = [
        { credentials, username: "app" },
        { credentials, password: Redacted.make("b") },
        { credentials, url: "redis://app:b@h:1", host: undefined, port: undefined }
      ]
      for (const options of both) {
        const error = yield* Effect.flip(standalone(options))
        assert.include(error.message, "credentials: ")
        assert.strictEqual(error.attempts[0]?.reason._tag, "InvalidArgument")
      }
    })
  )
})
