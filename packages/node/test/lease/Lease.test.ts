import { assert, layer } from "@effect/vitest"
import { Command, type LeasedRedis } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { type ClientOptions, clientCount, clientOf, eventually, failing, isError, start } from "../support/client.ts"
import { proxyTo } from "../support/Proxy.ts"
import { leavesNothing } from "../support/resources.ts"

const client = (options: ClientOptions = {}) =>
  Effect.gen(function* () {
    const server = yield* RedisServer
    yield* Effect.orDie(server.admin(["FLUSHALL"]))
    return yield* clientOf(server, options)
  })

layer(RedisServer.layer({ appendonly: true }), { excludeTestServices: true })("A leased connection", (it) => {
  it.effect("has every command, and those that change the connection, apart from the shared one", () =>
    leavesNothing(
      Effect.gen(function* () {
        for (const protocol of [2, 3] as const) {
          const redis = yield* client({ protocol })
          yield* redis.set("k", "zero")
          yield* Effect.scoped(
            Effect.gen(function* () {
              const mine = yield* redis.lease()
              yield* mine.select(1)
              yield* mine.clientSetName("mine")
              assert.isUndefined(yield* mine.get("k"))
              yield* mine.set("k", "one")
              assert.strictEqual(yield* mine.clientGetName(), "mine")
              assert.isUndefined(yield* redis.clientGetName())
              assert.strictEqual(yield* redis.get("k"), "zero")
              assert.deepStrictEqual(yield* mine.pipeline([Command.get("k"), Command.incr("n")]), ["one", 1])
              assert.deepStrictEqual(yield* mine.transaction({ n: Command.incr("n") }), { n: 2 })
              assert.isUndefined(yield* mine.blPop("none", 10))
              assert.strictEqual(yield* mine.run(Command.raw("SELECT", [0])), "OK")
              assert.strictEqual(yield* mine.withKeyPrefix("k").get(""), "zero")
            })
          )
        }
      })
    )
  )

  it.effect("comes back as it was: database, watched keys, an open MULTI", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client({ pool: { max: 1 } })
        const id = yield* Effect.scoped(Effect.flatMap(redis.lease(), (mine) => mine.clientId()))
        const changes: ReadonlyArray<(mine: LeasedRedis) => Effect.Effect<unknown, unknown>> = [
          (mine) => mine.select(2),
          (mine) => mine.watch("k"),
          (mine) => mine.run(Command.raw("MULTI")),
          (mine) => mine.readwrite(),
          (mine) => Effect.andThen(mine.watch(["k"]), mine.unwatch())
        ]
        for (const change of changes) {
          yield* Effect.ignore(Effect.scoped(Effect.flatMap(redis.lease(), change)))
          yield* redis.set("k", "changed by another")
          yield* Effect.scoped(
            Effect.gen(function* () {
              const mine = yield* redis.lease()
              const info = yield* mine.clientInfo()
              assert.deepInclude(info, { id, database: 0 })
              assert.deepStrictEqual(yield* mine.transaction([Command.get("k")]), ["changed by another"])
            })
          )
        }
        yield* Effect.scoped(Effect.flatMap(redis.lease(), (mine) => mine.clientSetName("other")))
        assert.notStrictEqual(yield* Effect.scoped(Effect.flatMap(redis.lease(), (mine) => mine.clientId())), id)
      })
    )
  )

  it.effect("refuses what is not answered once for each call", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client()
        const mine = yield* redis.lease()
        for (const command of [
          Command.raw("SUBSCRIBE", ["c"]),
          Command.raw("MONITOR"),
          Command.raw("CLIENT REPLY", ["OFF"]),
          Command.raw("CLIENT", ["reply", "OFF"])
        ]) {
          isError(yield* failing(mine.run(command)), "InvalidArgument", "NotSent")
        }
        assert.strictEqual(yield* mine.ping(), "PONG")
      })
    )
  )

  it.effect("is worth nothing after its scope: what is sent then fails as Closed", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client()
        const mine = yield* Effect.scoped(redis.lease())
        isError(yield* failing(mine.get("k")), "Closed", "NotSent")
        isError(yield* failing(mine.blPop("k", 10)), "Closed", "NotSent")
        isError(yield* failing(mine.pipeline([Command.get("k")])), "Closed", "NotSent")
        isError(yield* failing(mine.transaction([Command.get("k")])), "Closed", "NotSent")
      })
    )
  )

  it.effect("that is lost fails its commands, sends nothing again, and is replaced by the next lease", () =>
    leavesNothing(
      Effect.gen(function* () {
        const redis = yield* client()
        yield* Effect.scoped(
          Effect.gen(function* () {
            const mine = yield* redis.lease()
            const id = yield* mine.clientId()
            const waiting = yield* start(Effect.flip(mine.blPop("none", "10 seconds")))
            yield* redis.clientKill({ ids: id })
            isError(yield* Fiber.join(waiting), "ConnectionLost", "MayHaveExecuted")
            isError(yield* failing(mine.get("k")), "ConnectionLost", "NotSent")
            isError(yield* failing(mine.select(1)), "ConnectionLost", "NotSent")
          })
        )
        assert.strictEqual(yield* Effect.scoped(Effect.flatMap(redis.lease(), (mine) => mine.ping())), "PONG")
      })
    )
  )

  it.effect("meets a conflict on the keys that it watches", () =>
    leavesNothing(
      Effect.gen(function* () {
        for (const protocol of [2, 3] as const) {
          const redis = yield* client({ protocol })
          yield* Effect.scoped(
            Effect.gen(function* () {
              const mine = yield* redis.lease()
              yield* mine.watch("k")
              yield* redis.set("k", "v")
              const error = isError(yield* failing(mine.transaction([Command.get("k")])), "WatchConflict", "Refused")
              assert.isTrue(error.transient)
              assert.deepStrictEqual(yield* mine.transaction([Command.get("k")]), ["v"])
            })
          )
        }
      })
    )
  )

  it.effect("on a frozen server is within the deadline, and so is the end of the client", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer
      yield* leavesNothing(
        Effect.gen(function* () {
          const scope = yield* Scope.make()
          const redis = yield* Scope.provide(client({ commandTimeout: 300, closeTimeout: 200 }), scope)
          const mine = yield* redis.lease()
          yield* mine.watch("k")
          yield* server.freeze
          const begun = performance.now()
          isError(yield* failing(mine.get("k")), "Timeout", "MayHaveExecuted")
          assert.isBelow(performance.now() - begun, 600)
          isError(yield* failing(Effect.scoped(redis.lease())), "Timeout", "NotSent")
          assert.isBelow(performance.now() - begun, 1000)
          const closing = performance.now()
          yield* Scope.close(scope, Exit.void)
          assert.isBelow(performance.now() - closing, 800)
        })
      ).pipe(Effect.ensuring(Effect.orDie(server.thaw)))
    })
  )

  it.effect("behind a half-open connection is within the deadline", () =>
    leavesNothing(
      Effect.gen(function* () {
        const proxy = yield* proxyTo(yield* RedisServer)
        const redis = yield* clientOf(proxy, { commandTimeout: 300, closeTimeout: 100 })
        const mine = yield* redis.lease()
        yield* mine.ping()
        proxy.set("silent")
        const begun = performance.now()
        isError(yield* failing(mine.get("k")), "Timeout", "MayHaveExecuted")
        assert.isBelow(performance.now() - begun, 600)
      })
    )
  )

  it.effect(
    "is one of at most ten, whatever 500 fibers do with 10 000 of them, while connections are killed",
    () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer
          const redis = yield* client({ clientName: "leases", pool: { max: 10 }, commandTimeout: "30 seconds" })
          const admin = yield* clientOf(server)
          yield* redis.set("owner", "")
          const holders = new Map<number, number>()
          const wrong: Array<string> = []
          let rounds = 0
          const counts = { leases: 0, clean: 0, failed: 0, interrupted: 0, most: 0 }

          const use = (mine: LeasedRedis, fiber: number) =>
            Effect.gen(function* () {
              const info = yield* mine.clientInfo()
              if (holders.has(info.id)) wrong.push(`${info.id} was lent twice`)
              holders.set(info.id, fiber)
              // Older servers do not tell how many keys are watched.
              const state = `${info.database} ${info.name} ${info.flags} ${info.fields.watch ?? "0"}`
              if (state !== "0 leases N 0") wrong.push(state)
              counts.clean++
              const kind = Math.floor(Math.random() * 6)
              if (kind === 0) yield* mine.watch("k")
              if (kind === 1) yield* mine.select(1)
              if (kind === 2) yield* mine.run(Command.raw("MULTI"))
              if (kind === 3) yield* mine.blPop("none", 5)
              if (kind === 4) yield* mine.clientSetName("changed")
              yield* mine.incr("n").pipe(Effect.ignore)
            }).pipe(
              Effect.ensuring(
                Effect.sync(() => {
                  for (const [id, holder] of holders) if (holder === fiber) holders.delete(id)
                })
              )
            )

          const caller = (fiber: number) =>
            Effect.gen(function* () {
              for (let n = 0; n < 20; n++) {
                counts.leases++
                const one = Effect.scoped(Effect.flatMap(redis.lease(), (mine) => use(mine, fiber)))
                if (Math.random() < 0.8) {
                  const exit = yield* Effect.exit(one)
                  if (Exit.isFailure(exit)) counts.failed++
                } else {
                  const running = yield* start(one)
                  yield* Effect.sleep(Math.random() * 30)
                  yield* Fiber.interrupt(running)
                  counts.interrupted++
                }
              }
            })
          const callers = yield* Effect.forEach(
            Array.from({ length: 500 }, (_, at) => at),
            (at) => start(caller(at))
          )
          while (callers.some((fiber) => fiber.pollUnsafe() === undefined)) {
            yield* Effect.sleep(20)
            if (++rounds % 100 === 0) {
              yield* server.kill
              yield* server.restart
            }
            const clients = yield* admin.clientList()
            const ours = clients.filter(
              ({ database, name }) => name === "leases" || name === "changed" || database === 1
            )
            counts.most = Math.max(counts.most, ours.length)
            const victim = ours[Math.floor(Math.random() * ours.length)]
            if (victim !== undefined && Math.random() < 0.3) yield* Effect.ignore(admin.clientKill({ ids: victim.id }))
          }
          for (const fiber of callers) yield* Fiber.join(fiber)
          assert.deepStrictEqual(wrong, [])
          assert.strictEqual(counts.leases, 10_000)
          assert.isAbove(counts.clean, 5000)
          assert.isAbove(counts.interrupted, 1000)
          // A socket that this side has closed may be in the server's list for a moment yet.
          assert.isAtMost(counts.most, 10 + 1 + 10)
          yield* eventually(
            "at most 11 stay",
            Effect.map(clientCount(server, "leases"), (count) => count <= 11)
          )
        })
      ),
    60_000
  )
})
