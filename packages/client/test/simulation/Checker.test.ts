/** The checker proves itself: faults that no client or network may have are planted, and found. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { RedisError } from "../../src/error/RedisError.ts"
import type { Invariant } from "./Checker.ts"
import type { Results } from "./Ledger.ts"
import { again, explain, type RunOptions, run } from "./Simulation.ts"

type Call = Effect.Effect<Results, RedisError>

const SEEDS = [1, 2, 3]

/** Every seed finds one of the invariants broken. */
const isFound = (options: Omit<RunOptions, "seed">, ...invariants: ReadonlyArray<Invariant>): void => {
  for (const seed of SEEDS) {
    const { violations } = run({ seed, ...options })
    assert.isTrue(
      violations.some(({ invariant }) => invariants.includes(invariant)),
      `seed ${seed} found ${violations.map(({ invariant }) => invariant).join(", ") || "nothing"}`
    )
  }
}

const mayHaveRun = (error: unknown): boolean => error instanceof RedisError && error.execution === "MayHaveExecuted"

/** A program that sends everything again that may have been executed. */
const retryAll = (call: Call): Call =>
  Effect.flatMap(Effect.result(call), (result) => {
    if (Result.isFailure(result)) return mayHaveRun(result.failure) ? call : Effect.fail(result.failure)
    const doubtful = result.success.some((part) => Result.isFailure(part) && mayHaveRun(part.failure))
    return doubtful ? call : Effect.succeed(result.success)
  })

const unsent = (error: RedisError): RedisError => new RedisError({ ...error, execution: "NotSent" })

/** A client that calls every failure harmless. */
const belittle = (call: Call): Call =>
  Effect.map(Effect.mapError(call, unsent), (results) =>
    results.map((part) =>
      Result.isFailure(part) && part.failure instanceof RedisError ? Result.fail(unsent(part.failure)) : part
    )
  )

describe("the checker", () => {
  it("finds writes that are sent again though they may have been executed", () =>
    isFound({ plants: { wrap: retryAll } }, "never twice"))

  it("finds a failure that is said to have left no trace and did", () =>
    isFound({ plants: { wrap: belittle } }, "not executed", "not sent"))

  it("finds replies that are off by one, after one of them was lost on a living stream", () =>
    isFound({ plants: { network: "lost reply" } }, "own reply"))

  it("finds a request that is executed twice", () => isFound({ plants: { network: "doubled request" } }, "never twice"))

  it("finds the late replies of streams that were given up, answering for others", () => {
    const found = SEEDS.flatMap((seed) => {
      const faults = ["freeze", "slow", "cut off from the client"] as const
      const plants = { network: "late reply" } as const
      return run({ seed: seed + 1, faults, plants }).violations
    })
    assert.isTrue(found.some(({ invariant }) => invariant === "own reply" || invariant === "executed once"))
  })

  it("finds commands of one pipeline that run in another order", () =>
    isFound({ plants: { backwards: true } }, "order"))

  it("finds calls that outlive their deadline", () =>
    isFound({ plants: { wrap: (call) => Effect.tap(call, () => Effect.sleep("4 seconds")) } }, "deadline"))

  it("finds failures that are none of the library's errors", () =>
    isFound({ plants: { wrap: () => Effect.die("broken") } }, "tagged"))

  it("finds that a graceful change was noticed", () =>
    isFound({ faults: ["migration"], plants: { network: "lost reply" } }, "no error"))

  it("finds slots that are not served any more", () => isFound({ plants: { unreachable: true } }, "alive"))

  it("finds a stream that is left open", () => isFound({ plants: { leaks: true } }, "nothing left"))

  it("tells how to see a failure again, and what led to it", () => {
    const report = run({ seed: 1, plants: { leaks: true } })
    const text = explain(report, again(report))
    assert.include(text, "SEED=1 vitest run ")
    assert.include(again({ seed: 2, faults: "graceful" }), "SEED=2 FAULTS=graceful vitest run ")
    assert.include(text, "the client closes")
    assert.isBelow(text.split("\n").length, 300)
  })
})
