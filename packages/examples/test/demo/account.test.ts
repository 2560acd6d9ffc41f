import { assert, describe, it } from "@effect/vitest"
import { type Account, type AccountInput, ContentsBuilder, makeAccount } from "../../src/demo/account.ts"
import { counterKey, listKey, valueKey, valueOf } from "../../src/demo/keyspace.ts"
import type { Write } from "../../src/demo/Ledger.ts"
import { pushed } from "../../src/demo/serverLog.ts"
import type { Outcome } from "../../src/ledger/outcome.ts"

const list = listKey("a")
const counter = counterKey("a")
const value = valueKey("a", "1.9")

const push = (id: string, outcome: Outcome = "acknowledged"): Write => ({
  kind: "push",
  key: list,
  id,
  outcome,
  reply: undefined
})
const set = (outcome: Outcome = "acknowledged"): Write => ({
  kind: "set",
  key: value,
  id: "1.9",
  outcome,
  reply: undefined
})
const incr = (reply: number | undefined, outcome: Outcome = "acknowledged"): Write => ({
  kind: "count",
  key: counter,
  id: "",
  outcome,
  reply
})

const holding = (holds: { list?: ReadonlyArray<string>; counter?: number; values?: Record<string, string> }) => {
  const contents = new ContentsBuilder()
  if (holds.list !== undefined) contents.addList(list, holds.list)
  if (holds.counter !== undefined) contents.addString(counter, String(holds.counter))
  for (const [key, content] of Object.entries(holds.values ?? {})) contents.addString(key, content)
  return contents
}

const account = (input: Partial<AccountInput>): Account =>
  makeAccount({
    writes: [],
    contents: holding({}),
    evidence: { ids: new Set(), counters: new Map() },
    misplaced: [],
    missingReads: [],
    ...input
  })

/** What is not zero. */
const facts = (input: Partial<AccountInput>) => {
  const { examples: _, ...sums } = account(input)
  return Object.fromEntries(Object.entries(sums).filter(([, count]) => count !== 0))
}

describe("the account of lists and values", () => {
  it("is clear when all that was acknowledged is there once", () => {
    const contents = holding({ list: ["1.1", "2.1"], values: { [value]: valueOf(value) } })
    assert.deepStrictEqual(facts({ writes: [push("1.1"), push("2.1"), set()], contents }), { acknowledged: 3 })
  })

  it("counts a write that no server has as lost by the client", () => {
    assert.deepStrictEqual(facts({ writes: [push("1.1"), set()] }), { acknowledged: 2, clientLost: 2 })
    assert.lengthOf(account({ writes: [push("1.1")] }).examples, 1)
  })

  it("counts it as lost by the server if it stands in the log of the primary that acknowledged it", () => {
    const evidence = { ids: new Set([pushed(list, "1.1"), value]), counters: new Map() }
    assert.deepStrictEqual(facts({ writes: [push("1.1"), set(), push("1.2")], evidence }), {
      acknowledged: 3,
      serverLost: 2,
      clientLost: 1
    })
  })

  it("counts an id that is there twice as doubled, whatever was said of it", () => {
    const contents = holding({ list: ["1.1", "1.2", "1.1", "1.2"] })
    assert.deepStrictEqual(facts({ writes: [push("1.1"), push("1.2", "mayHaveExecuted")], contents }), {
      acknowledged: 1,
      mayHaveExecuted: 1,
      mayHaveExecutedFound: 1,
      doubled: 2
    })
  })

  it("finds an id that two primaries hold", () => {
    const contents = holding({ list: ["1.1"] })
    contents.addList(list, ["1.1"])
    assert.deepStrictEqual(facts({ writes: [push("1.1")], contents }), { acknowledged: 1, doubled: 1 })
  })

  it("lets what may have been executed be there or not", () => {
    const writes = [push("1.1", "mayHaveExecuted"), push("1.2", "mayHaveExecuted")]
    assert.deepStrictEqual(facts({ writes, contents: holding({ list: ["1.2"] }) }), {
      mayHaveExecuted: 2,
      mayHaveExecutedFound: 1
    })
  })

  it("finds what was said not to have been executed, in the cluster and in a log", () => {
    const writes = [push("1.1", "notExecuted"), push("1.2", "notExecuted"), push("1.3", "notExecuted")]
    const evidence = { ids: new Set([pushed(list, "1.2")]), counters: new Map() }
    assert.deepStrictEqual(facts({ writes, evidence, contents: holding({ list: ["1.1"] }) }), {
      notExecuted: 3,
      notExecutedFound: 2
    })
  })

  it("finds what nobody wrote there", () => {
    const contents = holding({ list: ["9.9"], values: { [value]: valueOf("value:{b}:2.2") } })
    contents.addList(listKey("b"), ["1.1"])
    assert.deepStrictEqual(facts({ writes: [push("1.1", "mayHaveExecuted"), set("mayHaveExecuted")], contents }), {
      mayHaveExecuted: 2,
      ofAnotherCommand: 3
    })
  })
})

describe("the account of counters", () => {
  const counted = (...writes: ReadonlyArray<Write>) => writes

  it("is clear when each value was answered once", () => {
    assert.deepStrictEqual(facts({ writes: counted(incr(1), incr(2), incr(3)), contents: holding({ counter: 3 }) }), {
      acknowledged: 3
    })
  })

  it("explains a value that nobody was told by a write of unknown outcome, and no other way", () => {
    const contents = holding({ counter: 3 })
    const unknown = incr(undefined, "mayHaveExecuted")
    assert.deepStrictEqual(facts({ writes: counted(incr(1), unknown, incr(3)), contents }), {
      acknowledged: 2,
      mayHaveExecuted: 1,
      mayHaveExecutedFound: 1
    })
    assert.deepStrictEqual(facts({ writes: counted(incr(1), incr(3)), contents }), { acknowledged: 2, doubled: 1 })
    assert.deepStrictEqual(facts({ writes: counted(incr(1), incr(undefined, "notExecuted"), incr(3)), contents }), {
      acknowledged: 2,
      notExecuted: 1,
      doubled: 1
    })
  })

  it("counts values that a failover gave anew as lost by the server, if its log reached them", () => {
    const writes = counted(incr(1), incr(2), incr(3), incr(2), incr(3), incr(4))
    const contents = holding({ counter: 4 })
    const evidence = { ids: new Set<string>(), counters: new Map([[counter, 3]]) }
    assert.deepStrictEqual(facts({ writes, contents, evidence }), { acknowledged: 6, serverLost: 2 })
    assert.deepStrictEqual(facts({ writes, contents }), { acknowledged: 6, clientLost: 2 })
  })

  it("counts values above the last one as lost", () => {
    const writes = counted(incr(1), incr(2), incr(3))
    const evidence = { ids: new Set<string>(), counters: new Map([[counter, 2]]) }
    assert.deepStrictEqual(facts({ writes, evidence, contents: holding({ counter: 1 }) }), {
      acknowledged: 3,
      serverLost: 1,
      clientLost: 1
    })
  })

  it("finds a value that was answered more often than a failover can explain", () => {
    const evidence = { ids: new Set<string>(), counters: new Map([[counter, 1]]) }
    const writes = counted(incr(1), incr(1), incr(1))
    assert.strictEqual(account({ writes, evidence, contents: holding({ counter: 1 }) }).ofAnotherCommand, 1)
  })

  it("finds a counter that nobody counted", () => {
    assert.deepStrictEqual(facts({ contents: holding({ counter: 2 }) }), { doubled: 2 })
  })
})

describe("the account of replies", () => {
  it("takes over what was out of place while the load ran", () => {
    const misplaced = [{ command: "RPUSH", key: list, detail: "3 after 4" }]
    assert.deepStrictEqual(facts({ misplaced }), { ofAnotherCommand: 1 })
  })

  it("allows a read to find nothing only where the server lost the value", () => {
    const evidence = { ids: new Set([value]), counters: new Map() }
    const missingReads = [{ key: value }]
    assert.deepStrictEqual(facts({ writes: [set()], evidence, missingReads }), { acknowledged: 1, serverLost: 1 })
    const contents = holding({ values: { [value]: valueOf(value) } })
    assert.deepStrictEqual(facts({ writes: [set()], contents, missingReads }), { acknowledged: 1, ofAnotherCommand: 1 })
  })
})
