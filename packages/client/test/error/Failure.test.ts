import { assert, describe, it } from "@effect/vitest"
import { isTransient, toRedisError, worst } from "../../src/error/Failure.ts"
import * as Reason from "../../src/error/Reason.ts"
import type { Execution } from "../../src/error/RedisError.ts"

const order: ReadonlyArray<Execution> = ["NotSent", "Refused", "MayHaveExecuted", "Executed"]
const message = "m"

describe("Failure", () => {
  it("takes the worse of two executions, in either order", () => {
    for (const [a, one] of order.entries()) {
      for (const [b, other] of order.entries()) {
        assert.strictEqual(worst(one, other), order[Math.max(a, b)])
      }
    }
  })

  it("has a fixed table of what passes", () => {
    const passes: ReadonlyArray<Reason.Reason> = [
      new Reason.ConnectFailed({ address: "h:1", message }),
      new Reason.ConnectionLost({ address: "h:1", message }),
      new Reason.Timeout({ phase: "written", deadline: 1, lastCause: undefined, message }),
      new Reason.Overloaded({ limit: 1, message }),
      new Reason.UncoveredSlot({ slot: 1, message }),
      new Reason.IncompleteCoverage({ uncovered: 1, message }),
      new Reason.Redirected({ kind: "MOVED", slot: 1, to: "h:1", message })
    ]
    const stays: ReadonlyArray<Reason.Reason> = [
      new Reason.Closed({ message }),
      new Reason.CrossSlot({ slots: [], message }),
      new Reason.InvalidArgument({ position: 0, message }),
      new Reason.TooManyRedirects({ redirects: 16, message }),
      new Reason.Protocol({ offset: 0, bytes: new Uint8Array(), message }),
      new Reason.Decode({ expected: "x", message })
    ]
    for (const reason of passes) assert.isTrue(isTransient(reason), reason._tag)
    for (const reason of stays) assert.isFalse(isTransient(reason), reason._tag)
  })

  it("becomes the error that the user sees, with all that is known", () => {
    const error = toRedisError(
      { reason: new Reason.Busy({ message: "BUSY x" }), execution: "Refused" },
      "GET",
      "h:1",
      3
    )
    assert.deepStrictEqual(
      [error.reason._tag, error.command, error.node, error.index, error.execution, error.transient],
      ["Busy", "GET", "h:1", 3, "Refused", false]
    )
    assert.strictEqual(error.message, "GET (command 3 of the batch) at h:1: Busy: BUSY x [Refused]")
  })
})
