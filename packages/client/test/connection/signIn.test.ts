import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { Credentials } from "../../src/connection/Credentials.ts"
import type { Identity } from "../../src/connection/Identity.ts"
import { CredentialsUnavailable } from "../../src/error/Reason.ts"
import { failing, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { error, type FakeTransport, int, type Script } from "../support/FakeTransport.ts"

const identity = (password: string): Identity => ({ password: Redacted.make(password) })

/** A server that takes this password alone. */
const takes =
  (password: string): Script =>
  ([name, ...args]) =>
    name === "HELLO" && args.at(-1) !== password ? error("WRONGPASS invalid") : name === "INCR" ? int(1) : undefined

const said = (transport: FakeTransport) => transport.last().commands.filter((text) => text.startsWith("HELLO"))

describe("signIn", () => {
  it.effect("asks a provider on each connect, and once more on the same socket where its answer is refused", () =>
    Effect.gen(function* () {
      let asked = 0
      const credentials = Credentials.provider(Effect.sync(() => identity(`p${++asked}`)))
      const { transport } = yield* standalone({ credentials }, takes("p2"))
      assert.deepStrictEqual(said(transport), ["HELLO 3 AUTH default p1", "HELLO 3 AUTH default p2"])
      assert.strictEqual(transport.sockets.length, 1)
    })
  )

  it.effect("does not repeat credentials that were refused", () =>
    Effect.gen(function* () {
      const credentials = Credentials.fixed(identity("wrong"))
      const { redis, transport } = yield* standalone({ credentials, start: "lazy" }, takes("right"))
      const fiber = yield* start(failing(redis.incr("a")))
      yield* settle
      isError(yield* succeeded(fiber), "WrongPassword", "NotSent")
      assert.strictEqual(said(transport).length, 1)
    })
  )

  it.effect("awaits a change for a moment where the server knows of it first", () =>
    Effect.gen(function* () {
      const hub = yield* PubSub.unbounded<Identity>()
      const credentials = { current: Effect.succeed(identity("old")), changes: Stream.fromPubSub(hub) }
      const { redis, transport } = yield* standalone({ credentials, start: "lazy" }, takes("new"))
      const fiber = yield* start(redis.incr("a"))
      yield* settle
      yield* TestClock.adjust(400)
      yield* PubSub.publish(hub, identity("new"))
      assert.strictEqual(yield* succeeded(fiber), 1)
      assert.deepStrictEqual(said(transport), ["HELLO 3 AUTH default old", "HELLO 3 AUTH default new"])
      assert.strictEqual(transport.sockets.length, 1)
    })
  )

  it.effect("refuses after that moment", () =>
    Effect.gen(function* () {
      const credentials = { current: Effect.succeed(identity("old")), changes: Stream.never }
      const { redis } = yield* standalone({ credentials, start: "lazy" }, takes("new"))
      const fiber = yield* start(failing(redis.incr("a")))
      yield* settle
      yield* TestClock.adjust(500)
      isError(yield* succeeded(fiber), "WrongPassword", "NotSent")
    })
  )

  it.effect(
    "without credentials to be had fails by its own reason, which passes: the command waits for the next try",
    () =>
      Effect.gen(function* () {
        let down = true
        const gone = new CredentialsUnavailable({ message: "none", cause: Redacted.make(undefined) })
        const credentials = {
          current: Effect.suspend(() => (down ? Effect.fail(gone) : Effect.succeed(identity("p")))),
          changes: Stream.empty
        }
        const { redis } = yield* standalone({ credentials, start: "lazy", commandTimeout: "5 seconds" }, takes("p"))
        const late = yield* start(redis.incr("a"))
        yield* settle
        yield* TestClock.adjust(200)
        down = false
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(yield* succeeded(late), 1)
        const eager = standalone({ credentials: { ...credentials, current: Effect.fail(gone) }, start: "failFast" })
        const refused = yield* Effect.flip(eager)
        assert.deepStrictEqual(
          refused.attempts.map(({ reason }) => reason._tag),
          ["CredentialsUnavailable"]
        )
      })
  )

  it.effect("that waits for credentials for ever ends with the connect time-out", () =>
    Effect.gen(function* () {
      const credentials = { current: Effect.never, changes: Stream.empty }
      const made = yield* start(Effect.flip(standalone({ credentials, start: "failFast", connectTimeout: "1 second" })))
      yield* settle
      yield* TestClock.adjust("1 second")
      assert.match((yield* succeeded(made)).message, /not usable within 1000 ms/)
    })
  )
})
