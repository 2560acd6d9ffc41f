import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { longest, notRun, observeHalts, overlap, united } from "../../src/account/Halts.ts"

const spans = [
  { from: 10, to: 20 },
  { from: 30, to: 60 },
  { from: 100, to: 110 }
]

describe("halts of the process", () => {
  it("count where they overlap", () => {
    assert.strictEqual(overlap(spans, 0, 10), 0)
    assert.strictEqual(overlap(spans, 0, 200), 50)
    assert.strictEqual(overlap(spans, 15, 40), 15)
    assert.strictEqual(overlap(spans, 35, 45), 10)
    assert.strictEqual(overlap(spans, 60, 100), 0)
    assert.strictEqual(overlap(spans, 105, 300), 5)
    assert.strictEqual(overlap([], 0, 300), 0)
    assert.strictEqual(longest(spans), 30)
  })

  it("are pauses in which it took little CPU time", () => {
    assert.deepStrictEqual(notRun(100, 350, 20), { from: 105, to: 350 })
    // It was busy.
    assert.isUndefined(notRun(100, 350, 240))
    assert.isUndefined(notRun(100, 350, 126))
    // As late as any event loop now and then.
    assert.isUndefined(notRun(100, 124, 0))
  })

  it("count once where collections and pauses are the same time", () => {
    const both = [
      { from: 40, to: 50 },
      { from: 0, to: 30 },
      { from: 10, to: 20 },
      { from: 25, to: 35 }
    ]
    assert.deepStrictEqual(united(both), [
      { from: 0, to: 35 },
      { from: 40, to: 50 }
    ])
  })

  it.effect("are seen where the thread does not run", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const origin = performance.now()
        const halts = yield* observeHalts(origin)
        const turn = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 10)))
        yield* turn
        const from = performance.now() - origin
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
        const to = performance.now() - origin
        yield* turn
        assert.isAtLeast(overlap(halts.spans(), from, to), 80)
      })
    )
  )

  it.effect("are seen when garbage is collected", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const origin = performance.now()
        const halts = yield* observeHalts(origin)
        // What survives is what takes long.
        const kept: Array<{ readonly at: number; readonly next: object }> = []
        while (halts.spans().length === 0) {
          for (let at = 0; at < 200_000; at++) kept.push({ at, next: { at } })
          // The observer is told after the turn.
          yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        }
        const [first] = halts.spans()
        assert.isAtLeast(first!.from, 0)
        assert.isAtMost(first!.to, performance.now() - origin)
      })
    )
  )
})
