import { assert, describe, it } from "@effect/vitest"
import { keySlot } from "../../src/many/keySlot.ts"

describe("keySlot", () => {
  it("gives the slots that a server gives", () => {
    // 123456789 is the example of the cluster specification, the others are replies to CLUSTER KEYSLOT.
    assert.deepStrictEqual(["123456789", "foo", "bar", "reef-bench:0:0000"].map(keySlot), [12739, 12182, 5061, 13183])
  })
})
