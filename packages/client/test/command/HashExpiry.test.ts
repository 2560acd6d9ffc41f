import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens, decoded } from "./golden.ts"
import { hashExpiryGoldens } from "./goldens/hashes.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what HashExpiry constructors send and read", hashExpiryGoldens)

describe("the life of fields", () => {
  it("no fields answer without a call", () => {
    answersWith(commands.hExpire("h", [], 1000), [])
    answersWith(commands.hTTL("h", []), [])
    answersWith(commands.hGetEx("h", []), [])
    answersWith(commands.hGetDel("h", []), [])
    refusedAt(commands.hSetEx("h", {}), 1)
  })

  it("times and options are checked before the fields are looked at", () => {
    refusedAt(commands.hExpire("h", [], 1500), 1, /whole seconds/)
    refusedAt(commands.hExpireAt("h", ["a"], 1500), 1, /whole seconds/)
    refusedAt(commands.hpExpire("h", ["a"], "Infinity"), 1, /finite/)
    refusedAt(commands.hpExpire("h", ["a"], 1, untyped({ NX: true })), undefined, /unknown option NX/)
    refusedAt(commands.hExpire("h", ["a"], 1000, { condition: untyped("nx") }), undefined, /must be one of NX, XX/)
    refusedAt(commands.hSetEx("h", { a: 1 }, { condition: untyped("NX") }), undefined, /must be one of FNX, FXX/)
    refusedAt(commands.hSetEx("h", untyped([["a"]])), 1)
    refusedAt(commands.hGetEx("h", ["a"], untyped({ expiry: 1, persist: true })), undefined, /exclude/)
    refusedAt(commands.hGetEx("h", ["a"], untyped({ keepTtl: true })), undefined, /unknown option keepTtl/)
    refusedAt(commands.hSetEx("h", { a: 1 }, untyped({ expiry: 1, keepTtl: true })), undefined, /exclude/)
  })

  it("a field that cannot be sent is refused with its position", () => {
    refusedAt(commands.hExpire("h", untyped<Array<string>>(["a", null]), 1000), 5)
    refusedAt(commands.hTTL("h", untyped<Array<string>>(null)), 3)
  })

  it("a result that no server gives is no result", () => {
    assert.throws(() => decoded(commands.hExpire("h", ["a"], 1000), [7], 3))
    assert.throws(() => decoded(commands.hPersist("h", ["a"]), [7], 3))
    assert.throws(() => decoded(commands.hTTL("h", ["a"]), [-7], 3))
  })
})
