import { assert, describe, it } from "@effect/vitest"
import { FAULT_NAMES, faultsFor, kindsOf } from "../../src/account/Nemesis.ts"

describe("the nemesis", () => {
  it("fails over and moves slots in a cluster only", () => {
    const alone = Object.keys(faultsFor({ topology: "standalone" }))
    assert.sameMembers(
      FAULT_NAMES.filter((name) => !alone.includes(name)),
      ["failover", "forced failover", "slot move"]
    )
  })

  it("demands a thaw of each run that freezes", () => {
    assert.deepStrictEqual(kindsOf(["kill", "freeze", "long freeze"]), ["kill", "freeze", "long freeze", "thaw"])
    assert.deepStrictEqual(kindsOf(["reset"]), ["reset"])
  })
})
