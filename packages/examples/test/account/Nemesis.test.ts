import { assert, describe, it } from "@effect/vitest"
import { chosenFaults, FAULT_NAMES, faultsFor, GRACEFUL, kindsOf } from "../../src/account/Nemesis.ts"

describe("the nemesis", () => {
  it("fails over and moves slots in a cluster only", () => {
    const alone = Object.keys(faultsFor({ topology: "standalone", cluster: undefined }))
    assert.sameMembers(
      FAULT_NAMES.filter((name) => !alone.includes(name)),
      ["failover", "forced failover", "takeover", "slot move", "atomic slot move", "rolling restart", "growth"]
    )
  })

  it("does gracefully what the servers can", () => {
    const cluster = (canMoveAtomically: boolean) => ({ topology: "cluster", cluster: { canMoveAtomically } }) as const
    assert.sameMembers([...chosenFaults("graceful", cluster(true))], [...GRACEFUL])
    assert.sameMembers(
      [...chosenFaults("graceful", cluster(false))],
      GRACEFUL.filter((name) => name !== "atomic slot move")
    )
    assert.notInclude(chosenFaults(undefined, cluster(false)), "atomic slot move")
    assert.deepStrictEqual(chosenFaults(["kill"], cluster(false)), ["kill"])
  })

  it("demands that a cluster which has grown shrinks again", () => {
    assert.deepStrictEqual(kindsOf(["growth"]), ["growth", "shrink"])
  })

  it("demands a thaw of each run that freezes", () => {
    assert.deepStrictEqual(kindsOf(["kill", "freeze", "long freeze"]), ["kill", "freeze", "long freeze", "thaw"])
    assert.deepStrictEqual(kindsOf(["reset"]), ["reset"])
  })
})
