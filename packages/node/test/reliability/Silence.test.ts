/** Servers and networks that say nothing: deadlines, the probe, and what a late reply must never do. */
import { assert, describe, it } from "@effect/vitest"
import { Command } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { callsOf, clientCount, clientOf, eventually, failing, isError, start } from "../support/client.ts"
import { proxyTo } from "../support/Proxy.ts"
import { serve } from "../support/ports.ts"
import { leavesNothing } from "../support/resources.ts"

/** Short, so that the tests are; with two busy cores the event loop may stand still for tens of milliseconds. */
const soon = { silence: 200, probeTimeout: 150 }

describe("A silent server", () => {
  it.live(
    "is given up after its silence and an unanswered probe; reads go on after the thaw, writes may have been executed",
    () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer.make()
          const redis = yield* clientOf(server, { ...soon, clientName: "watchful" })
          yield* redis.mSet(Array.from({ length: 20 }, (_, at) => [`k:${at}`, `v:${at}`]))
          yield* server.freeze
          const write = yield* start(redis.incr("n"))
          const reads = yield* Effect.forEach(
            Array.from({ length: 20 }, (_, at) => at),
            (at) => start(redis.get(`k:${at}`))
          )
          const error = isError(yield* failing(Fiber.join(write)), "ConnectionLost", "MayHaveExecuted")
          assert.match(error.message, /silent for \d+ ms and did not answer a probe/)
          yield* server.thaw
          for (const [at, fiber] of reads.entries()) assert.strictEqual(yield* Fiber.join(fiber), `v:${at}`)
          // The system had taken the bytes: the thawed server executed the write, once.
          assert.strictEqual(yield* redis.get("n"), "1")
          yield* eventually(
            "the server has only the new connection",
            Effect.map(clientCount(server, "watchful"), (count) => count === 1)
          )
        })
      )
  )

  it.live("never has its late replies delivered: after each thaw every value is that of its own key", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const redis = yield* clientOf(server, { silence: 100, probeTimeout: 100 })
        let stop = false
        let answered = 0
        const worker = (id: number) =>
          Effect.gen(function* () {
            for (let round = 0; !stop; round++) {
              const tag = `${id}:${round}`
              const set = yield* Effect.exit(redis.set(`k:${id}`, tag))
              const echoed = yield* Effect.exit(redis.echo(tag))
              if (Exit.isSuccess(echoed)) assert.strictEqual(echoed.value, tag)
              const got = yield* Effect.exit(redis.get(`k:${id}`))
              if (Exit.isSuccess(got) && Exit.isSuccess(set)) assert.strictEqual(got.value, tag)
              answered++
            }
          })
        const workers = yield* Effect.forEach(
          Array.from({ length: 100 }, (_, id) => id),
          (id) => start(worker(id))
        )
        for (let round = 0; round < 3; round++) {
          const connections = yield* redis.clientId()
          yield* server.freeze
          yield* Effect.flip(redis.run(Command.incr("probe"), { deadline: "5 seconds" }))
          yield* server.thaw
          assert.isAbove(yield* redis.clientId(), connections)
        }
        stop = true
        for (const fiber of workers) yield* Fiber.join(fiber)
        assert.isAbove(answered, 100)
      })
    )
  )

  it.live("lets a command end at its own deadline, as Timeout in the phase written", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const proxy = yield* proxyTo(server)
        const redis = yield* clientOf(proxy)
        proxy.set("silent")
        const started = performance.now()
        const long = yield* start(redis.run(Command.echo("still"), { deadline: "20 seconds" }))
        const both = Effect.all(
          [
            failing(redis.run(Command.get("k"), { deadline: 150 })),
            failing(redis.run(Command.incr("n"), { deadline: "200 millis" }))
          ],
          { concurrency: 2 }
        )
        // A read is not sent again after a time-out either: the node that let it pass would be asked once more.
        for (const error of yield* both) {
          const { reason } = isError(error, "Timeout", "MayHaveExecuted")
          assert.deepInclude(reason, { phase: "written" })
        }
        assert.isBelow(performance.now() - started, 1500)
        proxy.set("forward")
        proxy.cut()
        assert.strictEqual(yield* Fiber.join(long), "still")
      })
    )
  )

  it.live("gives commands that wait for a connection their deadline, as Timeout in the phase connecting", () =>
    leavesNothing(
      Effect.gen(function* () {
        const silent = yield* serve((socket) => void socket.resume())
        const redis = yield* clientOf(silent, { start: "lazy", commandTimeout: 150 })
        const { reason } = isError(yield* failing(redis.incr("n")), "Timeout", "NotSent")
        assert.deepInclude(reason, { phase: "connecting" })
      })
    )
  )

  it.live("is not given up while any byte comes: a slow reply in pieces is awaited", () =>
    leavesNothing(
      Effect.gen(function* () {
        // Answers the handshake, and then one byte of its reply each 60 ms: longer in all than silence and probe together.
        const reply = "$7\r\npatient\r\n"
        const slow = yield* serve((socket) => {
          socket.on("data", (chunk) => {
            const text = chunk.toString("latin1")
            if (!text.includes("GET")) return void socket.write("+OK\r\n".repeat(text.split("*").length - 1))
            let at = 0
            const timer = setInterval(() => {
              socket.write(reply.charAt(at++))
              if (at === reply.length) clearInterval(timer)
            }, 60)
            socket.once("close", () => clearInterval(timer))
          })
        })
        const redis = yield* clientOf(slow, { ...soon, protocol: 2 })
        assert.strictEqual(yield* redis.get("k"), "patient")
        assert.strictEqual(slow.sockets.size, 1)
      })
    )
  )

  it.live("is not given up while it is busy with a long script that ends within silence and probe", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const redis = yield* clientOf(server, { silence: 300, probeTimeout: 5000 })
        const before = yield* redis.clientId()
        const spin =
          "local t = redis.call('TIME') local function ms(x) return x[1] * 1000 + x[2] / 1000 end " +
          "while ms(redis.call('TIME')) - ms(t) < 600 do end return 'done'"
        assert.strictEqual(yield* redis.eval(spin), "done")
        assert.strictEqual(yield* redis.clientId(), before)
      })
    )
  )

  it.live("that is idle is left alone: no probe, no reconnection", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const redis = yield* clientOf(server, { silence: 50, probeTimeout: 50 })
        const before = yield* redis.clientId()
        const pings = yield* callsOf(server, "ping")
        yield* Effect.sleep(300)
        assert.strictEqual(yield* callsOf(server, "ping"), pings)
        assert.strictEqual(yield* redis.clientId(), before)
      })
    )
  )
})
