import * as NodeUtil from "node:util"
import { assert } from "@effect/vitest"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { clientCount, failing } from "../support/client.ts"
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
