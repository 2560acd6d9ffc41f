/** What becomes of commands when a connection ends: who may have been executed, who is sent again, who waits. */
import { assert, describe, it } from "@effect/vitest"
import { Command, type RedisError } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { callsOf, clientOf, cutNextReply, eventually, failing, isError, start } from "../support/client.ts"
import { proxyTo } from "../support/Proxy.ts"
import { serve } from "../support/ports.ts"
import { leavesNothing } from "../support/resources.ts"

describe("A connection that ends", () => {
  it.live("makes a write in flight at a SIGKILL MayHaveExecuted, and does not send it again", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make({ appendonly: true })
        const redis = yield* clientOf(server)
        // A frozen server takes the bytes and executes nothing: when it is killed they are in flight for sure.
        yield* server.freeze
        const writes = yield* Effect.forEach(["a", "b", "c"], (id) => start(redis.rPush("ids", id)))
        // Commands of one turn of the event loop are written at its end.
        yield* Effect.yieldNow
        yield* server.kill
        for (const fiber of writes) {
          const error = isError(yield* failing(Fiber.join(fiber)), "ConnectionLost", "MayHaveExecuted")
          assert.isTrue(error.transient)
          assert.strictEqual(error.node, `${server.host}:${server.port}`)
        }
        yield* server.restart
        assert.strictEqual(yield* redis.lLen("ids"), 0)
      })
    )
  )

  it.live("lets reads that were in flight be sent again and succeed after the restart", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make({ appendonly: true })
        const redis = yield* clientOf(server)
        yield* redis.mSet(Array.from({ length: 50 }, (_, at) => [`k:${at}`, `v:${at}`]))
        yield* server.freeze
        const reads = yield* Effect.forEach(
          Array.from({ length: 50 }, (_, at) => at),
          (at) => start(redis.get(`k:${at}`))
        )
        yield* server.kill
        yield* server.restart
        for (const [at, fiber] of reads.entries()) assert.strictEqual(yield* Fiber.join(fiber), `v:${at}`)
      })
    )
  )

  it.live("lets commands that are issued while the server is down wait, and succeed after the restart", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make({ appendonly: true })
        const redis = yield* clientOf(server)
        yield* redis.set("n", 1)
        yield* server.kill
        const waiting = yield* Effect.forEach(
          Array.from({ length: 20 }, (_, at) => at),
          (at) => start(at % 2 === 0 ? redis.incr("n") : redis.rPush("l", at))
        )
        const batch = yield* start(redis.pipeline([Command.incr("n"), Command.rPush("l", "p")]))
        const block = yield* start(redis.transaction([Command.incr("n"), Command.rPush("l", "t")]))
        yield* server.restart
        for (const fiber of waiting) yield* Fiber.join(fiber)
        yield* Fiber.join(batch)
        yield* Fiber.join(block)
        assert.strictEqual(yield* redis.get("n"), "13")
        assert.strictEqual(yield* redis.lLen("l"), 12)
      })
    )
  )

  it.live(
    "fails commands whose deadline passes while the server is down as Timeout, NotSent, naming the last cause",
    () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer.make()
          const redis = yield* clientOf(server, { commandTimeout: 150 })
          yield* server.kill
          const error = isError(yield* failing(redis.incr("n")), "Timeout", "NotSent")
          assert.match(error.message, /ECONNREFUSED/)
          const results = yield* redis.pipeline([Command.incr("n"), Command.incr("m")], { mode: "result" })
          for (const result of results) isError(Result.isFailure(result) && result.failure, "Timeout", "NotSent")
          isError(yield* failing(redis.transaction([Command.incr("n")])), "Timeout", "NotSent")
        })
      )
  )

  it.live("never doubles an INCR that was delivered but whose reply was cut off", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const proxy = yield* proxyTo(server)
        const redis = yield* clientOf(proxy)
        const cut = yield* cutNextReply(redis, proxy)
        const error = isError(yield* failing(redis.incr("n")), "ConnectionLost", "MayHaveExecuted")
        yield* Fiber.join(cut)
        assert.strictEqual(error.command, "INCR")
        assert.strictEqual(yield* redis.get("n"), "1")
        assert.strictEqual(yield* callsOf(server, "incr"), 1)
      })
    )
  )

  it.live("does not send again what was written but not delivered: the client cannot know", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const proxy = yield* proxyTo(server)
        const redis = yield* clientOf(proxy)
        const cut = yield* start(proxy.cutBeforeDelivery)
        isError(yield* failing(redis.incr("n")), "ConnectionLost", "MayHaveExecuted")
        yield* Fiber.join(cut)
        assert.strictEqual(yield* callsOf(server, "incr"), 0)
      })
    )
  )

  it.live(
    "sends a read again whose reply was cut off, and a write only where the caller says that it is idempotent",
    () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer.make()
          const proxy = yield* proxyTo(server)
          const redis = yield* clientOf(proxy)
          const eager = yield* clientOf(proxy, { resend: "lastWriteWins" })
          yield* redis.set("k", "v")
          yield* cutNextReply(redis, proxy)
          assert.strictEqual(yield* redis.get("k"), "v")
          yield* cutNextReply(redis, proxy)
          isError(yield* failing(redis.set("k", "x")), "ConnectionLost", "MayHaveExecuted")
          yield* cutNextReply(redis, proxy)
          assert.isTrue(yield* redis.run(Command.set("k", "y"), { retry: "idempotent" }))
          assert.strictEqual(yield* callsOf(server, "set"), 4)
          yield* cutNextReply(eager, proxy)
          assert.isTrue(yield* eager.set("k", "z"))
          assert.strictEqual(yield* callsOf(server, "set"), 6)
          yield* cutNextReply(eager, proxy)
          isError(yield* failing(eager.incr("n")), "ConnectionLost", "MayHaveExecuted")
          assert.strictEqual(yield* callsOf(server, "incr"), 1)
        })
      )
  )

  it.live("goes on where the server closes right after it accepts, as soon as it no longer does", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const proxy = yield* proxyTo(server)
        const redis = yield* clientOf(proxy)
        proxy.set("close")
        proxy.cut()
        const before = proxy.accepted()
        yield* eventually(
          "the client has noticed",
          Effect.sync(() => proxy.accepted() > before)
        )
        const waiting = yield* start(redis.incr("n"))
        yield* eventually(
          "three attempts were turned away",
          Effect.sync(() => proxy.accepted() >= before + 4)
        )
        proxy.set("forward")
        assert.strictEqual(yield* Fiber.join(waiting), 1)
      })
    )
  )

  it.live("is lost by name where the server speaks another protocol, and shows only the bytes at fault", () =>
    leavesNothing(
      Effect.gen(function* () {
        const http = yield* serve((socket) => {
          socket.on("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"))
        })
        const error = yield* failing(clientOf(http, { start: "failFast" }))
        assert.strictEqual(error.attempts[0]?.reason._tag, "ConnectFailed")
        assert.match(error.message, /handshake/)
      })
    )
  )

  it.live("reads replies that arrive byte by byte", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const proxy = yield* proxyTo(server)
        proxy.splitEveryByte()
        const redis = yield* clientOf(proxy)
        yield* redis.hSet("h", { grüße: "→😀", b: "" })
        const all = yield* Effect.forEach(Array.from({ length: 50 }), () => redis.hGetAll("h"), { concurrency: 50 })
        for (const hash of all)
          assert.deepStrictEqual(Object.entries(hash), [
            ["grüße", "→😀"],
            ["b", ""]
          ])
      })
    )
  )

  it.live("answers a read of each of many fibers with its own value over repeated cuts", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const proxy = yield* proxyTo(server)
        const redis = yield* clientOf(proxy)
        yield* redis.mSet(Array.from({ length: 200 }, (_, at) => [`k:${at}`, `v:${at}`]))
        let rounds = 0
        const reader = (at: number) =>
          Effect.gen(function* () {
            while (rounds < 5) assert.strictEqual(yield* redis.get(`k:${at}`), `v:${at}`)
          })
        const readers = yield* Effect.forEach(
          Array.from({ length: 200 }, (_, at) => at),
          (at) => start(reader(at))
        )
        while (rounds < 5) {
          const accepted = proxy.accepted()
          proxy.cut()
          yield* eventually(
            "the client is back",
            Effect.sync(() => proxy.accepted() > accepted)
          )
          yield* redis.ping()
          rounds++
        }
        for (const fiber of readers) {
          const exit: Exit.Exit<void, RedisError> = yield* Fiber.await(fiber)
          assert.isTrue(Exit.isSuccess(exit), String(exit))
        }
      })
    )
  )
})
