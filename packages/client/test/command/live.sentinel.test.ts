/** The commands of sentinels on real ones, which watch a primary and a replica. */
import { assert, layer } from "@effect/vitest"
import { type SentinelNode, SentinelServers } from "@reef-redis/testing"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Command } from "../../src/command/Command.ts"
import { Sentinel } from "../../src/Sentinel.ts"
import { has, on, until } from "../support/live.ts"

const SERVICE = "mymaster"
const TEST_MILLIS = 60_000

const servers = SentinelServers.layer({
  replicas: 1,
  sentinels: 2,
  quorum: 2,
  sentinelConfig: ["sentinel deny-scripts-reconfig no"]
})

/** The first sentinel, how to ask it, and the group. */
const watch = (protocol: 2 | 3) =>
  Effect.map(SentinelServers, (group) => {
    const [first, second] = group.sentinels as unknown as readonly [SentinelNode, SentinelNode]
    return { group, first, second, ask: <A>(command: Command<A, unknown>) => on(first, command, protocol) }
  })

for (const protocol of [2, 3] as const) {
  layer(servers, { timeout: "60 seconds", excludeTestServices: true })(`sentinels under RESP${protocol}`, (it) => {
    it.effect("describe the primary of a service, by each of the command's names", () =>
      Effect.gen(function* () {
        const { ask, first, group } = yield* watch(protocol)
        const { host, port } = yield* group.primary
        const expected = {
          name: SERVICE,
          host,
          port,
          isPrimary: true,
          isReplica: false,
          isSentinel: false,
          isSubjectivelyDown: false,
          isObjectivelyDown: false,
          isDisconnected: false,
          isFailingOver: false,
          roleReported: "primary",
          replicaCount: 1,
          otherSentinelCount: 1,
          quorum: 2,
          downAfter: Duration.millis(500)
        } as const
        const primary = yield* ask(Sentinel.master(SERVICE))
        assert.deepInclude(primary, expected)
        assert.lengthOf(primary.runId ?? "", 40)
        assert.strictEqual(primary.fields.port, String(port))
        const all = yield* ask(Sentinel.masters())
        assert.lengthOf(all, 1)
        assert.deepInclude(all[0], expected)
        assert.deepStrictEqual(yield* ask(Sentinel.getMasterAddrByName(SERVICE)), { host, port })
        assert.isUndefined(yield* ask(Sentinel.getMasterAddrByName("none")))
        assert.match((yield* Effect.flip(ask(Sentinel.master("none")))).message, /No such master/)

        if (has(first, { valkey: "8.0" })) {
          assert.deepInclude(yield* ask(Sentinel.primary(SERVICE)), expected)
          assert.lengthOf(yield* ask(Sentinel.primaries()), 1)
          assert.deepStrictEqual(yield* ask(Sentinel.getPrimaryAddrByName(SERVICE)), { host, port })
          assert.isFalse((yield* ask(Sentinel.isPrimaryDownByAddr(host, port, 0))).isDown)
        } else {
          assert.match((yield* Effect.flip(ask(Sentinel.primaries()))).message, /unknown subcommand/i)
        }
      })
    )

    it.effect("describe the replicas and the other sentinels", () =>
      Effect.gen(function* () {
        const { ask, group, second } = yield* watch(protocol)
        const primary = yield* group.primary
        const [server] = yield* group.replicas
        for (const command of [Sentinel.replicas(SERVICE), Sentinel.slaves(SERVICE)]) {
          const replicas = yield* ask(command)
          assert.lengthOf(replicas, 1)
          assert.deepInclude(replicas[0], {
            host: server!.host,
            port: server!.port,
            isReplica: true,
            isPrimary: false,
            isSubjectivelyDown: false,
            roleReported: "replica",
            primaryHost: primary.host,
            primaryPort: primary.port,
            isPrimaryLinkUp: true,
            priority: 100,
            isAnnounced: true
          })
          assert.isAtLeast(replicas[0]!.replicationOffset, 0)
        }
        const peers = yield* ask(Sentinel.sentinels(SERVICE))
        assert.lengthOf(peers, 1)
        assert.deepInclude(peers[0], { name: second.id, runId: second.id, port: second.port, isSentinel: true })
        assert.isBelow(Duration.toMillis(peers[0]!.lastHello), TEST_MILLIS)
      })
    )

    it.effect("tell of themselves: id, quorum, parameters, periods, help", () =>
      Effect.gen(function* () {
        const { ask, first } = yield* watch(protocol)
        assert.strictEqual(yield* ask(Sentinel.myId()), first.id)
        assert.match(yield* ask(Sentinel.ckQuorum(SERVICE)), /^OK 2 usable/)
        assert.include(yield* ask(Sentinel.help()), "FLUSHCONFIG")
        assert.include(yield* ask(Sentinel.simulateFailureHelp()), "crash-after-election")
        assert.isUndefined(yield* ask(Sentinel.configSet("resolve-hostnames", "yes")))
        assert.deepStrictEqual({ ...(yield* ask(Sentinel.configGet("resolve-*"))) }, { "resolve-hostnames": "yes" })
        if (has(first, { redis: "7.2", valkey: "7.2" })) {
          const values: Record<string, string> = { "announce-hostnames": "no", "resolve-hostnames": "no" }
          assert.isUndefined(yield* ask(Sentinel.configSet(values)))
          assert.deepStrictEqual({ ...(yield* ask(Sentinel.configGet(Object.keys(values)))) }, values)
        }
        const periods = yield* ask(Sentinel.debug())
        assert.deepStrictEqual(periods["PING-PERIOD"], Duration.millis(500))
        assert.isUndefined(yield* ask(Sentinel.debugSet({ "SCRIPT-RETRY-DELAY": "20 seconds" })))
        assert.deepStrictEqual((yield* ask(Sentinel.debug()))["SCRIPT-RETRY-DELAY"], Duration.seconds(20))
        assert.isUndefined(yield* ask(Sentinel.flushConfig()))
      })
    )

    it.effect("take settings of a service", () =>
      Effect.gen(function* () {
        const { ask } = yield* watch(protocol)
        const settings = {
          quorum: 1,
          parallelSyncs: 3,
          failoverTimeout: "4 seconds",
          downAfter: "700 millis",
          primaryRebootDownAfter: 0,
          renameCommands: { LOLWUT: "LOLWUT" }
        } as const
        assert.isUndefined(yield* ask(Sentinel.set(SERVICE, settings)))
        assert.deepInclude(yield* ask(Sentinel.master(SERVICE)), {
          quorum: 1,
          parallelSyncs: 3,
          failoverTimeout: Duration.seconds(4),
          downAfter: Duration.millis(700)
        })
        assert.isUndefined(yield* ask(Sentinel.set(SERVICE, { quorum: 2, downAfter: 500, failoverTimeout: 3_000 })))
        const error = yield* Effect.flip(ask(Sentinel.set("none", settings)))
        assert.match(error.message, /No such master/)
      })
    )

    it.effect("watch one more primary, forget what they know of it, and watch it no more", () =>
      Effect.gen(function* () {
        const { ask, group } = yield* watch(protocol)
        const { host, port } = yield* group.primary
        assert.isUndefined(yield* ask(Sentinel.monitor("other", host, port, 1)))
        assert.match((yield* Effect.flip(ask(Sentinel.monitor("other", host, port, 1)))).message, /Duplicate/)
        assert.sameMembers(
          (yield* ask(Sentinel.masters())).map(({ name }) => name),
          [SERVICE, "other"]
        )
        assert.strictEqual(yield* ask(Sentinel.reset("oth*")), 1)
        assert.strictEqual(yield* ask(Sentinel.reset("none*")), 0)
        assert.isUndefined(yield* ask(Sentinel.remove("other")))
        assert.match((yield* Effect.flip(ask(Sentinel.remove("other")))).message, /No such master/)
      })
    )

    it.effect("give what servers told them last", () =>
      Effect.gen(function* () {
        const { ask, group } = yield* watch(protocol)
        const { port } = yield* group.primary
        const cache = yield* ask(Sentinel.infoCache([SERVICE, "none"]))
        assert.deepStrictEqual(Object.keys(cache), [SERVICE])
        const [primary, replica] = cache[SERVICE]!
        assert.strictEqual(primary!.info?.server?.tcp_port, String(port))
        assert.strictEqual(replica!.info?.replication?.role, "slave")
        assert.isAtLeast(Duration.toMillis(primary!.age), 0)
      })
    )

    it.effect("see when a server is down", () =>
      Effect.gen(function* () {
        const { ask, group } = yield* watch(protocol)
        const { host, port } = yield* group.primary
        assert.deepStrictEqual(yield* ask(Sentinel.isMasterDownByAddr(host, port, 0)), {
          isDown: false,
          leader: undefined,
          leaderEpoch: 0
        })
        const [server] = yield* group.replicas
        yield* group.freeze(server!)
        const replica = Effect.map(ask(Sentinel.replicas(SERVICE)), ([one]) => one!)
        yield* until(Effect.map(replica, ({ isSubjectivelyDown }) => isSubjectivelyDown))
        const down = yield* replica
        assert.include(down.flags, "s_down")
        assert.isAtLeast(Duration.toMillis(down.subjectivelyDownFor!), 0)
        assert.isAtLeast(Duration.toMillis(down.pingPending), 0)
        yield* group.thaw(server!)
        yield* group.awaitStable
      })
    )

    it.effect("run scripts on events, and tell of them", () =>
      Effect.gen(function* () {
        const { ask } = yield* watch(protocol)
        assert.deepStrictEqual(yield* ask(Sentinel.pendingScripts()), [])
        // Any program will do: it fails, since its arguments are an event and what it is about, and is run again later.
        yield* ask(Sentinel.set(SERVICE, { notificationScript: process.execPath }))
        yield* ask(Sentinel.set(SERVICE, { parallelSyncs: 1 }))
        const scripts = ask(Sentinel.pendingScripts())
        yield* until(Effect.map(scripts, (all) => all.some(({ isRunning, retries }) => !isRunning && retries > 0)))
        const script = (yield* scripts).find(({ isRunning }) => !isRunning)!
        assert.strictEqual(script.arguments[0], process.execPath)
        assert.isUndefined(script.pid)
        assert.isAbove(Duration.toMillis(script.runDelay!), 0)
        assert.deepStrictEqual({ ...script.fields }, {})
        yield* ask(Sentinel.set(SERVICE, { notificationScript: "" }))
      })
    )

    it.effect(
      "promote a replica on request, and vote for who shall",
      () =>
        Effect.gen(function* () {
          const { ask, first, group } = yield* watch(protocol)
          const forms = has(first, { valkey: "9.0" }) ? [{ coordinated: true }, undefined] : [undefined]
          for (const options of forms) {
            const before = yield* group.primary
            assert.isUndefined(yield* ask(Sentinel.failover(SERVICE, options)))
            const address = Effect.map(ask(Sentinel.getMasterAddrByName(SERVICE)), (found) => found?.port)
            yield* until(Effect.map(address, (port) => port !== before.port))
            assert.isAbove((yield* ask(Sentinel.master(SERVICE))).configEpoch, 0)
            yield* group.awaitStable
          }
          const { host, port } = yield* group.primary
          const candidate = "c".repeat(40)
          assert.deepStrictEqual(yield* ask(Sentinel.isMasterDownByAddr(host, port, 1_000, candidate)), {
            isDown: false,
            leader: candidate,
            leaderEpoch: 1_000
          })
        }),
      TEST_MILLIS
    )

    it.effect("can be told to crash", () =>
      Effect.gen(function* () {
        const { ask } = yield* watch(protocol)
        assert.isUndefined(yield* ask(Sentinel.simulateFailure("crash-after-election")))
        assert.isUndefined(yield* ask(Sentinel.simulateFailure(["crash-after-election", "crash-after-promotion"])))
      })
    )
  })
}
