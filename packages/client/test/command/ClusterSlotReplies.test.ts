import { assert, describe, it } from "@effect/vitest"
import { migrationTasks, slotMigrations, slotStats } from "../../src/command/ClusterSlotReplies.ts"
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

describe("what a node says of its slots", () => {
  it("what is not of that form is no reply, and fails as one", () => {
    const named = ["name", "n", "state", "success", "slot_ranges"]
    fails(slotStats, [[0, ["cpu-usec", 1]]])
    fails(slotStats, [["key-count", 1]])
    fails(slotMigrations, [[...named, "0-1"]])
    fails(slotMigrations, [[...named, "0-1", "operation", "swap"]])
    fails(slotMigrations, [[...named, "some", "operation", "IMPORT"]])
    fails(migrationTasks, [["id", "a"]])
  })
})
