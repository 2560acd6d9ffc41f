import { assert, describe, it } from "@effect/vitest"
import { electionPause } from "../../src/internal/election.ts"

const at = (time: string) => Date.parse(`20 Nov 2026 ${time}`)
const log =
  "27055:S 20 Nov 2026 23:00:04.300 # Starting a failover election for epoch 9.\n" +
  "27055:M 20 Nov 2026 23:00:05.515 # Failover auth granted to 97c87 for epoch 10\n" +
  "27055:S 20 Nov 2026 23:00:12.434 # Starting a failover election for epoch 11, node config epoch is 3\n"

describe("electionPause", () => {
  it("is over at once if the node has never asked for votes", () => {
    assert.strictEqual(electionPause("27055:M 20 Nov 2026 23:00:12.434 * Ready\n", 2_000, at("23:00:12.500")), 0)
  })

  it("lasts four node timeouts from the last election", () => {
    assert.strictEqual(electionPause(log, 2_000, at("23:00:13.434")), 7_100)
    assert.strictEqual(electionPause(log, 2_000, at("23:00:20.600")), 0)
  })

  it("is never shorter than four seconds", () => {
    assert.strictEqual(electionPause(log, 500, at("23:00:12.434")), 4_100)
  })
})
