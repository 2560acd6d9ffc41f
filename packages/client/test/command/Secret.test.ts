import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { revealed, type Secret } from "../../src/command/Secret.ts"
import { untyped } from "./outcomes.ts"

describe("revealed", () => {
  it("gives a password, plain or redacted", () => {
    assert.strictEqual(revealed("p"), "p")
    assert.strictEqual(revealed(Redacted.make("p")), "p")
  })

  it("gives nothing for what is no password or was wiped", () => {
    const wiped = Redacted.make("p")
    Redacted.wipeUnsafe(wiped)
    for (const value of [undefined, null, 5, Symbol("p"), {}, wiped, Redacted.make(5)]) {
      assert.isUndefined(revealed(untyped<Secret>(value)))
    }
  })
})
