import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ClusterServers } from "../../src/ClusterServers.ts"
import { jobsIn, migratesAtomically } from "../../src/internal/atomicMigration.ts"
import { tagsOf } from "../fixtures/clusterWriter.ts"

describe("moving slots in one step", () => {
  it("reads the jobs of a server", () => {
    const entry = [
      "name",
      "n1",
      "operation",
      "EXPORT",
      "slot_ranges",
      "0-10 12-12",
      "target_node",
      "t",
      "state",
      "failed"
    ]
    assert.deepStrictEqual(jobsIn([[...entry, "message", "gone"]]), [
      { name: "n1", ranges: "0-10 12-12", target: "t", state: "failed", message: "gone" }
    ])
    assert.deepStrictEqual(jobsIn([]), [])
  })

  it("is known to Valkey from 9.0", () => {
    assert.isTrue(migratesAtomically({ product: "valkey", major: 9 }))
    assert.isFalse(migratesAtomically({ product: "valkey", major: 8 }))
    assert.isFalse(migratesAtomically({ product: "redis", major: 9 }))
  })

  it.live("takes the keys along, or is refused by servers that cannot", () =>
    Effect.gen(function* () {
      const cluster = yield* ClusterServers.make({ primaries: 2, replicasPerPrimary: 0 })
      const [from, to] = [cluster.nodes[0]!, cluster.nodes[1]!]
      const tags = tagsOf(0, 9)
      for (const tag of tags) yield* from.admin(["SET", tag, tag])
      const move = cluster.moveSlotsAtomically([...tags.keys(), 100], from, to)
      if (!cluster.canMoveAtomically) {
        assert.strictEqual((yield* Effect.flip(move)).reason, "InvalidOption")
        return
      }
      yield* move
      for (const tag of tags) assert.strictEqual(yield* to.admin(["GET", tag]), tag)
      for (const slot of [0, 9, 100]) assert.strictEqual((yield* cluster.primaryOf(slot)).id, to.id)
      assert.strictEqual((yield* cluster.primaryOf(10)).id, from.id)
      assert.isAbove(yield* cluster.rebalance([to], { atomically: true }), 8_000)
      yield* cluster.awaitStable
      assert.strictEqual((yield* cluster.primaryOf(50)).id, to.id)
    })
  )
})
