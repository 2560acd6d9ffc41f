import { assert, describe, it } from "@effect/vitest"
import type { ClientName } from "../src/clients/index.ts"
import { SCENARIOS } from "../src/scenarios.ts"
import { type Sample, summarize, verdict } from "../src/summary.ts"

const get50 = SCENARIOS.find((s) => s.name === "get-50")!
const set1 = SCENARIOS.find((s) => s.name === "set-1")!

const sample = (client: ClientName, round: number, operations: number, more?: Partial<Sample>): Sample => ({
  topology: "standalone",
  scenario: get50,
  client,
  round,
  operations,
  seconds: 1,
  cpuMicros: 1e6,
  ...more
})

describe("summary", () => {
  it("rates are operations by the time they took, CPU time is per operation, both as medians", () => {
    const [summary] = summarize(
      [
        sample("ioredis", 0, 1000, { seconds: 2, cpuMicros: 3000 }),
        sample("ioredis", 1, 4000, { seconds: 2, cpuMicros: 4000 }),
        sample("ioredis", 2, 9000, { seconds: 2, cpuMicros: 18_000 })
      ],
      ["ioredis"]
    )
    assert.strictEqual(summary!.clients[0]!.opsPerSecond, 2000)
    assert.strictEqual(summary!.clients[0]!.cpuMicrosPerOperation, 2)
    assert.deepStrictEqual(
      summary!.clients[0]!.rounds.map((r) => r.opsPerSecond),
      [500, 2000, 4500]
    )
  })

  it("the ratio pairs Reef with the fastest peer of the same round, not with the medians", () => {
    const [summary] = summarize(
      [
        sample("reef", 0, 300),
        sample("ioredis", 0, 100),
        sample("glide", 0, 200),
        // a slow moment of the machine: everything halves, the ratio stays
        sample("reef", 1, 150),
        sample("ioredis", 1, 100),
        sample("glide", 1, 90),
        sample("reef", 2, 320),
        sample("ioredis", 2, 100),
        sample("glide", 2, 160)
      ],
      ["reef", "ioredis", "glide"]
    )
    const comparison = summary!.comparison!
    assert.deepStrictEqual(comparison.rounds, [
      { round: 0, bestPeer: "glide", ratio: 1.5 },
      { round: 1, bestPeer: "ioredis", ratio: 1.5 },
      { round: 2, bestPeer: "glide", ratio: 2 }
    ])
    assert.strictEqual(comparison.ratio.median, 1.5)
    assert.deepStrictEqual(
      comparison.peers.map((p) => [p.client, p.ratio.median]),
      [
        ["ioredis", 3],
        ["glide", 1.6666666666666667]
      ]
    )
    assert.strictEqual(comparison.required, 1.3)
    assert.strictEqual(comparison.verdict, "met")
  })

  it("a round in which Reef or every peer failed is left out of the ratio", () => {
    const [summary] = summarize(
      [sample("reef", 0, 200), sample("glide", 0, 100), sample("reef", 1, 900), sample("glide", 2, 900)],
      ["reef", "glide"]
    )
    assert.deepStrictEqual(summary!.comparison!.rounds, [{ round: 0, bestPeer: "glide", ratio: 2 }])
  })

  it("there is no comparison without Reef, nor without a peer", () => {
    assert.isUndefined(summarize([sample("glide", 0, 1)], ["reef", "glide"])[0]!.comparison)
    assert.isUndefined(summarize([sample("reef", 0, 1)], ["reef", "glide"])[0]!.comparison)
  })

  it("scenarios and topologies are kept apart, clients come in the order asked for", () => {
    const summaries = summarize(
      [
        sample("glide", 0, 1),
        sample("reef", 0, 2),
        sample("reef", 0, 3, { scenario: set1 }),
        sample("reef", 0, 4, { topology: "cluster" })
      ],
      ["reef", "ioredis", "glide"]
    )
    assert.deepStrictEqual(
      summaries.map((s) => [s.topology, s.scenario, s.fibers, s.clients.map((c) => c.client)]),
      [
        ["standalone", "get-50", 50, ["reef", "glide"]],
        ["standalone", "set-1", 1, ["reef"]],
        ["cluster", "get-50", 50, ["reef"]]
      ]
    )
  })

  it("a verdict follows the median and is uncertain while the interval reaches the other side", () => {
    assert.strictEqual(verdict({ median: 1.4, low: 1.3, high: 1.5 }, 1.3), "met")
    assert.strictEqual(verdict({ median: 1.3, low: 1.29, high: 1.5 }, 1.3), "met, uncertain")
    assert.strictEqual(verdict({ median: 1.29, low: 1.1, high: 1.3 }, 1.3), "not met, uncertain")
    assert.strictEqual(verdict({ median: 1.2, low: 1.1, high: 1.29 }, 1.3), "not met")
  })
})
