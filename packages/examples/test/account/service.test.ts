import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import type { Entry } from "../../src/account/Operation.ts"
import { awaitService, failedWhileMoving, overdue } from "../../src/account/service.ts"
import { entryOf } from "./entries.ts"

/** What `awaitService` sees of a load, with its time. */
const fakeLoad = () => {
  const load = {
    time: 1_000,
    now: () => load.time,
    onEnd: (_: Entry): void => {},
    focus: undefined as ReadonlyArray<number> | undefined
  }
  return load
}

const pass = (load: { time: number }, millis: number) =>
  Effect.suspend(() => {
    load.time += millis
    return TestClock.adjust(millis)
  })

const details = (violations: ReadonlyArray<{ readonly detail: string }>) => violations.map(({ detail }) => detail)

describe("service after a fault", () => {
  it.effect("is there once each slot has had a success, which the load seeks", () =>
    Effect.gen(function* () {
      const load = fakeLoad()
      const waiting = yield* Effect.forkChild(awaitService(load, [1, 2, 3], "kill", 7_000), { startImmediately: true })
      load.onEnd(entryOf("1.1", { slots: [1, 3], startedAt: 1_001 }))
      yield* pass(load, 20)
      assert.deepStrictEqual(load.focus, [2])
      load.onEnd(entryOf("1.2", { slots: [2], startedAt: 1_015 }))
      yield* pass(load, 20)
      const { took, violations } = yield* Fiber.join(waiting)
      assert.deepStrictEqual(violations, [])
      assert.isAtMost(took, 40)
      assert.isUndefined(load.focus)
    })
  )

  it.effect("is found missing on a slot that only fails, or answers only what was asked before", () =>
    Effect.gen(function* () {
      const load = fakeLoad()
      const waiting = yield* Effect.forkChild(awaitService(load, [1, 2], "kill", 7_000), { startImmediately: true })
      load.onEnd(entryOf("1.1", { slots: [1], startedAt: 1_001, outcome: "notExecuted" }))
      load.onEnd(entryOf("1.2", { slots: [1], startedAt: 999 }))
      load.onEnd(entryOf("1.3", { slots: [2], startedAt: 1_002 }))
      yield* pass(load, 7_000)
      assert.deepStrictEqual(details((yield* Fiber.join(waiting)).violations), [
        "slot 1 served nothing for 7000 ms after the end of the kill"
      ])
    })
  )
})

describe("an operation", () => {
  it("is found that has never ended, and that outlived its deadline or the client's", () => {
    const ended = [
      entryOf("1.1", { startedAt: 0, endedAt: 10_900 }),
      entryOf("1.2", { startedAt: 0, endedAt: 1_100, deadline: 150 })
    ]
    assert.deepStrictEqual(overdue(ended, 10_000), [])
    assert.deepStrictEqual(overdue([entryOf("1.3", { startedAt: 0, endedAt: 90_000 })], undefined), [])
    assert.deepStrictEqual(
      details(
        overdue(
          [
            entryOf("1.1", { startedAt: 0, endedAt: 11_100 }),
            entryOf("1.2", { startedAt: 0, endedAt: 1_200, deadline: 150 }),
            entryOf("1.3", { endedAt: undefined })
          ],
          10_000
        )
      ),
      [
        "push 1.1 on list:{a} took 11100 ms; its deadline is 10000 ms",
        "push 1.2 on list:{a} took 1200 ms; its deadline is 150 ms",
        "push 1.3 on list:{a} has never ended"
      ]
    )
  })

  it("is found that failed while slots moved and nothing else was done", () => {
    const failed = { outcome: "notExecuted", label: "Refused:TryAgain" } as const
    const moves = [{ from: 100, to: 200 }]
    assert.deepStrictEqual(details(failedWhileMoving([entryOf("1.1", failed)], moves)), [
      "push 1.1 on list:{a} failed while slots moved: Refused:TryAgain"
    ])
    assert.deepStrictEqual(failedWhileMoving([entryOf("1.1", { ...failed, endedAt: 201 })], moves), [])
    assert.deepStrictEqual(failedWhileMoving([entryOf("1.1")], moves), [])
  })
})
