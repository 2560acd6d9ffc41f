import { assert, describe, it } from "@effect/vitest"
import { ContentError } from "../../src/load.ts"
import { Caller, ManyLoad, type Scenario } from "../../src/many/load.ts"

const mget: Scenario = { name: "mget", operation: "mget", size: 100, callers: 1 }
const batch: Scenario = { name: "batch", operation: "batch", size: 1000, callers: 2 }

/** A server that answers a caller's rounds. */
const serverFor = (caller: Caller) => {
  const stored = new Map(caller.filling.map(({ key, value }) => [key, value]))
  return () =>
    caller.round.items.map(({ key, value }) => {
      if (value === undefined) return stored.get(key)
      stored.set(key, value)
      return "OK"
    })
}

describe("many/load", () => {
  it("the replies of a server are accepted, in each round of a turn and in the first of the next", () => {
    for (const scenario of [mget, batch]) {
      const caller = new Caller(scenario, "run", 0, "OK")
      const answer = serverFor(caller)
      for (let round = 1; round <= 21; round++) {
        caller.accept(answer())
        assert.strictEqual(caller.completed, round)
      }
    }
  })

  it("an MGET reads 100 keys, and ten of them read all", () => {
    const caller = new Caller(mget, "run", 0, "OK")
    const answer = serverFor(caller)
    const keys = Array.from({ length: 10 }, () => {
      const asked = caller.round.keys
      caller.accept(answer())
      return asked
    })
    assert.deepStrictEqual(new Set(keys.map(({ length }) => length)), new Set([100]))
    assert.strictEqual(new Set(keys.flat()).size, 1000)
  })

  it("a batch is one half GET, one half SET, and reads what the one before has written", () => {
    const caller = new Caller(batch, "run", 0, "OK")
    assert.lengthOf(
      caller.round.items.filter(({ value }) => value === undefined),
      500
    )
    const written = new Set(caller.round.items.filter(({ value }) => value !== undefined).map(({ key }) => key))
    caller.accept(serverFor(caller)())
    const read = new Set(caller.round.items.filter(({ value }) => value === undefined).map(({ key }) => key))
    assert.deepStrictEqual(read, written)
  })

  it("replies that change places, that are old or that are missing are refused", () => {
    const caller = new Caller(batch, "run", 0, "OK")
    const answer = serverFor(caller)
    const right = answer()
    const [first, ...others] = right
    assert.throws(() => caller.accept([...others, first]), ContentError)
    assert.throws(() => caller.accept(others), ContentError)
    caller.accept(right)
    const old = new Map(caller.filling.map(({ key, value }) => [key, value]))
    assert.throws(
      () => caller.accept(caller.round.items.map(({ key, value }) => (value === undefined ? old.get(key) : "OK"))),
      ContentError
    )
  })

  it("callers have keys of their own", () => {
    const { callers } = new ManyLoad(batch, "run", "OK")
    assert.strictEqual(new Set(callers.flatMap(({ round }) => round.keys)).size, 2000)
  })
})
