import { assert, describe, it } from "@effect/vitest"
import { valueOf } from "../../src/demo/keyspace.ts"
import { Ledger } from "../../src/demo/Ledger.ts"

describe("Ledger", () => {
  it("finds a length that does not grow from one own push to the next", () => {
    const ledger = new Ledger()
    ledger.grew(1, "RPUSH", "list:{a}", 5, 0, 0)
    ledger.grew(1, "RPUSH", "list:{a}", 9, 0, 0)
    assert.deepStrictEqual(ledger.misplaced, [])
    ledger.grew(1, "RPUSH", "list:{a}", 9, 0, 0)
    ledger.grew(1, "RPUSH", "list:{a}", 4, 0, 0)
    assert.deepStrictEqual(
      ledger.misplaced.map(({ detail }) => detail),
      ["9 after 9 in one epoch", "4 after 9 in one epoch"]
    )
  })

  it("compares a fiber with itself only, list by list", () => {
    const ledger = new Ledger()
    ledger.grew(1, "RPUSH", "list:{a}", 9, 0, 0)
    ledger.grew(2, "RPUSH", "list:{a}", 4, 0, 0)
    ledger.grew(1, "RPUSH", "list:{b}", 1, 0, 0)
    assert.deepStrictEqual(ledger.misplaced, [])
  })

  it("allows a failover to set a list back", () => {
    const ledger = new Ledger()
    ledger.grew(1, "RPUSH", "list:{a}", 9, 0, 0)
    ledger.grew(1, "RPUSH", "list:{a}", 12, 0, 1)
    ledger.grew(1, "RPUSH", "list:{a}", 8, 1, 1)
    ledger.grew(1, "RPUSH", "list:{a}", 9, 1, 1)
    assert.deepStrictEqual(ledger.misplaced, [])
    ledger.grew(1, "RPUSH", "list:{a}", 9, 1, 1)
    assert.lengthOf(ledger.misplaced, 1)
  })

  it("tells the value of another key from one that is missing", () => {
    const ledger = new Ledger()
    ledger.got("value:{a}:1", valueOf("value:{a}:1"))
    ledger.got("value:{a}:1", valueOf("value:{a}:2"))
    ledger.got("value:{a}:1", undefined)
    assert.strictEqual(ledger.reads, 3)
    assert.lengthOf(ledger.misplaced, 1)
    assert.deepStrictEqual(ledger.missingReads, [{ key: "value:{a}:1" }])
  })
})
