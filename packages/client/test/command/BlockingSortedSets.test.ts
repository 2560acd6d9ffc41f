import { assert, describe, it } from "@effect/vitest"
import type { Command } from "../../src/command/Command.ts"
import { commands } from "../../src/command/Commands.ts"
import { implOf } from "../../src/command/make.ts"
import { checkGoldens } from "./golden.ts"
import { blockingSortedSetGoldens } from "./goldens/sortedSets.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what BlockingSortedSets constructors send and read", blockingSortedSetGoldens)

const blocking = (command: Command<unknown, unknown>): number | undefined => {
  const { args, spec } = implOf(command)
  return spec.blocking?.(args)
}

describe("commands that wait for members of sorted sets", () => {
  it("each tells how long it may block", () => {
    assert.strictEqual(blocking(commands.bzPopMin("z", "1500 millis")), 1500)
    assert.strictEqual(blocking(commands.bzPopMax(["z", "y"], "Infinity")), Number.POSITIVE_INFINITY)
    assert.strictEqual(blocking(commands.bzmPop("2 seconds", "z", "MIN")), 2000)
  })

  it("a wait of nothing would be one for ever, and is refused", () => {
    refusedAt(commands.bzPopMin(["z", "y"], 0), 2, /more than nothing/)
    refusedAt(commands.bzPopMax("z", untyped("soon")), 1)
    refusedAt(commands.bzmPop(0, "z", "MIN"), 0, /more than nothing/)
  })

  it("there must be a key to wait for", () => {
    refusedAt(commands.bzPopMin([], 1000), undefined, /at least one key/)
    refusedAt(commands.bzmPop(1000, [], "MIN"), undefined, /at least one key/)
  })
})
