import { assert, describe, it } from "@effect/vitest"
import type { ClientName } from "../src/clients/index.ts"
import { formatRate, formatReport, type Result } from "../src/report.ts"
import { SCENARIOS } from "../src/scenarios.ts"
import { summarize } from "../src/summary.ts"

const speeds: ReadonlyArray<readonly [ClientName, number]> = [
  ["reef", 150_000],
  ["ioredis", 60_000],
  ["glide", 100_000]
]

const result: Result = {
  environment: {
    date: "2026-11-20T12:00:00.000Z",
    node: "v24.21.0",
    server: "redis 7.0.15",
    platform: "linux-x64",
    cpu: "a processor",
    cores: 2,
    loadAverage: 0.5,
    clients: [{ client: "reef", package: "@reef-redis/node", version: "0.0.0", settings: "defaults" }]
  },
  rounds: 9,
  timedMillis: 1000,
  quick: false,
  scenarios: summarize(
    speeds.flatMap(([client, operations]) =>
      Array.from({ length: 9 }, (_, round) => ({
        topology: "standalone" as const,
        scenario: SCENARIOS[1]!,
        client,
        round,
        operations,
        seconds: 1,
        cpuMicros: 500_000
      }))
    ),
    ["reef", "ioredis", "glide"]
  ),
  unavailable: [],
  failures: []
}

describe("report", () => {
  it("rates are shown with three digits", () => {
    assert.deepStrictEqual([999, 12_345, 123_456, 1_234_567].map(formatRate), ["1.0k", "12.3k", "123.5k", "1.23M"])
  })

  it("shows each client's rate and CPU time, and the ratio with its interval, requirement and verdict", () => {
    const text = formatReport(result)
    assert.match(text, /^glide\s+100\.0k 5\.0µs$/m)
    assert.match(text, /^get-50\s+1\.50 \[1\.50, 1\.50\]\s+glide\s+1\.30\s+met\s+2\.50\s+1\.50$/m)
    assert.match(text, /redis 7\.0\.15/)
    assert.notMatch(text, /do not quote|SMOKE|FAILED|NOT MEASURED/)
  })

  it("says what was not measured, what failed, and when the figures may not be quoted", () => {
    const text = formatReport({
      ...result,
      quick: true,
      rounds: 2,
      scenarios: summarize([], []),
      unavailable: [{ client: "glide", reason: "no binary" }],
      failures: [{ client: "reef", topology: "cluster", round: 1, content: true, reason: "get k: wrong" }]
    })
    assert.match(text, /SMOKE RUN/)
    assert.match(text, /NOT MEASURED glide: no binary/)
    assert.match(text, /FAILED \(wrong content\) reef, cluster, round 2: get k: wrong/)
    assert.match(text, /Fewer than 9 rounds: do not quote/)
  })

  it("without Reef the required ratios are said not to be measured", () => {
    const scenarios = result.scenarios.map((s) => ({ ...s, comparison: undefined }))
    assert.match(formatReport({ ...result, scenarios }), /standalone: required ratios not measured/)
  })
})
