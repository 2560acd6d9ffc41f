import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { poll } from "../../src/telemetry/PolledMetric.ts"
import { series, withRegistry } from "../support/telemetry.ts"

describe("PolledMetric", () => {
  it.effect("is read when somebody looks, and adds up what several report", () =>
    Effect.gen(function* () {
      const context = yield* Effect.context<never>()
      const metric = () => Metric.counter("connections", { attributes: { pool: "a" } })
      let first = 1
      const releaseFirst = poll(metric(), context, () => first)
      const releaseSecond = poll(metric(), context, () => 10)
      assert.deepStrictEqual(yield* series, [["connections", "pool=a", 11]])
      first = 5
      assert.deepStrictEqual(yield* series, [["connections", "pool=a", 15]])
      releaseSecond()
      releaseSecond()
      assert.deepStrictEqual(yield* series, [["connections", "pool=a", 5]])
      releaseFirst()
      assert.deepStrictEqual(yield* series, [])
    }).pipe(withRegistry)
  )

  it.effect("keeps registries and attributes apart", () =>
    Effect.gen(function* () {
      const here = yield* Effect.context<never>()
      const release = poll(Metric.counter("n", { attributes: { pool: "a" } }), here, () => 1)
      const other = poll(Metric.counter("n", { attributes: { pool: "b" } }), here, () => 2)
      assert.deepStrictEqual(yield* withRegistry(series), [])
      assert.deepStrictEqual(yield* series, [
        ["n", "pool=a", 1],
        ["n", "pool=b", 2]
      ])
      release()
      other()
    }).pipe(withRegistry)
  )
})
