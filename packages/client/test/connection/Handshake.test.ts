import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Transport } from "../../src/connection/Transport.ts"
import type { Reason } from "../../src/error/Reason.ts"
import { ConnectError } from "../../src/error/RedisError.ts"
import { Redis, type RedisOptions } from "../../src/Redis.ts"
import { endingWithServers, failed, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { array, bulk, error, FakeTransport, hello, int, ok, type Script } from "../support/FakeTransport.ts"

const PASSWORD = "s3cret-Passw0rd"
const password = Redacted.make(PASSWORD)
const courtesies = ["CLIENT SETINFO LIB-NAME reef", "CLIENT SETINFO LIB-VER 0.1.0"]

/** What the client says to a server, until it may be used. */
const saidTo = (options: RedisOptions, script: Script) =>
  Effect.map(standalone({ start: "failFast", ...options }, script), ({ transport }) => transport.last().commands)

/** Why the client cannot be used. */
const refusedBy = (options: RedisOptions, script: Script) =>
  Effect.gen(function* () {
    const transport = new FakeTransport()
    transport.script = script
    const made = Redis.make({ host: "h", port: 1, start: "failFast", ...options })
    const refused = yield* Effect.flip(Effect.provideService(made, Transport, transport.service))
    yield* endingWithServers(transport)
    yield* settle
    assert.instanceOf(refused, ConnectError)
    assert.strictEqual(refused.attempts.length, 1)
    const [attempt] = refused.attempts
    assert.isTrue(attempt?.execution === "NotSent")
    for (const text of [refused.message, String(refused), JSON.stringify(refused), Cause.pretty(Cause.fail(refused))]) {
      assert.notInclude(text, PASSWORD)
    }
    assert.isFalse(transport.last().open)
    return { said: transport.last().commands, tag: attempt?.reason._tag, message: refused.message }
  })

describe("Handshake with a server that knows RESP3", () => {
  it.effect("says HELLO 3 and introduces the library", () =>
    Effect.map(
      saidTo({}, () => undefined),
      (said) => assert.deepStrictEqual(said, ["HELLO 3", ...courtesies])
    )
  )

  it.effect("sends the credentials with HELLO: the default user's without a name", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* saidTo({ password }, () => undefined))[0], `HELLO 3 AUTH default ${PASSWORD}`)
      const named = yield* saidTo({ username: "app", password }, () => undefined)
      assert.deepStrictEqual(named[0], `HELLO 3 AUTH app ${PASSWORD}`)
    })
  )

  it.effect("selects the database before anything of the user's", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ start: "lazy", database: 5, clientName: "app" })
      yield* start(redis.incr("a"))
      yield* settle
      const said = transport.last().commands
      assert.sameMembers(said.slice(1, -1), [...courtesies, "SELECT 5", "CLIENT SETNAME app"])
      assert.strictEqual(said.at(-1), "INCR a")
    })
  )

  it.effect("asks for redirects of Valkey only", () =>
    Effect.gen(function* () {
      const valkey = yield* saidTo({}, ([name]) => (name === "HELLO" ? hello("valkey", "8.1.0") : undefined))
      assert.include(valkey, "CLIENT CAPA redirect")
      const redis = yield* saidTo({}, () => undefined)
      assert.notInclude(redis, "CLIENT CAPA redirect")
    })
  )

  it.effect("uses the connection although the server refuses name, library and capabilities", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ clientName: "a b" }, ([name]) =>
        name === "HELLO" ? hello("valkey", "7.2.5") : name === "CLIENT" ? error("ERR unknown subcommand") : undefined
      )
      const fiber = yield* start(redis.incr("a"))
      yield* settle
      transport.last().answer(int(1))
      assert.strictEqual(yield* succeeded(fiber), 1)
    })
  )
})

describe("Handshake with a server that does not", () => {
  const old: ReadonlyArray<readonly [name: string, reply: string]> = [
    ["one that knows no RESP3", error("NOPROTO unsupported protocol version")],
    ["one before version 6", error("ERR unknown command `HELLO`, with args beginning with: `3`, ")],
    ["a proxy", error("ERR unsupported command 'HELLO'")]
  ]
  for (const [name, reply] of old) {
    it.effect(`falls back to RESP2 before ${name}, and sends the user and the password by AUTH`, () =>
      Effect.gen(function* () {
        const script: Script = ([word]) => (word === "HELLO" ? reply : word === "AUTH" ? ok : undefined)
        assert.deepStrictEqual(yield* saidTo({}, script), ["HELLO 3", ...courtesies])
        const said = yield* saidTo({ username: "app", password }, script)
        assert.deepStrictEqual(said.slice(1), [`AUTH app ${PASSWORD}`, ...courtesies])
      })
    )
  }

  it.effect("sends the password alone where AUTH takes no user", () =>
    Effect.gen(function* () {
      const script: Script = ([word, ...args]) =>
        word === "HELLO"
          ? error(
              `ERR unknown command \`HELLO\`, with args beginning with: \`3\`, \`AUTH\`, \`app\`, \`${PASSWORD}\`, `
            )
          : word === "AUTH"
            ? args.length === 1
              ? ok
              : error("ERR wrong number of arguments for 'auth' command")
            : undefined
      const said = yield* saidTo({ username: "app", password }, script)
      assert.deepStrictEqual(said.slice(1, 3), [`AUTH app ${PASSWORD}`, `AUTH ${PASSWORD}`])
      assert.deepStrictEqual((yield* saidTo({ password }, script)).slice(1, 2), [`AUTH ${PASSWORD}`])
    })
  )

  // Redis since 7.2, and Valkey before 8.1.3, drop the refusal of AUTH behind a reply that is not written yet.
  it.effect("sends AUTH when nothing waits for a reply, and nothing more until it is answered", () =>
    Effect.gen(function* () {
      const script: Script = ([word]) => (word === "HELLO" || word === "AUTH" ? "" : undefined)
      const { redis, transport } = yield* standalone({ start: "lazy", password }, script)
      yield* start(redis.incr("a"))
      yield* settle
      const socket = transport.last()
      assert.deepStrictEqual(socket.commands, [`HELLO 3 AUTH default ${PASSWORD}`])
      socket.answer(error("ERR unknown command 'HELLO'"))
      yield* settle
      assert.deepStrictEqual(socket.commands.slice(1), [`AUTH ${PASSWORD}`])
      socket.answer(ok)
      yield* settle
      assert.deepStrictEqual(socket.commands.slice(2), [...courtesies, "INCR a"])
    })
  )

  it.effect("does not ask for RESP3 when it was told so", () =>
    Effect.gen(function* () {
      const script: Script = ([word]) => (word === "AUTH" ? ok : undefined)
      assert.deepStrictEqual(yield* saidTo({ protocol: 2 }, script), courtesies)
      assert.deepStrictEqual((yield* saidTo({ protocol: 2, password }, script))[0], `AUTH ${PASSWORD}`)
    })
  )
})

describe("Handshake that is refused", () => {
  const hellos: ReadonlyArray<readonly [reply: string, tag: Reason["_tag"]]> = [
    [error("WRONGPASS invalid username-password pair or user is disabled."), "WrongPassword"],
    [error("NOAUTH HELLO must be called with the client already authenticated"), "NoAuth"],
    [error("NOPERM this user has no permissions to run the 'hello' command"), "NoPermission"],
    [error("ERR max number of clients reached"), "ConnectFailed"],
    [error(`ERR Protocol error near ${PASSWORD}`), "ConnectFailed"],
    [error(`WRONGPASS for ${PASSWORD}`), "WrongPassword"]
  ]
  for (const [reply, tag] of hellos) {
    it.effect(`is ${tag} for ${reply.slice(1, 20)}…, and shows no password`, () =>
      Effect.gen(function* () {
        const refused = yield* refusedBy({ password }, ([name]) => (name === "HELLO" ? reply : undefined))
        assert.strictEqual(refused.tag, tag)
        assert.deepStrictEqual(refused.said.length, 1)
      })
    )
  }

  it.effect("is ConnectFailed when the first bytes turn the connection away unasked", () =>
    Effect.gen(function* () {
      const transport = new FakeTransport()
      transport.script = () => ""
      transport.onOpen = () =>
        Effect.sync(() => queueMicrotask(() => transport.last().answer(error("ERR max number of clients reached"))))
      const made = Redis.make({ host: "h", port: 1, start: "failFast" })
      const refused = yield* Effect.flip(Effect.provideService(made, Transport, transport.service))
      assert.strictEqual(refused.attempts[0]?.reason._tag, "ConnectFailed")
      assert.include(refused.message, "max number of clients reached")
    })
  )

  it.effect("keeps the reason of AUTH, also as servers before version 6 say it", () =>
    Effect.gen(function* () {
      const script =
        (reply: string): Script =>
        ([name]) =>
          name === "HELLO" ? error("ERR unknown command 'HELLO'") : name === "AUTH" ? error(reply) : undefined
      assert.strictEqual((yield* refusedBy({ password }, script("WRONGPASS no"))).tag, "WrongPassword")
      assert.strictEqual((yield* refusedBy({ password }, script("ERR invalid password"))).tag, "WrongPassword")
      const none = yield* refusedBy({ password }, script("ERR Client sent AUTH, but no password is set"))
      assert.strictEqual(none.tag, "ConnectFailed")
    })
  )

  it.effect("is fatal when the database cannot be selected", () =>
    Effect.gen(function* () {
      const refused = yield* refusedBy({ database: 99 }, ([name]) =>
        name === "SELECT" ? error("ERR DB index is out of range") : undefined
      )
      assert.strictEqual(refused.tag, "DatabaseRefused")
      assert.include(refused.message, "DB index is out of range")
      const loading = yield* refusedBy({ database: 9 }, ([name]) =>
        name === "SELECT" ? error("LOADING Redis is loading the dataset in memory") : undefined
      )
      assert.strictEqual(loading.tag, "ConnectFailed")
    })
  )

  it.effect("survives an answer to HELLO that is none, and bytes that are not RESP", () =>
    Effect.gen(function* () {
      for (const reply of [array([bulk("odd")]), bulk("text"), int(3), "%1\r\n:1\r\n:2\r\n"]) {
        yield* saidTo({}, ([name]) => (name === "HELLO" ? reply : undefined))
      }
      const http = yield* refusedBy({}, ([name]) => (name === "HELLO" ? "HTTP/1.1 400 Bad Request\r\n" : undefined))
      assert.strictEqual(http.tag, "ConnectFailed")
    })
  )

  it.effect("fails commands as the reason says, nothing was sent", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({ start: "lazy", password }, ([name]) =>
        name === "HELLO" ? error("WRONGPASS invalid username-password pair") : undefined
      )
      isError(yield* failed(yield* start(redis.incr("a"))), "WrongPassword", "NotSent")
    })
  )
})
