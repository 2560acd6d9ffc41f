import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { commands } from "../../src/command/Commands.ts"
import { sentinel } from "../../src/command/Sentinel.ts"
import { Sentinel } from "../../src/Sentinel.ts"
import { checkGoldens } from "./golden.ts"
import { sentinelGoldens } from "./goldens/sentinel.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Sentinel constructors send and read", sentinelGoldens)

describe("sentinels", () => {
  it("their commands are a namespace, and none is a method of Redis by the same constructor", () => {
    assert.strictEqual(Sentinel, sentinel)
    const methods: ReadonlySet<unknown> = new Set(Object.values(commands))
    for (const [name, constructor] of Object.entries(sentinel)) assert.isFalse(methods.has(constructor), name)
  })

  it("nothing to ask or to set needs no call", () => {
    answersWith(sentinel.configGet([]), Object.create(null))
    answersWith(sentinel.configSet({}), undefined)
    answersWith(sentinel.debugSet({}), undefined)
    answersWith(sentinel.infoCache([]), Object.create(null))
  })

  it("settings of a service are checked: at least one, known ones, times that are times", () => {
    refusedAt(sentinel.set("m", {}), undefined, /at least one option/)
    refusedAt(sentinel.set("m", { quorum: undefined }), undefined, /at least one option/)
    refusedAt(sentinel.set("m", untyped(undefined)), undefined, /at least one option/)
    refusedAt(sentinel.set("m", untyped({ downafter: 1 })), undefined, /unknown option downafter/)
    refusedAt(sentinel.set("m", untyped({ downAfter: "soon" })), 2)
    refusedAt(sentinel.set("m", { failoverTimeout: -1 }), 2)
    refusedAt(sentinel.set("m", untyped({ renameCommands: ["CONFIG"] })), undefined, /renameCommands/)
    refusedAt(sentinel.set("m", untyped({ quorum: 1, renameCommands: { CONFIG: null } })), 5)
  })

  it("other values are refused with their position", () => {
    refusedAt(sentinel.configSet(untyped({ a: 1 }), "more"), 0, /a record of them/)
    refusedAt(sentinel.configSet(untyped(null)), 0)
    refusedAt(sentinel.debugSet({ "PING-PERIOD": Number.NaN }), 1)
    refusedAt(sentinel.debugSet(untyped([1])), 0)
    refusedAt(sentinel.failover("m", untyped({ coordinate: true })), undefined, /unknown option coordinate/)
    refusedAt(sentinel.simulateFailure([]), undefined, /at least one moment/)
    refusedAt(sentinel.monitor("m", "h", untyped(undefined), 1), 2)
  })

  it("a password may be redacted", () => {
    assert.deepStrictEqual(sentinel.set("m", { authPass: Redacted.make("s3cret") }).args, ["m", "auth-pass", "s3cret"])
  })
})
