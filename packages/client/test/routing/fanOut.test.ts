import { assert, describe, it } from "@effect/vitest"
import { Command } from "../../src/Command.ts"
import type { ResponsePolicy } from "../../src/command/clusterPolicy.ts"
import { policyOf, tipped } from "../../src/command/clusterPolicy.ts"
import { implOf } from "../../src/command/make.ts"
import { fanOutOf, whyNowhere } from "../../src/routing/fanOut.ts"
import { placeOfKeyless } from "../../src/routing/keyless.ts"
import { and, concat, max, min, or, same, sum } from "../../src/routing/mergeReplies.ts"

/** What has a rule of its own: runs anywhere, or only where it is told to. */
const anywhere = ["INFO", "PING"]
const reportsOfOneNode = ["LATENCY DOCTOR", "LATENCY GRAPH", "MEMORY DOCTOR", "MEMORY MALLOC-STATS", "MEMORY STATS"]

const merges: Readonly<Partial<Record<ResponsePolicy, unknown>>> = {
  allSucceeded: same,
  and,
  default: concat,
  max,
  min,
  oneSucceeded: same,
  or,
  sum
}

const names = tipped.flatMap(([request, , all]) => (request === "allNodes" || request === "allShards" ? all : []))

describe("fanOutOf", () => {
  it("has a rule for every command that servers tip to run on all nodes or shards", () => {
    for (const name of names) {
      const command = implOf(Command.raw(name, ["x"]))
      const { request, response } = policyOf(name, [])
      if (anywhere.includes(name)) {
        assert.strictEqual(placeOfKeyless(command), "anyNode", name)
        continue
      }
      assert.strictEqual(placeOfKeyless(command), "namedNode", name)
      const found = fanOutOf(command)
      if (reportsOfOneNode.includes(name)) {
        assert.isUndefined(found, name)
        assert.include(whyNowhere(command), "onEach")
        continue
      }
      assert.isDefined(found, name)
      assert.strictEqual(found?.on, request === "allNodes" ? "nodes" : "primaries", name)
      assert.strictEqual(found?.oneIsEnough, response === "oneSucceeded", name)
      if (response !== "special" && name !== "CLUSTER SLOT-STATS")
        assert.strictEqual(found?.merge, merges[response], name)
    }
  })

  it("knows a command whose subcommand is its first argument, in any case", () => {
    assert.strictEqual(fanOutOf(implOf(Command.raw("slowlog", ["len"])))?.merge, sum)
    assert.strictEqual(fanOutOf(implOf(Command.raw("SCRIPT", [Buffer.from("exists"), "x"])))?.merge, and)
    const latest = fanOutOf(implOf(Command.latencyLatest()))?.merge
    assert.strictEqual(fanOutOf(implOf(Command.raw("LATENCY", ["latest"])))?.merge, latest)
    assert.isDefined(latest)
  })

  it("leaves alone what has keys, a slot, or any node to go to", () => {
    for (const command of [
      Command.get("k"),
      Command.mGet(["a"]),
      Command.time(),
      Command.eval("x"),
      Command.lastSave()
    ]) {
      assert.isUndefined(fanOutOf(implOf(command)), command.name)
    }
  })

  it("says what to do instead of what makes no sense in a cluster", () => {
    assert.include(whyNowhere(implOf(Command.swapDb(0, 1))), "change places")
    assert.include(whyNowhere(implOf(Command.replicaOf("h", 1))), "CLUSTER REPLICATE")
    assert.include(whyNowhere(implOf(Command.scan("0"))), "RedisCluster.scan")
  })
})
