/** Fibers that go away while their commands are anywhere between here and the server. */
import { assert, describe, it } from "@effect/vitest"
import { Command, type RedisService } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import { clientCount, clientOf, eventually, failing, isError, start } from "../support/client.ts"
import { proxyTo } from "../support/Proxy.ts"
import { leavesNothing } from "../support/resources.ts"

const FIBERS = 1000
const SEEDS = ["one", "two", "three"]

/** Every kind of operation, each with a result that can only be its own. */
const operation = (redis: RedisService, id: number, round: number): Effect.Effect<void, unknown> => {
  const tag = `${id}:${round}`
  switch ((id + round) % 5) {
    case 0:
      return Effect.map(redis.echo(tag), (value) => assert.strictEqual(value, tag))
    case 1:
      return Effect.map(redis.get(`k:${id}`), (value) => assert.strictEqual(value, `v:${id}`))
    case 2:
      return Effect.map(redis.pipeline([Command.echo(tag), Command.get(`k:${id}`)]), (values) =>
        assert.deepStrictEqual(values, [tag, `v:${id}`])
      )
    case 3:
      return Effect.map(redis.transaction([Command.get(`k:${id}`), Command.strLen(`k:${id}`)]), (values) =>
        assert.deepStrictEqual(values, [`v:${id}`, `v:${id}`.length])
      )
    default:
      return Effect.map(redis.run(Command.asBytes(Command.get(`k:${id}`))), (value) =>
        assert.strictEqual(Buffer.from(value!).toString(), `v:${id}`)
      )
  }
}

/**
 * Workers that go on until they are interrupted, and then ask once more: a reply to what they no longer wait for must not be taken for the
 * answer. A wrong value is their defect.
 */
const worker = (redis: RedisService, id: number) =>
  Effect.gen(function* () {
    for (let round = 0; ; round++) yield* operation(redis, id, round)
  }).pipe(
    Effect.onInterrupt(() =>
      Effect.map(Effect.orDie(redis.echo(`last of ${id}`)), (value) => assert.strictEqual(value, `last of ${id}`))
    )
  )

describe("Interruption", () => {
  for (const [limits, what] of [
    [{}, "an ample budget"],
    [{ maxInFlight: 24 }, "a budget of 24 commands"],
    [{ maxInFlightBytes: 600 }, "a budget of 600 bytes"]
  ] as const) {
    it.live(`of random fibers under load leaves every other reply with its own command (${what})`, () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer.make()
          for (const seed of SEEDS) {
            yield* Effect.scoped(
              Effect.gen(function* () {
                const redis = yield* clientOf(server, { ...limits, clientName: "loaded" })
                const ids = Array.from({ length: FIBERS }, (_, id) => id)
                yield* redis.mSet(ids.map((id) => [`k:${id}`, `v:${id}`]))
                const workers = yield* Effect.forEach(ids, (id) => start(worker(redis, id)))
                let left = workers
                while (left.length > 0) {
                  // Some in the same turn as they sent, some after a reply or two.
                  const count = Math.min(left.length, yield* Random.nextIntBetween(1, 120))
                  const victims = yield* Random.shuffle(left)
                  for (const fiber of victims.slice(0, count)) fiber.interruptUnsafe()
                  left = victims.slice(count)
                  yield* (yield* Random.nextBoolean) ? redis.ping() : Effect.yieldNow
                }
                for (const fiber of workers) {
                  const exit = yield* Fiber.await(fiber)
                  const onlyInterrupted =
                    exit._tag === "Failure" && exit.cause.reasons.every((r) => r._tag === "Interrupt")
                  assert.isTrue(onlyInterrupted, String(exit))
                }
                const after = yield* Effect.forEach(ids, (id) => redis.get(`k:${id}`), { concurrency: "unbounded" })
                assert.deepStrictEqual(
                  after,
                  ids.map((id) => `v:${id}`)
                )
                assert.strictEqual(yield* clientCount(server, "loaded"), 1)
              })
            ).pipe(Random.withSeed(seed))
          }
          yield* eventually(
            "the server has no client of these",
            Effect.map(clientCount(server, "loaded"), (count) => count === 0)
          )
        })
      )
    )
  }

  it.live("takes back what was not sent yet, and nothing else", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const redis = yield* clientOf(server)
        // An idle connection writes the first at once; the others wait for the end of the turn.
        const fibers = yield* Effect.forEach(["a", "b", "c", "d"], (id) => start(redis.rPush("ids", id)))
        fibers[1]!.interruptUnsafe()
        fibers[3]!.interruptUnsafe()
        yield* Fiber.join(fibers[0]!)
        yield* Fiber.join(fibers[2]!)
        assert.deepStrictEqual(yield* redis.lRange("ids", 0, -1), ["a", "c"])
      })
    )
  )

  it.live("of a fiber that waits for the connection sends nothing once it is there", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make({ appendonly: true })
        const redis = yield* clientOf(server)
        yield* server.kill
        const [kept, dropped] = [yield* start(redis.rPush("ids", "kept")), yield* start(redis.rPush("ids", "dropped"))]
        const [batch, block] = [
          yield* start(redis.pipeline([Command.rPush("ids", "p"), Command.rPush("ids", "q")])),
          yield* start(redis.transaction([Command.rPush("ids", "t")]))
        ]
        yield* redis.run(Command.ping(), { deadline: 100 }).pipe(Effect.flip)
        yield* Fiber.interruptAll([dropped, batch, block])
        yield* server.restart
        yield* Fiber.join(kept)
        assert.deepStrictEqual(yield* redis.lRange("ids", 0, -1), ["kept"])
      })
    )
  )

  it.live("by Effect.timeout frees the fiber at once although the server is silent", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const proxy = yield* proxyTo(server)
        const redis = yield* clientOf(proxy, { closeTimeout: 50 })
        proxy.set("silent")
        const started = performance.now()
        const operations = [
          redis.incr("n"),
          redis.pipeline([Command.incr("n")]),
          redis.transaction([Command.incr("n")])
        ]
        for (const one of operations) {
          const error = yield* failing(Effect.timeout(one as Effect.Effect<unknown, never>, 50))
          assert.strictEqual(error._tag, "TimeoutError")
        }
        assert.isBelow(performance.now() - started, 1500)
      })
    )
  )

  it.live("of the whole client fails what waits, and every later call, as Closed", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const redis = yield* Effect.scoped(clientOf(server))
        isError(yield* failing(redis.ping()), "Closed", "NotSent")
        isError(yield* failing(redis.pipeline([Command.ping()])), "Closed", "NotSent")
        isError(yield* failing(redis.transaction([Command.ping()])), "Closed", "NotSent")
      })
    )
  )

  it.live("of the whole client awaits the replies of what was sent, for as long as closeTimeout", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const outcomes = yield* Effect.scoped(
          Effect.gen(function* () {
            const redis = yield* clientOf(server)
            return yield* Effect.forEach(["a", "b", "c"], (id) =>
              Effect.forkDetach(redis.rPush("ids", id), { startImmediately: true })
            )
          })
        )
        for (const fiber of outcomes) yield* Fiber.join(fiber)
        assert.deepStrictEqual(yield* server.admin(["LRANGE", "ids", 0, -1]), ["a", "b", "c"])
        const lost = yield* Effect.scoped(
          Effect.gen(function* () {
            const redis = yield* clientOf(server, { closeTimeout: 50 })
            yield* server.freeze
            return yield* Effect.forkDetach(redis.incr("n"), { startImmediately: true })
          })
        )
        isError(yield* failing(Fiber.join(lost)), "Closed", "MayHaveExecuted")
        yield* server.thaw
      })
    )
  )
})
