import { assert } from "@effect/vitest"
import type { Policies, Reason, Topology } from "@reef-redis/node"
import { type ClusterNode, ClusterServers, RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { clientCount, eventually, failing } from "../support/client.ts"
import { freePort } from "../support/ports.ts"
import { type ClusterClient, clusterClient, onCluster, primariesOf, replicaOf } from "./support/cluster.ts"
import { type Forwarder, forwarderTo } from "./support/Forwarder.ts"
import { keyIn } from "./support/slots.ts"

const portsOf = (nodes: Topology["primaries"]) => nodes.map((node) => node.endpoint?.port).sort()

/** A slot of each part of the slots. */
const SLOTS = [1, 8_193, 16_382]

/** Writes and reads on each part of the slots. */
const useAll = ({ redis }: ClusterClient, name: string) =>
  Effect.forEach(
    SLOTS,
    Effect.fnUntraced(function* (slot) {
      yield* redis.set(keyIn(slot, name), String(slot))
      assert.strictEqual(yield* redis.get(keyIn(slot, name)), String(slot))
    }),
    { discard: true }
  )

const reasons = (attempts: ReadonlyArray<{ readonly reason: Reason.Reason }>) =>
  attempts.map(({ reason }) => reason._tag)

onCluster()("Discovery", (it) => {
  it.effect("finds the whole cluster from any one node", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const ports = servers.nodes.map((node) => node.port)
      for (const seed of servers.seeds) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const client = yield* clusterClient({ nodes: [seed], start: "failFast" })
            yield* useAll(client, "any")
            // Servers leave a replica out until they know that it has replicated something.
            yield* eventually(
              "all replicas are known",
              Effect.map(client.cluster.refresh, ({ replicas }) => replicas.length === 3)
            )
            const topology = yield* SubscriptionRef.get(client.cluster.topology)
            assert.strictEqual(topology.covered, 16_384)
            assert.deepStrictEqual(portsOf(topology.primaries), ports.slice(0, 3).sort())
            assert.deepStrictEqual(portsOf(topology.replicas), ports.slice(3).sort())
          })
        )
      }
    })
  )

  it.effect("passes over dead seeds, one that is no cluster's, and keeps no connection to them", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const dead = yield* Effect.all([freePort, freePort, freePort, freePort])
      const alone = yield* RedisServer.make()
      const client = yield* clusterClient({
        nodes: [...dead.map((port) => `127.0.0.1:${port}`), alone.url, servers.seeds[4]!],
        start: "failFast",
        clientName: "with-dead-seeds"
      })
      yield* useAll(client, "dead")
      yield* eventually(
        "the connection to a server that is no member is closed",
        Effect.map(clientCount(alone, "with-dead-seeds"), (count) => count === 0)
      )
    })
  )

  it.effect("fails with each seed's own cause when all are dead", () =>
    Effect.gen(function* () {
      const dead = yield* Effect.all([freePort, freePort, freePort, freePort])
      const nodes = dead.map((port) => `redis://127.0.0.1:${port}`)
      const discovery: Policies.Policy = Schedule.spaced("30 millis").pipe(Schedule.upTo({ times: 2 }))
      for (const options of [{ start: "failFast" }, { start: "eager", policies: { discovery } }] as const) {
        const error = yield* failing(clusterClient({ nodes, ...options }))
        assert.strictEqual(error._tag, "ConnectError")
        assert.deepStrictEqual(reasons(error.attempts), [
          "ConnectFailed",
          "ConnectFailed",
          "ConnectFailed",
          "ConnectFailed"
        ])
        for (const port of dead) assert.include(error.message, `127.0.0.1:${port}`)
        assert.include(error.message, "ECONNREFUSED")
      }
    })
  )

  it.effect("names a server whose cluster mode is off, and does not try it again", () =>
    Effect.gen(function* () {
      const alone = yield* RedisServer.make()
      const error = yield* failing(clusterClient({ nodes: [alone.url] }))
      assert.deepStrictEqual(reasons(error.attempts), ["ClusterDisabled"])
    })
  )

  it.effect("takes a host name as seed", () =>
    Effect.gen(function* () {
      const { nodes } = yield* ClusterServers
      const client = yield* clusterClient({ nodes: [`localhost:${nodes[5]!.port}`], start: "failFast" })
      yield* useAll(client, "name")
      const topology = yield* SubscriptionRef.get(client.cluster.topology)
      assert.deepStrictEqual([...new Set(topology.primaries.map((node) => node.endpoint?.host))], ["127.0.0.1"])
    })
  )

  it.effect("connects with the first command when it starts lazily", () =>
    Effect.gen(function* () {
      const client = yield* clusterClient({ start: "lazy" })
      yield* useAll(client, "lazy")
    })
  )

  it.effect("reaches every node through the addresses of addressRemap, redirects too", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { client, forwarders } = yield* remapped({})
      yield* useAll(client, "remap")
      const [first, second] = yield* primariesOf(servers)
      for (const primary of [first, second]) assert.isAbove(behind(forwarders, primary).accepted, 0)
      const ports = [...forwarders.values()].map((forwarder) => forwarder.port)
      const topology = yield* SubscriptionRef.get(client.cluster.topology)
      for (const node of topology.nodes.values()) assert.include(ports, node.endpoint?.port)

      yield* servers.moveSlots(100, first, second)
      const before = client.events.length
      yield* client.redis.set(keyIn(100, "remap"), "moved")
      assert.strictEqual(yield* second.admin(["GET", keyIn(100, "remap")]), "moved")
      const [patched] = client.events.slice(before)
      assert.strictEqual(patched?._tag, "Patched")
      if (patched?._tag === "Patched") assert.strictEqual(patched.endpoint.port, behind(forwarders, second).port)
      yield* servers.moveSlots(100, second, first)
    })
  )

  it.effect("is held up by no node of the cluster that is silent, be it a primary or a replica", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const [first, second, third] = yield* primariesOf(servers)
      const silent = [first, yield* replicaOf(servers, second)]
      const { client, forwarders } = yield* remapped(
        { nodes: [third.url], start: "failFast", connectTimeout: "30 seconds" },
        silent
      )
      const waiting = yield* Effect.forkChild(client.redis.set(keyIn(SLOTS[0]!, "silent"), "at last"), {
        startImmediately: true
      })
      for (let i = 0; i < 20; i++) {
        yield* client.redis.set(keyIn(SLOTS[1]!, "silent"), String(i))
        yield* client.redis.set(keyIn(SLOTS[2]!, "silent"), String(i))
      }
      yield* client.cluster.refresh
      assert.isUndefined(waiting.pollUnsafe())
      // What waits for the silent primary goes to its successor, long before the attempt to connect ends.
      const successor = yield* replicaOf(servers, first)
      yield* servers.failover(successor, "TAKEOVER")
      yield* Fiber.join(waiting)
      assert.strictEqual(yield* successor.admin(["GET", keyIn(SLOTS[0]!, "silent")]), "at last")
      assert.isAbove(behind(forwarders, first).accepted, 0)
    })
  )
})

const behind = (forwarders: ReadonlyMap<number, Forwarder>, node: ClusterNode): Forwarder => forwarders.get(node.port)!

/** A client that reaches every node through a forwarder of its own, some of which are silent from the start. */
const remapped = (options: Parameters<typeof clusterClient>[0], silent: ReadonlyArray<ClusterNode> = []) =>
  Effect.gen(function* () {
    const servers = yield* ClusterServers
    const forwarders = new Map<number, Forwarder>()
    for (const node of servers.nodes) {
      const forwarder = yield* forwarderTo(node)
      forwarder.silent = silent.includes(node)
      forwarders.set(node.port, forwarder)
    }
    const client = yield* clusterClient({
      addressRemap: ({ host, port }) => ({ host, port: forwarders.get(port)?.port ?? port }),
      ...options
    })
    return { client, forwarders }
  })
