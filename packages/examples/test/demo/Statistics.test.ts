import { assert, describe, it } from "@effect/vitest"
import { Reason, RedisError } from "@reef-redis/node"
import { Statistics } from "../../src/demo/Statistics.ts"

const error = new RedisError({
  reason: new Reason.ConnectionLost({ address: "h:1", message: "reset" }),
  command: "INCR",
  node: "h:1",
  execution: "MayHaveExecuted",
  transient: true,
  index: undefined
})

describe("Statistics", () => {
  it("counts errors by what they are, in their phase", () => {
    const statistics = new Statistics()
    statistics.begin("one", 0)
    statistics.failed(error, true, 5)
    statistics.begin("two", 10)
    statistics.failed(error, true, 15)
    assert.deepStrictEqual([...statistics.errorCounts], [["MayHaveExecuted:ConnectionLost", 2]])
    assert.deepStrictEqual(
      statistics.phases.map((phase) => phase.errors),
      [1, 1]
    )
    assert.deepStrictEqual(statistics.errors[1], {
      time: 15,
      phase: "two",
      command: "INCR",
      write: true,
      tag: "ConnectionLost",
      execution: "MayHaveExecuted",
      node: "h:1"
    })
  })

  it("gives what happened since the last look, however the phases change", () => {
    const statistics = new Statistics()
    statistics.begin("one", 100)
    statistics.succeeded(1)
    statistics.begin("two", 500)
    statistics.succeeded(2)
    const first = statistics.takeWindow(1_100)
    assert.deepStrictEqual([first.millis, first.latencies.count], [1_000, 2])
    const second = statistics.takeWindow(1_600)
    assert.deepStrictEqual([second.millis, second.latencies.count], [500, 0])
  })
})
