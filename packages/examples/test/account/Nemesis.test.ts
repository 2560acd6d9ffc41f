import { assert, describe, it } from "@effect/vitest"
import { chosenFaults, FAULT_NAMES, faultsFor, GRACEFUL, kindsOf } from "../../src/account/Nemesis.ts"

describe("the nemesis", () => {
  it("fails over and moves slots in a cluster only, and hides its failovers only under sentinels", () => {
    const alone = Object.keys(faultsFor({ topology: "standalone", cluster: undefined }))
    const more = (topology: "cluster" | "sentinel") =>
      Object.keys(
        faultsFor({ topology, cluster: topology === "cluster" ? { canMoveAtomically: true } : undefined })
      ).filter((name) => !alone.includes(name))
    assert.sameMembers(more("cluster"), [
      "failover",
      "forced failover",
      "takeover",
      "slot move",
      "atomic slot move",
      "rolling restart",
      "growth"
    ])
    assert.sameMembers(more("sentinel"), [
      "sentinel failover",
      "unheard failover",
      "cut from the primary",
      "sentinels restarted"
    ])
    assert.sameMembers([...FAULT_NAMES], [...alone, ...more("cluster"), ...more("sentinel")])
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
