import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Ticker } from "../../src/connection/Ticker.ts"

describe("Ticker", () => {
  it.effect("gives one time for a turn, and another one after it", () =>
    Effect.gen(function* () {
      const ticker = new Ticker(yield* Clock.Clock)
      assert.strictEqual(ticker.now(), 0)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(ticker.now(), 0)
      assert.strictEqual(ticker.exact(), 1000)
      assert.strictEqual(ticker.now(), 0)
      ticker.refresh()
      assert.strictEqual(ticker.now(), 1000)
    })
  )
})
