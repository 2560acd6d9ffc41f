import { assert, describe, it } from "@effect/vitest"
import { millisAt, secondsAt, standingFor, withBlockingTime } from "../../src/command/blocking.ts"
import { bytes } from "./golden.ts"

describe("how long a command may block", () => {
  it("is read from its argument, in seconds or milliseconds, in whatever form", () => {
    assert.strictEqual(secondsAt(0)(["1.5"]), 1500)
    assert.strictEqual(secondsAt(-1)(["a", "b", 2]), 2000)
    assert.strictEqual(secondsAt(0)([bytes("3")]), 3000)
    assert.strictEqual(millisAt(1)(["a", 250n]), 250)
  })

  it("is for ever where the server would wait for ever", () => {
    assert.strictEqual(secondsAt(0)([0]), Number.POSITIVE_INFINITY)
    assert.strictEqual(secondsAt(0)(["0.0"]), Number.POSITIVE_INFINITY)
    assert.strictEqual(millisAt(0)(["0"]), Number.POSITIVE_INFINITY)
  })

  it("is nothing where the server will refuse the argument at once", () => {
    assert.strictEqual(secondsAt(0)(["soon"]), 0)
    assert.strictEqual(secondsAt(3)(["a"]), 0)
  })

  it("can be put into the arguments in the unit that they have, and never as nothing, which is for ever", () => {
    assert.deepStrictEqual(withBlockingTime(secondsAt(-1), ["k", 10], 2500), ["k", 2.5])
    assert.deepStrictEqual(withBlockingTime(millisAt(1), ["BLOCK", "10", "STREAMS"], 2500.5), [
      "BLOCK",
      2501,
      "STREAMS"
    ])
    assert.deepStrictEqual(withBlockingTime(secondsAt(0), [10], 0), [0.001])
    const settled = standingFor(secondsAt(0), () => 10_000)
    assert.deepStrictEqual(withBlockingTime(settled, [10], 1000), [1])
    assert.deepStrictEqual(
      withBlockingTime(() => 10_000, [10], 1000),
      [10]
    )
  })
})
