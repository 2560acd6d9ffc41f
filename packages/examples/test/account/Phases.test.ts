import { assert, describe, it } from "@effect/vitest"
import { Phases } from "../../src/account/Phases.ts"

describe("the phases of a run", () => {
  it("are undisturbed from each calm to the next disturbance", () => {
    const phases = new Phases()
    phases.calm(10)
    phases.disturbed(50)
    phases.disturbed(60)
    phases.calm(90)
    phases.disturbed(95)
    assert.deepStrictEqual(phases.undisturbed, [
      { from: 10, to: 50 },
      { from: 90, to: 95 }
    ])
  })

  it("count a hit until it is over, or for as long as it stands alone", () => {
    const phases = new Phases()
    phases.hit("kill", [1], 100, 1_800)
    phases.over(5_000)
    phases.hit("half-open", [2], 6_000)
    phases.over(9_000)
    phases.over(9_500)
    assert.deepStrictEqual(phases.hits, [
      { kind: "kill", slots: new Set([1]), from: 100, to: 1_900 },
      { kind: "half-open", slots: new Set([2]), from: 6_000, to: 9_000 }
    ])
  })
})
