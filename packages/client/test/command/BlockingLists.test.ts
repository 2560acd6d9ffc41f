import { assert, describe, it } from "@effect/vitest"
import type { Command } from "../../src/command/Command.ts"
import { commands } from "../../src/command/Commands.ts"
import { implOf } from "../../src/command/make.ts"
import { checkGoldens } from "./golden.ts"
import { blockingListGoldens } from "./goldens/lists.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what BlockingLists constructors send and read", blockingListGoldens)

const blocking = (command: Command<unknown, unknown>): number | undefined => {
  const { args, spec } = implOf(command)
  return spec.blocking?.(args)
}

describe("commands that wait", () => {
  it("each tells how long it may block", () => {
    assert.strictEqual(blocking(commands.blPop("l", "1500 millis")), 1500)
    assert.strictEqual(blocking(commands.brPop(["a", "b"], "Infinity")), Number.POSITIVE_INFINITY)
    assert.strictEqual(blocking(commands.blMove("a", "b", "LEFT", "LEFT", 1)), 1)
    assert.strictEqual(blocking(commands.blmPop("2 seconds", "l", "LEFT")), 2000)
    assert.strictEqual(blocking(commands.brPopLPush("a", "b", "1 minute")), 60_000)
    assert.strictEqual(
      blocking(commands.blMoveM("a", "b", "LEFT", "LEFT", "3 seconds", { count: 1, order: "OBO" })),
      3000
    )
  })

  it("a wait of nothing would be one for ever, and is refused", () => {
    refusedAt(commands.blPop(["a", "b"], 0), 2, /more than nothing/)
    refusedAt(commands.blmPop(0, "l", "LEFT"), 0, /more than nothing/)
    refusedAt(commands.blMove("a", "b", "LEFT", "LEFT", untyped("soon")), 4)
    refusedAt(commands.brPopLPush("a", "b", -5), 2)
  })

  it("there must be a key to wait for", () => {
    refusedAt(commands.blPop([], 1000), undefined, /at least one key/)
    refusedAt(commands.blmPop(1000, [], "LEFT"), undefined, /at least one key/)
  })
})
