import { assert, layer } from "@effect/vitest"
import { Command, type Orphan, type RedisService } from "@reef-redis/node"
import { RedisServer, type ServerControls } from "@reef-redis/testing"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type ClientOptions, clientOf, eventually, failing, isError, start } from "../support/client.ts"
import { proxyTo } from "../support/Proxy.ts"
import { leavesNothing } from "../support/resources.ts"

const client = (options: ClientOptions = {}) => Effect.flatMap(RedisServer, (server) => clientOf(server, options))

const blockedCount = (server: ServerControls): Effect.Effect<number> =>
  server.admin(["INFO", "clients"]).pipe(
    Effect.map((reply) => Number(/blocked_clients:(\d+)/.exec(String(reply))?.[1])),
    Effect.orDie
  )

const blocked = (count: number) =>
  Effect.flatMap(RedisServer, (server) =>
    eventually(
      `${count} blocked`,
      Effect.map(blockedCount(server), (is) => is === count)
    )
  )

const fresh = Effect.flatMap(RedisServer, (server) => Effect.orDie(server.admin(["FLUSHALL"])))

layer(RedisServer.layer({ appendonly: true }), { excludeTestServices: true })("A blocking command", (it) => {
  it.effect("waits on a connection of its own and delays nobody", () =>
    leavesNothing(
      Effect.gen(function* () {
        yield* fresh
        const redis = yield* client()
        const popping = yield* Effect.forEach(Array.from({ length: 5 }), () => start(redis.blPop("jobs", "5 seconds")))
        yield* blocked(5)
        const before = performance.now()
        for (let n = 0; n < 100; n++) yield* redis.ping()
        assert.isBelow(performance.now() - before, 2000)
        yield* redis.rPush("jobs", ["1", "2", "3", "4", "5"])
        const taken = yield* Effect.forEach(popping, Fiber.join)
        assert.deepStrictEqual(taken.map((one) => one?.element).sort(), ["1", "2", "3", "4", "5"])
      })
    )
  )

  it.effect("gives undefined after its time, under either protocol, and raw ones their reply", () =>
    leavesNothing(
      Effect.gen(function* () {
        for (const protocol of [2, 3] as const) {
          const redis = yield* client({ protocol })
          assert.isUndefined(yield* redis.blPop("none", 20))
          assert.isUndefined(yield* redis.bzPopMin("none", 20))
          assert.deepStrictEqual(yield* redis.xRead({ none: "$" }, { block: 20 }), [])
          assert.isUndefined(yield* redis.run(Command.raw("BLPOP", ["none", "0.02"], { keys: [0] })))
          assert.strictEqual(yield* redis.run(Command.raw("WAIT", ["0", "20"])), 0)
        }
      })
    )
  )

  it.effect("may block longer than the client's own deadline, which does not count it", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client({ commandTimeout: 200, silence: 100, probeTimeout: 100 })
        const before = performance.now()
        assert.isUndefined(yield* redis.blPop("none", 700))
        assert.isAtLeast(performance.now() - before, 690)
      })
    )
  )

  it.effect("that is interrupted takes nothing any more, and its connection is used again", () =>
    leavesNothing(
      Effect.gen(function* () {
        yield* fresh
        const orphans: Array<Orphan> = []
        const redis = yield* client({
          clientName: "unblocked",
          onOrphan: (orphan) => Effect.sync(() => void orphans.push(orphan))
        })
        for (let n = 0; n < 50; n++) {
          const popping = yield* start(redis.blPop("jobs", Duration.infinity))
          if (n % 2 === 0) yield* blocked(1)
          yield* Fiber.interrupt(popping)
          yield* redis.rPush("jobs", `${n}`)
          assert.strictEqual(yield* redis.lPop("jobs"), `${n}`)
        }
        assert.deepStrictEqual(orphans, [])
        const clients = yield* redis.clientList()
        assert.strictEqual(clients.filter(({ name }) => name === "unblocked").length, 2)
      })
    )
  )

  it.effect("loses no element, whenever it is interrupted: each is taken, left, or an orphan", () =>
    leavesNothing(
      Effect.gen(function* () {
        yield* fresh
        const orphans: Array<unknown> = []
        const redis = yield* client({
          onOrphan: ({ command, keys, value }) =>
            Effect.sync(() => {
              assert.deepStrictEqual([command, keys], ["BLPOP", ["jobs"]])
              orphans.push((value as { readonly element: string }).element)
            })
        })
        const pusher = yield* client()
        const taken: Array<string> = []
        const total = 2000
        // Later each finds an open connection, and is interrupted while it blocks and not while it connects.
        yield* redis.blPop("none", 10)
        const pushing = yield* start(
          Effect.forEach(
            Array.from({ length: total }, (_, at) => `${at}`),
            (id) => Effect.andThen(pusher.rPush("jobs", id), Effect.yieldNow),
            { discard: true }
          )
        )
        while (pushing.pollUnsafe() === undefined || (yield* pusher.lLen("jobs")) > 0) {
          const popping = yield* start(redis.blPop("jobs", 100))
          const pause = Math.floor(Math.random() * 4)
          if (pause > 1) yield* Effect.sleep(pause - 1)
          else if (pause === 1) yield* Effect.yieldNow
          yield* Fiber.interrupt(popping)
          const exit = popping.pollUnsafe()
          if (exit?._tag === "Success" && exit.value !== undefined) taken.push(exit.value.element)
        }
        yield* Fiber.join(pushing)
        assert.isAbove(taken.length, 0)
        assert.isAbove(orphans.length, 0)
        const all = [...taken, ...orphans].map(Number).sort((a, b) => a - b)
        assert.deepStrictEqual(
          all,
          Array.from({ length: total }, (_, at) => at)
        )
      })
    )
  )

  it.effect("that the server refuses to go on with is issued again for the time that remains", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client()
        const server = yield* RedisServer
        const before = performance.now()
        const popping = yield* start(redis.blPop("none", 600))
        yield* Effect.sleep(300)
        const list = String(yield* server.admin(["CLIENT", "LIST"]))
        const id = /^id=(\d+) .* flags=b /m.exec(list)?.[1]
        assert.strictEqual(yield* server.admin(["CLIENT", "UNBLOCK", id!, "ERROR"]), 1)
        assert.isUndefined(yield* Fiber.join(popping))
        const passed = performance.now() - before
        assert.isAtLeast(passed, 590)
        assert.isBelow(passed, 850)
      })
    )
  )

  it.effect("on a frozen server ends with its own time and the deadline, and the client closes in its time", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer
      const body = Effect.gen(function* () {
        const redis = yield* client({ commandTimeout: 500, closeTimeout: 200 })
        yield* redis.ping()
        const popping = yield* start(Effect.flip(redis.blPop("none", 300)))
        const forEver = yield* start(Effect.flip(redis.blPop("none", Duration.infinity)))
        yield* blocked(2)
        yield* server.freeze
        const before = performance.now()
        isError(yield* Fiber.join(popping), "Timeout", "MayHaveExecuted")
        assert.isBelow(performance.now() - before, 1000)
        isError(yield* Fiber.join(forEver), "ConnectionLost", "MayHaveExecuted")
        assert.isBelow(performance.now() - before, 8000)
        return performance.now()
      })
      yield* leavesNothing(
        Effect.gen(function* () {
          const ended = yield* Effect.scoped(body)
          assert.isBelow(performance.now() - ended, 1000)
        })
      ).pipe(Effect.ensuring(Effect.orDie(server.thaw)))
    })
  )

  it.effect("on a half-open connection ends with its own time and the deadline", () =>
    leavesNothing(
      Effect.gen(function* () {
        const proxy = yield* proxyTo(yield* RedisServer)
        const redis = yield* clientOf(proxy, { commandTimeout: 300, closeTimeout: 50 })
        const popping = yield* start(Effect.flip(redis.blPop("none", 300)))
        yield* blocked(1)
        proxy.set("silent")
        const before = performance.now()
        isError(yield* Fiber.join(popping), "Timeout", "MayHaveExecuted")
        assert.isBelow(performance.now() - before, 900)
      })
    )
  )

  it.effect("is not stopped by the end of the client: it fails as Closed, and nothing is taken", () =>
    leavesNothing(
      Effect.gen(function* () {
        yield* fresh
        const server = yield* RedisServer
        const popping = yield* Effect.scoped(
          Effect.gen(function* () {
            const redis: RedisService = yield* client()
            const fiber = yield* Effect.forkDetach(Effect.flip(redis.blPop("jobs", Duration.infinity)), {
              startImmediately: true
            })
            yield* blocked(1)
            return fiber
          })
        )
        isError(yield* Fiber.join(popping), "Closed", "Refused")
        assert.strictEqual(yield* blockedCount(server), 0)
      })
    )
  )

  it.effect("fails as PoolTimeout if all connections are taken", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client({ pool: { max: 1, acquireTimeout: 50 } })
        const first = yield* start(redis.blPop("none", 500))
        yield* blocked(1)
        const error = isError(yield* failing(redis.blPop("none", 500)), "PoolTimeout", "NotSent")
        assert.isTrue(error.transient)
        yield* Fiber.join(first)
      })
    )
  )

  it.effect("survives a restart of the server if it had not been written", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const redis = yield* client()
        yield* redis.ping()
        const popping = yield* start(Effect.flip(redis.blPop("none", Duration.infinity)))
        yield* blocked(1)
        yield* server.kill
        isError(yield* Fiber.join(popping), "ConnectionLost", "MayHaveExecuted")
        const next = yield* start(redis.blPop("later", "20 seconds"))
        yield* server.restart
        yield* blocked(1)
        yield* redis.rPush("later", "x")
        assert.deepStrictEqual(yield* Fiber.join(next), { key: "later", element: "x" })
      })
    )
  )
})
