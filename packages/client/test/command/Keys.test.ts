import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { keyGoldens } from "./goldens/keys.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Keys constructors send and read", keyGoldens)

describe("keys", () => {
  it("no keys answer without a call", () => {
    answersWith(commands.del([]), 0)
    answersWith(commands.unlink([]), 0)
    answersWith(commands.exists([]), 0)
    answersWith(commands.touch([]), 0)
  })

  it("a time that whole seconds cannot hold is refused instead of rounded", () => {
    refusedAt(commands.expire("k", 1500), 1, /whole seconds/)
    refusedAt(commands.expireAt("k", 1500), 1, /whole seconds/)
    refusedAt(commands.pExpire("k", "Infinity"), 1, /finite/)
    refusedAt(commands.pExpireAt("k", new Date(Number.NaN)), 1, /finite/)
  })

  it("options are checked", () => {
    refusedAt(commands.expire("k", 1000, untyped("NX")), undefined, /must be an object/)
    refusedAt(commands.copy("a", "b", untyped({ REPLACE: true })), undefined, /unknown option REPLACE/)
    refusedAt(commands.copy("a", "b", untyped({ replace: 1 })), undefined, /replace must be a boolean/)
    refusedAt(commands.scan("0", untyped({ MATCH: "a*" })), undefined, /unknown option MATCH/)
    refusedAt(commands.expire("k", 1000, { condition: untyped("nx") }), undefined, /must be one of NX, XX, GT, LT/)
    refusedAt(commands.pExpireAt("k", 1000, untyped({ condition: ["NX", "GT"] })), undefined, /must be one of/)
    refusedAt(commands.sort("k", untyped({ limit: null })), 2)
    refusedAt(commands.sort("k", untyped({ limit: { count: 5 } })), 2)
    refusedAt(commands.sort("k", untyped({ limit: { offset: 5 } })), 3)
    refusedAt(commands.sortRo("k", { direction: untyped("down") }), undefined, /direction must be one of ASC, DESC/)
    refusedAt(commands.restore("k", new Uint8Array(1), { frequency: Number.NaN }), 4)
    refusedAt(commands.sort("k", untyped({ LIMIT: 1 })), undefined, /unknown option LIMIT/)
    refusedAt(commands.restore("k", untyped("x"), untyped({ expiry: 1, expireAt: 1 })), undefined, /exclude/)
    refusedAt(commands.restore("k", untyped("x"), untyped({ idleTime: 1000, frequency: 1 })), undefined, /exclude/)
  })

  it("a restored key with a life of nothing would live for ever, and is refused", () => {
    refusedAt(commands.restore("k", new Uint8Array(1), { expiry: 0 }), 1)
  })

  it("keys that cannot be sent are refused with their position", () => {
    refusedAt(commands.del(untyped(["a", null])), 1)
    refusedAt(commands.del(untyped([["a"]])), 0)
    refusedAt(commands.scan(untyped(undefined)), 0)
  })
})
