import { assert, describe, it } from "@effect/vitest"
import { millisAt, secondsAt } from "../../src/command/blocking.ts"
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
})
