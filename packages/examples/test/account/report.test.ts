import { assert, describe, it } from "@effect/vitest"
import { formatAccount } from "../../src/account/report.ts"
import type { AccountResult } from "../../src/account/run.ts"

const result: AccountResult = {
  options: {
    topology: "cluster",
    client: "reef",
    seed: 9,
    seconds: 1,
    rate: 100,
    faults: undefined,
    inFlight: undefined
  },
  server: "redis-server 7.0.15",
  seconds: 1.25,
  operations: 1_234,
  totals: {
    acknowledged: 1_000,
    notExecuted: 2,
    mayHaveExecuted: 30,
    mayHaveExecutedFound: 20,
    serverLost: 0,
    clientLost: 0,
    doubled: 0
  },
  faults: [{ kind: "kill", strikes: 1, inFlight: 48 }],
  strikes: [{ kind: "kill", target: "node-0", at: 420, inFlight: 48 }],
  failures: { "MayHaveExecuted:ConnectionLost": 30, "NotSent:Timeout": 2 },
  slowestRecovery: { after: "kill", took: 210.4 },
  longestHalt: 12,
  resumed: [],
  latencies: [
    { kind: "undisturbed", samples: 1_200, p99: 4.25 },
    { kind: "kill", samples: 700, p99: 3 }
  ],
  errorReplies: { MOVED: 3 },
  asked: 17,
  violated: {},
  violations: [],
  holds: true
}

describe("the report", () => {
  it("shows faults with what they met, totals and failures", () => {
    const text = formatAccount(result)
    assert.match(text, /kill +1 times +48/)
    assert.include(text, "may have executed     30, of which 20 were")
    assert.include(text, "failures: MayHaveExecuted:ConnectionLost 30, NotSent:Timeout 2")
    assert.include(text, "longest until every slot served after a fault: 210 ms (kill)")
    assert.include(text, "p99 where the fault is not: undisturbed 4.3 ms (1,200), kill 3.0 ms (700)")
    assert.include(text, "ok      I1")
    assert.include(text, "all hold; --seed 9")
  })

  it("names seed, times of the faults and ids when something does not hold", () => {
    const violations = [{ invariant: "I3", detail: "push 1.1 on list:{a} was executed more than once" }] as const
    const text = formatAccount({ ...result, holds: false, violated: { I3: 1 }, violations })
    assert.include(text, "FAILED  I3")
    assert.include(text, "! I3 push 1.1 on list:{a}")
    assert.include(text, "FAILED with seed 9; the faults: 0.42 s kill")
  })

  it("fails a kind of fault that met nothing", () => {
    const text = formatAccount({ ...result, holds: false, faults: [{ kind: "kill", strikes: 1, inFlight: 0 }] })
    assert.include(text, "FAILED: met nothing")
  })
})
