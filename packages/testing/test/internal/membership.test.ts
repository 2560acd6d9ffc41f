import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ClusterServers } from "../../src/ClusterServers.ts"
import { slotMap } from "../../src/ClusterView.ts"
import { FaultProxy } from "../../src/FaultProxy.ts"
import type { ServerAddress } from "../../src/ServerControls.ts"
import { tagsOf } from "../fixtures/clusterWriter.ts"

layer(ClusterServers.layer({ primaries: 2, replicasPerPrimary: 1 }), { timeout: "60 seconds" })(
  "The nodes of a cluster",
  (it) => {
    it.effect(
      "grow in number and shrink again, with all their keys",
      () =>
        Effect.gen(function* () {
          const cluster = yield* ClusterServers
          const [first, second] = [cluster.nodes[0]!, cluster.nodes[1]!]
          const tags = tagsOf(0, 39)
          for (const [slot, tag] of tags.entries()) yield* first.admin(["SET", tag, slot])
          const known: Array<ServerAddress> = []
          const third = yield* cluster.addNode({ beforeStart: (address) => Effect.sync(() => known.push(address)) })
          const replica = yield* cluster.addNode({ replicaOf: third })
          assert.deepStrictEqual(
            known.map(({ url }) => url),
            [third.url]
          )
          assert.deepStrictEqual(
            cluster.nodes.slice(4).map(({ name }) => name),
            ["node-4", "node-5"]
          )
          assert.deepStrictEqual(
            (yield* cluster.replicasOf(third)).map(({ id }) => id),
            [replica.id]
          )
          assert.strictEqual(yield* cluster.rebalance([first, second, third], { slotsAtOnce: 100 }), 5_461)
          yield* cluster.awaitStable
          const [view] = yield* cluster.views
          assert.strictEqual(
            slotMap(view!)
              .split(" ")
              .filter((range) => range.endsWith(third.id)).length > 0,
            true
          )
          assert.strictEqual((yield* Effect.flip(cluster.removeNode(third))).reason, "InvalidOption")

          yield* cluster.rebalance([first, second], { slotsAtOnce: 100 })
          yield* cluster.removeNode(replica)
          yield* cluster.removeNode(third)
          yield* cluster.awaitStable
          assert.deepStrictEqual([cluster.nodes.length, cluster.seeds.length], [4, 4])
          assert.isTrue((yield* cluster.views).every(({ members }) => members.length === 4))
          assert.strictEqual(yield* third.state, "stopped")
          for (const [slot, tag] of tags.entries()) {
            const owner = yield* cluster.primaryOf(slot)
            assert.strictEqual(yield* owner.admin(["GET", tag]), String(slot))
          }
          assert.strictEqual((yield* Effect.flip(cluster.removeNode(third))).reason, "InvalidOption")
          assert.strictEqual((yield* Effect.flip(cluster.rebalance([]))).reason, "InvalidOption")
        }),
      // Valkey 8 waits for its replicas at each step of each slot.
      120_000
    )

    it.effect("move to other ports, and a proxy stands before these first", () =>
      Effect.gen(function* () {
        const cluster = yield* ClusterServers
        const proxy = yield* FaultProxy.make({ upstreams: cluster.nodes })
        const node = cluster.nodes[2]!
        const { id, port } = node
        yield* cluster.restartElsewhere(node, { beforeStart: proxy.add })
        yield* cluster.awaitStable
        assert.notStrictEqual(node.port, port)
        assert.strictEqual(yield* node.admin(["CLUSTER", "MYID"]), id)
        assert.strictEqual(node.url, `redis://127.0.0.1:${node.port}`)
        assert.strictEqual(cluster.seeds[2], node.url)
        for (const { members } of yield* cluster.views) {
          assert.strictEqual(members.find((member) => member.id === id)?.port, node.port)
        }
        assert.lengthOf(proxy.upstreams, cluster.nodes.length + 1)
        assert.notStrictEqual(proxy.remap(node).port, node.port)
        yield* proxy.add(node)
        assert.lengthOf(proxy.urls, cluster.nodes.length + 1)
      }).pipe(Effect.scoped)
    )
  }
)
