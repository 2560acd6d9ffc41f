import { assert, describe, it } from "@effect/vitest"
import { CLIENT_NAMES } from "../src/clients/index.ts"
import { type Options, parseOptions } from "../src/options.ts"
import { SCENARIOS } from "../src/scenarios.ts"

const options = (...args: ReadonlyArray<string>): Options => {
  const parsed = parseOptions(args)
  if (parsed.kind !== "run") throw new Error(`not a run: ${JSON.stringify(parsed)}`)
  return parsed.options
}

const reason = (...args: ReadonlyArray<string>): string => {
  const parsed = parseOptions(args)
  if (parsed.kind !== "invalid") throw new Error(`not refused: ${JSON.stringify(parsed)}`)
  return parsed.reason
}

describe("options", () => {
  it("without options everything is measured, nine rounds of a second", () => {
    assert.deepStrictEqual(options(), {
      clients: CLIENT_NAMES,
      scenarios: SCENARIOS,
      topologies: ["standalone", "cluster"],
      rounds: 9,
      durations: { warmUp: 500, timed: 1000 },
      json: false,
      quick: false
    })
  })

  it("filters keep the order of the tables", () => {
    const { clients, scenarios, topologies } = options(
      "--clients=glide,reef",
      "--scenarios=set-1, get-50",
      "--topology=cluster"
    )
    assert.deepStrictEqual(clients, ["reef", "glide"])
    assert.deepStrictEqual(
      scenarios.map((s) => s.name),
      ["get-50", "set-1"]
    )
    assert.deepStrictEqual(topologies, ["cluster"])
  })

  it("a smoke run is short and says that it is one; it alone may have fewer than nine rounds", () => {
    const quick = options("--quick", "--json")
    assert.isTrue(quick.quick && quick.json)
    assert.strictEqual(quick.rounds, 2)
    assert.isBelow(quick.durations.timed, 1000)
    assert.strictEqual(options("--quick", "--rounds", "1").rounds, 1)
    assert.strictEqual(options("--rounds", "12").rounds, 12)
    assert.match(reason("--rounds", "8"), /--rounds.*at least 9.*"8"/)
    assert.match(reason("--quick", "--rounds", "0"), /--rounds.*at least 1.*"0"/)
  })

  it("a wrong option or value names itself", () => {
    assert.match(reason("--fast"), /--fast/)
    assert.match(reason("--rounds", "ten"), /"ten"/)
    assert.match(reason("--rounds", "9.5"), /"9.5"/)
    assert.match(reason("--clients", "reef,jedis"), /--clients.*"jedis".*ioredis/)
    assert.match(reason("--scenarios", "get-2"), /--scenarios.*"get-2"/)
    assert.match(reason("--topology", ""), /--topology/)
    assert.match(reason("--rounds"), /rounds/)
    assert.match(reason("stray"), /stray/)
  })

  it("help is given before anything else is judged", () => {
    assert.deepStrictEqual(parseOptions(["--help", "--clients", "jedis"]), { kind: "help" })
  })
})
