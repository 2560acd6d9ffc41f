import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { decoded } from "./golden.ts"

describe("what servers say of users", () => {
  it("a user without rules about commands is no user", () => {
    assert.throws(() => decoded(commands.aclGetUser("u"), ["flags", [], "passwords", []], 3))
    assert.throws(() => decoded(commands.aclLog(), [["count", 1]], 3))
  })
})
