import { assert } from "@effect/vitest"
import { Command, NodeTransport, type Reason, RedisSentinel, SentinelDiscovery } from "@reef-redis/node"
import { SentinelServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { callsOf, eventually, failing, start } from "../support/client.ts"
import { onSentinels, type SentinelClientOptions, sentinelClient } from "./support/sentinel.ts"

const SERVER_PASSWORD = "server-pw"
const SENTINEL_PASSWORD = "sentinel-pw"
const passwords = {
  password: Redacted.make(SERVER_PASSWORD),
  sentinelPassword: Redacted.make(SENTINEL_PASSWORD)
}
const wrong = Redacted.make("wrong")

const answersOf = (reason: Reason.Reason): ReadonlyArray<string> =>
  "answers" in reason ? reason.answers.map(({ reason, said }) => `${said} ${reason?._tag}`) : []

onSentinels({ requirepass: SERVER_PASSWORD, sentinelPassword: SENTINEL_PASSWORD })(
  "A service under sentinels",
  (it) => {
    it.effect("tells apart a wrong password for the sentinels, one for the servers, and a wrong name", () =>
      Effect.gen(function* () {
        const cases = [
          [
            { sentinelPassword: wrong },
            "NoSentinel",
            ["refused WrongPassword", "refused WrongPassword", "refused WrongPassword"]
          ],
          [{ sentinelPassword: undefined }, "NoSentinel", ["refused NoAuth", "refused NoAuth", "refused NoAuth"]],
          [{ password: wrong }, "WrongPassword", []],
          [
            { service: "other" },
            "UnknownService",
            ["unknown service undefined", "unknown service undefined", "unknown service undefined"]
          ]
        ] as const
        // Without the password that their URLs have.
        const sentinels = (yield* SentinelServers).sentinels.map(({ host, port }) => `${host}:${port}`)
        for (const [options, tag, answers] of cases) {
          const error = yield* failing(sentinelClient({ ...passwords, sentinels, ...options }))
          const [attempt] = error._tag === "ConnectError" ? error.attempts : []
          assert.strictEqual(attempt?.reason._tag, tag, error.message)
          assert.deepStrictEqual(answersOf(attempt!.reason), answers)
          assert.notInclude(error.message, "wrong ")
        }
      })
    )

    it.effect("reads from its replicas in turn, by the servers' own counts", () =>
      Effect.gen(function* () {
        const servers = yield* SentinelServers
        const { redis } = yield* sentinelClient({ ...passwords, readFrom: "preferReplica" })
        yield* redis.set("turn", "1")
        const before = yield* Effect.forEach(servers.servers, (server) => callsOf(server, "get"))
        for (let i = 0; i < 40; i++) yield* redis.get("turn")
        const after = yield* Effect.forEach(servers.servers, (server) => callsOf(server, "get"))
        assert.deepStrictEqual(after.map((count, at) => count - before[at]!).sort(), [0, 20, 20])
      })
    )

    it.effect("is found by a URL, and by several clients over one discovery", () =>
      Effect.gen(function* () {
        const { sentinels, seeds, service, primary } = yield* SentinelServers
        const hosts = sentinels.map(({ host, port }) => `${host}:${port}`).join(",")
        const url = `redis+sentinel://:${SERVER_PASSWORD}@${hosts}/${service}/1`
        const one = yield* sentinelClient({
          url,
          sentinels: undefined,
          service: undefined,
          sentinelPassword: passwords.sentinelPassword
        })
        yield* one.redis.set("by url", "1")
        assert.strictEqual(yield* (yield* primary).admin(["DBSIZE"]), 1)
        const shared = SentinelDiscovery.layer({ sentinels: seeds, sentinelPassword: passwords.sentinelPassword })
        const both = yield* Effect.gen(function* () {
          const client = RedisSentinel.make({ service, password: passwords.password })
          const [a, b] = yield* Effect.all([client, client])
          return [yield* a.redis.ping(), yield* b.redis.ping(), (yield* a.sentinel.sentinels).length] as const
        }).pipe(Effect.provide(Layer.provideMerge(shared, NodeTransport.layer)))
        assert.deepStrictEqual(both, ["PONG", "PONG", 3])
      })
    )

    it.effect("keeps a blocked command waiting over a SENTINEL FAILOVER, and leases at the new primary", () =>
      Effect.gen(function* () {
        const servers = yield* SentinelServers
        const { redis, sentinel } = yield* sentinelClient(passwords)
        const pop = yield* start(redis.blPop("queue", "30 seconds"))
        const old = yield* servers.primary
        yield* eventually(
          "it blocks",
          Effect.map(Effect.orDie(old.admin(["INFO", "clients"])), (info) => String(info).includes("blocked_clients:1"))
        )
        yield* servers.failover
        const next = yield* servers.primary
        yield* eventually(
          "it blocks at the new primary",
          Effect.map(Effect.orDie(next.admin(["INFO", "clients"])), (info) =>
            String(info).includes("blocked_clients:1")
          )
        )
        assert.strictEqual(SubscriptionRef.getUnsafe(sentinel.group)?.primary.port, next.port)
        yield* redis.rPush("queue", "job")
        assert.deepStrictEqual(yield* Fiber.join(pop), { key: "queue", element: "job" })
        yield* Effect.scoped(
          Effect.gen(function* () {
            const leased = yield* redis.lease()
            yield* leased.watch("leased")
            assert.deepStrictEqual(yield* leased.transaction([]), [])
          })
        )
        yield* redis.watch("w", (tx) => Effect.map(tx.get("w"), () => []))
        yield* servers.awaitStable
      })
    )
  }
)

onSentinels({ replicas: 1, sentinels: 3 })("A service whose primary and sentinels die", (it) => {
  it.effect("says which of them is gone, with the answer of each sentinel, and reads on from the replica", () =>
    Effect.gen(function* () {
      const servers = yield* SentinelServers
      const [dead, frozen, last] = servers.sentinels
      const { redis } = yield* sentinelClient({ readFrom: "preferReplica", commandTimeout: "1 second" })
      /** Why no client can start now, and what each sentinel said. */
      const refusal = Effect.fnUntraced(function* (options: SentinelClientOptions = {}) {
        const error = yield* failing(sentinelClient({ start: "failFast", ...options }))
        const [attempt] = error._tag === "ConnectError" ? error.attempts : []
        const reason = attempt?.reason ?? assert.fail(error.message)
        const saidBy = new Map(
          "answers" in reason
            ? reason.answers.map(({ reason, said, sentinel }) => [sentinel, `${said} ${reason?._tag}`])
            : []
        )
        return [reason._tag, ...servers.sentinels.map(({ host, port }) => saidBy.get(`${host}:${port}`))]
      })
      yield* redis.durable(Command.set("a", "1"), { replicas: 1, timeout: "5 seconds" })
      const [replica] = yield* servers.replicas
      yield* servers.freeze(replica!)
      yield* servers.kill(yield* servers.primary)
      const unusable = "unusable ConnectFailed"
      const unreachable = "unreachable ConnectFailed"
      assert.deepStrictEqual(yield* refusal(), ["PrimaryDown", unusable, unusable, unusable])
      const refused = yield* failing(redis.set("a", "2"))
      assert.include(refused.message, "PrimaryDown: the primary of mymaster cannot be used")

      yield* servers.kill(dead!)
      yield* servers.freeze(frozen!)
      assert.deepStrictEqual(yield* refusal({ service: "other" }), [
        "UnknownService",
        unreachable,
        unreachable,
        "unknown service undefined"
      ])
      yield* servers.kill(last!)
      assert.deepStrictEqual(yield* refusal(), ["NoSentinel", unreachable, unreachable, unreachable])
      yield* servers.thaw(replica!)
      assert.strictEqual(yield* redis.get("a"), "1")
      const write = yield* failing(redis.set("a", "2"))
      assert.include(write.message, "NoSentinel: no sentinel of mymaster could be asked")
    })
  )
})
