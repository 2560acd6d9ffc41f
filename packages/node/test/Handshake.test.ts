/** What a client says of itself to a real server, who may come in, and that no error shows a secret. */
import { inspect } from "node:util"
import { assert, layer } from "@effect/vitest"
import { Command, ConnectError, type RedisError } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { attemptOf, clientLines, clientOf, eventually, failing, isError, refusedBy } from "./support/client.ts"
import { leavesNothing } from "./support/resources.ts"

const SECRET = "s3cret/with?odd@signs"
const ADA = "ada's own word"
const password = Redacted.make(SECRET)

/** A server that asks for a password and knows one more user, who may only read. */
class Guarded extends Context.Service<Guarded, RedisServer["Service"]>()("Guarded") {
  static readonly layer = Layer.effect(
    Guarded,
    Effect.gen(function* () {
      const server = yield* RedisServer.make({ requirepass: SECRET })
      yield* server.admin(["ACL", "SETUSER", "ada", "on", `>${ADA}`, "~*", "+@read", "+@connection"])
      return server
    })
  )
}

/** Every way in which an error may reach a log. */
const everyFace = (error: ConnectError | RedisError): string => {
  const attempts = error instanceof ConnectError ? error.attempts : [error]
  const faces = [error, ...attempts, ...attempts.map(({ reason }) => reason)]
  return faces
    .flatMap((face) => [String(face), inspect(face, { depth: 20, showHidden: true }), JSON.stringify(face)])
    .concat(error.stack ?? "")
    .join("\n")
}

const showsNothing = (error: ConnectError | RedisError, ...secrets: ReadonlyArray<string>) => {
  for (const secret of [SECRET, ADA, encodeURIComponent(SECRET), ...secrets]) {
    assert.notInclude(everyFace(error), secret)
  }
}

layer(Guarded.layer, { excludeTestServices: true })("Handshake with a guarded server", (it) => {
  for (const protocol of [3, 2] as const) {
    it.effect(`lets in by password, by user and by URL (RESP${protocol})`, () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* Guarded
          const asDefault = yield* clientOf(server, { protocol, password })
          assert.isTrue(yield* asDefault.set("k", "v"))
          assert.strictEqual((yield* asDefault.clientInfo()).user, "default")
          const asAda = yield* clientOf(server, { protocol, username: "ada", password: Redacted.make(ADA) })
          assert.strictEqual(yield* asAda.get("k"), "v")
          assert.strictEqual((yield* asAda.clientInfo()).user, "ada")
          const url = `redis://ada:${encodeURIComponent(ADA)}@${server.host}:${server.port}/0?protocol=${protocol}`
          const byUrl = yield* clientOf(server, { url })
          assert.strictEqual((yield* byUrl.clientInfo()).user, "ada")
        })
      )
    )

    it.effect(`names a wrong password as WrongPassword and tries only once, eager or not (RESP${protocol})`, () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* Guarded
          const wrong = Redacted.make("guessed word")
          for (const start of ["eager", "failFast"] as const) {
            const error = yield* failing(clientOf(server, { protocol, password: wrong, start }))
            const attempt = isError(attemptOf(error, "WrongPassword"), "WrongPassword", "NotSent")
            assert.isFalse(attempt.transient)
            assert.strictEqual(attempt.node, `${server.host}:${server.port}`)
            showsNothing(error, "guessed word")
          }
          const user = yield* failing(clientOf(server, { protocol, username: "eve", password }))
          attemptOf(user, "WrongPassword")
          showsNothing(user)
        })
      )
    )

    it.effect(`names a missing password as NoAuth, of the client or of its first command (RESP${protocol})`, () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* Guarded
          attemptOf(yield* failing(clientOf(server, { protocol, database: 1 })), "NoAuth")
          const lazy = yield* clientOf(server, { protocol, start: "lazy", database: 1 })
          const error = isError(yield* failing(lazy.get("k")), "NoAuth", "NotSent")
          assert.strictEqual(error.command, "GET")
        })
      )
    )
  }

  it.effect("names what a user may not do as NoPermission, and the connection goes on", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* clientOf(yield* Guarded, { username: "ada", password: Redacted.make(ADA) })
        const error = isError(yield* failing(redis.set("k", SECRET)), "NoPermission", "Refused")
        assert.isFalse(error.transient)
        showsNothing(error)
        assert.strictEqual(yield* redis.ping(), "PONG")
      })
    )
  )

  it.effect("shows no argument and no credential in any error", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* Guarded
        const redis = yield* clientOf(server, { password })
        yield* redis.rPush("list", "x")
        const hidden = "hidden-argument"
        const operations = [
          redis.get("list"),
          redis.incrBy("list", 1),
          redis.set("k", hidden, { expiry: -1 }),
          redis.eval(`return redis.error_reply('ERR as the script says')`, { arguments: [hidden] }),
          redis.hSet("list", hidden, SECRET),
          redis.lSet("list", 99, SECRET),
          redis.expire("k", Number.NaN),
          // Servers repeat the arguments of a command that they do not know.
          redis.run(Command.raw("NOSUCHCOMMAND", [hidden, SECRET])),
          redis.pipeline([Command.raw("NOSUCHCOMMAND", [hidden, SECRET])]),
          redis.transaction([Command.raw("NOSUCHCOMMAND", [hidden, SECRET])])
        ]
        for (const operation of operations) showsNothing(yield* failing<unknown, RedisError, never>(operation), hidden)
        const badUrl = yield* failing(clientOf(server, { url: `redis://:${SECRET}@${server.host}:1` }))
        showsNothing(badUrl, "s3cret")
      })
    )
  )

  it.effect("closes its connections at the server's word and fails by name where its password was changed", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* Guarded
        yield* server.admin(["ACL", "SETUSER", "bob", "on", ">first", "~*", "+@all"])
        const redis = yield* clientOf(server, { username: "bob", password: Redacted.make("first") })
        assert.strictEqual(yield* redis.get("missing"), undefined)
        yield* server.admin(["ACL", "SETUSER", "bob", "resetpass", ">second"])
        yield* server.admin(["CLIENT", "KILL", "USER", "bob"])
        // It may have been written to the killed connection before the client knew of its end; what comes later is not even sent.
        assert.strictEqual((yield* failing(redis.get("k"))).reason._tag, "WrongPassword")
        const error = isError(yield* failing(redis.get("k")), "WrongPassword", "NotSent")
        showsNothing(error, "first", "second")
        yield* server.admin(["ACL", "SETUSER", "bob", "resetpass", ">first"])
        yield* eventually(
          "the client is let in again",
          Effect.map(Effect.result(redis.ping()), (result) => result._tag === "Success"),
          3
        )
      })
    )
  )
})

layer(RedisServer.layer(), { excludeTestServices: true })("Handshake with an open server", (it) => {
  it.effect("tells name, library and database", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        for (const protocol of [3, 2] as const) {
          const clientName = `name-${protocol}`
          const redis = yield* clientOf(server, { protocol, clientName, database: 5 })
          yield* redis.set("k", "v")
          const line = (yield* clientLines(server)).find((one) => one.includes(` name=${clientName} `))
          assert.match(line ?? "", / db=5 /)
          const [major, minor] = server.binary.version.split(".").map(Number)
          // CLIENT SETINFO is known since 7.2; its refusal by an older server is no failure.
          if (major! > 7 || (major === 7 && minor! >= 2))
            assert.match(line ?? "", / lib-name=reef lib-ver=\d+\.\d+\.\d+/)
          const speaks = yield* redis.clientInfo()
          if (speaks.fields.resp !== undefined) assert.strictEqual(speaks.fields.resp, String(protocol))
        }
        assert.include(String(yield* server.admin(["INFO", "keyspace"])), "db5:keys=1")
      })
    )
  )

  it.effect("ignores the refusal of a client name with a blank, which is only a courtesy", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* clientOf(yield* RedisServer, { clientName: "two words" })
        assert.strictEqual(yield* redis.clientGetName(), undefined)
      })
    )
  )

  it.effect("fails as DatabaseRefused where the database does not exist", () =>
    leavesNothing(
      Effect.gen(function* () {
        const opening = clientOf(yield* RedisServer, { database: 99, start: "failFast" })
        assert.match((yield* refusedBy(opening, "DatabaseRefused")).message, /DB index is out of range/)
      })
    )
  )

  it.effect("works within the narrowest budget of commands in flight", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const narrow = { maxInFlight: 1, maxInFlightBytes: 1, clientName: "narrow", database: 3 }
        for (const overload of ["suspend", "fail"] as const) {
          const redis = yield* clientOf(server, { ...narrow, overload })
          assert.strictEqual(yield* redis.ping(), "PONG")
        }
      })
    )
  )
})

layer(RedisServer.layer({ config: ["maxclients 4"] }), { excludeTestServices: true })(
  "Handshake with a full server",
  (it) => {
    it.effect("fails as ConnectFailed naming the server's words, and comes in once there is room", () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer
          const used = (yield* clientLines(server)).length
          const others = yield* Effect.forEach(Array.from({ length: 4 - used }), () => clientOf(server))
          const error = yield* refusedBy(clientOf(server, { start: "failFast" }), "ConnectFailed")
          assert.match(error.message, /max number of clients reached/)
          assert.isTrue(error.transient)
          // A lazy client meets the same with its first command, and waits within its deadline.
          const lazy = yield* clientOf(server, { start: "lazy", commandTimeout: 200 })
          const late = isError(yield* failing(lazy.ping()), "Timeout", "NotSent")
          assert.match(late.message, /max number of clients reached/)
          yield* others[0]!.clientKill({ ids: yield* others[1]!.clientId() })
          yield* server.admin(["CONFIG", "SET", "maxclients", "10"])
          assert.strictEqual(yield* lazy.run(Command.ping(), { deadline: "5 seconds" }), "PONG")
        })
      )
    )
  }
)

const renamed = ['rename-command AUTH ""', 'rename-command HELLO ""']

layer(RedisServer.layer({ config: renamed }), { excludeTestServices: true })(
  "Handshake with a crippled server",
  (it) => {
    it.effect("falls back to RESP2 where HELLO is unknown", () =>
      leavesNothing(
        Effect.gen(function* () {
          const redis = yield* clientOf(yield* RedisServer, { clientName: "old" })
          assert.strictEqual((yield* redis.clientInfo()).name, "old")
          yield* redis.hSet("h", { a: "1" })
          assert.deepStrictEqual(Object.entries(yield* redis.hGetAll("h")), [["a", "1"]])
        })
      )
    )

    it.effect(
      "fails as ConnectFailed where AUTH is unknown, and does not repeat the password that the server repeats",
      () =>
        leavesNothing(
          Effect.gen(function* () {
            const error = yield* failing(clientOf(yield* RedisServer, { username: "ada", password, start: "failFast" }))
            assert.match(attemptOf(error, "ConnectFailed").message, /unknown command/)
            showsNothing(error)
          })
        )
    )
  }
)
