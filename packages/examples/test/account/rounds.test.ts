import { assert, describe, it } from "@effect/vitest"
import { argumentsOf, COLUMNS, HEAD, resultIn, rowOf, withRows } from "../../src/account/rounds.ts"
import type { AccountResult } from "../../src/account/run.ts"

const result: AccountResult = {
  options: {
    topology: "cluster",
    client: "glide",
    seed: 9,
    seconds: 600,
    rate: 100,
    faults: undefined,
    inFlight: undefined
  },
  server: "redis-server 7.0.15",
  seconds: 601.25,
  operations: 12_345,
  totals: {
    acknowledged: 10_000,
    notExecuted: 2,
    mayHaveExecuted: 1_030,
    mayHaveExecutedFound: 20,
    serverLost: 7,
    clientLost: 0,
    doubled: 3
  },
  faults: [{ kind: "kill", strikes: 1, inFlight: 48 }],
  strikes: [],
  failures: {},
  slowestRecovery: { after: "kill", took: 7_004.4 },
  longestHalt: 12,
  resumed: [],
  latencies: [],
  errorReplies: {},
  asked: 0,
  violated: {},
  violations: [],
  holds: true
}

describe("a round of clients", () => {
  it("makes a row of each run, with what did not hold", () => {
    assert.strictEqual(
      rowOf(result),
      "| Valkey GLIDE | cluster | 9 | 601.3 s | 12,345 | 10,000 | 2 | 1,030 (20) | 7 | 0 | 3 | 7,004 ms | nothing |"
    )
    const faults = [{ kind: "kill", strikes: 1, inFlight: 0 }] as const
    assert.match(
      rowOf({ ...result, violated: { I3: 3, I9: 1_200 }, faults }),
      /\| I3 3 times, I9 1,200 times, kill met nothing \|$/
    )
    assert.lengthOf(rowOf(result).split(" | "), COLUMNS.length)
  })

  it("reads the result, whatever a client wrote before it", () => {
    assert.deepStrictEqual(resultIn(`INFO connected\n{}\n${JSON.stringify(result)}\n`).totals, result.totals)
    assert.throws(() => resultIn("INFO connected\n"))
  })

  it("adds rows to the last table of a text, whatever stands behind it", () => {
    const text = "| a |\n| - |\n\nwords\n\n| b |\n| - |\n| 1 |\n\nmore words\n"
    assert.strictEqual(
      withRows(text, ["| 2 |", "| 3 |"]),
      "| a |\n| - |\n\nwords\n\n| b |\n| - |\n| 1 |\n| 2 |\n| 3 |\n\nmore words\n"
    )
  })

  it("begins a table where there is none", () => {
    assert.strictEqual(withRows("", ["| 2 |"]), `${HEAD.join("\n")}\n| 2 |\n`)
    assert.strictEqual(withRows("words\n", ["| 2 |"]), `words\n\n${HEAD.join("\n")}\n| 2 |\n`)
  })

  it("gives every client the same course", () => {
    const options = {
      ...result.options,
      clients: ["reef", "glide"],
      atOnce: 2,
      rows: undefined,
      faults: ["kill", "long freeze"],
      inFlight: 8
    } as const
    assert.deepStrictEqual(argumentsOf("reef", options), [
      "--json",
      "--client=reef",
      "--topology=cluster",
      "--seed=9",
      "--seconds=600",
      "--rate=100",
      "--faults=kill,long freeze",
      "--in-flight=8"
    ])
  })
})
