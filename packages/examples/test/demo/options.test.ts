import { assert, describe, it } from "@effect/vitest"
import { parseOptions } from "../../src/demo/options.ts"

describe("parseOptions", () => {
  it("fills in what is not given, with another seed each time", () => {
    const parsed = Array.from({ length: 5 }, () => parseOptions([]))
    const seeds = new Set(parsed.map((one) => (one.kind === "run" ? one.options.seed : 0)))
    assert.isAbove(seeds.size, 1)
    const [first] = parsed
    assert(first?.kind === "run")
    assert.deepStrictEqual(first.options, {
      topology: "cluster",
      seconds: 32,
      rate: 6_000,
      seed: first.options.seed,
      fullCoverage: true,
      json: false
    })
  })

  it("takes what is given", () => {
    assert.deepStrictEqual(parseOptions(["--seconds", "60", "--rate", "100", "--seed", "7", "--partial", "--json"]), {
      kind: "run",
      options: { topology: "cluster", seconds: 60, rate: 100, seed: 7, fullCoverage: false, json: true }
    })
    const parsed = parseOptions(["--topology", "sentinel"])
    assert.strictEqual(parsed.kind === "run" ? parsed.options.topology : "", "sentinel")
    assert.deepStrictEqual(parseOptions(["--help"]), { kind: "help" })
  })

  it("names what it cannot use", () => {
    for (const args of [
      ["--topology", "standalone"],
      ["--seconds", "0"],
      ["--seed", "x"],
      ["--rate", "1.5"],
      ["--speed", "1"],
      ["--rate"],
      ["now"]
    ]) {
      const parsed = parseOptions(args)
      assert(parsed.kind === "invalid", args.join(" "))
      assert.include(parsed.reason, args[0]!.replace("--rate", "rate"))
    }
  })
})
