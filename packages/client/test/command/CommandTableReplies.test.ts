import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { decoded } from "./golden.ts"

describe("what servers say of commands", () => {
  it("a kind of search that nobody knows is unknown", () => {
    const search = ["type", "magic", "spec", []]
    const entry = ["x", 1, [], 0, 0, 0, [], [], [["flags", [], "begin_search", search, "find_keys", search]]]
    const [info] = decoded(commands.command(), [entry], 3) as Array<{ readonly keySpecifications: unknown }>
    assert.deepStrictEqual(info?.keySpecifications, [
      { flags: [], notes: undefined, begin: { type: "unknown" }, find: { type: "unknown" } }
    ])
  })

  it("what is no command is none", () => {
    assert.throws(() => decoded(commands.command(), [["x"]], 3))
    assert.throws(() => decoded(commands.commandDocs(), ["x", ["arguments", [["name", "a"]]]], 3))
  })
})
