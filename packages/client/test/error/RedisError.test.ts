import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { toRedisError } from "../../src/error/Failure.ts"
import { Closed, ConnectFailed, CrossSlot, Decode, Loading } from "../../src/error/Reason.ts"
import { ConnectError, type Execution, RedisError } from "../../src/error/RedisError.ts"

const loading = new Loading({ message: "LOADING x" })
const closed = new Closed({ message: "closed" })

describe("RedisError", () => {
  it("is safe to retry if its cause passes and nothing was executed", () => {
    const safe = (reason: Loading | Closed, execution: Execution) =>
      RedisError.isSafeToRetry(toRedisError({ reason, execution }, "GET", undefined))
    assert.isTrue(safe(loading, "NotSent"))
    assert.isTrue(safe(loading, "Refused"))
    assert.isFalse(safe(loading, "MayHaveExecuted"))
    assert.isFalse(safe(loading, "Executed"))
    assert.isFalse(safe(closed, "NotSent"))
    for (const other of [new Error("x"), undefined, null, { transient: true, execution: "NotSent" }]) {
      assert.isFalse(RedisError.isSafeToRetry(other))
    }
  })

  it.effect("lets one reason be caught, and all be unwrapped", () =>
    Effect.gen(function* () {
      const reason = new CrossSlot({ slots: [1, 2], message: "two slots" })
      const failing = Effect.fail(toRedisError({ reason, execution: "NotSent" }, "MSET", undefined)) as Effect.Effect<
        ReadonlyArray<number>,
        RedisError
      >
      const caught = Effect.catchReason(failing, "RedisError", "CrossSlot", ({ slots }) => Effect.succeed(slots))
      assert.deepStrictEqual(yield* caught, [1, 2])
      const flat = failing.pipe(
        Effect.unwrapReason("RedisError"),
        Effect.catchTag("CrossSlot", ({ slots }) => Effect.succeed(slots))
      )
      assert.deepStrictEqual(yield* flat, [1, 2])
    })
  )

  it("says in its message what happened where, and to which command", () => {
    const reason = new Decode({ expected: "a number", message: "expected a number, got null" })
    const error = toRedisError({ reason, execution: "Executed" }, "INCR", "h:1")
    assert.strictEqual(error.message, "INCR at h:1: Decode: expected a number, got null [Executed]")
    assert.instanceOf(error, Error)
  })
})

describe("ConnectError", () => {
  it("tells of each address that was tried", () => {
    const attempts = ["a:1", "b:1"].map((address) =>
      toRedisError(
        { reason: new ConnectFailed({ address, message: `no ${address}` }), execution: "NotSent" },
        "CONNECT",
        address
      )
    )
    const { message } = new ConnectError({ attempts })
    assert.include(message, "no a:1")
    assert.include(message, "no b:1")
    assert.strictEqual(new ConnectError({ attempts: [] }).message, "no address to connect to")
  })
})
