import { assert, describe, it } from "@effect/vitest"
import { listKey, valueKey, valueOf } from "../../src/account/keys.ts"
import { type Entry, numbers, texts } from "../../src/account/Operation.ts"
import { checkReplies } from "../../src/account/replies.ts"
import { emptyContents, emptyEvidence } from "../../src/account/serverState.ts"
import { STORMY, Windows } from "../../src/account/Windows.ts"

const list = listKey("a")
const value = valueKey("a", "1.1")

const entry = (id: string, given: Partial<Entry>): Entry => ({
  kind: "push",
  id,
  fiber: Number(id.split(".")[0]),
  keys: [list],
  slots: [7],
  deadline: undefined,
  startedAt: 0,
  startEpoch: 0,
  endedAt: 10,
  endEpoch: 0,
  outcome: "acknowledged",
  reply: undefined,
  label: undefined,
  ...given
})
const count = (id: string, reply: number, epoch = 0): Entry =>
  entry(id, { kind: "count", keys: ["count:{a}"], reply: numbers(reply), startEpoch: epoch, endEpoch: epoch })
const get = (answer: string | undefined, startedAt = 20): Entry =>
  entry("1.2", { kind: "get", keys: [value], reply: texts([answer]), startedAt })

const found = (entries: ReadonlyArray<Entry>, held: { list?: ReadonlyArray<string>; values?: boolean } = {}) => {
  const contents = emptyContents()
  if (held.list !== undefined) contents.lists.set(list, [...held.list])
  if (held.values === true) contents.values.set(value, valueOf(value))
  let reports = 0
  checkReplies({ entries, windows: new Windows(), contents, evidence: emptyEvidence() }, () => void reports++)
  return reports
}

describe("the replies", () => {
  it("grow for one fiber and key within one calm epoch", () => {
    assert.strictEqual(found([count("1.1", 1), count("1.2", 3)]), 0)
    assert.strictEqual(found([count("1.1", 3), count("1.2", 1)]), 1)
    assert.strictEqual(found([count("1.1", 3), count("1.2", 1, 2)]), 0)
    assert.strictEqual(found([count("1.1", 3, STORMY), count("1.2", 1, STORMY)]), 0)
  })

  it("are given to one operation each within one epoch", () => {
    assert.strictEqual(found([count("1.1", 1), count("2.1", 1)]), 1)
    assert.strictEqual(found([count("1.1", 1), count("2.1", 1, 2)]), 0)
  })

  it("name the place of the id where no server lost anything", () => {
    const pushed = [entry("1.1", { reply: numbers(1) })]
    assert.strictEqual(found(pushed, { list: ["1.1"] }), 0)
    assert.strictEqual(found(pushed, { list: ["2.1", "1.1"] }), 1)
  })

  it("repeat the key of the value that was asked for", () => {
    assert.strictEqual(found([get(valueOf(value))]), 0)
    assert.strictEqual(found([get("content of another")]), 1)
  })

  it("repeat the keys of one slot, too", () => {
    const pair = (...answers: ReadonlyArray<string>) =>
      entry("1.3", { kind: "pair", keys: [value, `${value}.second`], reply: texts(answers) })
    assert.strictEqual(found([pair(valueOf(value), valueOf(`${value}.second`))]), 0)
    assert.strictEqual(found([pair(valueOf(`${value}.second`), valueOf(value))]), 2)
  })

  it("miss no value that was acknowledged before and is there", () => {
    const set = entry("1.1", { kind: "set", keys: [value], reply: numbers() })
    assert.strictEqual(found([set, get(undefined)], { values: true }), 1)
    assert.strictEqual(found([set, get(undefined, 5)], { values: true }), 0)
    assert.strictEqual(found([set, get(undefined)]), 0)
  })
})
