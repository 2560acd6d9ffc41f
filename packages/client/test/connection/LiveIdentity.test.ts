import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as PubSub from "effect/PubSub"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { resolveOptions } from "../../src/ClientOptions.ts"
import { Command } from "../../src/Command.ts"
import { makeRuntime } from "../../src/connection/ConnectionRuntime.ts"
import { Credentials } from "../../src/connection/Credentials.ts"
import type { CredentialsService, Identity } from "../../src/connection/Identity.ts"
import { openConnection } from "../../src/connection/open.ts"
import { Transport } from "../../src/connection/Transport.ts"
import { failed, failing, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { array, error, FakeTransport, hello, int, ok, type Script } from "../support/FakeTransport.ts"

const identity = (password: string, username?: string): Identity => ({ username, password: Redacted.make(password) })

/** Credentials that the test changes. */
const changing = (first: Identity) =>
  Effect.gen(function* () {
    const hub = yield* PubSub.unbounded<Identity>()
    let latest = first
    const credentials: CredentialsService = {
      current: Effect.sync(() => latest),
      changes: Stream.fromPubSub(hub)
    }
    const change = (next: Identity) =>
      Effect.andThen(
        Effect.sync(() => {
          latest = next
        }),
        Effect.andThen(PubSub.publish(hub, next), settle)
      )
    return { credentials, change }
  })

/** What it said of itself, in order. */
const saidOf = (commands: ReadonlyArray<string>) => commands.filter((text) => /AUTH/.test(text))

describe("A change of the credentials", () => {
  it.effect("is said on the live connection between commands, and used by the next connect", () =>
    Effect.gen(function* () {
      const { change, credentials } = yield* changing(identity("one", "app"))
      const { redis, transport } = yield* standalone({ credentials }, ([name]) =>
        name === "AUTH" ? ok : name === "INCR" ? int(1) : undefined
      )
      yield* redis.incr("a")
      yield* change(identity("two", "app"))
      yield* redis.incr("a")
      const socket = transport.last()
      assert.deepStrictEqual(
        socket.commands.filter((text) => /AUTH|INCR/.test(text)),
        ["HELLO 3 AUTH app one", "INCR a", "AUTH app two", "INCR a"]
      )
      assert.strictEqual(transport.sockets.length, 1)
      socket.end()
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* redis.incr("a")
      assert.strictEqual(transport.last().commands[0], "HELLO 3 AUTH app two")
    })
  )

  for (const overload of ["suspend", "fail"] as const) {
    it.effect(
      `is said when all replies have come, and nothing is sent before it is answered (overload: ${overload})`,
      () =>
        Effect.gen(function* () {
          const { change, credentials } = yield* changing(identity("one", "app"))
          const { redis, transport } = yield* standalone({ credentials, overload }, ([name]) =>
            name === "AUTH" || name === "INCR" ? "" : undefined
          )
          const first = yield* start(redis.incr("a"))
          yield* change(identity("two", "app"))
          const socket = transport.last()
          const said = () => socket.commands.filter((text) => /AUTH|INCR/.test(text)).slice(1)
          const second = yield* start(redis.incr("b"))
          const third = yield* start(redis.incr("c"))
          yield* settle
          assert.deepStrictEqual(said(), ["INCR a"])
          socket.answer(int(1))
          yield* settle
          assert.deepStrictEqual(said(), ["INCR a", "AUTH app two"])
          assert.strictEqual(yield* succeeded(first), 1)
          // Refused, and answered: whose reply is whose stays clear.
          socket.answer(error("WRONGPASS no"))
          yield* settle
          assert.deepStrictEqual(said(), ["INCR a", "AUTH app two", "INCR b", "INCR c"])
          socket.answer(int(2))
          socket.answer(int(3))
          assert.deepStrictEqual([yield* succeeded(second), yield* succeeded(third)], [2, 3])
        })
    )
  }

  it.effect("that waits for its turn ends with the connection", () =>
    Effect.gen(function* () {
      const { change, credentials } = yield* changing(identity("one", "app"))
      const { redis, transport } = yield* standalone({ credentials }, ([name]) => (name === "INCR" ? "" : undefined))
      const hit = yield* start(redis.incr("a"))
      yield* change(identity("two", "app"))
      const held = yield* start(redis.incr("b"))
      transport.last().end()
      isError(yield* failed(hit), "ConnectionLost", "MayHaveExecuted")
      yield* settle
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(
        transport.last().commands.filter((text) => /AUTH|INCR/.test(text)),
        ["HELLO 3 AUTH app two", "INCR b"]
      )
      transport.last().answer(int(1))
      assert.strictEqual(yield* succeeded(held), 1)
    })
  )

  it.effect("to what the connection said already is not said again", () =>
    Effect.gen(function* () {
      const { change, credentials } = yield* changing(identity("one"))
      const { transport } = yield* standalone({ credentials }, ([name]) => (name === "AUTH" ? ok : undefined))
      yield* change(identity("one"))
      yield* change(identity("one", "default"))
      assert.deepStrictEqual(saidOf(transport.last().commands), ["HELLO 3 AUTH default one"])
      yield* change(identity("two"))
      assert.deepStrictEqual(saidOf(transport.last().commands).slice(1), ["AUTH two"])
    })
  )

  it.effect("that comes during the handshake is said after it", () =>
    Effect.gen(function* () {
      const { change, credentials } = yield* changing(identity("one"))
      const { redis, transport } = yield* standalone({ credentials, start: "lazy" }, ([name]) =>
        name === "HELLO" ? "" : name === "AUTH" ? ok : name === "INCR" ? int(1) : undefined
      )
      const fiber = yield* start(redis.incr("a"))
      yield* settle
      yield* change(identity("two"))
      transport.last().answer(hello("redis", "8.0.0"))
      assert.strictEqual(yield* succeeded(fiber), 1)
      assert.deepStrictEqual(saidOf(transport.last().commands), ["HELLO 3 AUTH default one", "AUTH two"])
    })
  )

  it.effect("that the server refuses leaves the connection as it was", () =>
    Effect.gen(function* () {
      const { change, credentials } = yield* changing(identity("one"))
      const { redis, transport } = yield* standalone({ credentials }, ([name]) =>
        name === "AUTH" ? error("WRONGPASS invalid") : name === "INCR" ? int(1) : undefined
      )
      yield* change(identity("two"))
      assert.strictEqual(yield* redis.incr("a"), 1)
      assert.strictEqual(transport.sockets.length, 1)
    })
  )

  it.effect("reaches a server without RESP3 and without users as a password alone", () =>
    Effect.gen(function* () {
      const { change, credentials } = yield* changing(identity("one", "app"))
      const script: Script = ([name, ...args]) =>
        name === "HELLO"
          ? error("ERR unknown command `HELLO`")
          : name === "AUTH"
            ? args.length === 1
              ? ok
              : error("ERR wrong number of arguments for 'auth' command")
            : undefined
      const { transport } = yield* standalone({ credentials }, script)
      yield* change(identity("two", "app"))
      assert.deepStrictEqual(saidOf(transport.last().commands).slice(1), [
        "AUTH app one",
        "AUTH one",
        "AUTH app two",
        "AUTH two"
      ])
    })
  )

  it.effect("waits while the connection is held, and only the last one is said then", () =>
    Effect.gen(function* () {
      const { change, credentials } = yield* changing(identity("one"))
      const { connection, transport } = yield* opened(credentials, ([name]) => (name === "AUTH" ? ok : undefined))
      connection.identity?.hold()
      yield* change(identity("two"))
      yield* change(identity("three"))
      assert.deepStrictEqual(saidOf(transport.last().commands).slice(1), [])
      connection.identity?.release()
      yield* settle
      assert.deepStrictEqual(saidOf(transport.last().commands).slice(1), ["AUTH three"])
    })
  )

  it.effect("ends to be listened to with the connection's scope", () =>
    Effect.gen(function* () {
      const { change, credentials } = yield* changing(identity("one"))
      const transport = yield* Effect.scoped(
        Effect.map(
          opened(credentials, () => undefined),
          (made) => made.transport
        )
      )
      yield* change(identity("two"))
      assert.deepStrictEqual(saidOf(transport.last().commands), ["HELLO 3 AUTH default one"])
    })
  )
})

/** A connection of `openConnection`, as a pool opens it. */
const opened = (credentials: CredentialsService, script: Script) =>
  Effect.gen(function* () {
    const transport = new FakeTransport()
    transport.script = script
    const { limits, profile } = Result.getOrThrow(resolveOptions({ credentials }, undefined))
    const runtime = yield* Effect.provideService(makeRuntime(limits), Transport, transport.service)
    const connection = yield* openConnection(runtime, { host: "h", port: 1 }, profile, () => {})
    yield* settle
    return { connection, transport }
  })

/** A server that knows who speaks until it forgets; `accepts` are the passwords that it takes now. */
const forgetful = () => {
  const state = { accepts: ["one"], known: true, inBlock: false, executed: 0 }
  const script: Script = (words) => {
    const [name] = words
    if (name === "HELLO" || name === "AUTH") {
      if (!state.accepts.includes(words.at(-1) ?? "")) return error("WRONGPASS invalid username-password pair")
      state.known = true
      return name === "AUTH" ? ok : undefined
    }
    if (name === "CLIENT") return undefined
    if (!state.known) return error("NOAUTH Authentication required.")
    if (name === "MULTI") {
      state.inBlock = true
      return ok
    }
    if (name === "EXEC") {
      state.inBlock = false
      return array([int(1)])
    }
    if (state.inBlock) return "+QUEUED\r\n"
    state.executed++
    return int(state.executed)
  }
  return { state, script }
}

describe("NOAUTH on a live connection", () => {
  it.effect("makes it say who it is once more: no command fails, none runs twice", () =>
    Effect.gen(function* () {
      const { script, state } = forgetful()
      const { redis, transport } = yield* standalone({ password: Redacted.make("one") }, script)
      state.known = false
      const fibers = yield* Effect.forEach(["a", "b", "c"], (key) => start(redis.incr(key)))
      yield* settle
      yield* TestClock.adjust("1 second")
      assert.sameMembers(yield* Effect.forEach(fibers, Fiber.join), [1, 2, 3])
      assert.deepStrictEqual(saidOf(transport.last().commands), ["HELLO 3 AUTH default one", "AUTH one"])
    })
  )

  it.effect("is overcome by pipelines and transactions, too", () =>
    Effect.gen(function* () {
      const { script, state } = forgetful()
      const { redis, transport } = yield* standalone({ password: Redacted.make("one") }, script)
      state.known = false
      const pipeline = yield* start(redis.pipeline([Command.incr("a"), Command.incr("b")]))
      yield* settle
      yield* TestClock.adjust("1 second")
      assert.sameMembers(yield* Fiber.join(pipeline), [1, 2])
      state.known = false
      const block = yield* start(redis.transaction([Command.incr("a")]))
      yield* settle
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(block), [1])
      assert.strictEqual(transport.sockets.length, 1)
    })
  )

  it.effect("replaces the connection where the newest credentials are refused there, once its replies have come", () =>
    Effect.gen(function* () {
      const { script, state } = forgetful()
      let latest = "one"
      const credentials = Credentials.provider(Effect.sync(() => identity(latest)))
      let refuseAuth = false
      const { redis, transport } = yield* standalone({ credentials }, (words, socket) =>
        words[0] === "AUTH" && refuseAuth ? error("WRONGPASS never here") : script(words, socket)
      )
      refuseAuth = true
      state.known = false
      latest = "two"
      state.accepts = ["two"]
      const fiber = yield* start(redis.incr("a"))
      yield* settle
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), 1)
      assert.strictEqual(transport.sockets.length, 2)
      assert.strictEqual(transport.last().commands[0], "HELLO 3 AUTH default two")
    })
  )

  it.effect("with credentials that are wrong everywhere is said to the caller, as what the handshake met", () =>
    Effect.gen(function* () {
      const { script, state } = forgetful()
      const { redis } = yield* standalone({ password: Redacted.make("one") }, script)
      state.known = false
      state.accepts = []
      const fiber = yield* start(failing(redis.incr("a")))
      yield* settle
      yield* TestClock.adjust("2 seconds")
      isError(yield* Fiber.join(fiber), "WrongPassword", "Refused")
      assert.strictEqual(state.executed, 0)
    })
  )

  it.effect("that goes on although AUTH was accepted is believed at last", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ password: Redacted.make("one") }, ([name]) =>
        name === "AUTH" ? ok : name === "INCR" ? error("NOAUTH Authentication required.") : undefined
      )
      const fiber = yield* start(failing(redis.incr("a")))
      yield* settle
      yield* TestClock.adjust("2 seconds")
      isError(yield* Fiber.join(fiber), "NoAuth", "Refused")
      assert.strictEqual(saidOf(transport.last().commands).length, 4)
    })
  )

  it.effect("fails at once in a client without credentials", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({}, ([name]) =>
        name === "INCR" ? error("NOAUTH Authentication required.") : undefined
      )
      const error_ = yield* failing(redis.incr("a"))
      isError(error_, "NoAuth", "Refused")
      assert.isFalse(error_.transient)
    })
  )
})
