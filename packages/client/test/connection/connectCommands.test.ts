import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { Command } from "../../src/Command.ts"
import { settle, standalone, start, succeeded } from "../support/client.ts"
import { error, int, ok, type Script } from "../support/FakeTransport.ts"

const noEvict = Command.raw("CLIENT", ["NO-EVICT", "on"])
const script: Script = ([name]) => (name === "INCR" ? int(1) : name === "CONFIG" ? ok : undefined)

describe("Commands on connect", () => {
  it.effect("run on every connection after the handshake and before anything else, in order", () =>
    Effect.gen(function* () {
      const onConnect = [noEvict, Command.raw("CONFIG", ["SET", "lazyfree-lazy-user-del", "yes"])]
      const { redis, transport } = yield* standalone({ onConnect, database: 3, start: "lazy", keyPrefix: "p:" }, script)
      const early = yield* start(redis.incr("a"))
      assert.strictEqual(yield* succeeded(early), 1)
      const ours = ["CLIENT NO-EVICT on", "CONFIG SET lazyfree-lazy-user-del yes", "INCR p:a"]
      assert.deepStrictEqual(transport.last().commands.slice(-3), ours)
      assert.include(transport.last().commands.slice(0, -3), "SELECT 3")
      transport.last().end()
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* redis.incr("a")
      assert.strictEqual(transport.sockets.length, 2)
      assert.deepStrictEqual(transport.last().commands.slice(-3), ours)
    })
  )

  it.effect("run on a server without RESP3, too", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ onConnect: [noEvict] }, (words, socket) =>
        words[0] === "HELLO" ? error("ERR unknown command `HELLO`") : script(words, socket)
      )
      assert.strictEqual(yield* redis.incr("a"), 1)
      assert.deepStrictEqual(transport.last().commands.slice(-2), ["CLIENT NO-EVICT on", "INCR a"])
    })
  )

  const refusing: Script = (words, socket) =>
    words[1] === "NO-EVICT"
      ? error("ERR unknown command `CLIENT`, with args beginning with: `NO-EVICT`, ")
      : script(words, socket)

  it.effect("that are refused make the connection unusable, and say which it was", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(standalone({ onConnect: [noEvict], start: "failFast" }, refusing))
      assert.strictEqual(refused.attempts[0]?.reason._tag, "ConnectFailed")
      assert.match(refused.message, /CLIENT( NO-EVICT)?, run on connect, was refused: ERR unknown command `CLIENT`/)
    })
  )

  it.effect("that are refused are told by an event where the client is to ignore it", () =>
    Effect.gen(function* () {
      const options = { onConnect: [noEvict], onConnectFailure: "ignore", start: "lazy" } as const
      const { redis } = yield* standalone(options, refusing)
      const seen = yield* start(
        redis.events.pipe(
          Stream.filter(({ _tag }) => _tag === "ConnectCommandRefused"),
          Stream.take(1),
          Stream.runCollect
        )
      )
      assert.strictEqual(yield* redis.incr("a"), 1)
      const [event] = yield* Fiber.join(seen)
      assert.deepInclude(event, { node: "h:1", command: noEvict.name })
    })
  )

  it.effect("that cannot be run there are refused by name", () =>
    Effect.gen(function* () {
      const unfit = [
        Command.raw("MULTI", []),
        Command.raw("subscribe", ["c"]),
        Command.raw("CLIENT", ["reply", "OFF"]),
        Command.blPop(["k"], "1 second"),
        Command.del([])
      ]
      for (const command of unfit) {
        const refused = yield* Effect.flip(standalone({ onConnect: [command] }))
        assert.include(refused.message, "onConnect: ")
        assert.strictEqual(refused.attempts[0]?.reason._tag, "InvalidArgument")
      }
    })
  )
})
