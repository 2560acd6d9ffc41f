import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { AdminReply } from "../../src/AdminReply.ts"
import { inShards, slotsOfPrimary } from "../../src/internal/formation.ts"
import { Waiting } from "../../src/internal/wait.ts"

const node = (name: string, reply: AdminReply) => ({ name, ask: () => Effect.succeed(reply) })
const shard: AdminReply = ["slots", [], "nodes", []]

describe("forming a cluster", () => {
  it("gives each primary its run of the slots, and all of them together every slot", () => {
    const runs = [0, 1, 2].map((index) => slotsOfPrimary(index, 3))
    assert.strictEqual(runs[0]?.start, 0)
    assert.strictEqual(runs[2]?.end, 16_383)
    for (const [index, { start }] of runs.slice(1).entries()) assert.strictEqual(start, runs[index]!.end + 1)
  })

  it.effect("waits while a node counts a replica as a shard of its own", () =>
    Effect.gen(function* () {
      const agreed = node("node-0", [shard, shard])
      assert.isUndefined(yield* inShards([agreed, node("node-1", [shard, shard])], 2))
      const apart = yield* inShards([agreed, node("node-1", [shard, shard, shard])], 2)
      assert.strictEqual(apart instanceof Waiting ? apart.detail : undefined, "node-1 sees 3 shards instead of 2")
    })
  )
})
