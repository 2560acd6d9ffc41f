import { assert, describe, it } from "@effect/vitest"
import { fieldsOfLines, fieldsOfWords, integerOf, linesOf, sectionsOf } from "../../src/command/ServerText.ts"
import { bare } from "./golden.ts"

describe("the servers' text about themselves", () => {
  it("has lines, with either line end", () => {
    assert.deepStrictEqual(linesOf("a\r\nb\n\n"), ["a", "b"])
  })

  it("has names and values; a value may hold the separator", () => {
    assert.deepStrictEqual(fieldsOfLines("a:1\r\nexecutable:/c:/x\r\nnoise"), bare({ a: "1", executable: "/c:/x" }))
    assert.deepStrictEqual(fieldsOfWords("a=1 name= b=c=d noise"), bare({ a: "1", name: "", b: "c=d" }))
  })

  it("has sections; what stands before the first has none", () => {
    assert.deepStrictEqual(
      sectionsOf("lost:1\r\n# Server\r\na:1\r\n\r\n# Errorstats\r\n"),
      bare({ server: bare({ a: "1" }), errorstats: bare({}) })
    )
  })

  it("loses no name", () => {
    assert.deepStrictEqual(Object.keys(fieldsOfLines("__proto__:1")), ["__proto__"])
    assert.deepStrictEqual(Object.keys(sectionsOf("# __proto__\r\na:1")), ["__proto__"])
    assert.isNull(Object.getPrototypeOf(fieldsOfWords("")))
  })

  it("has whole numbers, or none", () => {
    assert.strictEqual(integerOf("-5"), -5)
    for (const text of [undefined, "", "1.5", "x", " 1"]) assert.isNaN(integerOf(text))
  })
})
