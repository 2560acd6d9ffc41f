import { assert, describe, it } from "@effect/vitest"
import type { ClientName } from "../src/clients/index.ts"
import { runChild } from "../src/runChild.ts"
import { SCENARIOS } from "../src/scenarios.ts"
import { startServers } from "../src/servers.ts"

const durations = { warmUp: 100, timed: 200 }

const PEERS: ReadonlyArray<ClientName> = ["ioredis", "ioredis-auto", "node-redis", "node-redis-untimed", "glide"]

describe("runChild", () => {
  for (const topology of ["standalone", "cluster"] as const) {
    it(`every peer passes its checks in a process of its own, ${topology}`, async () => {
      const servers = await startServers(topology)
      try {
        const target = { topology, nodes: servers.nodes }
        const scenarios = SCENARIOS.filter((s) => s.name === "get-1000" || s.name === "set-1")
        for (const client of PEERS) {
          const report = await runChild({ client, target, scenarios, durations })
          assert.strictEqual(report.kind, "measured", `${client}: ${JSON.stringify(report)}`)
          if (report.kind === "measured") assert.strictEqual(report.results.length, scenarios.length)
        }
      } finally {
        await servers.stop()
      }
    })
  }

  it("a process that ends without a report is a failure that carries what it said", async () => {
    const target = { topology: "standalone", nodes: [] } as const
    const client: ClientName = JSON.parse('"nobody"')
    const report = await runChild({ client, target, scenarios: [], durations })
    assert.strictEqual(report.kind, "failed")
    if (report.kind === "failed") {
      assert.match(report.reason, /ended without a report \(1\).*unknown client nobody/s)
      assert.isFalse(report.content)
    }
  })
})
