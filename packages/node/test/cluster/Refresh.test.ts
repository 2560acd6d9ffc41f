import { assert } from "@effect/vitest"
import { Command } from "@reef-redis/node"
import { type ClusterControls, type ClusterNode, ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { clientCount, eventually, failing, isError, start } from "../support/client.ts"
import { calls, causesOf, clusterClient, onCluster, patchedSlots, primariesOf, replicaOf } from "./support/cluster.ts"
import { type Forwarder, forwarderTo } from "./support/Forwarder.ts"
import { keyIn, slotsFrom } from "./support/slots.ts"

/** Nodes asked in one round at most. */
const ASKED = 3
/** Between two refreshes for causes that MOVED has dealt with already; milliseconds. */
const LAZY_INTERVAL = 1_000

const frame = (...words: ReadonlyArray<string>): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`

/** The frame of an INCR. */
const INCR = /\*2\r\n\$4\r\nINCR\r\n\$\d+\r\n[^\r]*\r\n/

/** A client whose connections to one primary go through a forwarder. */
const through = (node: ClusterNode) =>
  Effect.gen(function* () {
    const forwarder: Forwarder = yield* forwarderTo(node)
    const client = yield* clusterClient({
      addressRemap: (at) => (at.port === node.port ? { host: at.host, port: forwarder.port } : at)
    })
    return { client, forwarder }
  })

/** Turns a replica into a primary without slots, of which CLUSTER SLOTS says nothing. */
const emptyPrimary = Effect.fnUntraced(function* (servers: ClusterControls, replica: ClusterNode, friend: ClusterNode) {
  const [, busPort] = (yield* friend.admin(["CONFIG", "GET", "cluster-port"])) as ReadonlyArray<string>
  yield* replica.admin(["CLUSTER", "RESET", "SOFT"])
  yield* replica.admin(["CLUSTER", "MEET", friend.host, friend.port, busPort!])
  yield* eventually(
    "it knows the cluster, and the cluster knows that it is a primary",
    Effect.map(servers.views, (views) =>
      views.every(
        ({ members, state }) =>
          state === "ok" &&
          members.length === 6 &&
          members.every((member) => member.connected) &&
          members.find((member) => member.id === replica.id)?.role === "primary"
      )
    )
  )
})

onCluster()("A refresh", (it) => {
  it.effect("serves all who ask for one at a time", () =>
    Effect.gen(function* () {
      const { nodes } = yield* ClusterServers
      const { cluster, events } = yield* clusterClient()
      const before = yield* calls(nodes, "cluster|slots")
      const maps = yield* Effect.all(
        Array.from({ length: 100 }, () => cluster.refresh),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(maps).size, 1)
      assert.deepStrictEqual(causesOf(events), ["requested"])
      assert.isAtMost((yield* calls(nodes, "cluster|slots")) - before, ASKED)
    })
  )

  it.effect("is asked for once in a while by a storm of MOVED, which corrects each slot by itself", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { events, redis } = yield* clusterClient()
      const [first, second] = yield* primariesOf(servers)
      const slots = slotsFrom(1_000, 300)
      yield* servers.moveSlots(slots, first, second)
      const before = yield* calls(servers.nodes, "cluster|slots")
      const began = performance.now()
      yield* Effect.forEach(slots, (slot) => redis.set(keyIn(slot, "storm"), String(slot)), {
        concurrency: "unbounded",
        discard: true
      })
      const elapsed = performance.now() - began
      const rounds = causesOf(events).length
      assert.isAtMost(rounds, 1 + Math.ceil(elapsed / LAZY_INTERVAL))
      assert.isAtMost((yield* calls(servers.nodes, "cluster|slots")) - before, ASKED * (rounds + 1))
      const patched = patchedSlots(events)
      assert.strictEqual(new Set(patched).size, patched.length)
      assert.includeMembers([...slots], [...patched])
      assert.isAbove(patched.length, 0)
      for (const slot of slots) assert.strictEqual(yield* redis.get(keyIn(slot, "storm")), String(slot))
      yield* servers.moveSlots(slots, second, first)
    })
  )

  it.effect("follows from refusals, and the command is sent again", () =>
    Effect.gen(function* () {
      const [first] = yield* Effect.flatMap(ClusterServers, primariesOf)
      const { client, forwarder } = yield* through(first)
      const key = keyIn(3, "refused")
      yield* client.redis.set(key, "0")
      const refusals = [
        ["READONLY You can't write against a read only replica.", "readonly"],
        ["CLUSTERDOWN The cluster is down", "clusterdown"],
        ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "clusterdown"],
        ["MOVED 3 ?:7000", "uncovered slot"]
      ] as const
      for (const [at, [refusal, cause]] of refusals.entries()) {
        const seen = client.events.length
        // The server says it itself, since a question of the refresh before may be under way on this connection.
        const refuse = frame("EVAL", `return redis.error_reply(${JSON.stringify(refusal)})`, "0")
        forwarder.rewrite = (request) => {
          const rewritten = request.replace(INCR, () => refuse)
          if (rewritten !== request) forwarder.rewrite = undefined
          return rewritten
        }
        assert.strictEqual(yield* client.redis.incr(key), at + 1)
        yield* eventually(
          `a refresh for ${cause}`,
          Effect.sync(() => causesOf(client.events.slice(seen)).includes(cause))
        )
      }
    })
  )

  it.effect(
    "follows from a deadline that passes, from a connection that is lost, and from one that cannot be opened",
    () =>
      Effect.gen(function* () {
        const [first] = yield* Effect.flatMap(ClusterServers, primariesOf)
        const { client, forwarder } = yield* through(first)
        const causes = () => causesOf(client.events)
        const read = client.redis.get(keyIn(4, "none"))
        yield* read
        forwarder.silent = true
        isError(
          yield* failing(client.redis.run(Command.get(keyIn(4, "none")), { deadline: "50 millis" })),
          "Timeout",
          "MayHaveExecuted"
        )
        yield* eventually(
          "a refresh for the time-out",
          Effect.sync(() => causes().includes("time-out"))
        )
        const waiting = yield* start(read)
        forwarder.cut()
        yield* eventually(
          "a refresh for the lost connection",
          Effect.sync(() => causes().includes("connection lost"))
        )
        forwarder.refuse()
        yield* eventually(
          "a refresh for the refused connection",
          Effect.sync(() => causes().includes("connect failure"))
        )
        yield* forwarder.restore
        assert.strictEqual(yield* Fiber.join(waiting), undefined)
      })
  )

  it.effect("comes by itself from time to time", () =>
    Effect.gen(function* () {
      const { events } = yield* clusterClient({ checkInterval: "50 millis" })
      yield* eventually(
        "two refreshes that nothing asked for",
        Effect.sync(() => causesOf(events).filter((cause) => cause === "periodic").length === 2)
      )
      assert.deepStrictEqual([...new Set(causesOf(events))], ["periodic"])
    })
  )

  it.effect("finds a node that is new, after ASK and MOVED have led there, and lets go of one that has left", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const [first, , third] = yield* primariesOf(servers)
      const newcomer = yield* replicaOf(servers, third)
      yield* emptyPrimary(servers, newcomer, first)
      const { cluster, events, redis } = yield* clusterClient({ clientName: "finder" })
      const knows = Effect.map(SubscriptionRef.get(cluster.topology), (topology) => topology.nodes.has(newcomer.id))
      assert.strictEqual((yield* cluster.refresh).nodes.has(newcomer.id), false)

      const [slot, other] = [30, 31]
      yield* servers.beginMigration(slot, first, newcomer)
      const seen = events.length
      assert.strictEqual(yield* redis.incr(keyIn(slot, "born")), 1)
      yield* eventually(
        "a refresh for ASK to an unknown node",
        Effect.sync(() => causesOf(events.slice(seen)).includes("ask"))
      )
      for (let i = 2; i < 20; i++) assert.strictEqual(yield* redis.incr(keyIn(slot, "born")), i)
      assert.isFalse(yield* knows)
      yield* servers.finishMigration(slot, first, newcomer)
      assert.strictEqual(yield* redis.incr(keyIn(slot, "born")), 20)
      yield* eventually("the new node is known by its id", knows)
      assert.strictEqual((yield* cluster.refresh).primaryOf(slot)?.id, newcomer.id)
      assert.strictEqual(yield* clientCount(newcomer, "finder"), 1)

      const own = cluster.onNode({ host: newcomer.host, port: newcomer.port })
      assert.strictEqual(yield* own.dbSize(), 1)
      const gone = yield* start(redis.incr(keyIn(other, "busy")).pipe(Effect.repeat({ times: 300 })))
      yield* servers.moveSlots(slot, newcomer, first)
      assert.strictEqual(yield* redis.incr(keyIn(slot, "born")), 21)
      assert.isFalse((yield* cluster.refresh).nodes.has(newcomer.id))
      yield* eventually(
        "no connection to the node is left",
        Effect.map(clientCount(newcomer, "finder"), (count) => count === 0)
      )
      yield* Fiber.join(gone)
      // Asked by its address it is there all the same.
      assert.strictEqual(yield* own.dbSize(), 0)
    })
  )
})
