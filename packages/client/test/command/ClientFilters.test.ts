import { assert, describe, it } from "@effect/vitest"
import { type ClientFilters, filterArguments } from "../../src/command/ClientFilters.ts"
import { untyped } from "./outcomes.ts"

describe("filters of clients", () => {
  it("put ids first and skipMe last, whatever their order is", () => {
    const filters: ClientFilters = { skipMe: false, not: { ids: 9 }, user: "u", ids: [1, 2] }
    assert.deepStrictEqual(filterArguments(filters).args, ["ID", 1, 2, "USER", "u", "NOT-ID", 9, "SKIPME", "no"])
  })

  it("are narrow only if something but skipMe is said", () => {
    assert.isFalse(filterArguments({ skipMe: true }).narrow)
    assert.isFalse(filterArguments(undefined).narrow)
    assert.isTrue(filterArguments({ idle: 0 }).narrow)
  })

  it("name no client with an empty list of ids", () => {
    assert.isTrue(filterArguments({ ids: [] }).none)
    assert.isFalse(filterArguments({ not: { ids: [] } }).none)
  })

  it("that nobody knows are a problem, also inside of not", () => {
    assert.match(filterArguments(untyped({ id: 1 })).problem ?? "", /unknown option id/)
    assert.match(filterArguments(untyped({ not: { skipMe: true } })).problem ?? "", /unknown option skipMe/)
    assert.match(filterArguments(untyped({ not: "x" })).problem ?? "", /must be an object/)
  })
})
