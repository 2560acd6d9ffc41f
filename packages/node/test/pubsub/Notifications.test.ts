import { assert, layer } from "@effect/vitest"
import type { KeyNotification } from "@reef-redis/node"
import { ClusterServers, RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { clusterClient, onCluster } from "../cluster/support/cluster.ts"
import { keyIn } from "../cluster/support/slots.ts"
import { failing, isError, pubSubOf } from "../support/client.ts"
import { leavesNothing } from "../support/resources.ts"

const take = <A, E>(stream: Stream.Stream<A, E>, count: number) => Stream.runCollect(Stream.take(stream, count))

const short = ({ event, key, kind }: KeyNotification) => `${kind} ${event} ${key}`

layer(RedisServer.layer(), { excludeTestServices: true })("Notifications of one server", (it) => {
  it.effect("fail, naming the flags, where the server sends none, and can switch them on", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const { pubSub, redis } = yield* pubSubOf(server)
        const missing = (setting: string) =>
          Effect.gen(function* () {
            yield* Effect.orDie(server.admin(["CONFIG", "SET", "notify-keyspace-events", setting]))
            const listening = pubSub.notifications({ keyevent: ["expired", "new"] })
            const { reason } = isError(yield* failing(Effect.scoped(listening)), "NotificationsDisabled", "NotSent")
            return reason._tag === "NotificationsDisabled" ? reason.missing : ""
          })
        assert.deepStrictEqual([...(yield* missing(""))].sort(), ["E", "n", "x"])
        assert.strictEqual(yield* missing("KEA"), "n")
        yield* Effect.orDie(server.admin(["CONFIG", "SET", "notify-keyspace-events", "Kg"]))
        const stream = yield* pubSub.notifications({ keyevent: "expired" }, { flags: "enable" })
        yield* redis.set("short", "lived", { expiry: "1 millis" })
        const setting = yield* Effect.orDie(server.admin(["CONFIG", "GET", "notify-keyspace-events"]))
        assert.deepStrictEqual([...String((setting as ReadonlyArray<unknown>)[1])].sort(), ["E", "K", "g", "x"])
        const [expired] = yield* take(stream, 1)
        assert.deepStrictEqual(expired, {
          _tag: "KeyNotification",
          kind: "keyevent",
          database: 0,
          event: "expired",
          key: "short",
          subkeys: []
        })
      })
    )
  )

  it.effect("tell of keys by pattern, of another database, and in bytes", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        yield* Effect.orDie(server.admin(["CONFIG", "SET", "notify-keyspace-events", "KEA"]))
        const { pubSub, redis } = yield* pubSubOf(server, { database: 2 })
        const users = yield* pubSub.notifications({ keyspace: "user:*" })
        const all = yield* pubSub.notifications({ keyevent: "*" }, { database: "*", as: "bytes", events: true })
        yield* redis.set("other", "1")
        yield* redis.set("user:1", "1")
        yield* redis.del("user:1")
        assert.deepStrictEqual((yield* take(users, 2)).map(short), ["keyspace set user:1", "keyspace del user:1"])
        const [subscribed, first] = yield* take(all, 2)
        assert.strictEqual(subscribed?._tag, "Subscribed")
        assert.deepStrictEqual(first?._tag === "KeyNotification" && [first.database, first.event, first.key], [
          2,
          "set",
          new TextEncoder().encode("other")
        ])
      })
    )
  )

  it.effect("MONITOR gives the commands that a server runs, until its scope ends", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const { pubSub, redis } = yield* pubSubOf(server)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const stream = yield* pubSub.monitor()
            yield* redis.set("key", `a "quoted" \r\n\x01 value`)
            yield* redis.eval("return redis.call('GET', KEYS[1])", { keys: ["key"] })
            const lines = Stream.filter(stream, ({ args }) => args[0] === "key")
            const [set, get] = yield* take(lines, 2)
            assert.deepStrictEqual(
              [set?.command, set?.args, set?.database, set?.source],
              ["SET", ["key", `a "quoted" \r\n\x01 value`], 0, "tcp"]
            )
            assert.match(set?.client ?? "", /^127\.0\.0\.1:\d+$/)
            assert.isBelow(Math.abs((set?.at ?? 0) - Date.now()), 60_000)
            assert.deepStrictEqual([get?.command, get?.source, get?.client], ["GET", "script", undefined])
          })
        )
        isError(yield* failing(Effect.scoped(pubSub.monitor({ node: "nowhere" }))), "InvalidArgument", "NotSent")
      })
    )
  )

  it.effect("MONITOR shows commands of any length, and its stream fails with its connection", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const { pubSub, redis } = yield* pubSubOf(server)
        const stream = yield* pubSub.monitor({ capacity: 10 })
        const value = "x".repeat(200_000)
        yield* Effect.forEach(Array.from({ length: 50 }), (_, n) => redis.set(`long:${n}`, value))
        const lines = yield* take(
          Stream.filter(stream, ({ args }) => args[0]?.startsWith("long:") === true),
          50
        )
        assert.strictEqual(
          lines.every(({ args }) => args[1] === value),
          true
        )
        yield* Effect.orDie(server.admin(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]))
        isError(yield* failing(Stream.runDrain(stream)), "ConnectionLost", "Executed")
      })
    )
  )
})

onCluster({ replicasPerPrimary: 0 })("Notifications of a cluster", (it) => {
  it.effect("come from every primary", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { pubSub, redis } = yield* clusterClient()
      isError(
        yield* failing(Effect.scoped(pubSub.notifications({ keyspace: "*" }))),
        "NotificationsDisabled",
        "NotSent"
      )
      yield* servers.adminAll(["CONFIG", "SET", "notify-keyspace-events", "KA"])
      const keys = [100, 8_200, 16_000].map((slot) => keyIn(slot, "n"))
      const seen = yield* pubSub.notifications({ keyspace: "*" })
      for (const key of keys) yield* redis.set(key, "1")
      const found = yield* take(seen, 3)
      assert.deepStrictEqual(new Set(found.map(({ key }) => key)), new Set(keys))
    })
  )
})
