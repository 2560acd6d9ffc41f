import { assert, describe, it } from "@effect/vitest"
import { ContentError, KEYS, Load, loadKeys, VALUE_LENGTH, valueOf } from "../src/load.ts"
import { SCENARIOS } from "../src/scenarios.ts"

const scenario = (name: string) => SCENARIOS.find((s) => s.name === name)!

describe("load", () => {
  it("a value has 64 bytes and tells its key and its run", () => {
    const value = valueOf("reef-bench:0042", "get-50-abc")
    assert.strictEqual(Buffer.byteLength(value), VALUE_LENGTH)
    assert.isTrue(value.startsWith("reef-bench:0042=get-50-abc;"))
    assert.throws(() => valueOf("k".repeat(64), "run"), RangeError)
  })

  it("values of different keys and of different runs differ", () => {
    const values = ["one", "two"].flatMap((run) => loadKeys.map((key) => valueOf(key, run)))
    assert.strictEqual(new Set(values).size, 2 * KEYS)
  })

  it("a GET is accepted only with the value of its key and run", () => {
    const load = new Load(scenario("get-1"), "now", "OK")
    load.accept(3, load.values[3])
    assert.strictEqual(load.completed, 1)
    const wrong = [load.values[4], valueOf(loadKeys[3]!, "before"), null, undefined, "OK", Buffer.from(load.values[3]!)]
    for (const reply of wrong) assert.throws(() => load.accept(3, reply), ContentError, loadKeys[3]!)
    assert.strictEqual(load.completed, 1)
  })

  it("a SET is accepted only with the client's reply to a successful one", () => {
    const load = new Load(scenario("set-1"), "now", true)
    load.accept(3, true)
    for (const reply of [false, undefined, "OK"]) assert.throws(() => load.accept(3, reply), ContentError)
  })

  it("workers begin at different keys and walk through all of them", () => {
    const load = new Load(scenario("get-1000"), "now", "OK")
    const firsts = Array.from({ length: 1000 }, (_, worker) => load.first(worker))
    assert.strictEqual(new Set(firsts).size, KEYS)
    assert.strictEqual(load.after(KEYS - 1), 0)
    assert.strictEqual(load.after(0), 1)
  })

  it("the keys that were used follow from the number of commands of each worker", () => {
    const load = new Load(scenario("set-50"), "now", "OK")
    assert.deepStrictEqual([...load.touched([2, 1])], [0, 1, 20])
    assert.deepStrictEqual([...load.touched([...new Array<number>(49).fill(0), 21])].slice(-2), [999, 0])
    assert.strictEqual(load.touched([5 * KEYS]).size, KEYS)
  })
})
