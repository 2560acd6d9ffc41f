import { assert } from "@effect/vitest"
import { Command } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { failing, isError } from "../support/client.ts"
import { calls, clusterClient, onCluster } from "./support/cluster.ts"
import { keyIn } from "./support/slots.ts"

onCluster({ replicasPerPrimary: 0 })("A target", (it) => {
  it.effect("gets the command, the pipeline and the part of a program that names it, whatever its map says", () =>
    Effect.gen(function* () {
      const { nodes } = yield* ClusterServers
      const { redis } = yield* clusterClient()
      for (const node of nodes) {
        const target = `127.0.0.1:${node.port}`
        const before = yield* calls([node], "echo")
        assert.strictEqual(yield* redis.run(Command.echo("one"), { target }), "one")
        assert.deepStrictEqual(yield* redis.pipeline([Command.echo("two")], { target }), ["two"])
        assert.strictEqual(yield* redis.withOptions({ target }).echo("three"), "three")
        assert.strictEqual(yield* calls([node], "echo"), before + 3)
      }
    })
  )

  it.effect("does not follow redirects, and must be a node of the cluster", () =>
    Effect.gen(function* () {
      const cluster = yield* ClusterServers
      const { redis } = yield* clusterClient()
      const owner = yield* cluster.primaryOf(0)
      const other = cluster.nodes.find((node) => node.port !== owner.port)!
      const key = keyIn(0, "a")
      const moved = yield* failing(redis.run(Command.get(key), { target: `127.0.0.1:${other.port}` }))
      assert.deepInclude(isError(moved, "Redirected", "Refused").reason, { kind: "MOVED", slot: 0 })
      yield* redis.run(Command.set(key, "v"), { target: `127.0.0.1:${owner.port}` })
      for (const target of ["127.0.0.1:1", "nowhere"]) {
        const unknown = yield* failing(redis.run(Command.get(key), { target }))
        assert.include(isError(unknown, "InvalidArgument", "NotSent").message, "target: ")
      }
    })
  )
})
