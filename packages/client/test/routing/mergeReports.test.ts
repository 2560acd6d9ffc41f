import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as Duration from "effect/Duration"
import { commands } from "../../src/command/Commands.ts"
import { implOf } from "../../src/command/make.ts"
import { RespMap, type RespValue } from "../../src/protocol/RespValue.ts"
import {
  functionStats,
  latencyHistogram,
  latencyHistory,
  latencyLatest,
  randomKey,
  slotStats
} from "../../src/routing/mergeReports.ts"

const times = Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2_000 }))), {
  maxLength: 12
})
const runs = { arbitrary: { runs: 200 } }

/** LATENCY HISTOGRAM as a server writes it: bounds are powers of two, a bound without a call of its own is left out. */
const histogramOf = (micros: ReadonlyArray<number>): RespValue => {
  const bounds = [...new Set(micros.map((time) => 2 ** Math.ceil(Math.log2(time))))].sort((a, b) => a - b)
  const cumulative = bounds.flatMap((bound) => [bound, micros.filter((time) => time <= bound).length])
  return new RespMap(
    micros.length === 0 ? [] : ["get", new RespMap(["calls", micros.length, "histogram_usec", new RespMap(cumulative)])]
  )
}

/** The same in RESP2. */
const flat = (reply: RespValue): RespValue => (reply instanceof RespMap ? reply.entries.map(flat) : reply)

const read = (reply: RespValue) => implOf(commands.latencyHistogram()).decode(reply)

describe("mergeReports", () => {
  it.prop(
    "makes of the delays on several nodes the histogram of one that had them all",
    [times, times, times],
    ([a, b, c]) => {
      const whole = read(histogramOf([...a, ...b, ...c]))
      assert.deepStrictEqual(read(latencyHistogram([a, b, c].map(histogramOf))), whole)
      assert.deepStrictEqual(read(latencyHistogram([a, b, c].map(histogramOf).map(flat))), whole)
    },
    runs
  )

  it("has the delays of an event in the order of their times", () => {
    const history = latencyHistory([
      [
        [5, 10],
        [9, 20]
      ],
      [],
      [[7, 30]]
    ])
    assert.deepStrictEqual(history, [
      [5, 10],
      [7, 30],
      [9, 20]
    ])
  })

  it("has of each event the newest delay, the worst, and where told the total and the count", () => {
    const latest = latencyLatest([
      [["command", 5, 10, 90, 100, 2]],
      [
        ["fork", 1, 1, 1, 1, 1],
        ["command", 9, 20, 20, 20, 1]
      ]
    ])
    assert.deepStrictEqual(latest, [
      ["command", 9, 20, 90, 120, 3],
      ["fork", 1, 1, 1, 1, 1]
    ])
    assert.deepStrictEqual(latencyLatest([[["a", 5, 10, 90]], [["a", 4, 1, 95]]]), [["a", 5, 10, 95]])
    assert.deepStrictEqual(implOf(commands.latencyLatest()).decode(latencyLatest([[["a", 5, 10, 90]], []])), [
      {
        ...(implOf(commands.latencyLatest()).decode([["a", 5, 10, 90]]) as ReadonlyArray<object>)[0],
        max: Duration.millis(90)
      }
    ])
  })

  it("has the function that runs, on whichever node it does", () => {
    const idle = new RespMap(["running_script", undefined, "engines", new RespMap([])])
    const busy = ["running_script", ["name", "f", "command", [], "duration_ms", 5], "engines", []]
    assert.strictEqual(functionStats([idle, busy]), busy)
    assert.strictEqual(functionStats([idle, idle]), idle)
    assert.strictEqual(functionStats([["running_script", false, "engines", []], busy]), busy)
  })

  it("draws a key from a node that has some", () => {
    assert.strictEqual(randomKey(() => 0)([undefined, "a", "b"]), "a")
    assert.strictEqual(randomKey(() => 0.99)([undefined, "a", "b", undefined]), "b")
    assert.isUndefined(randomKey(() => 0.5)([undefined, undefined]))
  })

  it("has the statistics of slots as one list in the order that was asked for", () => {
    const stats = (slot: number, count: number): RespValue => [slot, new RespMap(["key-count", count])]
    const replies = [
      [stats(3, 1), stats(4, 9)],
      [stats(1, 5), stats(2, 9)]
    ]
    const slots = (...args: ReadonlyArray<string | number>) =>
      (slotStats(args)(replies) as ReadonlyArray<ReadonlyArray<RespValue>>).map(([slot]) => slot)
    assert.deepStrictEqual(slots("SLOTSRANGE", 0, 100), [1, 2, 3, 4])
    assert.deepStrictEqual(slots("ORDERBY", "key-count"), [2, 4, 1, 3])
    assert.deepStrictEqual(slots("ORDERBY", "KEY-COUNT", "LIMIT", 3, "ASC"), [3, 1, 2])
    assert.deepStrictEqual(slots("ORDERBY", "key-count", "DESC", "LIMIT", 1), [2])
  })
})
