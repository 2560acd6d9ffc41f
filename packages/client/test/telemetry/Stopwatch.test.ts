import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Stopwatch } from "../../src/telemetry/Stopwatch.ts"

describe("Stopwatch", () => {
  it.effect("gives the time of a turn until that ends, or some commands have asked", () =>
    Effect.gen(function* () {
      const stopwatch = new Stopwatch(yield* Clock.Clock)
      const before = stopwatch.now()
      yield* TestClock.adjust("5 millis")
      assert.strictEqual(stopwatch.now(), before)
      assert.closeTo(stopwatch.exact() - before, 0.005, 1e-9)
      stopwatch.refresh()
      const after = stopwatch.now()
      assert.closeTo(after - before, 0.005, 1e-9)
      yield* TestClock.adjust("5 millis")
      const asked = Array.from({ length: 100 }, () => stopwatch.now())
      assert.strictEqual(asked[0], after)
      assert.closeTo((asked[99] ?? 0) - after, 0.005, 1e-9)
    })
  )
})
