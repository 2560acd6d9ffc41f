import { assert, layer } from "@effect/vitest"
import { Lock, type LockError, Redis, RedisSemaphore, type RedisService } from "@reef-redis/node"
import { RedisServer, type ServerControls } from "@reef-redis/testing"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import { clientOf, eventually, failing, start } from "../support/client.ts"
import { leavesNothing } from "../support/resources.ts"

const reasonOf = (error: unknown): string =>
  (error as LockError)._tag === "LockError" ? (error as LockError).reason._tag : String(error)

let names = 0
const fresh = () => `lock-${names++}`

layer(RedisServer.layer({ config: ["repl-diskless-sync-delay 0"] }), { excludeTestServices: true })("A lock", (it) => {
  const test = (
    name: string,
    body: (redis: RedisService, server: ServerControls) => Effect.Effect<unknown, unknown, Redis>
  ) =>
    it.effect(name, () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer
          const redis = yield* clientOf(server)
          yield* Effect.provideService(body(redis, server), Redis, redis)
        })
      )
    )

  test("is held by one at a time, and its token grows from holder to holder", () =>
    Effect.gen(function* () {
      const lock = Lock.make(fresh())
      let inside = 0
      const tokens: Array<number> = []
      const use = lock.withLock(({ token }) =>
        Effect.gen(function* () {
          assert.strictEqual(++inside, 1)
          tokens.push(token)
          yield* Effect.sleep(1)
          inside--
        })
      )
      yield* Effect.all(
        Array.from({ length: 30 }, () => use),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(tokens, 30)
      assert.deepStrictEqual(
        tokens,
        [...tokens].sort((a, b) => a - b)
      )
      assert.strictEqual(new Set(tokens).size, 30)
      assert.isFalse(yield* lock.locked)
    }))

  test("leaves no key behind but the last token, whose time is bounded", (_, server) =>
    Effect.gen(function* () {
      yield* server.admin(["FLUSHALL"])
      const name = fresh()
      yield* Effect.all(
        Array.from({ length: 5 }, () => Lock.make(name).withLock(Effect.sleep(5))),
        { concurrency: "unbounded" }
      )
      yield* eventually(
        "the rest expires",
        Effect.map(server.admin(["KEYS", "*"]), (left) => String(left) === `{${name}}:fence`)
      )
      assert.isAbove(Number(yield* server.admin(["PTTL", `{${name}}:fence`])), 0)
    }))

  test("is not waited for by tryAcquire, and a waiter fails as LockTimeout at its time", () =>
    Effect.gen(function* () {
      const name = fresh()
      yield* Lock.make(name).withLock(
        Effect.gen(function* () {
          assert.isUndefined(yield* Effect.scoped(Lock.make(name).tryAcquire))
          for (const wake of ["notify", "poll"] as const) {
            const begun = performance.now()
            const late = yield* failing(Effect.scoped(Lock.make(name, { wait: 150, wake }).acquire))
            assert.strictEqual(reasonOf(late), "LockTimeout")
            assert.isAtLeast(performance.now() - begun, 145)
          }
          const ended = Lock.make(name, { schedule: Schedule.recurs(0), wait: "1 minute" })
          assert.match(String(yield* failing(Effect.scoped(ended.acquire))), /schedule/)
          assert.isTrue(yield* Lock.make(name).locked)
        })
      )
      const held = yield* Effect.scoped(Effect.map(Lock.make(name).tryAcquire, (held) => held?.token))
      assert.isNumber(held)
    }))

  test("wakes who waits as soon as it is given back, whatever the schedule", () =>
    Effect.gen(function* () {
      const name = fresh()
      const patient = Lock.make(name, { schedule: Schedule.spaced("1 hour"), wait: "1 hour", ttl: "1 hour" })
      let woken = 0
      const waiters = yield* Effect.scoped(
        Effect.gen(function* () {
          yield* patient.acquire
          const fibers = yield* start(
            Effect.all(
              Array.from({ length: 10 }, () => patient.withLock(Effect.sync(() => woken++))),
              { concurrency: "unbounded" }
            )
          )
          yield* Effect.sleep(50)
          assert.strictEqual(woken, 0)
          return fibers
        })
      )
      yield* Fiber.join(waiters)
      assert.strictEqual(woken, 10)
    }))

  test("goes to those who wait before one who has just had it", () =>
    Effect.gen(function* () {
      const name = fresh()
      const order: Array<string> = []
      const loop = (who: string) =>
        Effect.replicateEffect(
          Lock.make(name).withLock(
            Effect.andThen(
              Effect.sync(() => order.push(who)),
              Effect.sleep(5)
            )
          ),
          5
        )
      yield* Effect.all([loop("a"), loop("b"), loop("c")], { concurrency: "unbounded" })
      // Nobody has it three times while two others wait.
      for (let at = 0; at < 9; at++) assert.isAbove(new Set(order.slice(at, at + 3)).size, 1, order.join(""))
    }))

  test("is renewed for as long as it is held, and expires by itself without renewal", () =>
    Effect.gen(function* () {
      const name = fresh()
      yield* Lock.make(name, { ttl: 150 }).withLock((held) =>
        Effect.gen(function* () {
          yield* Effect.sleep(500)
          assert.isTrue(yield* held.owned)
          yield* held.check
        })
      )
      const lost = yield* failing(Lock.make(name, { ttl: 100, renew: false }).withLock(Effect.never))
      assert.deepInclude((lost as LockError).reason, { _tag: "LockLost", how: "unconfirmed" })
      assert.isFalse(yield* Lock.make(name).locked)
    }))

  test("that is taken away interrupts what it protects as LockLost, at the next renewal or when it is given back", (_, server) =>
    Effect.gen(function* () {
      const name = fresh()
      let interrupted = false
      const protectedEffect = Effect.onInterrupt(Effect.never, () => Effect.sync(() => (interrupted = true)))
      const fiber = yield* start(failing(Lock.make(name, { ttl: 200 }).withLock(protectedEffect)))
      yield* eventually("it is held", Lock.make(name).locked)
      yield* server.admin(["DEL", `{${name}}:holders`])
      const lost = yield* Fiber.join(fiber)
      assert.deepInclude((lost as LockError).reason, { _tag: "LockLost", how: "refused" })
      assert.isTrue(interrupted)
      const late = yield* failing(Lock.make(name).withLock(Effect.orDie(server.admin(["DEL", `{${name}}:holders`]))))
      assert.strictEqual(reasonOf(late), "LockLost")
    }))

  test("whose server is silent is lost at its time, and says why", (_, server) =>
    Effect.gen(function* () {
      const lock = Lock.make(fresh(), { ttl: 300 })
      const fiber = yield* start(failing(lock.withLock(Effect.never)))
      yield* eventually("it is held", lock.locked)
      yield* server.freeze
      const begun = performance.now()
      const lost = yield* Effect.ensuring(Fiber.join(fiber), Effect.orDie(server.thaw))
      assert.deepInclude((lost as LockError).reason, { _tag: "LockLost", how: "unconfirmed" })
      assert.isBelow(performance.now() - begun, 5_000)
    }))

  test("can be extended, set, reacquired and released early; afterwards that is NotHeld", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const name = fresh()
        const held = yield* Lock.make(name, { ttl: "10 seconds", renew: false }).acquire
        const left = Effect.map(held.remaining, Duration.toSeconds)
        yield* held.extend("20 seconds")
        assert.isTrue((yield* left) > 25 && (yield* left) <= 30)
        yield* held.extend("5 seconds", { replace: true })
        assert.isTrue((yield* left) > 3 && (yield* left) <= 5)
        yield* held.reacquire
        assert.isTrue((yield* left) > 8 && (yield* left) <= 10)
        assert.isTrue(yield* held.owned)
        yield* held.release
        assert.isFalse(yield* held.owned)
        assert.isFalse(yield* Lock.make(name).locked)
        for (const again of [held.release, held.check, held.reacquire, held.extend(1000)]) {
          assert.strictEqual(reasonOf(yield* failing(again)), "NotHeld")
        }
      })
    ))

  test("may have no end: then it is not renewed, cannot be extended, and stays until it is released", (_, server) =>
    Effect.gen(function* () {
      const name = fresh()
      const lock = Lock.make(name, { ttl: Duration.infinity })
      yield* lock.withLock((held) =>
        Effect.gen(function* () {
          assert.strictEqual(yield* server.admin(["PTTL", `{${name}}:holders`]), -1)
          assert.isTrue(yield* held.owned)
          assert.match(String(yield* failing(held.extend("1 second"))), /without an end/)
          const late = Lock.make(name, { wait: 50 })
          assert.strictEqual(reasonOf(yield* failing(Effect.scoped(late.acquire))), "LockTimeout")
        })
      )
      assert.isFalse(yield* lock.locked)
    }))

  test("is left by a fiber that is interrupted while it asks or waits", (_, server) =>
    Effect.gen(function* () {
      const name = fresh()
      const lock = Lock.make(name)
      for (let turn = 0; turn < 20; turn++) {
        const fiber = yield* start(Effect.scoped(Effect.andThen(lock.acquire, Effect.never)))
        if (turn % 2 === 1) yield* Effect.yieldNow
        if (turn % 4 === 3) yield* Effect.sleep(turn / 8)
        yield* Fiber.interrupt(fiber)
        assert.isFalse(yield* lock.locked)
      }
      yield* lock.withLock(
        Effect.gen(function* () {
          const waiter = yield* start(Effect.scoped(lock.acquire))
          yield* eventually(
            "it waits",
            Effect.map(server.admin(["ZCARD", `{${name}}:waiting`]), (waiting) => waiting === 1)
          )
          yield* Fiber.interrupt(waiter)
          assert.strictEqual(yield* server.admin(["ZCARD", `{${name}}:waiting`]), 0)
        })
      )
    }))

  test("that replicas shall confirm counts only if they do, and is given back otherwise", (_, server) =>
    Effect.scoped(
      Effect.gen(function* () {
        const lock = Lock.make(fresh(), { durable: { replicas: 1, timeout: "2 seconds" } })
        const refused = yield* failing(
          Effect.scoped(Lock.make(lock.name, { durable: { replicas: 1, timeout: 20 } }).acquire)
        )
        assert.deepInclude((refused as LockError).reason, { _tag: "NotConfirmed", wanted: 1, acknowledged: 0 })
        assert.isFalse(yield* lock.locked)
        const replica = yield* RedisServer.make()
        yield* replica.admin(["REPLICAOF", server.host, String(server.port)])
        yield* eventually(
          "the replica is online",
          Effect.map(server.admin(["INFO", "replication"]), (info) => /state=online/.test(String(info)))
        )
        yield* lock.withLock(({ token }) =>
          Effect.map(replica.admin(["GET", `{${lock.name}}:fence`]), (fence) =>
            assert.strictEqual(Number(fence), token)
          )
        )
      })
    ))

  test("has all keys in the slot of its name and behind the client's prefix", (redis, server) =>
    Effect.gen(function* () {
      yield* server.admin(["FLUSHALL"])
      const prefixed = redis.withKeyPrefix("p:")
      for (const [name, key] of [
        ["{tag}:job", "p:{tag}:job:holders"],
        ["a}b", "p:{a}b}:holders"]
      ] as const) {
        const keys = Lock.make(name).withLock(Effect.orDie(server.admin(["EXISTS", key])))
        assert.strictEqual(yield* Effect.provideService(keys, Redis, prefixed), 1)
      }
      for (const wrong of [
        Lock.make(""),
        Lock.make("n", { ttl: 0 }),
        Lock.make("n", { wait: "soon" as never }),
        RedisSemaphore.make("n", { permits: 0 })
      ]) {
        assert.match(String(yield* failing(Effect.scoped(wrong.acquire))), /InvalidArgument/)
      }
    }))

  test("of several permits is a semaphore: so many at once, also after holders have died", () =>
    Effect.gen(function* () {
      const semaphore = RedisSemaphore.make(fresh(), { permits: 3 })
      let [inside, most] = [0, 0]
      const use = semaphore.withPermit(
        Effect.gen(function* () {
          most = Math.max(most, ++inside)
          yield* Effect.sleep(5)
          inside--
        })
      )
      yield* Effect.all(
        Array.from({ length: 30 }, () => use),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(most, 3)
      assert.strictEqual(yield* semaphore.held, 0)
      const dying = RedisSemaphore.make(semaphore.name, { permits: 3, ttl: 200, renew: false })
      yield* Effect.scoped(
        Effect.gen(function* () {
          for (let n = 0; n < 3; n++) yield* dying.acquire
          assert.strictEqual(yield* semaphore.held, 3)
          assert.isUndefined(yield* semaphore.tryAcquire)
          assert.isNumber((yield* semaphore.acquire).token)
        })
      )
      assert.strictEqual(yield* semaphore.held, 0)
    }))
})
