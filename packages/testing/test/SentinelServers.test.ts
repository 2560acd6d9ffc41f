import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { Observer } from "../src/Observer.ts"
import { SentinelServers } from "../src/SentinelServers.ts"
import { isAlive } from "./fixtures/processes.ts"

layer(SentinelServers.layer({ replicas: 2, sentinels: 3 }), { timeout: "60 seconds" })(
  "SentinelServers with 1 primary, 2 replicas and 3 sentinels",
  (it) => {
    it.effect("is ready when every sentinel reports the primary, all replicas and all other sentinels", () =>
      Effect.gen(function* () {
        const service = yield* SentinelServers
        const [primary, ...replicas] = service.servers
        const portsOf = (nodes: ReadonlyArray<{ readonly port: number }>) => nodes.map(({ port }) => port).sort()
        assert.strictEqual(service.service, "mymaster")
        assert.strictEqual((yield* service.primary).name, "server-0")
        assert.deepStrictEqual(portsOf(yield* service.replicas), portsOf(replicas))
        const views = yield* service.views
        assert.strictEqual(views.length, 3)
        for (const view of views) {
          assert.strictEqual(view.primaryPort, primary?.port)
          assert.deepStrictEqual(view.primaryFlags, ["master"])
          assert.deepStrictEqual(portsOf(view.replicas), portsOf(replicas))
          const peers = service.sentinels.filter(({ port }) => port !== view.port)
          assert.deepStrictEqual(portsOf(view.sentinels), portsOf(peers))
        }
        assert.deepStrictEqual(
          service.seeds,
          service.sentinels.map(({ port }) => `redis://127.0.0.1:${port}`)
        )
        assert.strictEqual(new Set(service.sentinels.map(({ id }) => id)).size, 3)
      })
    )

    it.effect("fails over by command, and the old primary follows the new one", () =>
      Effect.gen(function* () {
        const service = yield* SentinelServers
        const before = yield* service.primary
        yield* service.failover
        const after = yield* service.primary
        assert.notStrictEqual(after.port, before.port)
        assert.strictEqual(yield* after.role, "primary")
        yield* service.awaitStable
        assert.strictEqual(yield* before.role, "replica")
      })
    )

    it.effect("replaces a killed primary, which comes back as a replica", () =>
      Effect.gen(function* () {
        const service = yield* SentinelServers
        const observer = yield* Observer
        const victim = yield* service.primary
        yield* victim.admin(["SET", "kept", "1"])
        yield* victim.admin(["WAIT", 2, 5_000])
        const before = Date.now()
        yield* service.kill(victim)
        yield* service.awaitStable
        const successor = yield* service.primary
        assert.notStrictEqual(successor.port, victim.port)
        // Sentinels that come late to it may change their minds, which they do on a slow machine: it is one that was promoted, not always the first.
        const promoted = (port: number) => observer.firstPromotionAfter(before, [port])
        assert.strictEqual((yield* promoted(successor.port)).port, successor.port)
        assert.strictEqual(yield* successor.admin(["GET", "kept"]), "1")
        yield* service.restart(victim)
        yield* service.awaitStable
        assert.strictEqual(yield* victim.role, "replica")
        assert.strictEqual((yield* service.replicas).length, 2)
      }).pipe(Effect.provide(Observer.layerSentinel()))
    )

    it.effect("keeps the service through the death and the restart of all sentinels", () =>
      Effect.gen(function* () {
        const service = yield* SentinelServers
        const before = yield* service.primary
        const ids = service.sentinels.map(({ id }) => id)
        for (const sentinel of service.sentinels) yield* service.kill(sentinel)
        assert.strictEqual((yield* Effect.flip(service.primary)).reason, "NotRunning")
        assert.strictEqual((yield* Effect.flip(service.failover)).reason, "NotRunning")
        yield* service.restartSentinels
        yield* service.awaitStable
        assert.strictEqual((yield* service.primary).port, before.port)
        assert.deepStrictEqual(
          yield* Effect.forEach(service.sentinels, (sentinel) => sentinel.admin(["SENTINEL", "MYID"])),
          ids
        )
      })
    )

    it.effect("gives up a frozen primary, and takes it back as a replica when it thaws", () =>
      Effect.gen(function* () {
        const service = yield* SentinelServers
        const frozen = yield* service.primary
        yield* service.freeze(frozen)
        yield* service.awaitStable
        assert.notStrictEqual((yield* service.primary).port, frozen.port)
        yield* service.thaw(frozen)
        yield* service.awaitStable
        assert.strictEqual(yield* frozen.role, "replica")
      })
    )
  }
)

describe("SentinelServers", () => {
  it.effect("takes passwords, users and TLS, each for its own, and is removed with the scope", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const options = {
        replicas: 1,
        sentinels: 2,
        service: "cache.main",
        tls: true,
        requirepass: "server pass",
        sentinelPassword: "sentinel pass",
        users: [{ name: "app", password: "a", rules: "~app:* +@read" }],
        sentinelUsers: [{ name: "finder", password: "f" }],
        sentinelConfig: ["sentinel announce-hostnames no"]
      }
      const service = yield* Scope.provide(SentinelServers.make(options), scope)
      const [server] = service.servers
      const [sentinel] = service.sentinels
      assert.strictEqual(sentinel?.url, `rediss://:sentinel%20pass@127.0.0.1:${sentinel?.port}`)
      assert.deepStrictEqual(sentinel?.userUrls, { finder: `rediss://finder:f@127.0.0.1:${sentinel?.port}` })
      assert.strictEqual(server?.url, `rediss://:server%20pass@127.0.0.1:${server?.port}`)
      assert.deepStrictEqual(server?.userUrls, { app: `rediss://app:a@127.0.0.1:${server?.port}` })
      assert.strictEqual(server?.tls, sentinel?.tls)
      assert.strictEqual((yield* service.primary).name, "server-0")
      const pids = yield* Effect.forEach([...service.servers, ...service.sentinels], ({ pid }) => pid)
      assert.strictEqual(pids.length, 4)
      yield* Scope.close(scope, Exit.void)
      for (const pid of pids) assert.isFalse(isAlive(pid ?? assert.fail("there is no process")))
    })
  )

  it.effect("works at the servers' own pace too", () =>
    Effect.gen(function* () {
      const service = yield* SentinelServers.make({ replicas: 1, sentinels: 2, quorum: 1, quick: false })
      const periods = yield* service.sentinels[0]!.admin(["SENTINEL", "DEBUG"])
      assert.deepStrictEqual((periods as ReadonlyArray<string>).slice(0, 2), ["INFO-PERIOD", "10000"])
      assert.strictEqual((yield* service.primary).name, "server-0")
    })
  )

  it.effect.each([
    { replicas: -1 },
    { sentinels: 0 },
    { quorum: 0 },
    { service: "two words" },
    { users: [{ name: "default" }] }
  ])("refuses options that cannot work: %o", (options) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(SentinelServers.make(options))
      assert.strictEqual(error.reason, "InvalidOption")
    })
  )
})
