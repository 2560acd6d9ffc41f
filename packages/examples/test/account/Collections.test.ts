import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { longest, observeCollections, overlap } from "../../src/account/Collections.ts"

const spans = [
  { from: 10, to: 20 },
  { from: 30, to: 60 },
  { from: 100, to: 110 }
]

describe("collections of garbage", () => {
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

  it.effect("are seen when they happen", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const origin = performance.now()
        const collections = yield* observeCollections(origin)
        // What survives is what takes long.
        const kept: Array<{ readonly at: number; readonly next: object }> = []
        while (collections.spans.length === 0) {
          for (let at = 0; at < 200_000; at++) kept.push({ at, next: { at } })
          // The observer is told after the turn.
          yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        }
        const [first] = collections.spans
        assert.isAtLeast(first!.from, 0)
        assert.isAtMost(first!.to, performance.now() - origin)
      })
    )
  )
})
