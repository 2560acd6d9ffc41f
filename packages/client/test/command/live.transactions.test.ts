/** Transactions by their single commands, on connections that somebody has to himself, and the refusal of the shared one. */
import { assert, describe, layer } from "@effect/vitest"
import { RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { type Any, Command } from "../../src/Command.ts"
import { RespError } from "../../src/protocol/RespValue.ts"
import { Redis } from "../../src/Redis.ts"
import { openSession } from "../support/session.ts"

layer(RedisServer.layer(), { excludeTestServices: true })((it) => {
  for (const protocol of [2, 3] as const) {
    describe(`transactions command by command under RESP${protocol}`, () => {
      it.effect("EXEC gives the replies of what was queued, errors among them", () =>
        Effect.gen(function* () {
          const { port } = yield* RedisServer
          const session = yield* openSession(port, protocol)
          yield* session.run(Command.flushAll("SYNC"))
          assert.isUndefined(yield* session.run(Command.multi()))
          for (const [name, args] of [
            ["SET", ["k", "v"]],
            ["INCR", ["k"]],
            ["GET", ["none"]],
            ["STRLEN", ["k"]]
          ] as const) {
            assert.strictEqual(yield* session.run(Command.raw(name, args)), "QUEUED")
          }
          const replies = (yield* session.run(Command.exec())) as ReadonlyArray<unknown>
          assert.strictEqual(replies[0], "OK")
          assert.instanceOf(replies[1], RespError)
          assert.deepStrictEqual(replies.slice(2), [undefined, 1])
        })
      )

      it.effect("EXEC runs nothing if a watched key has changed, unless it is watched no more", () =>
        Effect.gen(function* () {
          const { port } = yield* RedisServer
          const session = yield* openSession(port, protocol)
          const other = yield* openSession(port, protocol)
          const conflict = Effect.fnUntraced(function* (between: Any | undefined) {
            yield* session.run(Command.watch(["a", "b"]))
            yield* other.run(Command.incr("b"))
            if (between !== undefined) assert.isUndefined(yield* session.run(between))
            yield* session.run(Command.multi())
            yield* session.run(Command.raw("PING"))
            return yield* session.run(Command.exec())
          })
          assert.isUndefined(yield* conflict(undefined))
          assert.deepStrictEqual(yield* conflict(Command.unwatch()), ["PONG"])
        })
      )

      it.effect("DISCARD ends the transaction, and nothing of it is run", () =>
        Effect.gen(function* () {
          const { port } = yield* RedisServer
          const session = yield* openSession(port, protocol)
          yield* session.run(Command.multi())
          yield* session.run(Command.raw("SET", ["discarded", "v"]))
          assert.isUndefined(yield* session.run(Command.discard()))
          assert.strictEqual(yield* session.run(Command.exists("discarded")), 0)
          const error = yield* Effect.flip(session.run(Command.exec()))
          assert.match(error.message, /EXEC without MULTI/)
        })
      )

      it.effect("the debugger of scripts is turned off on one connection", () =>
        Effect.gen(function* () {
          const { port } = yield* RedisServer
          const session = yield* openSession(port, protocol)
          assert.isUndefined(yield* session.run(Command.scriptDebug("NO")))
        })
      )

      it.effect("the shared connection refuses all of it", () =>
        Effect.gen(function* () {
          const { url } = yield* RedisServer
          const commands = [
            Command.multi(),
            Command.exec(),
            Command.discard(),
            Command.watch("k"),
            Command.unwatch(),
            Command.scriptDebug("YES")
          ]
          yield* Effect.provide(
            Effect.gen(function* () {
              const redis = yield* Redis
              for (const command of commands) {
                const error = yield* Effect.flip(redis.run(command))
                assert.deepStrictEqual([error.reason._tag, error.execution], ["InvalidArgument", "NotSent"])
              }
            }),
            RedisLive({ url, protocol })
          )
        })
      )
    })
  }
})
