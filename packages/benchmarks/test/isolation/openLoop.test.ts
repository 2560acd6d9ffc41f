import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import { Samples, startFlow } from "../../src/isolation/openLoop.ts"

describe("a flow of operations", () => {
  it.live("makes up for what was held up, and counts it from when it was due", () =>
    Effect.gen(function* () {
      const held = Latch.makeUnsafe(true)
      let issued = 0
      const flow = yield* startFlow({
        perSecond: 1_000,
        fibers: 4,
        longest: 60_000,
        operation: () =>
          Effect.suspend(() => {
            issued++
            return held.await
          })
      })
      while (flow.samples.length < 100) yield* Effect.sleep(5)
      held.closeUnsafe()
      const [before, at] = [flow.samples.length, performance.now()]
      while (issued < before + 4) yield* Effect.sleep(5)
      yield* Effect.sleep(100)
      assert.isAtMost(flow.samples.length, before + 4)
      held.openUnsafe()
      while (flow.samples.length < before + 50) yield* Effect.sleep(5)
      yield* flow.stop
      const late = [...flow.samples.took.subarray(before, before + 50)]
      assert.isAbove(Math.max(...late), 80)
      const due = [...flow.samples.due.subarray(before, before + 50)].filter((time) => time > at && time < at + 90)
      assert.isAbove(due.length, 30)
    })
  )

  it.live("counts failures apart", () =>
    Effect.gen(function* () {
      const flow = yield* startFlow({
        perSecond: 1_000,
        fibers: 2,
        longest: 60_000,
        operation: (number) => (number % 2 === 0 ? Effect.void : Effect.fail("refused"))
      })
      while (flow.samples.length < 20) yield* Effect.sleep(5)
      yield* flow.stop
      assert.isAtLeast(flow.samples.failed, 19)
    })
  )

  it("has room for what may come, and not for more", () => {
    const samples = new Samples(1)
    samples.add(1, 2)
    assert.throws(() => samples.add(2, 3), RangeError)
  })
})
