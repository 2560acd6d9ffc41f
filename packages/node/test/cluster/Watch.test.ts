import { assert } from "@effect/vitest"
import { Command, type RedisService, type WatchedRedis } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { eventually, failing, isError, start } from "../support/client.ts"
import { clusterClient, errorsSaid, onCluster, primariesOf, replicaOf } from "./support/cluster.ts"
import { keyIn } from "./support/slots.ts"

/** How often the slot changes its node under load. */
const TURNS = 6

/** Adds one, and does something in between in the first run. Gives how often it ran. */
const increment = <E, R>(
  redis: RedisService,
  key: string,
  between: (tx: WatchedRedis, value: number) => Effect.Effect<unknown, E, R>
) =>
  Effect.gen(function* () {
    let runs = 0
    yield* redis.watch(key, (tx) =>
      Effect.gen(function* () {
        const value = Number((yield* tx.get(key)) ?? 0)
        if (runs++ === 0) yield* between(tx, value)
        return { stored: Command.set(key, value + 1), now: Command.get(key) }
      })
    )
    return runs
  })

/** A slot that begins to move, with what ends the migration. */
const moving = (slot: number) =>
  Effect.gen(function* () {
    const servers = yield* ClusterServers
    const [from, to] = yield* primariesOf(servers)
    const begin = servers.beginMigration(slot, from, to)
    const migrate = (...names: ReadonlyArray<string>) =>
      servers.migrateKeys(slot, from, to, names.length === 0 ? {} : { keys: names.map((name) => keyIn(slot, name)) })
    const finish = Effect.andThen(servers.migrateKeys(slot, from, to), servers.finishMigration(slot, from, to))
    return { servers, from, to, begin, migrate, finish, key: (name: string) => keyIn(slot, name) }
  })

onCluster()("An optimistic transaction in a cluster", (it) => {
  it.effect("is done again at the new owner when its slot has moved between WATCH and EXEC", () =>
    Effect.gen(function* () {
      const { begin, finish, key, to } = yield* moving(301)
      const { redis } = yield* clusterClient()
      yield* redis.set(key("n"), 5)
      assert.strictEqual(yield* increment(redis, key("n"), () => Effect.andThen(begin, finish)), 2)
      assert.strictEqual(yield* redis.get(key("n")), "6")
      assert.strictEqual(yield* to.admin(["GET", key("n")]), "6")
      assert.strictEqual(yield* increment(redis, key("n"), () => Effect.void), 1)
    })
  )

  it.effect("goes on at the importing node when its key has moved and the migration stays open", () =>
    Effect.gen(function* () {
      const { begin, finish, from, key, migrate, to } = yield* moving(302)
      const { redis } = yield* clusterClient()
      yield* redis.set(key("n"), 5)
      yield* redis.set(key("other"), "stays")
      // Moved between WATCH and EXEC.
      assert.strictEqual(yield* increment(redis, key("n"), () => Effect.andThen(begin, migrate("n"))), 2)
      assert.strictEqual(yield* redis.get(key("n")), "6")
      // WATCH itself is answered by ASK, and a change by somebody else is seen there.
      const moved = yield* errorsSaid(from, "ASK")
      assert.strictEqual(yield* increment(redis, key("n"), () => redis.set(key("n"), 20)), 2)
      assert.strictEqual(yield* redis.get(key("n")), "21")
      assert.isAbove(yield* errorsSaid(from, "ASK"), moved)
      // Reads of keys that have not moved see them.
      const read = yield* redis.watch(key("n"), (tx) =>
        Effect.map(tx.pipeline({ n: Command.get(key("n")), other: Command.get(key("other")) }), ({ n, other }) => ({
          set: Command.set(key("n"), `${n} ${other}`),
          all: Command.get(key("n"))
        }))
      )
      assert.deepStrictEqual(read, { set: true, all: "21 stays" })
      // A key that nobody has yet is of the importing node, too.
      assert.strictEqual(yield* increment(redis, key("new"), () => Effect.void), 1)
      assert.strictEqual(yield* from.admin(["CLUSTER", "COUNTKEYSINSLOT", 302]), 1)
      yield* finish
      assert.strictEqual(yield* to.admin(["GET", key("new")]), "1")
      yield* redis.set(key("n"), 0)
      assert.strictEqual(yield* increment(redis, key("n"), () => redis.set(key("n"), 1)), 2)
    })
  )

  it.effect(
    "waits for the end of the migration if its keys are parted, or if it writes keys that may not have moved",
    () =>
      Effect.gen(function* () {
        const { begin, finish, from, key, migrate, to } = yield* moving(303)
        const { redis } = yield* clusterClient()
        yield* redis.set(key("a"), "a")
        yield* redis.set(key("b"), "b")
        yield* begin
        yield* migrate("a")
        const said = yield* errorsSaid(from, "TRYAGAIN")
        const both = yield* start(
          redis.watch([key("a"), key("b")], (tx) =>
            Effect.map(tx.pipeline([Command.get(key("a")), Command.get(key("b"))]), ([a, b]) => [
              Command.set(key("a"), `${b}`),
              Command.set(key("b"), `${a}`)
            ])
          )
        )
        const one = yield* start(
          redis.watch(key("a"), (tx) => Effect.map(tx.get(key("b")), (b) => [Command.append(key("b"), `${b}!`)]))
        )
        yield* eventually(
          "TRYAGAIN",
          Effect.map(errorsSaid(from, "TRYAGAIN"), (now) => now > said + 2)
        )
        assert.isUndefined(both.pollUnsafe())
        assert.isUndefined(one.pollUnsafe())
        yield* finish
        yield* Fiber.join(both)
        yield* Fiber.join(one)
        // In one order or the other.
        assert.include(["a", "aa!"], String(yield* to.admin(["GET", key("b")])))
        assert.strictEqual(String(yield* to.admin(["GET", key("a")]))[0], "b")
      })
  )

  it.effect("ends as Timeout with the cause when the migration does not end before the deadline", () =>
    Effect.gen(function* () {
      const { begin, finish, key, migrate } = yield* moving(304)
      const { redis } = yield* clusterClient()
      yield* redis.set(key("a"), "a")
      yield* redis.set(key("b"), "b")
      yield* begin
      yield* migrate("a")
      const parted = redis.watch([key("a"), key("b")], () => Effect.succeed([Command.get(key("a"))]), { deadline: 300 })
      const error = isError(yield* failing(parted), "Timeout", "Refused")
      assert.match(error.message, /TryAgain/)
      yield* finish
    })
  )

  it.effect("counts right while its slot moves to and fro under many fibers", () =>
    Effect.gen(function* () {
      const { from, key, servers, to } = yield* moving(305)
      const { redis } = yield* clusterClient({ commandTimeout: "30 seconds" })
      const each = 15
      const fibers = yield* Effect.forEach(Array.from({ length: 10 }), () =>
        start(
          Effect.gen(function* () {
            for (let n = 0; n < each; n++) {
              yield* increment(redis, key("n"), () => Effect.void)
              yield* Effect.sleep(5)
            }
          })
        )
      )
      for (let turn = 0; turn < TURNS; turn++) {
        const [source, target] = turn % 2 === 0 ? [from, to] : [to, from]
        yield* servers.beginMigration(305, source, target)
        yield* Effect.sleep(20)
        yield* servers.migrateKeys(305, source, target)
        yield* Effect.sleep(20)
        yield* servers.finishMigration(305, source, target)
      }
      for (const fiber of fibers) yield* Fiber.join(fiber)
      assert.strictEqual(yield* redis.get(key("n")), String(each * 10))
    })
  )

  it.effect(
    "is done again at the new primary after a failover, or a death, between WATCH and EXEC",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const { redis } = yield* clusterClient({ commandTimeout: "30 seconds" })
        const key = keyIn(12_345, "n")
        yield* redis.durable(Command.set(key, 5), { replicas: 1, timeout: "5 seconds" })
        const primary = yield* servers.primaryOf(12_345)
        const promote = Effect.flatMap(replicaOf(servers, primary), (replica) => servers.failover(replica))
        assert.strictEqual(yield* increment(redis, key, () => promote), 2)
        assert.strictEqual(yield* redis.get(key), "6")
        yield* servers.awaitStable
        const next = yield* servers.primaryOf(12_345)
        assert.notStrictEqual(next.id, primary.id)
        assert.strictEqual(yield* increment(redis, key, () => servers.kill(next)), 2)
        assert.strictEqual(yield* redis.get(key), "7")
        yield* servers.restart(next)
        yield* servers.awaitStable
      }),
    60_000
  )
})
