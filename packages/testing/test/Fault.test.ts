import { assert, describe, it } from "@effect/vitest"
import { Fault } from "../src/Fault.ts"

describe("Fault", () => {
  it("reads durations as Effect does", () => {
    assert.deepStrictEqual(Fault.delay("2 seconds", 5), { _tag: "Delay", millis: 2_000, jitterMillis: 5 })
    assert.deepStrictEqual(Fault.delay(3), { _tag: "Delay", millis: 3, jitterMillis: 0 })
  })

  it("never splits into pieces of nothing", () => {
    assert.deepStrictEqual(Fault.split(), { _tag: "Split", size: 1 })
    assert.deepStrictEqual(Fault.split(0), { _tag: "Split", size: 1 })
    assert.deepStrictEqual(Fault.split(2.5), { _tag: "Split", size: 2 })
  })

  it("cuts by reset unless asked otherwise", () => {
    assert.deepStrictEqual(Fault.cutBeforeWrite(), { _tag: "CutBeforeWrite", how: "reset" })
    assert.deepStrictEqual(Fault.cutBeforeReply("end"), { _tag: "CutBeforeReply", how: "end" })
  })
})
