import { assert, describe, it } from "@effect/vitest"
import { Gate } from "../../../src/internal/proxy/Gate.ts"

describe("Gate", () => {
  it("lets pass while it is open, and those who waited once it opens", async () => {
    const gate = new Gate()
    await gate.passage()
    gate.shut()
    gate.shut()
    assert.isTrue(gate.isShut)
    const passed: Array<number> = []
    const waiting = [1, 2].map(async (number) => {
      await gate.passage()
      passed.push(number)
    })
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepStrictEqual(passed, [])
    gate.open()
    await Promise.all(waiting)
    assert.deepStrictEqual(passed, [1, 2])
  })

  it("holds up who has not passed yet when it is shut again", async () => {
    const gate = new Gate()
    gate.shut()
    let passed = false
    const waiting = gate.passage().then(() => {
      passed = true
    })
    gate.open()
    gate.shut()
    await new Promise((resolve) => setImmediate(resolve))
    assert.isFalse(passed)
    gate.open()
    await waiting
    assert.isTrue(passed)
  })
})
