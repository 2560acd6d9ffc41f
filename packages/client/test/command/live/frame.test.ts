import { assert, describe, it } from "@effect/vitest"
import { makerOf } from "../golden.ts"
import { goldens } from "../goldens/index.ts"
import { clusterCases } from "./cluster.ts"
import { tried } from "./frame.ts"
import { exempt, liveCases } from "./index.ts"

/** The constructors of commands with keys. */
const withKeys = new Set(
  goldens.filter(({ keys }) => keys.length > 0).map(({ command }) => makerOf(command) as keyof typeof exempt)
)

describe("live cases", () => {
  it("try each constructor of a command with keys on a key that has something, a missing one and one of a wrong type", () => {
    const forgotten: Array<string> = []
    for (const name of withKeys) {
      const kinds = Object.entries(tried).filter(([, names]) => !names.has(name))
      if (kinds.length > 0 && exempt[name] === undefined) forgotten.push(`${name}: ${kinds.map(([kind]) => kind)}`)
    }
    assert.deepStrictEqual(forgotten, [])
    assert.isAbove(withKeys.size, 100)
  })

  it("exempt only what has keys and is not tried", () => {
    const idle = Object.keys(exempt).filter((name) => !withKeys.has(name as keyof typeof exempt))
    assert.deepStrictEqual(idle, [])
    const needless = Object.keys(exempt).filter((name) => Object.values(tried).every((names) => names.has(name)))
    assert.deepStrictEqual(needless, [])
  })

  it("have titles of their own", () => {
    const titles = [...liveCases, ...clusterCases].map(({ title }) => title)
    assert.strictEqual(new Set(titles).size, titles.length)
  })
})
