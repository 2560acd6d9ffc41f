import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { referenceText } from "../support/reference.ts"
import { readGroups } from "../support/signatures.ts"
import { used } from "./golden.ts"

const page = fileURLToPath(new URL("../../../../docs/commands.md", import.meta.url))

const groups = readGroups()

describe("the reference page", () => {
  it("is what would be written now; if not, `npm run generate:reference` is due", () => {
    const text = referenceText(groups)
    assert.strictEqual(referenceText(groups), text)
    assert.isTrue(readFileSync(page, "utf8") === text, "docs/commands.md is stale")
  })

  it("has every constructor, with its form and its result", () => {
    const lines = referenceText(groups).split("\n")
    const listed = lines.flatMap(
      (line) => /^- `((?:\w+\.)?\w+)[(<].*` gives `.+`.* Retry: `\w+`.*\.$/.exec(line)?.[1] ?? []
    )
    assert.deepStrictEqual([...new Set(listed)].sort(), [...used].sort())
    assert.strictEqual(lines.filter((line) => line.startsWith("- `")).length, listed.length)
  })

  it("reads signatures as they are declared, overloads too", () => {
    const named = (name: string) =>
      groups.flatMap(({ signatures }) => signatures.filter((signature) => signature.name === name))
    assert.deepStrictEqual(
      named("hSet").map(({ call, reply }) => [call, reply]),
      [
        ["hSet(key: Text, field: Text, value: Argument)", "number"],
        ["hSet(key: Text, fields: Fields)", "number"]
      ]
    )
    const [hmGet] = named("hmGet")
    assert.strictEqual(hmGet?.call, "hmGet<const K extends ReadonlyArray<Text>>(key: Text, fields: K)")
    assert.strictEqual(hmGet?.reply, "ByPosition<K, string | undefined>")
    assert.strictEqual(hmGet?.bytes, "ByPosition<K, Uint8Array | undefined>")
    const silent = groups.flatMap(({ signatures }) => signatures.filter(({ doc }) => doc === ""))
    assert.deepStrictEqual(
      silent.map(({ call }) => call),
      []
    )
  })
})
