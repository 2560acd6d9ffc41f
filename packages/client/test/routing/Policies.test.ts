import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import { toRedisError } from "../../src/error/Failure.ts"
import { ConnectFailed, type Reason, Redirected, TryAgain } from "../../src/error/Reason.ts"
import { defaults, type Policy } from "../../src/routing/Policies.ts"

const moved = new Redirected({ kind: "MOVED", slot: 1, to: "h:1", message: "MOVED 1 h:1" })
const tryAgain = new TryAgain({ message: "TRYAGAIN" })
const failed = new ConnectFailed({ address: "h:1", message: "refused" })

/** The delays that a policy gives to failures one after another, in milliseconds, until it ends. */
const delays = (policy: Policy, reasons: ReadonlyArray<Reason>) =>
  Effect.gen(function* () {
    const step = yield* Schedule.toStep(policy)
    const out: Array<number> = []
    let now = 0
    for (const reason of reasons) {
      const input = toRedisError({ reason, execution: "NotSent" }, "GET", "h:1")
      const delay = yield* Pull.catchDone(
        Effect.map(step(now, input), ([, duration]): number | undefined => Duration.toMillis(duration)),
        () => Effect.succeed(undefined)
      )
      if (delay === undefined) break
      out.push(delay)
      now += delay
    }
    return out
  })
const many = <A>(count: number, value: A): Array<A> => Array.from({ length: count }, () => value)

describe("Policies", () => {
  it.effect("redirects are followed at once, later with pauses, and 16 times at most", () =>
    Effect.gen(function* () {
      const followed = yield* delays(defaults.redirect, many(50, moved))
      assert.strictEqual(followed.length, 16)
      assert.deepStrictEqual(followed.slice(0, 5), many(5, 0))
      for (const delay of followed.slice(5)) assert.isTrue(delay > 0 && delay <= 100)
    })
  )

  it.effect("TRYAGAIN waits 5 ms at first and 100 ms at most, for as long as it takes", () =>
    Effect.gen(function* () {
      const waited = yield* delays(defaults.redirect, many(100, tryAgain))
      assert.strictEqual(waited.length, 100)
      assert.deepStrictEqual(waited.slice(0, 6), [5, 10, 20, 40, 80, 100])
      assert.strictEqual(Math.max(...waited), 100)
    })
  )

  it.effect("what is unavailable is tried from 2 ms to 50 ms with jitter, without an end", () =>
    Effect.gen(function* () {
      const waited = yield* delays(defaults.unavailable, many(500, failed))
      assert.strictEqual(waited.length, 500)
      assert.isBelow(waited[0] ?? 0, 3)
      assert.isAtMost(Math.max(...waited), 60)
      assert.isAbove(new Set(waited).size, 400)
    })
  )

  it.effect("connections are opened again with full jitter, from 20 ms to a second, without an end", () =>
    Effect.gen(function* () {
      const waited = yield* delays(defaults.reconnect, many(500, failed))
      assert.strictEqual(waited.length, 500)
      assert.isBelow(waited[0] ?? 100, 20)
      assert.isAtMost(Math.max(...waited), 1000)
      const late = waited.slice(10)
      assert.isTrue(late.some((delay) => delay < 300) && late.some((delay) => delay > 700))
    })
  )

  it.effect("a start is tried from 50 ms to 500 ms, for ten seconds", () =>
    Effect.gen(function* () {
      const waited = yield* delays(defaults.discovery, many(1000, failed))
      assert.deepStrictEqual(waited.slice(0, 5), [50, 100, 200, 400, 500])
      const total = waited.reduce((sum, delay) => sum + delay, 0)
      assert.isTrue(total >= 9500 && total <= 10_500)
    })
  )
})
