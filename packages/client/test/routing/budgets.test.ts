/** What a node holds back holds nobody else back: budgets are of one node, and each command of a batch counts. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Command } from "../../src/Command.ts"
import { failed, isDone, isError, settle, start, succeeded } from "../support/client.ts"
import { clustered, type FakeCluster, keysIn } from "../support/FakeCluster.ts"

const ROOM = 4
const mine = keysIn(0, 5460, 40)
const others = [...keysIn(5461, 10922, 20), ...keysIn(10923, 16383, 20)]

/** The first node reads what it is sent and says nothing, as a stopped process does. */
const freeze = (fake: FakeCluster): void => {
  fake.on = (_, { address }) => (address === "n1:1" ? "" : undefined)
}

const options = { maxInFlight: ROOM, checkInterval: "1 day", silence: "1 minute" } as const

describe("A node that is frozen, its budget full", () => {
  it.effect("takes no more than its budget, and the others serve all that is theirs", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered(options)
      freeze(fake)
      const stuck = yield* Effect.forEach(mine, (key) => start(redis.get(key)))
      yield* settle
      assert.lengthOf(fake.sentTo("n1:1"), ROOM)
      // A hundred times the frozen node's budget, without a moment of waiting.
      for (let round = 0; round < 10; round++) {
        const fibers = yield* Effect.forEach(others, (key) => start(redis.get(key)))
        for (const fiber of fibers) assert.include(["n2:1", "n3:1"], yield* succeeded(fiber))
      }
      assert.lengthOf(fake.sentTo("n1:1"), ROOM)
      for (const fiber of stuck) assert.isFalse(yield* isDone(fiber))
    })
  )

  it.effect("counts each command of a pipeline, and a pipeline over all nodes is served by the others", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({ ...options, commandTimeout: "2 seconds" })
      freeze(fake)
      const keys = mine.flatMap((key, at) => [key, others[at] ?? ""])
      const fiber = yield* start(
        redis.pipeline(
          keys.map((key) => Command.get(key)),
          { mode: "result" }
        )
      )
      yield* settle
      assert.lengthOf(fake.sentTo("n1:1"), ROOM)
      assert.lengthOf(fake.sentTo("n2:1"), 20)
      assert.lengthOf(fake.sentTo("n3:1"), 20)
      yield* TestClock.adjust("2 seconds")
      const results = yield* succeeded(fiber)
      for (const [at, result] of results.entries()) {
        assert.strictEqual(result._tag, at % 2 === 0 ? "Failure" : "Success", `position ${at}`)
      }
      const executions = results.flatMap((result) => (result._tag === "Failure" ? [result.failure.execution] : []))
      assert.lengthOf(
        executions.filter((execution) => execution === "MayHaveExecuted"),
        ROOM
      )
      assert.lengthOf(
        executions.filter((execution) => execution === "NotSent"),
        mine.length - ROOM
      )
    })
  )

  it.effect("fails at once where the client shall not wait, and the others do not", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({ ...options, overload: "fail" })
      freeze(fake)
      yield* Effect.forEach(mine.slice(0, ROOM), (key) => start(redis.get(key)))
      isError(yield* failed(yield* start(redis.get(mine[ROOM] ?? ""))), "Overloaded", "NotSent")
      for (const key of others.slice(0, ROOM)) yield* succeeded(yield* start(redis.get(key)))
    })
  )

  it.effect("does not delay a refresh, nor what waits for it, by more than a moment", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered(options)
      freeze(fake)
      yield* Effect.forEach(mine, (key) => start(redis.get(key)))
      yield* TestClock.adjust("5 seconds")
      const fiber = yield* start(cluster.refresh)
      yield* TestClock.adjust("200 millis")
      assert.strictEqual((yield* succeeded(fiber)).covered, 16384)
      for (const key of others) yield* succeeded(yield* start(redis.get(key)))
    })
  )
})
