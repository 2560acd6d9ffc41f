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
    assert.strictEqual(placed(Command.raw("CLUSTER", ["countkeysinslot", "42"])), 42)
    for (const slot of [16_384, -1, 0.5]) {
      assert.strictEqual(placed(Command.raw("CLUSTER", ["COUNTKEYSINSLOT", slot])), "anyNode")
    }
    assert.strictEqual(placed(Command.raw("CLUSTER", ["COUNTKEYSINSLOT"])), "anyNode")
  })
})
