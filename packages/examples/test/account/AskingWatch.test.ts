import { assert, describe, it } from "@effect/vitest"
import type { SeenCommand } from "@reef-redis/testing"
import { AskingWatch } from "../../src/account/AskingWatch.ts"

const seen = (name: string, ...keys: ReadonlyArray<string>): SeenCommand => ({ number: 1, name, args: [], keys })

const misspent = (...commands: ReadonlyArray<readonly [connection: number, command: SeenCommand]>) => {
  const watch = new AskingWatch()
  watch.moving(["a"])
  for (const [connection, command] of commands) watch.look({ connection, command })
  return watch.misspent.length
}

describe("the watch over ASKING", () => {
  it("accepts a command of a moving slot right behind it, and a whole block", () => {
    assert.strictEqual(misspent([1, seen("ASKING")], [1, seen("INCR", "count:{a}")], [1, seen("INCR", "count:{b}")]), 0)
    assert.strictEqual(misspent([1, seen("ASKING")], [1, seen("MULTI")], [1, seen("RPUSH", "multi:{a}:list")]), 0)
  })

  it("finds one that another command has used up", () => {
    assert.strictEqual(misspent([1, seen("ASKING")], [1, seen("INCR", "count:{b}")]), 1)
    assert.strictEqual(misspent([1, seen("ASKING")], [1, seen("ASKING")], [1, seen("PING")]), 1)
  })

  it("keeps connections apart", () => {
    assert.strictEqual(misspent([1, seen("ASKING")], [2, seen("INCR", "count:{b}")]), 0)
  })
})
