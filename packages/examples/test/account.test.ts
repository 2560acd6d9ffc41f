import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { faultsFor } from "../src/account/Nemesis.ts"
import type { AccountResult } from "../src/account/run.ts"
import { sentinelFaults } from "../src/account/sentinelFaults.ts"
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

/** Growth alone takes a third of a minute, and not all servers have atomic moves: they are for `npm run account`. */
const FAULTS = Object.keys(faultsFor({ topology: "cluster", cluster: { canMoveAtomically: false } })).filter(
  (name) => name !== "growth"
)

/** Half a minute beside the others, for what only such a service meets: the rest is for `npm run account`. */
const SENTINEL_FAULTS = ["kill", ...Object.keys(sentinelFaults)]

/** Starting the servers, the faults that a run has begun when its time is over, and the reckoning; on a busy machine. */
const LIMIT = 240_000

// At the same time as one another: the load of each is bound to a rate, and together they leave a part of two processors idle.
describe.concurrent("the account of a minute", () => {
  it.live(
    "holds of one server under every fault",
    () =>
      Effect.gen(function* () {
        const { totals } = yield* account("--topology", "standalone", "--seed", "7", "--seconds", "60")
        assert.strictEqual(totals.serverLost, 0)
      }),
    LIMIT
  )

  it.live(
    "holds of a cluster under every fault, and restarts of all nodes under new ports, with a bound in flight that the load meets",
    () =>
      Effect.gen(function* () {
        const { asked, errorReplies, latencies } = yield* account(
          ...["--topology", "cluster", "--seed", "11", "--seconds", "60", "--in-flight", "8"],
          ...["--faults", FAULTS.join(",")]
        )
        assert.isAbove(asked, 0)
        // Commands over keys of both halves of a slot.
        assert.isAbove(errorReplies.TRYAGAIN ?? 0, 0)
        // How many depends on how much of the machine the servers get.
        const measured = latencies.filter(({ samples }) => samples > 0).map(({ kind }) => kind)
        assert.includeMembers(measured, ["undisturbed", "kill", "long freeze", "half-open"])
      }),
    LIMIT
  )

  it.live(
    "holds of a service under what sentinels do",
    () =>
      Effect.gen(function* () {
        const { resumed } = yield* account(
          ...["--topology", "sentinel", "--seed", "2", "--seconds", "30", "--rate", "500"],
          ...["--faults", SENTINEL_FAULTS.join(",")]
        )
        assert.isAbove(resumed.length, 0)
      }),
    LIMIT
  )
})

describe("the account", () => {
  it.live("names a wrong option", () =>
    Effect.gen(function* () {
      const { code, errors } = yield* runProgram("account", { args: ["--client", "jedis"] })
      assert.strictEqual(code, 2)
      assert.include(errors, `not "jedis"`)
    })
  )
})
