import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { streamGoldens } from "./goldens/streams.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Streams constructors send and read", streamGoldens)

describe("streams", () => {
  it("no ids answer without a call", () => {
    answersWith(commands.xDel("s", []), 0)
    answersWith(commands.xDelEx("s", []), [])
  })

  it("an entry has at least one field", () => {
    refusedAt(commands.xAdd("s", "*", {}), 2, /at least one field/)
    refusedAt(commands.xAddNoMkStream("s", "*", []), 2)
    refusedAt(commands.xAdd("s", "*", untyped("f")), 2, /expected a record/)
    refusedAt(commands.xAdd("s", untyped(undefined), { a: 1 }), 1)
  })

  it("a trim has one threshold, and what goes with it", () => {
    const add = (options: object) => commands.xAdd("s", "*", { a: 1 }, untyped(options))
    refusedAt(add({ maxLength: 1, minId: "1" }), undefined, /exclude one another/)
    refusedAt(add({ maxLength: -1 }), undefined, /whole number/)
    refusedAt(add({ maxLength: 1.5 }), undefined, /whole number/)
    refusedAt(add({ maxLength: 1, limit: 5 }), undefined, /limit needs approximate/)
    refusedAt(add({ approximate: true }), undefined, /expected maxLength or minId/)
    refusedAt(add({ references: "ACKED" }), undefined, /expected maxLength or minId/)
    refusedAt(add({ maxLen: 1 }), undefined, /unknown option maxLen/)
    refusedAt(commands.xTrim("s", untyped(undefined)), undefined, /expected maxLength or minId/)
    refusedAt(commands.xTrim("s", untyped({ approximate: "yes", maxLength: 1 })), undefined, /must be a boolean/)
  })

  it("a message that is known by its producer gets its id from the server", () => {
    const idmp = { producer: "p", id: "m" }
    refusedAt(commands.xAdd("s", "1-0", { a: 1 }, { idmp }), undefined, /need the id \*/)
    refusedAt(commands.xAdd("s", "1-*", { a: 1 }, { idmpAuto: "p" }), undefined, /need the id \*/)
    refusedAt(commands.xAdd("s", "*", { a: 1 }, untyped({ idmp, idmpAuto: "p" })), undefined, /exclude one another/)
    refusedAt(commands.xAdd("s", "*", { a: 1 }, untyped({ idmp: "p" })), undefined, /a producer and an id/)
    refusedAt(commands.xAdd("s", "*", { a: 1 }, untyped({ idmp: { producer: "p" } })), 3)
  })

  it("what a stream remembers is more than nothing", () => {
    refusedAt(commands.xCfgSet("s", {}), undefined, /expected duration or maxSize/)
    refusedAt(commands.xCfgSet("s", { duration: 0 }), 2)
    refusedAt(commands.xCfgSet("s", { duration: Duration.millis(1500) }), 2)
    refusedAt(commands.xCfgSet("s", { maxSize: 0 }), 2)
  })

  it("a field named __proto__ is one like any other", () => {
    const fields = JSON.parse(`{"__proto__":"1"}`)
    assert.deepStrictEqual(commands.xAdd("s", "*", fields).args, ["s", "*", "__proto__", "1"])
  })
})
