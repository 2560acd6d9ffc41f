import { assert, describe, it } from "@effect/vitest"
import { CLIENT_NAMES } from "../../src/account/clients/index.ts"
import { parseOptions } from "../../src/account/options.ts"

const invalid = (...args: ReadonlyArray<string>) => {
  const parsed = parseOptions(args)
  return parsed.kind === "invalid" ? parsed.reason : assert.fail(`accepted: ${args.join(" ")}`)
}

describe("the options of the account", () => {
  it("have defaults", () => {
    const parsed = parseOptions(["--seed", "3"])
    assert.deepStrictEqual(parsed, {
      kind: "run",
      json: false,
      options: {
        topology: "cluster",
        client: "reef",
        seed: 3,
        seconds: 60,
        rate: 1_500,
        faults: undefined,
        inFlight: undefined
      }
    })
  })

  it("take a list of faults, with spaces in their names", () => {
    const parsed = parseOptions(["--faults", "cut before the reply, kill"])
    assert.deepStrictEqual(parsed.kind === "run" && parsed.options.faults, ["cut before the reply", "kill"])
  })

  it("take all faults, or those of an operator", () => {
    const faultsOf = (given: string) => {
      const parsed = parseOptions(["--faults", given])
      return parsed.kind === "run" ? parsed.options.faults : assert.fail(given)
    }
    assert.strictEqual(faultsOf("graceful"), "graceful")
    assert.isUndefined(faultsOf("all"))
  })

  it("choose bugs and seeds of the self-test", () => {
    const parsed = parseOptions(["--self-test", "--bugs", "retry-all-writes", "--seeds", "4,5"])
    assert.deepStrictEqual(parsed, { kind: "selfTest", bugs: ["retry-all-writes"], seeds: [4, 5] })
  })

  it("take several clients, or all, for a round", () => {
    const parsed = parseOptions(["--client", "all", "--at-once", "2", "--seed", "3", "--rows", "rows.md"])
    assert.strictEqual(parsed.kind, "round")
    if (parsed.kind !== "round") return
    const { atOnce, clients, rows } = parsed.options
    assert.deepStrictEqual({ atOnce, clients, rows }, { atOnce: 2, clients: CLIENT_NAMES, rows: "rows.md" })
    const two = parseOptions(["--client", "reef,glide"])
    assert.deepStrictEqual(two.kind === "round" && two.options.clients, ["reef", "glide"])
    assert.strictEqual(parseOptions(["--client", "reef", "--rows", "rows.md"]).kind, "round")
  })

  it("name what is wrong", () => {
    assert.include(invalid("--client", "jedis"), `--client: one of reef, ioredis, node-redis, glide is needed`)
    assert.include(invalid("--client", "reef,jedis"), `not "jedis"`)
    assert.include(invalid("--client", ","), "--client: one of")
    assert.include(invalid("--topology", "ring"), `standalone, cluster, sentinel is needed, not "ring"`)
    assert.include(invalid("--faults", "kill,flood"), `not "flood"`)
    assert.include(invalid("--seconds", "0"), "--seconds: a whole number from 1")
    assert.include(invalid("--self-test", "--bugs", "typo"), "--bugs: one of retry-all-writes")
    assert.include(invalid("--verbose"), "--verbose")
  })
})
