import { assert } from "@effect/vitest"
import { Command, type RedisClusterService, type RedisError } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { eventually, failing, isError } from "../support/client.ts"
import { calls, clusterClient, onCluster, primariesOf, replicaOf } from "./support/cluster.ts"
import { keyIn } from "./support/slots.ts"

const SLOTS = [0, 8_192, 16_383]

const addresses = (nodes: ReadonlyArray<{ readonly port: number }>) =>
  nodes.map(({ port }) => `127.0.0.1:${port}`).toSorted()

const valueOf = (result: Result.Result<unknown, RedisError>): unknown =>
  Result.isSuccess(result) ? result.success : result.failure.reason._tag

/** Servers name a replica once it has told of itself, and no more once they hold it to be failed. */
const untilReplicas = (cluster: RedisClusterService, count: number) =>
  eventually(
    `the map has ${count} replicas`,
    Effect.orDie(Effect.map(cluster.refresh, ({ replicas }) => replicas.length === count))
  )

onCluster({ nodeTimeout: "500 millis" })("Nodes of one's choice", (it) => {
  it.effect("are all of a role, each with what it says itself", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { cluster, redis } = yield* clusterClient()
      yield* untilReplicas(cluster, 3)
      const primaries = yield* primariesOf(servers)
      const replicas = yield* Effect.forEach(primaries, (primary) => replicaOf(servers, primary))
      yield* redis.flushAll()
      yield* redis.mSet(SLOTS.map((slot) => [keyIn(slot, "each"), "v"]))
      const roles = yield* cluster.onEach("nodes", Command.role())
      assert.deepStrictEqual([...roles.keys()].toSorted(), addresses(servers.nodes))
      const roleOf = (port: number) => {
        const result = roles.get(`127.0.0.1:${port}`)
        return result !== undefined && Result.isSuccess(result) ? result.success.role : undefined
      }
      for (const { port } of primaries) assert.strictEqual(roleOf(port), "primary")
      for (const { port } of replicas) assert.strictEqual(roleOf(port), "replica")
      const sizes = yield* cluster.onEach("primaries", Command.dbSize())
      assert.deepStrictEqual([...sizes.keys()].toSorted(), addresses(primaries))
      assert.deepStrictEqual([...sizes.values()].map(valueOf), [1, 1, 1])
      const read = yield* cluster.onEach("replicas", Command.get(keyIn(0, "each")))
      assert.deepStrictEqual([...read.keys()].toSorted(), addresses(replicas))
      assert.deepStrictEqual([...read.values()].map(valueOf), ["Redirected", "Redirected", "Redirected"])
    })
  )

  it.effect("are the primary of a key or of a slot, or any", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { cluster } = yield* clusterClient({ keyPrefix: "p:" })
      for (const slot of SLOTS) {
        const owner = yield* servers.primaryOf(slot)
        assert.strictEqual(cluster.nodeOf(slot)?.endpoint?.port, owner.port)
        assert.strictEqual((yield* cluster.onNode({ slot }).configGet("port")).port, String(owner.port))
      }
      const owner = yield* servers.primaryOf(cluster.slotOf("name"))
      assert.strictEqual((yield* cluster.onNode({ key: "name" }).configGet("port")).port, String(owner.port))
      assert.isTrue(yield* cluster.onNode({ key: "name" }).set("name", "v"))
      assert.strictEqual(yield* owner.admin(["GET", "p:name"]), "v")
      const before = yield* calls(servers.nodes, "echo")
      yield* Effect.repeat(cluster.onNode({ random: "nodes" }).echo("x"), { times: 9 })
      assert.strictEqual(yield* calls(servers.nodes, "echo"), before + 10)
    })
  )

  it.effect("that are down tell so beside the others, until the cluster itself does not name them any more", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { cluster, redis } = yield* clusterClient()
      yield* untilReplicas(cluster, 3)
      const [first] = yield* primariesOf(servers)
      const victim = yield* replicaOf(servers, first)
      const address = `127.0.0.1:${victim.port}`
      yield* servers.kill(victim)
      const short = { deadline: "300 millis" } as const
      const echoes = yield* cluster.onEach("replicas", Command.echo("x"), short)
      const told = Object.fromEntries([...echoes].map(([name, result]) => [name, valueOf(result)]))
      assert.strictEqual(told[address], "Timeout")
      assert.strictEqual(Object.values(told).filter((value) => value === "x").length, 2)
      const everywhere = redis.run(Command.configSet("maxmemory", "0"), short)
      const { reason } = isError(yield* failing(everywhere), "PartialFailure", "Executed")
      assert.deepStrictEqual(
        reason._tag === "PartialFailure" &&
          reason.parts.filter((part) => part.reason !== undefined).map(({ execution, node }) => [node, execution]),
        [[address, "NotSent"]]
      )
      yield* untilReplicas(cluster, 2)
      yield* everywhere
      assert.strictEqual((yield* cluster.onEach("replicas", Command.echo("x"))).size, 2)
      yield* servers.restart(victim)
      yield* servers.awaitStable
    })
  )
})
