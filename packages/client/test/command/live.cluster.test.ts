/** CLUSTER commands that need more than one node, and what of a cluster is reached without a key. */
import { assert, describe, layer } from "@effect/vitest"
import { RedisClusterLive } from "@reef-redis/node"
import { type ClusterNode, ClusterServers, RedisServer } from "@reef-redis/testing"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { Command } from "../../src/Command.ts"
import { Redis } from "../../src/Redis.ts"
import { slotOf } from "../../src/topology/Slot.ts"
import { has, on, until } from "../support/live.ts"

const LIMIT = { timeout: "60 seconds", excludeTestServices: true } as const
const TEST_MILLIS = 60_000

/** The primaries of the first and the last slots, and the replica of the first. */
const nodesOf = Effect.gen(function* () {
  const cluster = yield* ClusterServers
  const first = yield* cluster.primaryOf(0)
  const last = yield* cluster.primaryOf(16_383)
  const [replica] = yield* cluster.replicasOf(first)
  return { cluster, first, last, replica: replica as ClusterNode }
})

layer(
  ClusterServers.layer({ primaries: 2, replicasPerPrimary: 1, nodeTimeout: "1 second" }),
  LIMIT
)((it) => {
  for (const protocol of [2, 3] as const) {
    describe(`a cluster of two shards under RESP${protocol}`, () => {
      it.effect("describes its nodes, links and shards", () =>
        Effect.gen(function* () {
          const { cluster, first, last, replica } = yield* nodesOf
          for (const command of [Command.clusterReplicas(first.id), Command.clusterSlaves(first.id)]) {
            const replicas = yield* on(last, command, protocol)
            assert.lengthOf(replicas, 1)
            assert.deepInclude(replicas[0], { id: replica.id, role: "replica", primaryId: first.id, myself: false })
            assert.isTrue(DateTime.isDateTime(replicas[0]!.pongReceived))
          }
          assert.strictEqual(yield* on(first, Command.clusterCountFailureReports(last.id), protocol), 0)
          const links = yield* on(first, Command.clusterLinks(), protocol)
          const others = cluster.nodes.map(({ id }) => id).filter((id) => id !== first.id)
          assert.includeMembers(others, [...new Set(links.map(({ node }) => node))])
          assert.deepStrictEqual([...new Set(links.map(({ direction }) => direction))].sort(), ["from", "to"])
          const shards = yield* on(replica, Command.clusterShards(), protocol)
          assert.lengthOf(shards, 2)
          const shard = shards.find(({ slots }) => slots.some(({ start }) => start === 0))!
          assert.sameMembers(
            shard.nodes.map(({ id, role }) => `${id} ${role}`),
            [`${first.id} primary`, `${replica.id} replica`]
          )
          assert.strictEqual(shard.id === undefined, !has(first, { valkey: "9.0" }))
          const ranges = on(first, Command.clusterSlots(), protocol)
          // A replica is named once it has told of itself.
          yield* until(Effect.map(ranges, ([range]) => range!.replicas.length > 0))
          const [range] = yield* ranges
          assert.deepStrictEqual([range!.primary.id, range!.replicas[0]!.id], [first.id, replica.id])
        })
      )

      it.effect("tells the id of a shard, the same on all its nodes", () =>
        Effect.gen(function* () {
          const { first, last, replica } = yield* nodesOf
          if (!has(first, { redis: "7.2", valkey: "7.2" })) {
            const error = yield* Effect.flip(on(first, Command.clusterMyShardId(), protocol))
            return assert.match(error.message, /unknown subcommand/i)
          }
          const ids = yield* Effect.forEach([first, replica, last], (node) =>
            on(node, Command.clusterMyShardId(), protocol)
          )
          assert.lengthOf(ids[0]!, 40)
          assert.strictEqual(ids[0], ids[1])
          assert.notStrictEqual(ids[0], ids[2])
        })
      )

      it.effect("gives the keys of a slot, and deletes them", () =>
        Effect.gen(function* () {
          const { first } = yield* nodesOf
          const key = "{06S}:key"
          assert.strictEqual(slotOf(key), 0)
          yield* on(first, Command.set(key, "v"), protocol)
          assert.strictEqual(yield* on(first, Command.clusterCountKeysInSlot(0), protocol), 1)
          assert.deepStrictEqual(yield* on(first, Command.clusterGetKeysInSlot(0, 10), protocol), [key])
          if (has(first, { redis: "8.2", valkey: "8.0" })) {
            const [stats] = yield* on(first, Command.clusterSlotStats({ range: { start: 0, end: 0 } }), protocol)
            assert.deepInclude(stats, { slot: 0, keyCount: 1 })
          }
          if (has(first, { valkey: "9.0" })) yield* on(first, Command.clusterFlushSlot(0, "SYNC"), protocol)
          else yield* on(first, Command.del(key), protocol)
          assert.strictEqual(yield* on(first, Command.clusterCountKeysInSlot(0), protocol), 0)
        })
      )

      it.effect(
        "lets a replica take over, with and without the help or consent of others",
        () =>
          Effect.gen(function* () {
            // A node that has asked for votes cannot do so again for a while: each asks once in all these tests.
            const modes = protocol === 2 ? ([undefined, "TAKEOVER"] as const) : (["TAKEOVER", "FORCE"] as const)
            for (const mode of modes) {
              const { cluster, first, replica } = yield* nodesOf
              assert.isUndefined(yield* on(replica, Command.clusterFailover(mode), protocol))
              yield* until(Effect.map(cluster.primaryOf(0), ({ id }) => id === replica.id))
              yield* until(Effect.map(first.role, (role) => role === "replica"))
              yield* cluster.awaitStable
            }
          }),
        TEST_MILLIS
      )

      it.effect(
        "lets a replica follow another primary, or none",
        () =>
          Effect.gen(function* () {
            const { cluster, first, last, replica } = yield* nodesOf
            assert.isUndefined(yield* on(replica, Command.clusterReplicate(last.id), protocol))
            yield* cluster.awaitStable
            assert.lengthOf(yield* on(last, Command.clusterReplicas(last.id), protocol), 2)
            if (has(first, { valkey: "9.0" })) {
              assert.isUndefined(yield* on(replica, Command.clusterReplicateNoOne(), protocol))
              assert.strictEqual((yield* on(replica, Command.role(), protocol)).role, "primary")
            }
            yield* until(Effect.isSuccess(on(replica, Command.clusterReplicate(first.id), protocol)))
            yield* cluster.awaitStable
          }),
        TEST_MILLIS
      )

      it.effect(
        "moves slots as a whole, and gives up moving them",
        () =>
          Effect.gen(function* () {
            const { cluster, first, last } = yield* nodesOf
            if (!has(first, { valkey: "9.0" })) return
            const slots = { start: 10, end: 12 }
            const move = (nodeId: string) => Command.clusterMigrateSlots({ slots, nodeId })
            const newest = Effect.map(on(first, Command.clusterGetSlotMigrations(), protocol), ([one]) => one!)
            const before = DateTime.makeUnsafe(Date.now() - 60_000)
            assert.isUndefined(yield* on(first, move(last.id), protocol))
            yield* until(Effect.map(newest, ({ state }) => state === "success"))
            const done = yield* newest
            assert.deepInclude(done, {
              operation: "export",
              slots: [slots],
              source: first.id,
              target: last.id,
              message: undefined
            })
            assert.isTrue(DateTime.isGreaterThan(done.created!, before))
            assert.deepStrictEqual({ ...done.fields }, {})
            const [imported] = yield* on(last, Command.clusterGetSlotMigrations(), protocol)
            assert.deepInclude(imported, { name: done.name, operation: "import", slots: [slots] })
            yield* cluster.awaitStable
            yield* on(last, move(first.id), protocol)
            yield* until(Effect.map(cluster.primaryOf(11), ({ id }) => id === first.id))
            yield* cluster.awaitStable
            // A target that stands still keeps the move under way.
            yield* cluster.freeze(last)
            yield* on(first, move(last.id), protocol)
            assert.isUndefined(yield* on(first, Command.clusterCancelSlotMigrations(), protocol))
            yield* cluster.thaw(last)
            assert.match((yield* newest).state, /cancel/)
            yield* cluster.awaitStable
          }),
        TEST_MILLIS
      )

      it.effect("is reached by the slot of a sharded channel, and of the cursor of a scan", () =>
        Effect.gen(function* () {
          const { cluster, first, last } = yield* nodesOf
          yield* Effect.provide(
            Effect.gen(function* () {
              const redis = yield* Redis
              const keys = Array.from({ length: 50 }, (_, at) => `key:${at}`)
              yield* Effect.forEach(keys, (key) => redis.set(key, "v"))
              for (const node of [first, last]) yield* node.admin(["CONFIG", "RESETSTAT"])
              for (const key of keys) assert.strictEqual(yield* redis.sPublish(key, "m"), 0)
              assert.strictEqual(yield* redis.publish("c", "m"), 0)
              if (has(first, { valkey: "9.1" })) {
                const found = new Set<string>()
                let cursor = "0"
                do {
                  const page = yield* redis.run(
                    Command.clusterScan(cursor, { match: "key:*", count: 1000, type: "string" })
                  )
                  for (const key of page.keys) found.add(key)
                  cursor = page.cursor
                } while (cursor !== "0")
                assert.sameMembers([...found], keys)
                const key = keys[0]!
                const slot = slotOf(key)
                const { cursor: begin } = yield* redis.run(Command.clusterScan("0", { slot }))
                assert.include((yield* redis.run(Command.clusterScan(begin, { slot, count: 1000 }))).keys, key)
              }
              // All were at the right node at once.
              for (const node of [first, last]) {
                assert.notInclude(String(yield* node.admin(["INFO", "errorstats"])), "errorstat_MOVED")
              }
            }),
            RedisClusterLive({ nodes: cluster.seeds, protocol })
          )
        })
      )

      it.effect("tells where the keys of raw commands stand, so that each is at the right node at once", () =>
        Effect.gen(function* () {
          const { cluster, first, last } = yield* nodesOf
          const countOf = Effect.fnUntraced(function* (name: string) {
            const replies = yield* Effect.forEach([first, last], (node) => node.admin(["INFO", "commandstats"]))
            return replies.reduce(
              (sum: number, reply) =>
                sum + Number(new RegExp(`cmdstat_command\\|${name}:calls=(\\d+)`).exec(String(reply))?.[1] ?? 0),
              0
            )
          })
          yield* Effect.provide(
            Effect.gen(function* () {
              const redis = yield* Redis
              const raw = (name: string, ...args: ReadonlyArray<string | number>) => redis.run(Command.raw(name, args))
              for (const node of [first, last]) yield* node.admin(["CONFIG", "RESETSTAT"])
              const keys = Array.from({ length: 20 }, (_, at) => `raw:${at}`)
              for (const key of keys) {
                const other = `{${key}}:other`
                const third = `{${key}}:third`
                // A key in front, several, behind a number, behind a subcommand, behind a keyword, where only the server can tell.
                assert.strictEqual(yield* raw("SET", key, "v"), "OK")
                assert.strictEqual(yield* raw("mset", other, "1", third, "2"), "OK")
                assert.strictEqual(yield* raw("EVAL", "return redis.call('GET', KEYS[1])", 1, key, "x"), "v")
                assert.strictEqual(yield* raw("OBJECT", "ENCODING", key), "embstr")
                assert.strictEqual(yield* raw("OBJECT ENCODING", other), "int")
                yield* raw("DEL", key, other, third)
                yield* raw("RPUSH", key, "2", "1")
                assert.strictEqual(yield* raw("SORT", key, "STORE", other), 2)
                yield* raw("XADD", third, "1-1", "f", "v")
                assert.isDefined(yield* raw("XREAD", "COUNT", 1, "STREAMS", third, "0"))
              }
              const results = yield* redis.pipeline(keys.map((key) => Command.raw("LLEN", [key])))
              assert.deepStrictEqual(results, new Array(keys.length).fill(2))
              const [length] = yield* redis.transaction([Command.raw("LLEN", [keys[0]!]), Command.del(keys[0]!)])
              assert.strictEqual(length, 2)
              // Of several slots: split where it may be, refused elsewhere.
              assert.strictEqual(yield* raw("MSET", keys[0]!, "1", keys[1]!, "2"), "OK")
              const error = yield* Effect.flip(raw("EVAL", "return 1", 2, keys[0]!, keys[1]!))
              assert.deepStrictEqual([error.reason._tag, error.execution], ["CrossSlot", "NotSent"])
              // A missing command is refused by the server, not by the client.
              assert.match((yield* Effect.flip(raw("NOSUCHCOMMAND", "k"))).message, /unknown command/i)
              for (const node of [first, last]) {
                assert.notInclude(String(yield* node.admin(["INFO", "errorstats"])), "errorstat_MOVED")
              }
              // Once for each of ten known names and for the missing one; SORT and XREAD in each call.
              assert.strictEqual(yield* countOf("info"), 11)
              assert.strictEqual(yield* countOf("getkeys"), 2 * keys.length)
            }),
            RedisClusterLive({ nodes: cluster.seeds, protocol })
          )
        })
      )
    })
  }
})

const alone = { config: ["cluster-enabled yes"] }

for (const protocol of [2, 3] as const) {
  layer(RedisServer.layer(alone), LIMIT)(`nodes that meet under RESP${protocol}`, (it) => {
    it.effect("know each other until one is forgotten", () =>
      Effect.gen(function* () {
        const first = yield* RedisServer
        const second = yield* RedisServer.make(alone)
        const known = Effect.map(on(first, Command.clusterNodes(), protocol), (nodes) =>
          nodes.filter(({ flags }) => !flags.includes("handshake")).map(({ id }) => id)
        )
        assert.isUndefined(yield* on(first, Command.clusterMeet(second.host, second.port), protocol))
        yield* until(Effect.map(known, (ids) => ids.length === 2))
        const id = yield* on(second, Command.clusterMyId(), protocol)
        assert.include(yield* known, id)
        assert.isUndefined(yield* on(first, Command.clusterForget(id), protocol))
        assert.notInclude(yield* known, id)
      })
    )
  })
}
