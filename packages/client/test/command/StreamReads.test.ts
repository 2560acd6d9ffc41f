import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import { commands } from "../../src/command/Commands.ts"
import { implOf } from "../../src/command/make.ts"
import { checkGoldens } from "./golden.ts"
import { streamReadGoldens } from "./goldens/streams.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what StreamReads constructors send and read", streamReadGoldens)

describe("reading streams", () => {
  it("something is read", () => {
    refusedAt(commands.xRead({}), undefined, /at least one stream/)
    refusedAt(commands.xRead(untyped("s")), undefined, /expected a record/)
    refusedAt(commands.xReadGroup("g", "c", []), undefined, /at least one stream/)
    refusedAt(commands.xReadGroupPending("g", "c", new Map()), undefined, /at least one stream/)
  })

  it("limits are at least 1, and all streams together have no fewer entries than each", () => {
    refusedAt(commands.xRead({ s: "0" }, { count: 0 }), undefined, /count must be at least 1/)
    refusedAt(commands.xRead({ s: "0" }, { maxCount: Number.NaN }), undefined, /maxCount must be at least 1/)
    refusedAt(commands.xRead({ s: "0" }, { maxSize: 0 }), undefined, /maxSize must be at least 1/)
    refusedAt(commands.xRead({ s: "0" }, { count: 5, maxCount: 4 }), undefined, /not be less than count/)
  })

  it("waits only if it is told to, and never for ever by a duration of nothing", () => {
    const waits = (command: ReturnType<typeof commands.xRead>) => {
      const { args, spec } = implOf(command)
      return spec.blocking?.(args)
    }
    assert.isUndefined(waits(commands.xRead({ s: "$" }, { count: 1 })))
    assert.strictEqual(waits(commands.xRead({ s: "$" }, { block: 1500 })), 1500)
    assert.strictEqual(waits(commands.xRead({ s: "$" }, { block: Duration.infinity })), Number.POSITIVE_INFINITY)
    assert.isUndefined(waits(commands.xReadGroup("BLOCK", "5", "s")))
    assert.strictEqual(waits(commands.xReadGroup("g", "c", "s", { block: "2 seconds" })), 2000)
    refusedAt(commands.xRead({ s: "$" }, { block: 0 }), undefined, /more than nothing/)
    refusedAt(commands.xRead({ s: "$" }, { block: -1 }), undefined, /more than nothing/)
    refusedAt(commands.xReadGroup("g", "c", "s", { block: untyped("soon") }), undefined, /more than nothing/)
  })

  it("what does not apply is refused", () => {
    refusedAt(commands.xRead({ s: "0" }, untyped({ noAck: true })), undefined, /unknown option noAck/)
    refusedAt(
      commands.xReadGroupPending("g", "c", { s: "0" }, untyped({ block: 5 })),
      undefined,
      /unknown option block/
    )
    refusedAt(commands.xReadGroupClaim("g", "c", "s", -1), 4)
  })

  it("keys are what follows STREAMS, whatever groups, consumers and streams are named", () => {
    const named = commands.xReadGroup("STREAMS", "STREAMS", ["STREAMS", "NOACK"], { noAck: true })
    assert.deepStrictEqual(named.keys, [5, 6])
    assert.deepStrictEqual(
      named.keys.map((at) => named.args[at]),
      ["STREAMS", "NOACK"]
    )
    assert.deepStrictEqual(commands.xRead({ STREAMS: "0" }).keys, [1])
  })

  it("only reading from now on is more than a read: what comes in between two runs would be lost", () => {
    assert.strictEqual(commands.xRead({ s: "$" }).retry, "accumulating")
    assert.strictEqual(commands.xRead({ $: "0" }).retry, "readOnly")
  })
})
