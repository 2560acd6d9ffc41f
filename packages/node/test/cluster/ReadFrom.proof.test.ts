import { assert } from "@effect/vitest"
import type { ReadFrom, RedisService } from "@reef-redis/node"
import { type ClusterControls, type ClusterNode, ClusterServers, Fault, FaultProxy } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { eventually, start } from "../support/client.ts"
import { PROOF_TIMEOUT, sizeOf } from "../support/proof.ts"
import { type ClusterClientOptions, calls, clusterClient, errorsSaid, onCluster } from "./support/cluster.ts"
import { keyIn } from "./support/slots.ts"

/** Reads per strategy, by as many fibers at a time. */
const READS = sizeOf({ quick: 900, full: 90_000 })
const AT_A_TIME = 30
/** Keys of each shard. */
const KEYS = 20
/** The first slot of each third of the slots. */
const FIRST_SLOTS = [0, 5_461, 10_923]
/** Fibers that read without a pause while servers die. */
const READERS = sizeOf({ quick: 12, full: 60 })
const ROUNDS = sizeOf({ quick: 1, full: 5 })
/** The rule of the multiplexed connection: so long a silence, then one probe. Milliseconds. */
const SILENCE = sizeOf({ quick: 700, full: 2_000 })
const PROBE = sizeOf({ quick: 400, full: 1_000 })
/** What a machine that is busy with other tests may add. Milliseconds. */
const SLACK = 1_500

const keysOf = (shard: number): ReadonlyArray<string> =>
  Array.from({ length: KEYS }, (_, n) => keyIn(FIRST_SLOTS[shard]! + n * 100, "read"))

const allKeys = [0, 1, 2].flatMap(keysOf)

/** A shard: its primary and the replicas of that. */
interface Shard {
  readonly primary: ClusterNode
  readonly replicas: ReadonlyArray<ClusterNode>
}

const shardsOf = (servers: ClusterControls) =>
  Effect.forEach(FIRST_SLOTS, (slot) =>
    Effect.gen(function* () {
      const primary = yield* servers.primaryOf(slot)
      return { primary, replicas: yield* servers.replicasOf(primary) } satisfies Shard
    })
  )

/** How many nodes a server names as those of a slot: a replica is left out until word of its replication offset has gone round. */
const named = (node: ClusterNode) =>
  Effect.map(node.admin(["CLUSTER", "SLOTS"]), (reply) =>
    Array.isArray(reply)
      ? reply.reduce((sum: number, range) => sum + (Array.isArray(range) ? range.length - 2 : 0), 0)
      : 0
  )

/** Every key holds its own name, on all nodes, and each server tells of each replica. */
const fill = (servers: ClusterControls, shards: ReadonlyArray<Shard>) =>
  Effect.gen(function* () {
    for (const [at, { primary, replicas }] of shards.entries()) {
      for (const key of keysOf(at)) yield* primary.admin(["SET", key, key])
      assert.strictEqual(yield* primary.admin(["WAIT", replicas.length, 5_000]), replicas.length)
    }
    yield* eventually(
      "all servers tell of all replicas",
      Effect.map(Effect.forEach(servers.nodes, named), (counts) =>
        counts.every((count) => count === servers.nodes.length)
      ),
      20
    )
  })

const read = (redis: RedisService, key: string) => Effect.map(redis.get(key), (value) => assert.strictEqual(value, key))

/** How often each node of a shard ran GET for so many reads over all keys, the primary first: by the servers' own statistics. */
const countsOf = (servers: ClusterControls, shards: ReadonlyArray<Shard>, redis: RedisService, reads: number) =>
  Effect.gen(function* () {
    yield* servers.adminAll(["CONFIG", "RESETSTAT"])
    const keys = Array.from({ length: reads }, (_, n) => allKeys[n % allKeys.length]!)
    yield* Effect.forEach(keys, (key) => read(redis, key), { concurrency: AT_A_TIME, discard: true })
    return yield* Effect.forEach(shards, ({ primary, replicas }) =>
      Effect.forEach([primary, ...replicas], (node) => calls([node], "get"))
    )
  })

/** The counts of a fresh client with that strategy, once its connections are open and what it measures is known. */
const countsWith = (
  servers: ClusterControls,
  shards: ReadonlyArray<Shard>,
  options: ClusterClientOptions,
  ready: Effect.Effect<void> = Effect.void
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { redis } = yield* clusterClient(options)
      yield* Effect.forEach([...allKeys, ...allKeys], (key) => read(redis, key), { concurrency: AT_A_TIME })
      yield* ready
      const counts = yield* countsOf(servers, shards, redis, READS)
      console.log(`${String(options.readFrom).slice(0, 30)}: ${JSON.stringify(counts)}`)
      return counts
    })
  )

const PER_SHARD = READS / 3

/** Of each shard the nodes at these places share the reads evenly, and the others have none. */
const evenly = (counts: ReadonlyArray<ReadonlyArray<number>>, places: ReadonlyArray<number>) => {
  for (const shard of counts) {
    for (const [place, count] of shard.entries()) {
      const expected = places.includes(place) ? PER_SHARD / places.length : 0
      assert.approximately(count, expected, expected === 0 ? 0 : 2, JSON.stringify(counts))
    }
  }
}

onCluster({ replicasPerPrimary: 2 })("Reads from a primary and two replicas", (it) => {
  it.effect(
    "are counted by the servers as each strategy says",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const shards = yield* shardsOf(servers)
        yield* fill(servers, shards)
        const counts = (readFrom: ReadFrom) => countsWith(servers, shards, { readFrom })
        evenly(yield* counts("primary"), [0])
        evenly(yield* counts("preferReplica"), [1, 2])
        evenly(yield* counts("replica"), [1, 2])
        evenly(yield* counts("roundRobin"), [0, 1, 2])
        for (const shard of yield* counts("any")) {
          assert.deepStrictEqual(
            [...shard].sort((a, b) => a - b),
            [0, 0, PER_SHARD]
          )
        }
        for (const shard of yield* counts("random")) {
          // Five standard deviations of a binomial distribution.
          const spread = 5 * Math.sqrt((PER_SHARD * 2) / 9)
          for (const count of shard) assert.approximately(count, PER_SHARD / 3, spread)
        }
        const chosen = shards.map(({ replicas }) => `127.0.0.1:${replicas[1]!.port}`)
        evenly(yield* counts((candidates) => candidates.filter(({ address }) => chosen.includes(address))), [2])
      }),
    PROOF_TIMEOUT
  )

  it.effect(
    "go to the node that answers soonest",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const shards = yield* shardsOf(servers)
        yield* fill(servers, shards)
        const proxy = yield* FaultProxy.make({ upstreams: servers.nodes })
        const places = [1, 0, 2]
        const quick = shards.map(({ primary, replicas }, at) => [primary, ...replicas][places[at]!]!.port)
        yield* proxy.install({
          on: "reply",
          where: ({ upstream }) => !quick.includes(upstream.port),
          fault: Fault.delay("40 millis")
        })
        const counts = yield* countsWith(
          servers,
          shards,
          { readFrom: "lowestLatency", addressRemap: proxy.remap, nodes: proxy.urls },
          Effect.sleep(1_500)
        )
        for (const [at, shard] of counts.entries()) assert.strictEqual(shard[places[at]!], PER_SHARD)
      }),
    PROOF_TIMEOUT
  )

  it.effect(
    "stay in the client's zone where servers tell theirs, and take the replicas in turn where they do not",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const shards = yield* shardsOf(servers)
        yield* fill(servers, shards)
        const { major, product } = servers.nodes[0]!.binary
        const tells = product === "valkey" && major >= 8
        const zones = [
          ["a", "b", "c"],
          ["b", "a", "c"],
          ["b", "a", "a"]
        ]
        if (tells) {
          for (const [at, { primary, replicas }] of shards.entries()) {
            for (const [place, node] of [primary, ...replicas].entries()) {
              yield* node.admin(["CONFIG", "SET", "availability-zone", zones[at]![place]!])
            }
          }
        }
        const counts = yield* countsWith(servers, shards, { readFrom: "sameZone", zone: "a" }, Effect.sleep(1_200))
        if (!tells) return evenly(counts, [1, 2])
        assert.deepStrictEqual(counts[0], [PER_SHARD, 0, 0])
        assert.deepStrictEqual(counts[1], [0, PER_SHARD, 0])
        assert.strictEqual(counts[2]![0], 0)
        assert.approximately(counts[2]![1]!, PER_SHARD / 2, 2)
      }),
    PROOF_TIMEOUT
  )

  it.effect(
    "leave writes to the primaries: replicas run them as often as their primary replicates them, and refuse none",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const shards = yield* shardsOf(servers)
        yield* fill(servers, shards)
        const { redis } = yield* clusterClient({ readFrom: "replica" })
        yield* servers.adminAll(["CONFIG", "RESETSTAT"])
        const rounds = Math.ceil(READS / allKeys.length / 3)
        for (let round = 0; round < rounds; round++) {
          yield* Effect.forEach(allKeys, (key) => Effect.andThen(redis.set(key, key), read(redis, key)), {
            concurrency: AT_A_TIME
          })
        }
        for (const { primary, replicas } of shards) {
          const written = yield* calls([primary], "set")
          assert.strictEqual(written, rounds * KEYS)
          assert.strictEqual(yield* calls([primary], "get"), 0)
          for (const replica of replicas) {
            yield* eventually(
              "the writes are replicated",
              Effect.map(calls([replica], "set"), (count) => count === written)
            )
            assert.strictEqual(yield* errorsSaid(replica, "MOVED"), 0)
            assert.strictEqual(yield* errorsSaid(replica, "READONLY"), 0)
          }
        }
      }),
    PROOF_TIMEOUT
  )

  it.effect(
    "meet no error and no pause when replicas are killed, down to the last one, and come back to those that return",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const shards = yield* shardsOf(servers)
        yield* fill(servers, shards)
        // A replica that the map was without, since the nodes had called it failed, is found by the next check.
        const { redis } = yield* clusterClient({ readFrom: "preferReplica", checkInterval: "2 seconds" })
        for (let round = 0; round < ROUNDS; round++) {
          const watch = yield* startReading(redis)
          yield* Effect.sleep(300)
          for (const at of [0, 1]) {
            const victims = shards.map(({ replicas }) => replicas[at]!)
            yield* Effect.forEach(victims, servers.kill, { concurrency: "unbounded" })
            yield* Effect.sleep(600)
          }
          const { longest, reads } = yield* watch.stop
          console.log(`killed all replicas: ${reads} reads, the longest ${longest.toFixed(1)} ms, no error`)
          assert.isBelow(longest, SLACK)
          const all = shards.flatMap(({ replicas }) => replicas)
          yield* Effect.forEach(all, servers.restart, { concurrency: "unbounded" })
          yield* servers.awaitStable
          yield* servers.adminAll(["CONFIG", "RESETSTAT"])
          yield* eventually(
            "every replica is read from again",
            Effect.gen(function* () {
              yield* Effect.forEach(allKeys, (key) => read(redis, key), { concurrency: AT_A_TIME })
              const counts = yield* Effect.forEach(all, (node) => calls([node], "get"))
              return counts.every((count) => count > 0)
            }),
            30
          )
        }
      }),
    PROOF_TIMEOUT
  )
})

// By this node time-out the cluster itself says nothing of the frozen node before it is thawed: what the client sees is all there is.
onCluster({ replicasPerPrimary: 1, nodeTimeout: "5 seconds" })("Reads from a primary and one replica", (it) => {
  it.effect(
    "wait on a frozen replica no longer than the silence and the probe, are answered elsewhere, and come back after it",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const shards = yield* shardsOf(servers)
        yield* fill(servers, shards)
        const { redis } = yield* clusterClient({ readFrom: "preferReplica", silence: SILENCE, probeTimeout: PROBE })
        const [{ replicas }] = shards as [Shard]
        const victim = replicas[0]!
        for (let round = 0; round < ROUNDS; round++) {
          const watch = yield* startReading(redis)
          yield* Effect.sleep(300)
          yield* servers.freeze(victim)
          const frozenAt = performance.now()
          yield* Effect.sleep(SILENCE + PROBE + 700)
          const { longest, longestAfter, reads } = yield* watch.stop
          const late = longestAfter(frozenAt + SILENCE + 300)
          console.log(
            `a frozen replica: ${reads} reads, the longest ${longest.toFixed(0)} ms, once it was known ${late.toFixed(1)} ms`
          )
          assert.isAbove(longest, SILENCE / 2, "no read was on its way to the frozen replica")
          assert.isBelow(longest, SILENCE + PROBE + SLACK)
          assert.isBelow(late, SLACK)
          yield* servers.thaw(victim)
          yield* servers.awaitStable
          yield* victim.admin(["CONFIG", "RESETSTAT"])
          yield* eventually(
            "the replica is read from again",
            Effect.gen(function* () {
              yield* Effect.forEach(keysOf(0), (key) => read(redis, key), { concurrency: AT_A_TIME })
              return (yield* calls([victim], "get")) > 0
            }),
            20
          )
        }
      }),
    PROOF_TIMEOUT
  )

  it.effect(
    "go on through a failover in which the replica that they are sent to becomes the primary",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        yield* fill(servers, yield* shardsOf(servers))
        const { cluster, redis } = yield* clusterClient({ readFrom: "preferReplica" })
        for (let round = 0; round < ROUNDS; round++) {
          const [{ primary, replicas }] = (yield* shardsOf(servers)) as [Shard]
          const watch = yield* startReading(redis)
          yield* Effect.sleep(300)
          yield* servers.failover(replicas[0]!)
          yield* Effect.sleep(300)
          const { longest, reads } = yield* watch.stop
          console.log(`a failover: ${reads} reads, the longest ${longest.toFixed(1)} ms, no error`)
          yield* servers.adminAll(["CONFIG", "RESETSTAT"])
          yield* eventually(
            "reads go to the old primary, which is the replica now",
            Effect.gen(function* () {
              // Nothing that only reads needs to know: the promoted node goes on answering.
              yield* cluster.refresh
              yield* Effect.forEach(keysOf(0), (key) => read(redis, key))
              return (yield* calls([primary], "get")) > 0 && (yield* primary.role) === "replica"
            }),
            20
          )
        }
      }),
    PROOF_TIMEOUT
  )

  it.effect(
    "pass over a replica that has lost its primary and may not serve stale data, and take it again",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const shards = yield* shardsOf(servers)
        yield* fill(servers, shards)
        const { redis } = yield* clusterClient({ readFrom: "preferReplica" })
        yield* Effect.forEach(allKeys, (key) => read(redis, key), { concurrency: AT_A_TIME })
        const [{ primary, replicas }] = shards as [Shard]
        const cutOff = replicas[0]!
        // It cannot sign in at its primary: the link is down, and stays down.
        yield* cutOff.admin(["CONFIG", "SET", "replica-serve-stale-data", "no"])
        yield* cutOff.admin(["CONFIG", "SET", "masteruser", "nobody"])
        yield* cutOff.admin(["CONFIG", "SET", "masterauth", "nothing"])
        yield* primary.admin(["CLIENT", "KILL", "TYPE", "replica"])
        yield* eventually(
          "the replica refuses reads",
          Effect.map(Effect.exit(cutOff.admin(["GET", keysOf(0)[0]!])), (exit) => Exit.isFailure(exit))
        )
        yield* servers.adminAll(["CONFIG", "RESETSTAT"])
        for (let n = 0; n < 5; n++) yield* Effect.forEach(keysOf(0), (key) => read(redis, key))
        assert.strictEqual(yield* calls([primary], "get"), 5 * KEYS)
        yield* cutOff.admin(["CONFIG", "SET", "masterauth", ""])
        yield* cutOff.admin(["CONFIG", "SET", "masteruser", ""])
        yield* eventually(
          "the replica is read from again",
          Effect.gen(function* () {
            yield* cutOff.admin(["CONFIG", "RESETSTAT"])
            yield* Effect.forEach(keysOf(0), (key) => read(redis, key))
            return (yield* calls([cutOff], "get")) === KEYS
          }),
          20
        )
      }),
    PROOF_TIMEOUT
  )
})

/** Reads without an end, until it is stopped: an error or a wrong value fails the test. */
const startReading = (redis: RedisService) =>
  Effect.gen(function* () {
    const taken: Array<readonly [begunAt: number, millis: number]> = []
    let going = true
    const reader = (number: number) =>
      Effect.gen(function* () {
        for (let n = number; going; n++) {
          const begunAt = performance.now()
          yield* read(redis, allKeys[n % allKeys.length]!)
          taken.push([begunAt, performance.now() - begunAt])
          yield* Effect.sleep(1)
        }
      })
    const fiber = yield* start(
      Effect.forEach(
        Array.from({ length: READERS }, (_, n) => n * 7),
        reader,
        {
          concurrency: "unbounded",
          discard: true
        }
      )
    )
    const longestAfter = (moment: number) =>
      taken.reduce((most, [begunAt, millis]) => (begunAt >= moment ? Math.max(most, millis) : most), 0)
    const stop = Effect.gen(function* () {
      going = false
      yield* Fiber.join(fiber)
      return { reads: taken.length, longest: longestAfter(0), longestAfter }
    })
    return { stop }
  })
