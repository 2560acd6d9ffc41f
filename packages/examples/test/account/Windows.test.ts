import { assert, describe, it } from "@effect/vitest"
import { STORMY, Windows } from "../../src/account/Windows.ts"

describe("the windows of server losses", () => {
  it("give each slot an epoch that changes with both ends", () => {
    const windows = new Windows()
    const calm = windows.epochOf([1, 2])
    const window = windows.open("kill", [1], 10)
    assert.strictEqual(windows.epochOf([1, 2]), STORMY)
    assert.strictEqual(windows.epochOf([2]), 0)
    windows.close(window, 20)
    assert.notStrictEqual(windows.epochOf([1, 2]), calm)
    assert.notStrictEqual(windows.epochOf([1, 2]), STORMY)
  })

  it("excuse what was under way within them or shortly before, on their slots only", () => {
    const windows = new Windows()
    windows.close(windows.open("kill", [1], 10_000), 12_000)
    assert.isTrue(windows.excuses(1, 9_000, 9_100))
    assert.isTrue(windows.excuses(1, 11_000, 13_000))
    assert.isFalse(windows.excuses(1, 12_001, 12_002))
    assert.isFalse(windows.excuses(1, 1_000, 1_100))
    assert.isFalse(windows.excuses(2, 11_000, 11_100))
    assert.deepStrictEqual([windows.touched(1), windows.touched(2)], [true, false])
  })
})
