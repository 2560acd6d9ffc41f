import { assert, describe, it } from "@effect/vitest"
import { textOf, wordsOf } from "../../src/internal/requests.ts"

describe("wordsOf", () => {
  it("takes arrays of bytes and nothing else", () => {
    const words = [Buffer.from("GET"), Buffer.from("ä")]
    assert.deepStrictEqual(wordsOf(words)?.map(textOf), ["GET", "ä"])
    for (const value of [[], [1], [Buffer.from("GET"), "text"], "GET", undefined]) assert.isUndefined(wordsOf(value))
  })
})
