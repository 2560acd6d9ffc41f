import { assert, describe, it } from "@effect/vitest"
import * as Replies from "../../src/command/ClusterReplies.ts"
import { DecodeMismatch } from "../../src/command/Reply.ts"
import type { RespValue } from "../../src/protocol/RespValue.ts"

const fails = (reply: { readonly text: (value: RespValue) => unknown }, value: RespValue): void => {
  try {
    reply.text(value)
  } catch (error) {
    assert.instanceOf(error, DecodeMismatch)
    return
  }
  assert.fail("expected a mismatch")
}

describe("what a cluster says of itself", () => {
  it("nodes of old servers have no bus port, and of new ones an availability zone", () => {
    const [old, zoned] = Replies.clusterNodes.text(
      "a 10.0.0.1:7000 master - 0 0 1 connected 5\n" +
        "b 10.0.0.2:7000@17000,h,availability-zone=eu=1 master - 0 0 1 connected"
    )
    assert.isUndefined(old!.busPort)
    assert.deepStrictEqual(old!.slots, [{ start: 5, end: 5 }])
    assert.strictEqual(zoned!.auxiliary["availability-zone"], "eu=1")
    assert.deepStrictEqual(zoned!.slots, [])
  })

  it("what is not of that form is no reply, and fails as one", () => {
    fails(Replies.clusterNodes, "not a node")
    fails(Replies.clusterNodes, "a nowhere master - 0 0 1 connected")
    fails(Replies.clusterNodes, "a h:1@2 master - 0 0 1 connected some-slots")
    fails(Replies.clusterNodes, "a h:1@2 master - x 0 1 connected")
    fails(Replies.clusterInfo, "cluster_state:ok")
    fails(Replies.clusterInfo, "cluster_state:confused")
    fails(Replies.clusterSlots, [["a"]])
    fails(Replies.clusterShards, [["slots", [1], "nodes", []]])
    fails(Replies.clusterShards, ["odd"])
    fails(Replies.clusterLinks, [["direction", "up"]])
    fails(Replies.bumpedEpoch, "OK")
  })

  it("a cluster without slots has none", () => {
    assert.deepStrictEqual(Replies.clusterSlots.text([]), [])
    assert.deepStrictEqual(Replies.clusterShards.text([["slots", [], "nodes", []]]), [
      { id: undefined, slots: [], nodes: [], fields: Object.create(null) }
    ])
  })
})
