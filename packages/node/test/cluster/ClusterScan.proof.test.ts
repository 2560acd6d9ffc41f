import { assert } from "@effect/vitest"
import { Command, Redis, type RedisService, Scan } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { failing, isError, start } from "../support/client.ts"
import { PROOF_TIMEOUT, sizeOf } from "../support/proof.ts"
import { clusterClient, onCluster, primariesOf, replicaOf } from "./support/cluster.ts"
import { keyIn, SLOT_COUNT, slotOf, slotsFrom } from "./support/slots.ts"

/** Keys that are there throughout. */
const STABLE = sizeOf({ quick: 6_000, full: 60_000 })
/** Slots that move while scans run, so many at a time. */
const MOVED = sizeOf({ quick: 120, full: 2_000 })
const STEP = 20
const FAILOVERS = sizeOf({ quick: 1, full: 6 })
/** Fibers that write and delete other keys all the time. */
const WRITERS = 10

const stableKeys = (name: string) =>
  Array.from({ length: STABLE }, (_, at) => keyIn((at * 2_731) % SLOT_COUNT, `${name}-${at}`))

const fill = (redis: RedisService, keys: ReadonlyArray<string>) =>
  redis.pipeline(
    keys.map((key) => Command.set(key, "x")),
    { deadline: "60 seconds" }
  )

/** Writes and deletes keys in all slots until it is told to stop. */
const churn = Effect.fnUntraced(function* (redis: RedisService, name: string) {
  let running = true
  let writes = 0
  const work = (fiber: number) =>
    Effect.gen(function* () {
      for (let turn = 0; running; turn++) {
        const key = keyIn((fiber * 1_607 + turn * 97) % SLOT_COUNT, `${name}-${fiber}`)
        yield* Effect.ignore(redis.set(key, "y"))
        if (turn % 2 === 0) yield* Effect.ignore(redis.del(key))
        writes++
        yield* Effect.sleep(2)
      }
    })
  const fibers = yield* start(Effect.forEach(slotsFrom(0, WRITERS), work, { concurrency: "unbounded", discard: true }))
  return {
    stop: Effect.suspend(() => {
      running = false
      return Effect.as(Fiber.join(fibers), writes)
    }),
    writes: () => writes
  }
})

const collect = (found: Set<string>, keys: ReadonlyArray<string>): void => {
  for (const key of keys) found.add(key)
}

const missing = (expected: ReadonlyArray<string>, found: ReadonlySet<string>) =>
  expected.filter((key) => !found.has(key))

onCluster()("A scan of a cluster", (it) => {
  it.effect(
    "gives every key that existed throughout, while slots move and primaries change under load",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const { cluster, redis } = yield* clusterClient({ commandTimeout: "30 seconds" })
        const keys = stableKeys("stable")
        yield* fill(redis, keys)
        const load = yield* churn(redis, "volatile")
        let running = true
        const disturb = Effect.gen(function* () {
          const [first, second] = yield* primariesOf(servers)
          const slots = slotsFrom(0, MOVED)
          for (let at = 0; at < MOVED; at += STEP) {
            yield* servers.moveSlots(slots.slice(at, at + STEP), first!, second!, { keysPerMigrate: 10 })
          }
          for (let turn = 0; turn < FAILOVERS; turn++) {
            const primary = yield* servers.primaryOf(turn % 2 === 0 ? SLOT_COUNT - 1 : MOVED + 1)
            yield* servers.failover(yield* replicaOf(servers, primary))
          }
          running = false
        })
        const disturbing = yield* start(disturb)
        let scans = 0
        let pages = 0
        let given = 0
        while (running) {
          const found = new Set<string>()
          yield* Stream.runForEach(cluster.scan({ match: "stable-*", count: 200 }), (page) =>
            Effect.suspend(() => {
              pages++
              given += page.keys.length
              collect(found, page.keys)
              return pages % 10 === 0 ? Effect.sleep(5) : Effect.void
            })
          )
          assert.deepStrictEqual(missing(keys, found), [])
          assert.strictEqual(found.size, keys.length)
          scans++
        }
        yield* Fiber.join(disturbing)
        const writes = yield* load.stop
        assert.isAbove(writes, 100)
        assert.isAbove(scans, 0)
        console.log(
          `${scans} scans of ${STABLE} keys in ${pages} pages, ${given - scans * STABLE} repeated, during ${MOVED} moved slots, ` +
            `${FAILOVERS} failovers and ${writes} writes of others`
        )
        const again = yield* Effect.provideService(Stream.runCollect(Scan.keys({ match: "stable-*" })), Redis, redis)
        assert.deepStrictEqual(missing(keys, new Set(again)), [])
      }),
    PROOF_TIMEOUT
  )

  it.effect(
    "goes on from a token in another client after the primary that it was scanning has died",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const keys = stableKeys("token")
        const before = new Set<string>()
        const { done, token } = yield* Effect.scoped(
          Effect.gen(function* () {
            const { cluster, redis } = yield* clusterClient()
            yield* fill(redis, keys)
            // Into the second primary: what the first one had is finished, what this one had is not.
            const page = yield* cluster.scan({ match: "token-*", count: 100 }).pipe(
              Stream.tap((page) => Effect.sync(() => collect(before, page.keys))),
              Stream.filter(() => before.size > STABLE / 2),
              Stream.runHead
            )
            assert.isTrue(page._tag === "Some")
            const taken = page._tag === "Some" ? page.value.token : ""
            const owners = new Map<string, Set<string>>()
            const topology = yield* cluster.refresh
            for (const key of keys) {
              const owner = topology.primaryOf(slotOf(key))!.id
              owners.set(owner, (owners.get(owner) ?? new Set()).add(key))
            }
            const whole = [...owners.values()].filter((own) => missing([...own], before).length === 0)
            assert.strictEqual(whole.length, 1)
            const other = yield* failing(Stream.runDrain(cluster.scan({ match: "other-*", from: taken })))
            isError(other, "InvalidArgument", "NotSent")
            return { token: taken, done: whole[0]! }
          })
        )
        assert.isBelow(token.length, 300)
        const partly = keys.find((key) => before.has(key) && !done.has(key))!
        const victim = yield* servers.primaryOf(slotOf(partly))
        yield* servers.kill(victim)
        const { cluster } = yield* clusterClient({ commandTimeout: "30 seconds" })
        const found = new Set<string>()
        const last = { token: "" }
        yield* Stream.runForEach(cluster.scan({ match: "token-*", count: 100, from: token }), (page) =>
          Effect.sync(() => {
            collect(found, page.keys)
            last.token = page.token
          })
        )
        assert.deepStrictEqual(missing(keys, new Set([...before, ...found])), [])
        assert.deepStrictEqual(
          [...found].filter((key) => done.has(key)),
          []
        )
        // What the dead primary had was scanned again from its beginning, at its successor.
        assert.isTrue(found.has(partly))
        assert.deepStrictEqual(yield* Stream.runCollect(cluster.scan({ match: "token-*", from: last.token })), [])
        console.log(`${before.size} keys before the token (${token.length} characters), ${found.size} after it`)
        yield* servers.restart(victim)
        yield* servers.awaitStable
      }),
    PROOF_TIMEOUT
  )
})
