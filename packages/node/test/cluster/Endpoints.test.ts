/** How real nodes say where they are: by address, by name, not at all, on a secured port; and the two questions that they answer. */
import { assert } from "@effect/vitest"
import { type ClusterControls, type ClusterNode, ClusterServers, RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { eventually, start } from "../support/client.ts"
import { type ClusterClient, calls, clusterClient, onCluster, patchedSlots, primariesOf } from "./support/cluster.ts"
import { keyIn } from "./support/slots.ts"

const secret = Redacted.make("secret")
/** Whom the servers do not let ask CLUSTER SLOTS. */
const users = [{ name: "app", password: "secret", rules: "~* &* +@all -cluster|slots" }]

/** A slot of each part of the slots. */
const SLOTS = [1, 8_193, 16_382]

const useAll = ({ redis }: ClusterClient, name: string) =>
  Effect.forEach(
    SLOTS,
    Effect.fnUntraced(function* (slot) {
      yield* redis.set(keyIn(slot, name), String(slot))
      assert.strictEqual(yield* redis.get(keyIn(slot, name)), String(slot))
    }),
    { discard: true }
  )

/** The hosts by which the client knows the primaries. */
const hostsOf = ({ cluster }: ClusterClient) =>
  Effect.map(SubscriptionRef.get(cluster.topology), ({ primaries }) => primaries.map(({ endpoint }) => endpoint?.host))

/** A slot goes to another node behind the client's back, and the client follows. */
const followsMoved = Effect.fnUntraced(function* (servers: ClusterControls, client: ClusterClient, slot: number) {
  const [first, second] = yield* primariesOf(servers)
  yield* client.redis.set(keyIn(slot, "moving"), "here")
  yield* servers.moveSlots(slot, first, second)
  assert.strictEqual(yield* client.redis.get(keyIn(slot, "moving")), "here")
  assert.include(patchedSlots(client.events), slot)
  yield* servers.moveSlots(slot, second, first)
})

const all = (nodes: ReadonlyArray<ClusterNode>, name: string, value: (node: ClusterNode) => string) =>
  Effect.forEach(nodes, (node) => node.admin(["CONFIG", "SET", name, value(node)]), { discard: true })

/** Undoes what a test has announced. */
const asBefore = Effect.flatMap(ClusterServers, ({ nodes }) =>
  Effect.orDie(
    Effect.andThen(
      all(nodes, "cluster-preferred-endpoint-type", () => "ip"),
      all(nodes, "cluster-announce-hostname", () => "")
    )
  )
)

/** Every node knows the name of every node. */
const namesAreKnown = ({ nodes }: ClusterControls, name: string) =>
  eventually(
    `all nodes know the name ${name} of all`,
    Effect.map(
      Effect.forEach(nodes, (node) => node.admin(["CLUSTER", "NODES"])),
      (replies) => replies.every((reply) => String(reply).split(`,${name}`).length === nodes.length + 1)
    )
  )

onCluster({
  replicasPerPrimary: 0,
  users
})("Nodes that say where they are", (it) => {
  it.effect("by the names that they announce are dialled by these, redirects too", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      yield* Effect.addFinalizer(() => asBefore)
      yield* all(servers.nodes, "cluster-announce-hostname", () => "localhost")
      yield* all(servers.nodes, "cluster-preferred-endpoint-type", () => "hostname")
      yield* namesAreKnown(servers, "localhost")
      const client = yield* clusterClient()
      assert.deepStrictEqual([...new Set(yield* hostsOf(client))], ["localhost"])
      yield* useAll(client, "names")
      yield* followsMoved(servers, client, 2)
    })
  )

  it.effect("by null are at the host that was asked, and a redirect without a host leads there, too", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      yield* Effect.addFinalizer(() => asBefore)
      yield* all(servers.nodes, "cluster-preferred-endpoint-type", () => "unknown-endpoint")
      const client = yield* clusterClient({
        nodes: servers.seeds.map((seed) => seed.replace("127.0.0.1", "localhost"))
      })
      assert.deepStrictEqual([...new Set(yield* hostsOf(client))], ["localhost"])
      yield* useAll(client, "null")
      yield* followsMoved(servers, client, 2)
    })
  )

  it.effect("by ? are waited for until they have a name, and the others are served meanwhile", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      yield* Effect.addFinalizer(() => asBefore)
      const [first, second, third] = yield* primariesOf(servers)
      const named = [first, second]
      yield* all(named, "cluster-announce-hostname", () => "localhost")
      yield* all(servers.nodes, "cluster-preferred-endpoint-type", () => "hostname")
      yield* eventually(
        "the names are known",
        Effect.map(
          Effect.forEach(servers.nodes, (node) => node.admin(["CLUSTER", "NODES"])),
          (replies) => replies.every((reply) => String(reply).split(",localhost").length === 3)
        )
      )
      const client = yield* clusterClient({ nodes: [`localhost:${first.port}`], checkInterval: "100 millis" })
      assert.deepStrictEqual([...(yield* hostsOf(client))].sort(), ["localhost", "localhost", undefined])
      yield* client.redis.set(keyIn(SLOTS[0]!, "?"), "1")
      yield* client.redis.set(keyIn(SLOTS[1]!, "?"), "1")
      const waiting = yield* start(client.redis.incr(keyIn(SLOTS[2]!, "?")))
      yield* Effect.sleep(100)
      assert.isUndefined(waiting.pollUnsafe())
      yield* all([third], "cluster-announce-hostname", () => "localhost")
      assert.strictEqual(yield* Fiber.join(waiting), 1)
    })
  )

  it.effect("to a user who may not ask CLUSTER SLOTS are asked CLUSTER SHARDS", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const before = yield* calls(servers.nodes, "cluster|shards")
      const client = yield* clusterClient({ username: "app", password: secret })
      yield* useAll(client, "shards")
      yield* followsMoved(servers, client, 3)
      assert.isAbove(yield* calls(servers.nodes, "cluster|shards"), before)
      const bySlots = yield* clusterClient()
      const [a, b] = yield* Effect.all([client.cluster.refresh, bySlots.cluster.refresh])
      for (const slot of SLOTS) assert.deepStrictEqual(a.primaryOf(slot)?.endpoint, b.primaryOf(slot)?.endpoint)
    })
  )

  it.effect("alone, without an address of its own, make a cluster of one node", () =>
    Effect.gen(function* () {
      const alone = yield* RedisServer.make({ config: ["cluster-enabled yes"] })
      yield* alone.admin(["CLUSTER", "ADDSLOTSRANGE", 0, 16_383])
      yield* eventually(
        "it serves",
        Effect.map(alone.admin(["CLUSTER", "INFO"]), (info) => String(info).includes("cluster_state:ok"))
      )
      const client = yield* clusterClient({ nodes: [`localhost:${alone.port}`], requireFullCoverage: true })
      assert.deepStrictEqual(yield* hostsOf(client), ["localhost"])
      yield* useAll(client, "alone")
    })
  )
})

onCluster({
  replicasPerPrimary: 0,
  tls: true,
  users
})("Nodes behind TLS", (it) => {
  for (const [question, who] of [
    ["CLUSTER SLOTS", {}],
    ["CLUSTER SHARDS", { username: "app", password: secret }]
  ] as const) {
    it.effect(`are reached on their secured ports as ${question} names them, redirects too`, () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const ca = servers.nodes[0]?.tls?.ca.contents ?? assert.fail("no certificate")
        const client = yield* clusterClient({ ...who, tls: { ca } })
        yield* useAll(client, "tls")
        yield* followsMoved(servers, client, 4)
      })
    )
  }
})
