import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { AccountResult } from "../src/account/run.ts"
import { runProgram } from "./run.ts"

const account = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { code, errors, output } = yield* runProgram("account", { args: ["--json", ...args] })
    assert.match(output, /^\{/, errors)
    const result = JSON.parse(output) as AccountResult
    assert.deepStrictEqual(result.violations, [], errors)
    assert.deepStrictEqual(
      result.faults.filter(({ inFlight }) => inFlight === 0),
      [],
      errors
    )
    assert.isTrue(result.holds)
    assert.strictEqual(code, 0, errors)
    assert.isAbove(result.totals.acknowledged, 2_000)
    return result
  })

describe("the account", () => {
  it.live(
    "holds of one server under every fault",
    () =>
      Effect.gen(function* () {
        const { totals } = yield* account("--topology", "standalone", "--seed", "7", "--seconds", "20")
        assert.strictEqual(totals.serverLost, 0)
      }),
    120_000
  )

  it.live(
    "holds of a cluster under every fault",
    () =>
      Effect.gen(function* () {
        const { asked } = yield* account("--topology", "cluster", "--seed", "11", "--seconds", "30")
        assert.isAbove(asked, 0)
      }),
    180_000
  )

  it.live("names a wrong option", () =>
    Effect.gen(function* () {
      const { code, errors } = yield* runProgram("account", { args: ["--client", "jedis"] })
      assert.strictEqual(code, 2)
      assert.include(errors, `not "jedis"`)
    })
  )
})
