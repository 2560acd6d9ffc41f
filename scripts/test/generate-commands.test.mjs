import { assert, describe, it } from "vitest"
import { lineOf, mergeTables, moduleText } from "../generate-commands.mjs"

const facts = (name, arity, flags = "", deprecated = "") => [name, "string", "1.0.0", arity, flags, "", "", deprecated]
const table = (...rows) => new Map(rows.map((row) => [row[0], row]))

describe("generate-commands", () => {
  it("names the line of a version by its first two numbers", () => {
    assert.strictEqual(lineOf({ product: "redis", version: "7.0.15" }), "redis 7.0")
    assert.strictEqual(lineOf({ product: "valkey", version: "9.10.2" }), "valkey 9.10")
  })

  it("makes one row of what all lines say, and one for each group of lines where they differ, the newest last", () => {
    const { lines, rows } = mergeTables(
      new Map([
        ["valkey 9.10", table(facts("GET", 2), facts("SET", -3, "write"))],
        ["valkey 9.2", table(facts("GET", 2), facts("SET", -3, "write"))],
        ["redis 8.0", table(facts("GET", 2), facts("SET", 3), facts("OLD", 1, "", "2.0.0 NEW"))]
      ])
    )
    assert.deepStrictEqual(lines, ["redis 8.0", "valkey 9.2", "valkey 9.10"])
    assert.deepStrictEqual(rows, [
      ["GET", "*", "string", "1.0.0", 2],
      ["OLD", "redis 8.0", "string", "1.0.0", 1, "", "", "", "2.0.0 NEW"],
      ["SET", "redis 8.0", "string", "1.0.0", 3],
      ["SET", "valkey 9.2, valkey 9.10", "string", "1.0.0", -3, "write"]
    ])
  })

  it("writes the same text whatever the order in which the servers were asked", () => {
    const one = ["redis 7.0", table(facts("B", 1), facts("A", 1))]
    const other = ["redis 8.0", table(facts("A", 2), facts("B", 1))]
    const text = moduleText(mergeTables(new Map([one, other])))
    assert.strictEqual(moduleText(mergeTables(new Map([other, one]))), text)
    assert.include(text, `  ["A", "redis 8.0", "string", "1.0.0", 2],\n  ["B", "*", "string", "1.0.0", 1]\n]`)
  })
})
