import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { refusedAt, untyped } from "./outcomes.ts"

describe("the rules of users", () => {
  it("rules about commands begin with a sign", () => {
    refusedAt(commands.aclSetUser("u", untyped({ commands: ["get"] })), undefined, /commands/)
    refusedAt(commands.aclSetUser("u", untyped({ commands: ["+"] })), undefined, /commands/)
    refusedAt(commands.aclSetUser("u", untyped({ commands: "+get" })), undefined, /commands must be an array/)
    refusedAt(commands.aclSetUser("u", untyped({ selectors: [{ commands: ["get"] }] })), undefined, /commands/)
  })

  it("who needs no password has none", () => {
    refusedAt(commands.aclSetUser("u", untyped({ noPassword: true, passwords: ["p"] })), undefined, /exclude/)
    refusedAt(
      commands.aclSetUser("u", untyped({ noPassword: true, removePasswordHashes: ["a"] })),
      undefined,
      /exclude/
    )
    assert.deepStrictEqual(commands.aclSetUser("u", { noPassword: false, passwords: ["p"] }).args, ["u", ">p"])
  })

  it("what is no pattern, password, database or option is refused", () => {
    refusedAt(commands.aclSetUser("u", untyped({ keys: [{ pattern: "a", access: "X" }] })), undefined, /keys/)
    refusedAt(commands.aclSetUser("u", untyped({ keys: [{ access: "R" }] })), undefined, /keys/)
    refusedAt(commands.aclSetUser("u", untyped({ channels: [5] })), undefined, /channels/)
    refusedAt(commands.aclSetUser("u", untyped({ passwords: [Symbol("p")] })), undefined, /passwords/)
    refusedAt(commands.aclSetUser("u", { databases: [0.5] }), undefined, /databases/)
    refusedAt(commands.aclSetUser("u", untyped({ databases: "some" })), undefined, /databases/)
    refusedAt(commands.aclSetUser("u", untyped({ on: true })), undefined, /unknown option on/)
    refusedAt(commands.aclSetUser("u", untyped({ selectors: [{ reset: true }] })), undefined, /selectors/)
    refusedAt(commands.aclSetUser("u", untyped({ enabled: "yes" })), undefined, /enabled must be a boolean/)
  })

  it("a selector is one argument, and of access of all kinds", () => {
    const selectors = [{ resetKeys: true, keys: ["a", { pattern: "b", access: "W" }], databases: "all" }] as const
    assert.deepStrictEqual(commands.aclSetUser("u", { selectors, keys: [{ pattern: "c", access: "RW" }] }).args, [
      "u",
      "%RW~c",
      "(resetkeys ~a %W~b alldbs)"
    ])
  })

  it("rules in the servers' words tell what a second run does, too", () => {
    assert.strictEqual(commands.aclSetUser("u", ["on", "(+get)"]).retry, "accumulating")
    assert.strictEqual(commands.aclSetUser("u", ["RESET", "(+get)"]).retry, "lastWriteWins")
    assert.strictEqual(commands.aclSetUser("u", ["(+get)", "<p"]).retry, "never")
  })
})
