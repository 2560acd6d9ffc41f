import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { timeoutMillis, until, Waiting } from "../../src/internal/wait.ts"

const options = { everyMillis: 1, deadlineMillis: 50, onDeadline: (detail: string) => Effect.fail(detail) }

describe("until", () => {
  it.effect("asks again until the probe is content, in real time under TestClock", () =>
    Effect.gen(function* () {
      let asked = 0
      const probe = Effect.sync(() => (++asked < 4 ? new Waiting("more") : asked))
      assert.strictEqual(yield* until(probe, { ...options, deadlineMillis: 10_000 }), 4)
    })
  )

  it.effect("fails at the deadline with what was still missing", () =>
    Effect.gen(function* () {
      let asked = 0
      const probe = Effect.sync(() => new Waiting(`missing ${++asked}`))
      const detail = yield* Effect.flip(until(probe, options))
      assert.strictEqual(detail, `not within 50 ms: missing ${asked}`)
      assert.isAbove(asked, 1)
    })
  )

  it.effect("passes a failure of the probe on at once", () =>
    Effect.gen(function* () {
      let asked = 0
      const probe: Effect.Effect<Waiting, "broken"> = Effect.suspend(() => {
        asked++
        return Effect.fail("broken" as const)
      })
      assert.strictEqual(yield* Effect.flip(until(probe, options)), "broken")
      assert.strictEqual(asked, 1)
    })
  )
})

describe("timeoutMillis", () => {
  it("understands durations and has a default", () => {
    assert.strictEqual(timeoutMillis("2 seconds"), 2_000)
    assert.strictEqual(timeoutMillis(undefined), 30_000)
  })
})
