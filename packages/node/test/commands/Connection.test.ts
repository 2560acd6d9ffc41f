import { assert, it } from "@effect/vitest"
import { Command } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { clients } from "../../../client/src/command/Clients.ts"
import { connection } from "../../../client/src/command/Connection.ts"
import { bytes, type Case, Check, call, checkCases, empty } from "../support/cases.ts"
import { callsOf, clientOf, eventually, failing, isError, start } from "../support/client.ts"
import { leavesNothing } from "../support/resources.ts"

const check = (wanted: string, holds: (value: never) => boolean) =>
  new Check(wanted, holds as (value: unknown) => boolean)
type Info = { readonly id: number; readonly address: string; readonly age: Duration.Duration; readonly user: string }
const isInfo = (info: Info) =>
  info.id > 0 && info.address.startsWith("127.0.0.1:") && Duration.toSeconds(info.age) >= 0 && info.user === "default"

const cases: ReadonlyArray<Case> = [
  empty(call.clientGetName(), undefined),
  empty(
    call.clientId(),
    check("a positive number", (id: number) => Number.isInteger(id) && id > 0)
  ),
  empty(call.clientInfo(), check("a description", isInfo)),
  empty(call.clientKill({ address: "127.0.0.1:1" }), 0),
  empty(call.clientKill({ type: "pubsub" }), 0),
  empty(call.clientKill({ ids: 1_000_000, user: "default", localAddress: "127.0.0.1:1", skipMe: true }), 0),
  empty(call.clientKill({ type: "normal", maxAge: "1 hour" }), 0, { since: { redis: "7.4", valkey: "8.0" } }),
  empty(
    call.clientList(),
    check("descriptions", (all: Array<Info>) => all.length >= 3 && all.every(isInfo))
  ),
  empty(
    call.clientList({ type: "normal" }),
    check("descriptions", (all: Array<Info>) => all.every(isInfo))
  ),
  empty(call.clientList({ type: "replica" }), []),
  empty(call.clientList({ ids: [1_000_000] }), []),
  empty(call.clientList({ ids: [] }), []),
  empty(call.clientGetRedir(), -1),
  empty(
    call.clientHelp(),
    check("lines", (lines: Array<string>) => lines.length > 2)
  ),
  empty(
    call.clientTrackingInfo(),
    check("nothing tracked", (info: { readonly enabled: boolean }) => !info.enabled)
  ),
  empty(call.clientPause("1 milli"), undefined),
  empty(call.clientPause(1, "WRITE"), undefined),
  empty(call.clientUnblock(1_000_000), false),
  empty(call.clientUnblock(1_000_000, "ERROR"), false),
  empty(call.clientUnpause(), undefined),
  empty(call.echo("grüße"), "grüße", bytes("grüße")),
  empty(
    call.hello(),
    check("a primary", (hello: { readonly role: string }) => hello.role === "primary")
  ),
  empty(call.ping(), "PONG", bytes("PONG")),
  empty(call.ping("m"), "m", bytes("m"))
]

/** Refused on the shared connection; tried on connections of their own by the client's tests. */
const ofConnection = ["asking", "auth", "quit", "readonly", "readwrite", "reset", "select"]

checkCases("Connection", { ...connection, ...clients }, cases, ofConnection)

it.live("describes the client's own connection", () =>
  leavesNothing(
    Effect.gen(function* () {
      const server = yield* RedisServer.make()
      const redis = yield* clientOf(server, { clientName: "worker", database: 2 })
      assert.strictEqual(yield* redis.clientGetName(), "worker")
      const info = yield* redis.clientInfo()
      assert.deepInclude(info, { name: "worker", database: 2, localAddress: `127.0.0.1:${server.port}` })
      assert.deepStrictEqual(
        (yield* redis.clientList({ ids: [info.id] })).map(({ id }) => id),
        [yield* redis.clientId()]
      )
    })
  )
)

it.live("outlives the killing of its own connection: reads are sent again", () =>
  leavesNothing(
    Effect.gen(function* () {
      const server = yield* RedisServer.make()
      const redis = yield* clientOf(server)
      const before = yield* redis.clientId()
      assert.strictEqual(yield* redis.clientKill({ ids: before, skipMe: false }), 1)
      const after = yield* redis.clientId()
      assert.isAbove(after, before)
    })
  )
)

it.live("waits for the end of a pause of writes, and reads meanwhile", () =>
  leavesNothing(
    Effect.gen(function* () {
      const server = yield* RedisServer.make()
      const redis = yield* clientOf(server)
      const other = yield* clientOf(server)
      yield* other.clientPause("1 minute", "WRITE")
      const write = yield* start(redis.set("k", "v"))
      yield* eventually(
        "the server holds the write back",
        Effect.map(server.admin(["INFO", "clients"]), (info) => /blocked_clients:1/.test(String(info)))
      )
      assert.strictEqual(yield* other.get("k"), undefined)
      yield* other.clientUnpause()
      assert.isTrue(yield* Fiber.join(write))
    })
  )
)

it.live("refuses what would change the shared connection, before it is sent", () =>
  leavesNothing(
    Effect.gen(function* () {
      const server = yield* RedisServer.make()
      const redis = yield* clientOf(server)
      const stateful = [
        Command.raw("SELECT", [1]),
        Command.raw("multi"),
        Command.raw("WATCH", ["k"]),
        Command.raw("SUBSCRIBE", ["c"]),
        Command.raw("CLIENT REPLY", ["OFF"]),
        Command.raw("CLIENT", ["reply", "OFF"]),
        Command.raw("HELLO", [2]),
        Command.raw("RESET"),
        Command.raw("QUIT"),
        Command.raw("MONITOR"),
        Command.raw("BLPOP", ["l", 0])
      ]
      for (const command of stateful) isError(yield* failing(redis.run(command)), "InvalidArgument", "NotSent")
      assert.strictEqual(yield* callsOf(server, "multi"), 0)
      assert.strictEqual(yield* callsOf(server, "blpop"), 0)
      assert.strictEqual(yield* redis.ping(), "PONG")
    })
  )
)
