import { assert, describe, it } from "@effect/vitest"
import { type Struck, unexplained } from "../../src/account/failures.ts"
import type { Entry } from "../../src/account/Operation.ts"

const entry = (given: Partial<Entry>): Entry => ({
  kind: "push",
  id: "1.1",
  fiber: 1,
  keys: ["list:{a}"],
  slots: [7],
  deadline: undefined,
  startedAt: 100,
  endedAt: 200,
  startEpoch: 0,
  endEpoch: 0,
  outcome: "mayHaveExecuted",
  reply: undefined,
  label: "MayHaveExecuted:ConnectionLost",
  ...given
})

const kill: Struck = { kind: "kill", slots: new Set([7]), at: 150, over: 300 }

const found = (given: Partial<Entry>, ...struck: ReadonlyArray<Struck>) => unexplained([entry(given)], struck).length

describe("the failures of a run", () => {
  it("may be writes that were on a connection which a fault has broken", () => {
    assert.strictEqual(found({}, kill), 0)
    assert.strictEqual(found({ slots: [8] }, kill), 1)
    assert.strictEqual(found({ startedAt: 301, endedAt: 302 }, kill), 1)
    assert.strictEqual(found({ endedAt: 149 }, kill), 1)
    assert.strictEqual(found({ slots: [8] }, { ...kill, kind: "reset", slots: undefined }), 0)
  })

  it("are never reads, nor what is said not to have been executed", () => {
    assert.strictEqual(found({ kind: "get" }, kill), 1)
    assert.strictEqual(found({ outcome: "notExecuted", label: "Refused:Server" }, kill), 1)
  })

  it("are none at all while an operator is at work", () => {
    for (const kind of ["failover", "slot move", "atomic slot move", "rolling restart", "growth", "shrink"] as const) {
      assert.strictEqual(found({}, { ...kill, kind }), 1, kind)
    }
    assert.strictEqual(found({ outcome: "acknowledged", label: undefined }, { ...kill, kind: "growth" }), 0)
  })

  it("are the caller's own where it was interrupted or had a deadline of the load", () => {
    assert.strictEqual(found({ label: "interrupted" }), 0)
    assert.strictEqual(found({ deadline: 5, outcome: "notExecuted", label: "NotSent:Timeout" }), 0)
  })
})
