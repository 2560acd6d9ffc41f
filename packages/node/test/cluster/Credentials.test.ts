import * as NodeUtil from "node:util"
import { assert } from "@effect/vitest"
import { Credentials, type Identity } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { callsOf, clientCount, eventually, failing } from "../support/client.ts"
import { clusterClient, onCluster } from "./support/cluster.ts"
import { keyIn } from "./support/slots.ts"

const PASSWORD = "pass of the cluster"

onCluster({ replicasPerPrimary: 0, requirepass: PASSWORD })("Credentials in a cluster", (it) => {
  const plainSeeds = ClusterServers.useSync(({ nodes }) => nodes.map((node) => `127.0.0.1:${node.port}`))

  it.effect("of the seeds' URLs are those of every node that is found", () =>
    Effect.gen(function* () {
      const { nodes, seeds } = yield* ClusterServers
      const { redis } = yield* clusterClient({ nodes: [seeds[0]!], clientName: "by-url" })
      for (const [at, node] of nodes.entries()) {
        const slot = 5_462 * at
        yield* redis.set(keyIn(slot, "a"), "1")
        assert.strictEqual(yield* node.admin(["GET", keyIn(slot, "a")]), "1")
        assert.strictEqual(yield* clientCount(node, "by-url"), 1)
      }
    })
  )

  it.effect("of the options are those of every node that is found", () =>
    Effect.gen(function* () {
      const nodes = yield* plainSeeds
      const { redis } = yield* clusterClient({ nodes, username: "default", password: Redacted.make(PASSWORD) })
      for (const slot of [0, 8_192, 16_383]) assert.strictEqual(yield* redis.incr(keyIn(slot, "b")), 1)
    })
  )

  it.effect("that are missing or wrong end the start at once, with each node's answer and without the secret", () =>
    Effect.gen(function* () {
      const nodes = yield* plainSeeds
      const none = yield* failing(clusterClient({ nodes }))
      assert.deepStrictEqual(
        none.attempts.map(({ reason }) => reason._tag),
        ["NoAuth", "NoAuth", "NoAuth"]
      )
      const wrong = yield* failing(clusterClient({ nodes, password: Redacted.make("not the secret") }))
      assert.deepStrictEqual(
        wrong.attempts.map(({ reason }) => reason._tag),
        ["WrongPassword", "WrongPassword", "WrongPassword"]
      )
      for (const shown of [wrong.message, NodeUtil.inspect(wrong, { depth: 9 }), JSON.stringify(wrong)]) {
        assert.notInclude(shown, "not the secret")
      }
    })
  )

  it.effect("that change are said to every node, and are those of the nodes connected to later", () =>
    Effect.gen(function* () {
      const { nodes } = yield* ClusterServers
      const plain = yield* plainSeeds
      const setPassword = (password: string) =>
        Effect.forEach(nodes, (node) =>
          node.admin(["ACL", "SETUSER", "app", "on", "resetpass", `>${password}`, "~*", "&*", "+@all"])
        )
      const told = yield* Queue.unbounded<Identity>()
      const tell = (password: string) => Queue.offer(told, { username: "app", password: Redacted.make(password) })
      yield* setPassword("one")
      yield* tell("one")
      const credentials = yield* Credentials.stream(Stream.fromQueue(told))
      const { redis } = yield* clusterClient({ nodes: plain, credentials })
      for (const slot of [0, 16_383]) yield* redis.incr(keyIn(slot, "c"))
      const auths = Effect.map(
        Effect.forEach(nodes, (node) => callsOf(node, "auth")),
        (counts) => counts.reduce((sum, count) => sum + count, 0)
      )
      const before = yield* auths
      yield* setPassword("two")
      yield* tell("two")
      yield* eventually(
        "two nodes or three were told",
        Effect.map(auths, (count) => count >= before + 2)
      )
      for (const slot of [0, 8_192, 16_383]) yield* redis.incr(keyIn(slot, "c"))
      yield* Effect.forEach(nodes, (node) => node.admin(["ACL", "DELUSER", "app"]))
      yield* setPassword("two")
      for (const slot of [0, 8_192, 16_383]) {
        yield* eventually(
          "connected anew",
          Effect.map(Effect.option(redis.incr(keyIn(slot, "c"))), ({ _tag }) => _tag === "Some")
        )
      }
    })
  )

  it.effect("that are wrong are named by the first command of a lazy client", () =>
    Effect.gen(function* () {
      const nodes = yield* plainSeeds
      const { redis } = yield* clusterClient({
        nodes,
        password: Redacted.make("not the secret"),
        start: "lazy",
        commandTimeout: "300 millis"
      })
      const error = yield* failing(redis.get("key"))
      assert.strictEqual(error.execution, "NotSent")
      assert.include(error.message, "WRONGPASS")
    })
  )
})
