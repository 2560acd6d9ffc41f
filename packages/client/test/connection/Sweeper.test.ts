import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { resolveOptions } from "../../src/ClientOptions.ts"
import { makeRuntime } from "../../src/connection/ConnectionRuntime.ts"
import { Sweeper } from "../../src/connection/Sweeper.ts"
import { Transport } from "../../src/connection/Transport.ts"
import { FakeTransport } from "../support/FakeTransport.ts"

/** A sweeper, when it swept, and what it is told to do next. */
const sweeper = (next: (now: number) => number = () => Number.POSITIVE_INFINITY) =>
  Effect.gen(function* () {
    const { limits } = yield* Effect.fromResult(resolveOptions({}, undefined))
    const runtime = yield* Effect.provideService(makeRuntime(limits), Transport, new FakeTransport().service)
    const swept: Array<number> = []
    const made = new Sweeper(runtime, (now) => {
      swept.push(now)
      return next(now)
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => made.stop()))
    return { made, swept }
  })

describe("Sweeper", () => {
  it.effect("sweeps at the earliest moment that it was asked for", () =>
    Effect.gen(function* () {
      const { made, swept } = yield* sweeper()
      made.wake(5000)
      made.wake(2000)
      made.wake(3000)
      assert.strictEqual(made.wakeAt, 2000)
      yield* TestClock.adjust("1999 millis")
      assert.deepStrictEqual(swept, [])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(swept, [2000])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(swept, [2000])
      assert.strictEqual(made.wakeAt, Number.POSITIVE_INFINITY)
    })
  )

  it.effect("sweeps again when the sweep says so, or at once when the moment has passed", () =>
    Effect.gen(function* () {
      const { made, swept } = yield* sweeper((now) => (now < 3000 ? now + 1000 : Number.POSITIVE_INFINITY))
      yield* TestClock.adjust("1 second")
      made.wake(500)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(swept, [1000, 2000, 3000])
    })
  )

  it.effect("makes headway where the clock shows fractions of a millisecond", () =>
    Effect.gen(function* () {
      const { made, swept } = yield* sweeper((now) => (now < 4200 ? 4200 : Number.POSITIVE_INFINITY))
      yield* TestClock.setTime(4199.999_999_999_999)
      made.wake(4100)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(swept.length, 2)
      assert.isAtLeast(swept[1] ?? 0, 4200)
    })
  )

  it.effect("has no timer for what is infinitely far, and none after it was stopped", () =>
    Effect.gen(function* () {
      const { made, swept } = yield* sweeper()
      made.wake(Number.POSITIVE_INFINITY)
      made.wake(1000)
      made.stop()
      made.wake(500)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(swept, [])
    })
  )
})
