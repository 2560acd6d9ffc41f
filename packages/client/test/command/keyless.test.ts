import { assert, describe, it } from "@effect/vitest"
import { helpOf, keyless, ofConnection } from "../../src/command/keyless.ts"
import { implOf } from "../../src/command/make.ts"

describe("commands without keys", () => {
  it("only read, unless something else is said", () => {
    assert.strictEqual(keyless("A").retry([]), "readOnly")
    assert.strictEqual(keyless("A", "never").retry([]), "never")
    assert.strictEqual(keyless("A", (args) => (args.length > 0 ? "never" : "idempotent")).retry([1]), "never")
    assert.strictEqual(keyless("A").singleKey, -1)
  })

  it("of a connection are refused on the shared one", () => {
    assert.isTrue(ofConnection("A B").connectionState)
    assert.isFalse(keyless("A").connectionState)
  })

  it("have a HELP in each family", () => {
    assert.strictEqual(implOf(helpOf("A")()).name, "A HELP")
  })
})
