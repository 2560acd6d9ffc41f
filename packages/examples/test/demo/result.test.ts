import { assert, describe, it } from "@effect/vitest"
import { type DemoResult, type FaultRecord, judge, phaseResult } from "../../src/demo/result.ts"
import { type ErrorRecord, Statistics } from "../../src/demo/Statistics.ts"

const fault: FaultRecord = {
  kind: "killed",
  node: "node-1",
  address: "127.0.0.1:7001",
  at: 10_000,
  promotedAt: 13_000,
  servedAt: 13_100
}

const error: ErrorRecord = {
  time: 10_005,
  phase: "node-1 killed",
  command: "RPUSH",
  write: true,
  tag: "ConnectionLost",
  execution: "MayHaveExecuted",
  node: fault.address
}

const good: Omit<DemoResult, "musts"> = {
  seed: 1,
  server: "redis-server 7.0.15",
  seconds: 30,
  operations: 100,
  phases: [],
  faults: [fault],
  moved: { slots: 1_000, keys: 50, operations: 20 },
  errors: [error],
  account: {
    acknowledged: 90,
    notExecuted: 0,
    mayHaveExecuted: 1,
    mayHaveExecutedFound: 0,
    serverLost: 2,
    clientLost: 0,
    doubled: 0,
    notExecutedFound: 0,
    ofAnotherCommand: 0,
    examples: []
  }
}

const failing = (change: Partial<typeof good>) =>
  judge({ ...good, ...change }, "slots move")
    .filter((must) => !must.holds)
    .map((must) => must.name)

describe("judge", () => {
  it("is content with a good run, server losses included", () => {
    assert.deepStrictEqual(failing({}), [])
  })

  it("holds each fault of the account against the run", () => {
    const names: Record<string, string> = {
      clientLost: "client-lost 0",
      doubled: "doubled 0",
      ofAnotherCommand: "of another command 0",
      notExecutedFound: "not executed, yet found 0"
    }
    for (const [field, name] of Object.entries(names)) {
      assert.deepStrictEqual(failing({ account: { ...good.account, [field]: 1 } }), [name])
    }
  })

  it("explains an error only by a write on the victim's socket at the fault", () => {
    const others: ReadonlyArray<Partial<ErrorRecord>> = [
      { write: false },
      { execution: "Refused" },
      { execution: "NotSent" },
      { node: "127.0.0.1:7002" },
      { node: undefined },
      { time: 9_999 },
      { time: 14_001 }
    ]
    for (const other of others) {
      const [name, ...rest] = failing({ errors: [{ ...error, ...other }] })
      assert.include(name, "errors only as MayHaveExecuted")
      assert.deepStrictEqual(rest, [])
    }
  })

  it("wants no error at all while slots move, and the slots moved under load", () => {
    const { moved } = good
    assert(moved !== undefined)
    assert.lengthOf(failing({ errors: [{ ...error, phase: "slots move" }] }), 1)
    assert.lengthOf(failing({ moved: { ...moved, slots: 999 } }), 1)
    assert.lengthOf(failing({ moved: { ...moved, operations: 0 } }), 1)
  })

  it("wants the shard served within 250 ms of the promotion", () => {
    assert.deepStrictEqual(failing({ faults: [{ ...fault, servedAt: 13_250 }] }), [])
    assert.lengthOf(failing({ faults: [{ ...fault, servedAt: 13_251 }] }), 1)
    assert.lengthOf(failing({ faults: [{ ...fault, servedAt: undefined }] }), 1)
  })
})

describe("phaseResult", () => {
  it("sums up a phase", () => {
    const statistics = new Statistics()
    statistics.begin("steady", 1_000)
    statistics.succeeded(2)
    statistics.succeeded(4)
    statistics.count("moved")
    statistics.begin("next", 3_500)
    statistics.count("ask")
    const result = phaseResult(statistics.phases[0]!)
    assert.deepStrictEqual([result.name, result.seconds, result.operations, result.max], ["steady", 2.5, 2, 4])
    assert.deepStrictEqual([result.routing.moved, result.routing.ask, statistics.routing.ask], [1, 0, 1])
  })
})
