import { assert, describe, it } from "@effect/vitest"
import { Command } from "../../src/Command.ts"
import { implOf } from "../../src/command/make.ts"
import { type KeylessPlace, placeOfKeyless } from "../../src/routing/keyless.ts"

const placed = (command: Parameters<typeof implOf>[0]): KeylessPlace => placeOfKeyless(implOf(command))

describe("placeOfKeyless", () => {
  it("lets go anywhere what all nodes answer alike, and what describes the node that answers", () => {
    const commands = [
      Command.ping(),
      Command.echo("a"),
      Command.time(),
      Command.info(),
      Command.clusterInfo(),
      Command.clusterSlots(),
      Command.clusterKeySlot("a"),
      Command.configGet("port"),
      Command.eval("return 1"),
      Command.publish("c", "m"),
      Command.functionList(),
      Command.clusterHelp(),
      Command.raw("SPUBLISH"),
      Command.raw("MSET", ["k", "v"]),
      Command.raw("FUNCTION", ["LIST"]),
      Command.raw("ACL", ["WHOAMI"]),
      Command.raw("NEWCOMMAND", ["SET"])
    ]
    for (const command of commands) assert.strictEqual(placed(command), "anyNode", command.name)
  })

  it("keeps for a node by name what one node would answer or do for all", () => {
    const commands = [
      Command.dbSize(),
      Command.flushAll(),
      Command.configSet("maxmemory", "0"),
      Command.configRewrite(),
      Command.scriptLoad("return 1"),
      Command.clusterFailover(),
      Command.clusterForget("id"),
      Command.clusterMyId(),
      Command.clusterGetSlotMigrations(),
      Command.clusterMigrationStatus(),
      Command.clusterSlotStats({ orderBy: "key-count" }),
      Command.functionKill(),
      Command.pubSubChannels(),
      Command.pubSubShardNumSub("c"),
      Command.raw("KEYS", ["*"]),
      Command.raw("wait", [1, 0]),
      Command.raw("SLOWLOG", ["GET", 10]),
      Command.commandLogLen("slow"),
      Command.hotkeysGet(),
      Command.raw("slowlog get", [10]),
      Command.raw("CONFIG", ["set", "maxmemory", 0]),
      Command.raw("FUNCTION", [Buffer.from("load"), "code"]),
      Command.raw("FUNCTION FLUSH")
    ]
    for (const command of commands) assert.strictEqual(placed(command), "namedNode", command.name)
  })

  it("sends commands about a slot to the slot, if it is one", () => {
    assert.strictEqual(placed(Command.clusterCountKeysInSlot(7)), 7)
    assert.strictEqual(placed(Command.clusterGetKeysInSlot(16_383, 10)), 16_383)
    assert.strictEqual(placed(Command.clusterFlushSlot(9, "ASYNC")), 9)
    assert.strictEqual(placed(Command.raw("CLUSTER", ["countkeysinslot", "42"])), 42)
    for (const slot of [16_384, -1, 0.5]) {
      assert.strictEqual(placed(Command.raw("CLUSTER", ["COUNTKEYSINSLOT", slot])), "anyNode")
    }
    assert.strictEqual(placed(Command.raw("CLUSTER", ["COUNTKEYSINSLOT"])), "anyNode")
  })

  it("sends what has a slot without having a key to that slot", () => {
    assert.strictEqual(placed(Command.sPublish("{user}:1", "m")), 5474)
    assert.strictEqual(placed(Command.sPublish(new TextEncoder().encode("{user}:1"), "m")), 5474)
    assert.strictEqual(placed(Command.raw("spublish", ["{user}:1", "m"])), 5474)
    assert.strictEqual(placed(Command.clusterScan("0-{06S}-0")), 0)
    assert.strictEqual(placed(Command.clusterScan("0")), 13_907)
  })
})
