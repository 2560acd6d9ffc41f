/** Access tokens that are replaced under load: the server's password really changes each time. */
import { assert, describe, it } from "@effect/vitest"
import { Command, Credentials } from "@reef-redis/node"
import { RedisServer, type ServerControls } from "@reef-redis/testing"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { callsOf, clientCount, clientLines, clientOf, eventually, start } from "../support/client.ts"
import { leavesNothing } from "../support/resources.ts"

const LIFE_MILLIS = 1000
const SECONDS = 20
const FIBERS = 50
const USER = "app"

/** Gives tokens as an identity provider does: from the moment that one is given, the server takes no older one. */
const issuerFor = (server: ServerControls) => {
  let issued = 0
  const request = Effect.gen(function* () {
    const token = `token-${++issued}-${Math.random()}`
    yield* server.admin(["ACL", "SETUSER", USER, "resetpass", `>${token}`])
    return { username: USER, password: Redacted.make(token), expiresAt: (yield* Clock.currentTimeMillis) + LIFE_MILLIS }
  })
  return { request, issued: () => issued }
}

/** How many attempts to authenticate the server has refused. */
const refusals = (server: ServerControls) =>
  Effect.map(server.admin(["ACL", "LOG", "128"]), (entries) => {
    assert.isArray(entries)
    return (entries as ReadonlyArray<unknown>).filter((entry) => String(entry).includes("auth")).length
  })

describe("Tokens of one second", () => {
  it.live(
    `for ${SECONDS} s under ${FIBERS} fibers fail no command and meet no refusal, reconnects included`,
    () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer.make({ users: [{ name: USER, password: "never used by the client" }] })
          const { issued, request } = issuerFor(server)
          const credentials = yield* Credentials.tokens({ request, refreshRatio: 0.8 })
          const redis = yield* clientOf(server, { credentials, clientName: "rotated" })
          yield* redis.set("shared", "value")
          yield* server.admin(["ACL", "LOG", "RESET"])
          const auths = yield* callsOf(server, "auth")
          let stop = false
          let reads = 0
          const worker = (id: number) =>
            Effect.gen(function* () {
              for (let round = 0; !stop; round++) {
                assert.strictEqual(yield* redis.incr(`n:${id}`), round + 1)
                assert.strictEqual(yield* redis.get("shared"), "value")
                reads++
                yield* Effect.sleep(1)
              }
            })
          const workers = yield* Effect.forEach(
            Array.from({ length: FIBERS }, (_, id) => id),
            (id) => start(worker(id))
          )
          yield* Effect.sleep(SECONDS * 1000)
          stop = true
          for (const fiber of workers) yield* Fiber.join(fiber)
          assert.isAtLeast(issued(), SECONDS)
          assert.isAtLeast((yield* callsOf(server, "auth")) - auths, SECONDS - 1)
          assert.strictEqual(yield* refusals(server), 0)
          assert.strictEqual(yield* clientCount(server, "rotated"), 1)
          assert.isAbove(reads, FIBERS * SECONDS)
          const [line] = (yield* clientLines(server)).filter((text) => text.includes(" name=rotated "))
          assert.include(line, ` user=${USER} `)

          // The newest token is that of the next connect, too: killed as soon as it is known, long before the next one takes its place.
          const known = yield* callsOf(server, "auth")
          yield* eventually(
            "a new token is known",
            Effect.map(callsOf(server, "auth"), (count) => count > known)
          )
          const before = yield* redis.clientId()
          yield* server.admin(["CLIENT", "KILL", "ID", String(before)])
          yield* eventually(
            "connected anew",
            Effect.map(redis.clientId(), (id) => id !== before)
          )
          assert.strictEqual(yield* refusals(server), 0)
        })
      ),
    { timeout: 60_000 }
  )

  it.live("whose source ends are kept by the live connection, and end the next connect as an expired token", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make({ users: [{ name: USER, password: "first" }] })
        let asked = 0
        const request = Effect.suspend(() => {
          asked++
          return asked > 1
            ? Effect.fail("the identity provider is down")
            : Effect.map(Clock.currentTimeMillis, (now) => ({
                username: USER,
                password: Redacted.make("first"),
                expiresAt: now + 300
              }))
        })
        const credentials = yield* Credentials.tokens({ request })
        const redis = yield* clientOf(server, { credentials, commandTimeout: "400 millis" })
        yield* Effect.sleep(400)
        assert.strictEqual(yield* redis.incr("n"), 1)
        yield* server.admin(["CLIENT", "KILL", "USER", USER])
        const error = yield* Effect.flip(
          Effect.andThen(Effect.ignore(redis.incr("n")), Effect.andThen(Effect.sleep(50), redis.incr("n")))
        )
        assert.match(error.message, /TokenExpired/)
        assert.strictEqual(error.execution, "NotSent")
      })
    )
  )

  it.live("that the server refuses leave the connection with its old identity", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make({ users: [{ name: USER, password: "first" }] })
        let asked = 0
        const request = Effect.map(Clock.currentTimeMillis, (now) => ({
          username: USER,
          password: Redacted.make(++asked === 1 ? "first" : `unknown to the server ${asked}`),
          expiresAt: now + 200
        }))
        const credentials = yield* Credentials.tokens({ request })
        const redis = yield* clientOf(server, { credentials })
        const id = yield* redis.clientId()
        yield* eventually(
          "some were refused",
          Effect.map(refusals(server), (count) => count > 0)
        )
        assert.strictEqual(yield* redis.incr("n"), 1)
        assert.strictEqual(yield* redis.clientId(), id)
      })
    )
  )

  it.live("are said on leased and idle connections too, between the commands, and never inside a transaction", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make({ users: [{ name: USER, password: "never used by the client" }] })
        const { issued, request } = issuerFor(server)
        const credentials = yield* Credentials.tokens({ request })
        const redis = yield* clientOf(server, { credentials })
        const idle = yield* Effect.scoped(Effect.flatMap(redis.lease(), (leased) => leased.clientId()))
        yield* Effect.gen(function* () {
          const leased = yield* redis.lease()
          const transacting = yield* redis.lease()
          assert.include([yield* leased.clientId(), yield* transacting.clientId()], idle)
          yield* transacting.run(Command.raw("MULTI", []))
          const before = issued()
          yield* eventually(
            "two further tokens",
            Effect.sync(() => issued() >= before + 2)
          )
          // The server has forgotten the user of neither: it would refuse both if they were new.
          yield* leased.set("leased", "1")
          yield* transacting.run(Command.raw("SET", ["queued", "1"]))
          assert.deepStrictEqual(yield* transacting.run(Command.raw("EXEC", [])), ["OK"])
        }).pipe(Effect.scoped)
        const auths = yield* callsOf(server, "auth")
        // One for the shared connection and one for the lease that had no transaction open, for each of two tokens.
        assert.isAtLeast(auths, 4)
        assert.strictEqual(yield* refusals(server), 0)
      })
    )
  )
})
