import { assert, describe, it } from "@effect/vitest"
import { NameTable } from "../../src/connection/NameTable.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

describe("NameTable", () => {
  it("finds many names by bytes that stand anywhere, and none that were taken out", () => {
    const table = new NameTable<number>()
    const count = 5000
    const name = (n: number) => `user:${n}:events`
    for (let n = 0; n < count; n++) table.set(bytes(name(n)), n)
    assert.strictEqual(table.size, count)
    for (let n = 0; n < count; n += 2) table.delete(bytes(name(n)))
    for (let n = 0; n < count; n++) {
      const chunk = bytes(`before ${name(n)} behind`)
      assert.strictEqual(table.find(chunk, 7, chunk.length - 7), n % 2 === 0 ? undefined : n)
    }
    assert.strictEqual(table.size, count / 2)
  })

  it("tells names apart that are the beginning of each other, or empty", () => {
    const table = new NameTable<string>()
    for (const name of ["", "a", "ab", "b"]) table.set(bytes(name), name)
    for (const name of ["", "a", "ab", "b"]) assert.strictEqual(table.get(bytes(name)), name)
    assert.isUndefined(table.get(bytes("aa")))
    table.set(bytes("a"), "again")
    assert.deepStrictEqual([table.get(bytes("a")), table.size], ["again", 4])
    table.delete(bytes("a"))
    assert.isUndefined(table.get(bytes("a")))
  })
})
