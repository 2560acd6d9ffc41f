import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { failed, isError, standalone, start, succeeded } from "../support/client.ts"
import { bulk, error, int } from "../support/FakeTransport.ts"

describe("StandaloneRouter", () => {
  it.effect("follows REDIRECT of a replica to its primary, and goes on to ask the replica first", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({}, ([name], { address }) =>
        name === "GET" ? (address === "h:1" ? error("REDIRECT primary:7") : bulk(address)) : undefined
      )
      assert.strictEqual(yield* succeeded(yield* start(redis.get("a"))), "primary:7")
      assert.strictEqual(yield* succeeded(yield* start(redis.get("a"))), "primary:7")
      assert.deepStrictEqual(transport.dialled, ["h:1", "primary:7"])
    })
  )

  it.effect("does not follow MOVED and ASK: it is no client of a cluster", () =>
    Effect.gen(function* () {
      for (const kind of ["MOVED", "ASK"]) {
        const { redis, transport } = yield* standalone({}, ([name]) =>
          name === "INCR" ? error(`${kind} 1 elsewhere:1`) : undefined
        )
        const failure = yield* failed(yield* start(redis.incr("a")))
        isError(failure, "Redirected", "Refused")
        assert.strictEqual(failure.reason._tag === "Redirected" ? failure.reason.to : "", "elsewhere:1")
        assert.deepStrictEqual(transport.dialled, ["h:1"])
      }
    })
  )

  it.effect("does not wait for a replica to become a primary, nor for a cluster that is down", () =>
    Effect.gen(function* () {
      for (const [text, tag] of [
        ["READONLY You can't write against a read only replica.", "ReadOnly"],
        ["CLUSTERDOWN The cluster is down", "ClusterDown"],
        ["TRYAGAIN Multiple keys request", "TryAgain"]
      ] as const) {
        const { redis } = yield* standalone({}, ([name]) => (name === "INCR" ? error(text) : undefined))
        isError(yield* failed(yield* start(redis.incr("a"))), tag, "Refused")
      }
    })
  )

  it.effect("waits while the server loads its data", () =>
    Effect.gen(function* () {
      let loading = true
      const { redis } = yield* standalone({}, ([name]) =>
        name === "INCR" ? (loading ? error("LOADING data") : int(1)) : undefined
      )
      const fiber = yield* start(redis.incr("a"))
      yield* TestClock.adjust("5 seconds")
      loading = false
      yield* TestClock.adjust("100 millis")
      assert.strictEqual(yield* succeeded(fiber), 1)
    })
  )
})
