/** Random operations under random faults: whatever happens, failures are tagged and the ledger agrees with the server. */
import { assert, describe, it } from "@effect/vitest"
import { Command, type RedisService } from "@reef-redis/node"
import { RedisServer, type ServerControls } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { clientCount, clientOf, eventually, start } from "../support/client.ts"
import { fateOf, Ledger } from "../support/Ledger.ts"
import { type Proxy, proxyTo } from "../support/Proxy.ts"
import { leavesNothing } from "../support/resources.ts"

const WORKERS = 40
/** For each seed; three seeds make about five seconds. */
const RUN_MILLIS = 1500
/** Short enough that every way to fail is seen within a run. */
const options = {
  commandTimeout: 400,
  silence: 100,
  probeTimeout: 80,
  closeTimeout: 200,
  clientName: "nemesis",
  policies: { reconnect: Schedule.spaced("20 millis") }
}

const exitOf = (result: Result.Result<unknown, unknown>): Exit.Exit<unknown, unknown> =>
  Result.isSuccess(result) ? Exit.succeed(result.success) : Exit.fail(result.failure)

/** One random operation of a worker; what it pushes is in the ledger whatever becomes of it. */
const step = (redis: RedisService, ledger: Ledger, worker: number, round: number) =>
  Effect.gen(function* () {
    const key = `list:${worker}`
    const id = (part: string) => `${worker}:${round}:${part}`
    const push = (part: string) => Command.rPush(key, id(part))
    switch (yield* Random.nextIntBetween(0, 7)) {
      case 0:
        return ledger.note(key, id("a"), yield* Effect.exit(redis.rPush(key, id("a"))))
      case 1: {
        const echo = yield* Effect.exit(redis.echo(id("e")))
        if (Exit.isSuccess(echo)) assert.strictEqual(echo.value, id("e"))
        else fateOf(echo)
        return
      }
      case 2: {
        const batch = [push("a"), Command.echo(id("e")), push("b")] as const
        const exit = yield* Effect.exit(redis.pipeline(batch, { mode: "result" }))
        if (Exit.isFailure(exit)) return assert.fail(`a pipeline in result mode failed: ${String(exit)}`)
        const [a, echo, b] = exit.value
        ledger.note(key, id("a"), exitOf(a))
        ledger.note(key, id("b"), exitOf(b))
        if (Result.isSuccess(echo)) assert.strictEqual(echo.success, id("e"))
        return
      }
      case 3: {
        const exit = yield* Effect.exit(redis.transaction([push("a"), push("b")]))
        ledger.note(key, id("a"), exit)
        ledger.note(key, id("b"), exit)
        return
      }
      case 4: {
        const fiber = yield* start(redis.rPush(key, id("a")))
        const turns = yield* Random.nextIntBetween(0, 4)
        for (let turn = 0; turn < turns; turn++) yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
        return ledger.note(key, id("a"), yield* Fiber.await(fiber))
      }
      case 5: {
        const refused = yield* Effect.exit(redis.incr(key))
        // WRONGTYPE once the list is there; before that it would make a counter of the key.
        return fateOf(refused)
      }
      default: {
        const exit = yield* Effect.exit(redis.lRange(key, 0, -1))
        if (Exit.isSuccess(exit))
          for (const item of exit.value) assert.isTrue(item === "first" || item.startsWith(`${worker}:`))
        else fateOf(exit)
        return
      }
    }
  })

/** One random fault, and its end. */
const fault = (server: ServerControls, proxy: Proxy, redis: RedisService) =>
  Effect.gen(function* () {
    const awhile = Effect.ignore(redis.run(Command.ping(), { deadline: yield* Random.nextIntBetween(20, 300) }))
    const kind = yield* Random.nextIntBetween(0, 7)
    switch (kind) {
      case 0:
        yield* server.kill
        yield* awhile
        yield* server.restart
        return "kill"
      case 1:
        proxy.cut()
        return "cut"
      case 2:
        yield* Effect.timeoutOrElse(proxy.cutBeforeReply, { duration: 500, orElse: () => Effect.void })
        return "cut before reply"
      case 3:
        yield* Effect.timeoutOrElse(proxy.cutBeforeDelivery, { duration: 500, orElse: () => Effect.void })
        return "cut before delivery"
      case 4:
        yield* server.freeze
        yield* awhile
        yield* server.thaw
        return "freeze"
      case 5:
        proxy.set((yield* Random.nextBoolean) ? "silent" : "close")
        yield* awhile
        proxy.set("forward")
        proxy.cut()
        return "silence"
      default:
        yield* server.admin(["CLIENT", "KILL", "TYPE", "normal"])
        return "client kill"
    }
  })

/** The client is back, and the workers have had some turns. */
const quiet = (redis: RedisService) =>
  Effect.gen(function* () {
    const pings = yield* Random.nextIntBetween(5, 50)
    for (let ping = 0; ping < pings; ping++) yield* Effect.ignore(redis.ping())
  })

describe("Random operations under random faults", () => {
  for (const seed of ["reef", "coral", "atoll"]) {
    it.live(`lose, double and mistake nothing, and every failure has its tag (seed ${seed})`, () =>
      leavesNothing(
        Effect.gen(function* () {
          const rejections: Array<unknown> = []
          const onRejection = (reason: unknown) => rejections.push(reason)
          process.on("unhandledRejection", onRejection)
          yield* Effect.addFinalizer(() => Effect.sync(() => process.off("unhandledRejection", onRejection)))
          const server = yield* RedisServer.make({ appendonly: true })
          const proxy = yield* proxyTo(server)
          const ledger = new Ledger()
          const faults: Array<string> = []
          const keys = Array.from({ length: WORKERS }, (_, worker) => `list:${worker}`)
          for (const key of keys) yield* server.admin(["RPUSH", key, "first"])
          yield* Effect.scoped(
            Effect.gen(function* () {
              const redis = yield* clientOf(proxy, options)
              const end = performance.now() + RUN_MILLIS
              const worker = (index: number) =>
                Effect.gen(function* () {
                  for (let round = 0; performance.now() < end; round++) yield* step(redis, ledger, index, round)
                })
              const workers = yield* Effect.forEach(
                keys.map((_, index) => index),
                (index) => start(worker(index))
              )
              while (performance.now() < end) {
                faults.push(yield* fault(server, proxy, redis))
                // Often there is some quiet before the next fault, sometimes none.
                if ((yield* Random.next) < 0.8) yield* quiet(redis)
              }
              for (const fiber of workers) yield* Fiber.join(fiber)
            })
          )
          const lists = new Map<string, ReadonlyArray<string>>()
          for (const key of keys) {
            const reply = yield* server.admin(["LRANGE", key, 1, -1])
            lists.set(key, Array.isArray(reply) ? reply.map(String) : assert.fail(`LRANGE ${key}: ${String(reply)}`))
          }
          console.info(`seed ${seed}: ${faults.join(", ")}; ${ledger.summary}`)
          ledger.check(lists)
          assert.deepStrictEqual(rejections, [])
          assert.isAbove(ledger.count("done"), 100)
          assert.isAbove(ledger.count("open"), 0)
          assert.isAbove(faults.length, 1)
          yield* eventually(
            "the server has no client of these",
            Effect.map(clientCount(server, "nemesis"), (count) => count === 0)
          )
        }).pipe(Random.withSeed(seed))
      )
    )
  }
})
