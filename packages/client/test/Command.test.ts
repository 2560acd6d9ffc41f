import { assert, describe, it } from "@effect/vitest"
import { Command } from "../src/Command.ts"
import { commands } from "../src/command/Commands.ts"
import * as Reply from "../src/Reply.ts"

describe("Command", () => {
  it("has every constructor and the combinators, neither in the other's place", () => {
    for (const name of Object.keys(commands) as Array<keyof typeof commands>) {
      assert.strictEqual(Command[name], commands[name], name)
    }
    for (const name of ["asBigInt", "asBytes", "decode", "define", "isCommand", "map", "raw"] as const) {
      assert.isFunction(Command[name])
      assert.isFalse(name in commands, name)
    }
  })

  it("gives users' commands the library's replies, and no way to make others that run in the read loop", () => {
    for (const name of ["same", "map", "mismatch", "Reply"]) assert.isFalse(name in Reply, name)
    const own = Command.define({
      name: "X.GET",
      keys: "first",
      retry: "readOnly",
      reply: Reply.optional(Reply.integer)
    })
    assert.isTrue(Command.isCommand(own(["k"])))
    assert.deepStrictEqual(own(["k"]).keys, [0])
  })
})
