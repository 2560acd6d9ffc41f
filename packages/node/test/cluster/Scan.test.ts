import { assert } from "@effect/vitest"
import { Command, Redis, type RedisError, type RedisService, Scan } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { failing, isError } from "../support/client.ts"
import { calls, clusterClient, onCluster, primariesOf } from "./support/cluster.ts"
import { keyIn, SLOT_COUNT } from "./support/slots.ts"

const all = <A>(redis: RedisService, stream: Stream.Stream<A, RedisError, Redis>) =>
  Effect.provideService(Stream.runCollect(stream), Redis, redis)

/** Keys over all slots. */
const spread = (name: string, count: number) =>
  Array.from({ length: count }, (_, at) => keyIn((at * 1_117) % SLOT_COUNT, `${name}-${at}`))

const fill = (redis: RedisService, keys: ReadonlyArray<string>) =>
  redis.pipeline(keys.map((key) => Command.set(key, "x")))

onCluster({ replicasPerPrimary: 0 })("Scans in a cluster", (it) => {
  it.effect("of keys go over all primaries, each key once while nothing changes, with and without a prefix", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { cluster, redis } = yield* clusterClient()
      const keys = spread("plain", 500)
      yield* fill(redis, keys)
      const found = yield* all(redis, Scan.keys({ match: "plain-*", count: 1_000 }))
      assert.deepStrictEqual([...found].sort(), [...keys].sort())
      const bytes = yield* Stream.runCollect(cluster.scan({ match: "plain-*", bytes: true, count: 1_000 }))
      assert.deepStrictEqual(
        bytes.flatMap(({ keys }) => keys.map((key) => new TextDecoder().decode(key))).sort(),
        [...keys].sort()
      )
      const under = yield* clusterClient({ keyPrefix: "app:" })
      const own = spread("own", 100)
      yield* fill(under.redis, own)
      assert.deepStrictEqual([...(yield* all(under.redis, Scan.keys()))].sort(), [...own].sort())
      const pages = yield* Stream.runCollect(under.cluster.scan({ match: "own-7*" }))
      assert.strictEqual(new Set(pages.flatMap(({ keys }) => keys)).size, 11)
      const [first] = yield* primariesOf(servers)
      const one = redis.withOptions({ target: `${first!.host}:${first!.port}` })
      const here = new Set(yield* all(one, Scan.keys({ match: "plain-*", count: 1_000 })))
      assert.isAbove(here.size, 0)
      assert.isBelow(here.size, keys.length)
    })
  )

  it.effect("fetch a page when the one before is used up, and go on from the token of any page", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { cluster, redis } = yield* clusterClient()
      const keys = spread("paged", 900)
      yield* fill(redis, keys)
      const before = yield* calls(servers.nodes, "scan")
      const taken = yield* Stream.runCollect(Stream.take(cluster.scan({ match: "paged-*" }), 3))
      assert.strictEqual(yield* calls(servers.nodes, "scan"), before + 3)
      const pages = yield* Stream.runCollect(cluster.scan({ match: "paged-*" }))
      for (const at of [0, Math.trunc(pages.length / 2), pages.length - 1]) {
        const rest = yield* Stream.runCollect(cluster.scan({ match: "paged-*", from: pages[at]!.token }))
        assert.deepStrictEqual(
          [...pages.slice(0, at + 1), ...rest].flatMap((page) => page.keys).sort(),
          [...keys].sort()
        )
      }
      for (const from of ["", "0", `${taken[0]!.token}0`]) {
        isError(yield* failing(Stream.runDrain(cluster.scan({ match: "paged-*", from }))), "InvalidArgument", "NotSent")
      }
      const { token } = taken[0]!
      isError(yield* failing(Stream.runDrain(cluster.scan({ type: "set", from: token }))), "InvalidArgument", "NotSent")
      const prefixed = yield* clusterClient({ keyPrefix: "app:" })
      const elsewhere = prefixed.cluster.scan({ match: "paged-*", from: token })
      isError(yield* failing(Stream.runDrain(elsewhere)), "InvalidArgument", "NotSent")
    })
  )

  it.effect("of one key follow it to another node, and lose nothing on the way", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const [from, to] = yield* primariesOf(servers)
      const { redis } = yield* clusterClient()
      const names = Array.from({ length: 3_000 }, (_, at) => `e${at}`)
      for (const [slot, finished] of [
        [11, true],
        [12, false]
      ] as const) {
        const key = keyIn(slot, "moving")
        yield* redis.sAdd(key, ...(names as [string, ...Array<string>]))
        const found = new Set<string>()
        let given = 0
        yield* Scan.set(key, { count: 50 }).pipe(
          Stream.runForEach((name) =>
            Effect.gen(function* () {
              found.add(name)
              if (++given !== names.length / 2) return
              yield* servers.beginMigration(slot, from!, to!)
              yield* servers.migrateKeys(slot, from!, to!)
              if (finished) yield* servers.finishMigration(slot, from!, to!)
            })
          ),
          Effect.provideService(Redis, redis)
        )
        assert.deepStrictEqual(
          names.filter((name) => !found.has(name)),
          []
        )
        assert.isAtLeast(given, names.length * 1.4)
        if (!finished) yield* servers.finishMigration(slot, from!, to!)
      }
    })
  )

  it.effect("wait for a slot that moves, and fail when it does not arrive in time", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const [from, to] = yield* primariesOf(servers)
      const { cluster, redis } = yield* clusterClient({ commandTimeout: "1 second" })
      const inside = keyIn(20, "between")
      const keys = [...spread("between", 50), inside]
      yield* fill(redis, keys)
      yield* servers.beginMigration(20, from!, to!)
      const tokens: Array<string> = []
      const found = new Set<string>()
      const scan = (from?: string) =>
        Stream.runForEach(cluster.scan({ match: "between*", from }), (page) =>
          Effect.sync(() => {
            tokens.push(page.token)
            for (const key of page.keys) found.add(key)
          })
        )
      const error = isError(yield* failing(scan()), "Timeout", "NotSent")
      assert.match(error.message, /1 slots cannot be scanned while they move/)
      assert.deepStrictEqual(
        keys.filter((key) => !found.has(key)),
        [inside]
      )
      yield* servers.migrateKeys(20, from!, to!)
      yield* servers.finishMigration(20, from!, to!)
      yield* scan(tokens.at(-1))
      assert.isTrue(found.has(inside))
    })
  )
})
