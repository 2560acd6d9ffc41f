import { assert, describe, it } from "@effect/vitest"
import { Histogram } from "../../src/demo/Histogram.ts"
import { formatLive, formatResult, millis } from "../../src/demo/report.ts"
import type { DemoResult } from "../../src/demo/result.ts"

const routing = { moved: 12, ask: 3, tryAgain: 0, retries: 40, refreshes: 2 }

describe("formatLive", () => {
  it("says how fast, how slow, what was redirected and what failed", () => {
    const latencies = new Histogram()
    for (let i = 0; i < 2_500; i++) latencies.record(2)
    const line = formatLive({
      seconds: 7.2,
      phase: "steady",
      window: { latencies, millis: 500 },
      routing,
      errors: new Map([["MayHaveExecuted:ConnectionLost", 4]])
    })
    assert.strictEqual(
      line,
      "  7 s  steady              5 000/s  p50 2.0 ms  p99 2.0 ms  MOVED 12 ASK 3 TRYAGAIN 0  refreshes 2  errors MayHaveExecuted:ConnectionLost 4"
    )
  })

  it("has a line for a time without operations", () => {
    const window = { latencies: new Histogram(), millis: 0 }
    assert.include(formatLive({ seconds: 0, phase: "p", window, routing, errors: new Map() }), "0/s  p50 0.0 ms")
  })
})

describe("millis", () => {
  it("is as exact as it is worth", () => {
    assert.deepStrictEqual([0.34, 9.96, 45.6, 3_900].map(millis), ["0.3 ms", "10.0 ms", "46 ms", "3.9 s"])
  })
})

describe("formatResult", () => {
  const result: DemoResult = {
    seed: 4,
    server: "redis-server 7.0.15",
    seconds: 31.24,
    operations: 123_456,
    phases: [{ name: "steady", seconds: 3, operations: 9_000, p50: 0.2, p99: 2, max: 9, routing, errors: 0 }],
    faults: [
      { kind: "killed", node: "node-1", address: "h:1", at: 1_000, promotedAt: 4_000, servedAt: 4_050 },
      { kind: "frozen", node: "node-2", address: "h:2", at: 9_000, promotedAt: 12_000, servedAt: undefined }
    ],
    moved: { slots: 1_000, keys: 7_000, operations: 300 },
    errors: [
      {
        time: 1_004,
        phase: "node-1 killed",
        command: "SET",
        write: true,
        tag: "ConnectionLost",
        execution: "MayHaveExecuted",
        node: "h:1"
      }
    ],
    account: {
      acknowledged: 100_000,
      notExecuted: 0,
      mayHaveExecuted: 1,
      mayHaveExecutedFound: 0,
      serverLost: 0,
      clientLost: 1,
      doubled: 0,
      notExecutedFound: 0,
      ofAnotherCommand: 0,
      examples: ["clientLost: list:{a} 1.1"]
    },
    musts: [
      { name: "client-lost 0", holds: false, detail: "1" },
      { name: "doubled 0", holds: true, detail: "0" }
    ]
  }

  it("tells each fault's course, the account and what failed", () => {
    const text = formatResult(result)
    for (const part of [
      "node-1 (h:1) killed: replica promoted after 3.0 s",
      "first success on its slots 50 ms after that; 1 writes on its socket failed as MayHaveExecuted, 4.0 ms to 4.0 ms after it",
      "first success on its slots never; 0 writes",
      "acknowledged",
      "100 000",
      "! clientLost: list:{a} 1.1",
      "FAILED  client-lost 0 (1)",
      "ok      doubled 0 (0)",
      "--seed 4"
    ]) {
      assert.include(text, part)
    }
  })
})
