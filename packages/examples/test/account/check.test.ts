import { assert, describe, it } from "@effect/vitest"
import { type CheckInput, check } from "../../src/account/check.ts"
import {
  counterKey,
  listKey,
  multiCounterKey,
  multiListKey,
  pairKeys,
  place,
  streamKey,
  valueKey,
  valueOf
} from "../../src/account/keys.ts"
import { type Entry, numbers, texts } from "../../src/account/Operation.ts"
import { emptyContents, emptyEvidence } from "../../src/account/serverState.ts"
import { Windows } from "../../src/account/Windows.ts"
import { entryOf } from "./entries.ts"

const SLOT = 7
const list = listKey("a")
const counter = counterKey("a")
const value = valueKey("a", "1.9")

const entry = (id: string, given: Partial<Entry> = {}): Entry => entryOf(id, { keys: [list], slots: [SLOT], ...given })
const push = (id: string, length: number): Entry => entry(id, { reply: numbers(length) })
const incr = (id: string, reply: number | undefined): Entry =>
  entry(id, {
    kind: "count",
    keys: [counter],
    outcome: reply === undefined ? "mayHaveExecuted" : "acknowledged",
    reply: reply === undefined ? undefined : numbers(reply)
  })

interface Held {
  readonly entries: ReadonlyArray<Entry>
  readonly list?: ReadonlyArray<string>
  readonly counter?: number
  readonly values?: Record<string, string>
  readonly stream?: ReadonlyArray<readonly [string, string]>
  readonly multi?: readonly [ReadonlyArray<string>, number]
  readonly logged?: ReadonlyArray<string>
  readonly repeated?: ReadonlyArray<string>
  readonly windows?: Windows
}

const inputOf = (held: Held): CheckInput => {
  const contents = emptyContents()
  const evidence = emptyEvidence()
  if (held.list !== undefined) contents.lists.set(list, [...held.list])
  if (held.counter !== undefined) contents.counters.set(counter, held.counter)
  if (held.stream !== undefined) contents.streams.set(streamKey("a"), [...held.stream])
  if (held.multi !== undefined) {
    contents.lists.set(multiListKey("a"), [...held.multi[0]])
    contents.counters.set(multiCounterKey("a"), held.multi[1])
  }
  for (const [key, content] of Object.entries(held.values ?? {})) contents.values.set(key, content)
  for (const at of held.logged ?? []) evidence.places.add(at)
  for (const at of held.repeated ?? []) evidence.repeated.add(at)
  return { entries: held.entries, windows: held.windows ?? new Windows(), contents, evidence }
}

const violated = (held: Held) => check(inputOf(held)).violations.map(({ invariant }) => invariant)
const totals = (held: Held) => {
  const sums = Object.entries(check(inputOf(held)).totals)
  return Object.fromEntries(sums.filter(([, count]) => count !== 0))
}

/** A freeze of the slot from 150 to 900 ms. */
const frozen = () => {
  const windows = new Windows()
  windows.close(windows.open("freeze", [SLOT], 150), 900)
  return windows
}

describe("the checker", () => {
  it("finds nothing when all that was acknowledged is there once", () => {
    const entries = [push("1.1", 1), push("2.1", 2), incr("1.2", 1)]
    assert.deepStrictEqual(violated({ entries, list: ["1.1", "2.1"], counter: 1 }), [])
  })

  it("I1: finds what was reported as not executed, in the data and in a log", () => {
    const entries = [entry("1.1", { outcome: "notExecuted" })]
    assert.deepStrictEqual(violated({ entries, list: ["1.1"] }), ["I1"])
    assert.deepStrictEqual(violated({ entries, logged: [place(list, "1.1")] }), ["I1"])
    assert.deepStrictEqual(violated({ entries }), [])
  })

  it("I2: lays a loss to the client when no server has executed it", () => {
    const entries = [entry("1.1")]
    assert.deepStrictEqual(violated({ entries, windows: frozen() }), ["I2"])
    assert.deepStrictEqual(totals({ entries, windows: frozen() }), { acknowledged: 1, clientLost: 1 })
  })

  it("I7: lets a server lose only what a fault explains", () => {
    const entries = [entry("1.1")]
    const logged = [place(list, "1.1")]
    assert.deepStrictEqual(violated({ entries, logged, windows: frozen() }), [])
    assert.deepStrictEqual(totals({ entries, logged, windows: frozen() }), { acknowledged: 1, serverLost: 1 })
    assert.deepStrictEqual(violated({ entries, logged }), ["I7"])
    const later = [entry("1.1", { startedAt: 1_000, endedAt: 1_100 })]
    assert.deepStrictEqual(violated({ entries: later, logged, windows: frozen() }), ["I7"])
    const elsewhere = [entry("1.1", { slots: [SLOT + 1] })]
    assert.deepStrictEqual(violated({ entries: elsewhere, logged, windows: frozen() }), ["I7"])
  })

  it("I3: finds what stands there twice, and what one server has executed twice", () => {
    assert.deepStrictEqual(violated({ entries: [entry("1.1")], list: ["1.1", "1.1"] }), ["I3"])
    assert.deepStrictEqual(violated({ entries: [entry("1.1")], list: ["1.1"], repeated: [place(list, "1.1")] }), ["I3"])
  })

  it("I4: what may have executed is there once at most", () => {
    const entries = [entry("1.1", { outcome: "mayHaveExecuted" })]
    assert.deepStrictEqual(violated({ entries }), [])
    assert.deepStrictEqual(totals({ entries, list: ["1.1"] }), { mayHaveExecuted: 1, mayHaveExecutedFound: 1 })
    assert.deepStrictEqual(violated({ entries, list: ["1.1", "1.1"] }), ["I4"])
  })

  it("knows each INCR by its reply", () => {
    assert.deepStrictEqual(violated({ entries: [incr("1.1", 1), incr("1.2", undefined)], counter: 2 }), [])
    assert.deepStrictEqual(violated({ entries: [incr("1.1", 1)], counter: 2 }), ["I3"])
    assert.deepStrictEqual(violated({ entries: [incr("1.1", 2)], counter: 1 }), ["I2", "I3"])
    assert.deepStrictEqual(violated({ entries: [incr("1.1", 1)], counter: 0, windows: frozen() }), [])
  })

  it("I5: finds a value, an element and a stream's entry that belong elsewhere", () => {
    assert.deepStrictEqual(violated({ entries: [], values: { [value]: valueOf(valueKey("b", "1")) } }), ["I5"])
    assert.deepStrictEqual(violated({ entries: [], list: ["9.9"] }), ["I5"])
    const added = entry("1.1", { kind: "add", keys: [streamKey("a")], reply: texts(["5-0"]) })
    assert.deepStrictEqual(violated({ entries: [added], stream: [["5-0", "1.1"]] }), [])
    assert.deepStrictEqual(violated({ entries: [added], stream: [["6-0", "1.1"]] }), ["I5"])
    assert.deepStrictEqual(violated({ entries: [entry("1.1", { outcome: "wrong" })] }), ["I5"])
  })

  it("I6: finds the ids of one fiber out of order", () => {
    assert.deepStrictEqual(violated({ entries: [entry("1.1"), entry("1.2")], list: ["1.2", "1.1"] }), ["I6"])
    assert.deepStrictEqual(violated({ entries: [entry("1.1"), entry("2.1")], list: ["2.1", "1.1"] }), [])
  })

  it("finds an MSET that was executed in part, and knows both of its keys", () => {
    const [first, second] = pairKeys("a", "1.9")
    const entries = [entry("1.9", { kind: "mset", keys: [first, second], reply: numbers() })]
    const both = { [first]: valueOf(first), [second]: valueOf(second) }
    assert.deepStrictEqual(violated({ entries, values: both }), [])
    assert.deepStrictEqual(violated({ entries, values: { [first]: valueOf(first) } }), ["MULTI"])
    assert.deepStrictEqual(violated({ entries }), ["I2"])
  })

  it("finds a transaction that was executed in part", () => {
    const multi = entry("1.1", {
      kind: "multi",
      keys: [multiListKey("a"), multiCounterKey("a")],
      reply: numbers(1, 1)
    })
    assert.deepStrictEqual(violated({ entries: [multi], multi: [["1.1"], 1] }), [])
    assert.deepStrictEqual(violated({ entries: [multi], multi: [["1.1"], 2] }), ["MULTI"])
  })
})
