import { assert, describe, it } from "@effect/vitest"
import { moduleList } from "../../src/command/ModuleReplies.ts"
import { bare, parse } from "./golden.ts"

describe("what servers say of modules", () => {
  it("a module has a name and a version", () => {
    assert.throws(() => moduleList.text(parse([["name", "a"]], 2, false)))
    assert.deepStrictEqual(moduleList.text(parse([["name", "a", "ver", 1]], 2, false)), [
      { name: "a", version: 1, path: undefined, arguments: [], fields: bare<string>({}) }
    ])
  })
})
