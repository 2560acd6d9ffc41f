import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import type { AccountClient } from "../../src/account/clients/AccountClient.ts"
import { valueOf } from "../../src/account/keys.ts"
import { FIBERS, Load, WITNESSES } from "../../src/account/Load.ts"
import { numbers, type Operation, type OperationFailure, type Reply, texts } from "../../src/account/Operation.ts"
import { Windows } from "../../src/account/Windows.ts"

const ALL = FIBERS + WITNESSES

const tags = new Map([
  [1, "a"],
  [2, "b"]
])

const loadOf = (execute: (operation: Operation) => Effect.Effect<Reply, OperationFailure>, seed = 1) => {
  const client: AccountClient = { deadline: undefined, closePatience: undefined, execute }
  const load = new Load(client, new Windows(), { seed, rate: 1_000, tags })
  load.rush = true
  return load
}

/** Runs the load until so many operations have ended. */
const runFor = (load: Load, operations: number) =>
  Effect.suspend(() => {
    let ended = 0
    load.onEnd = () => {
      if (++ended >= operations) load.running = false
    }
    return load.run
  })

const answer = ({ keys, kind }: Operation): Reply =>
  kind === "get" || kind === "mget" || kind === "pair" ? texts(keys.map(valueOf)) : numbers(1)

describe("the load", () => {
  it.live("writes down every operation, of every kind, under an id of its own", () =>
    Effect.gen(function* () {
      const load = loadOf((operation) => Effect.as(Effect.yieldNow, answer(operation)))
      yield* runFor(load, 1_000)
      assert.isAtLeast(load.entries.length, 1_000)
      assert.lengthOf(load.entries, new Set(load.entries.map(({ id }) => id)).size)
      assert.sameMembers(
        [...new Set(load.entries.map(({ kind }) => kind))],
        ["push", "set", "mset", "count", "multi", "get", "mget", "pair", "add"]
      )
      assert.isTrue(load.entries.every(({ endedAt, outcome }) => outcome === "acknowledged" && endedAt !== undefined))
    })
  )

  it.live("chooses the same for the same seed", () =>
    Effect.gen(function* () {
      const choices = (seed: number) => {
        const load = loadOf((operation) => Effect.as(Effect.yieldNow, answer(operation)), seed)
        return Effect.map(runFor(load, 500), () =>
          load.entries
            .filter(({ fiber }) => fiber === 0)
            .slice(0, 5)
            .map(({ keys }) => keys)
        )
      }
      assert.deepStrictEqual(yield* choices(4), yield* choices(4))
      assert.notDeepEqual(yield* choices(4), yield* choices(5))
    })
  )

  it.live("has witnesses that stay on one slot each, without a hurry, a focus or a deadline", () =>
    Effect.gen(function* () {
      const load = loadOf((operation) => Effect.as(Effect.yieldNow, answer(operation)))
      load.deadline = 5
      load.focus = [2]
      yield* Effect.raceFirst(load.run, Effect.sleep(500))
      const [witnesses, others] = [true, false].map((witness) =>
        load.entries.filter(({ fiber }) => fiber >= FIBERS === witness)
      )
      const slotsOf = new Map<number, Set<number>>()
      for (const { fiber, slots } of witnesses ?? []) {
        slotsOf.set(fiber, new Set([...(slotsOf.get(fiber) ?? []), ...slots]))
      }
      assert.strictEqual(slotsOf.size, WITNESSES)
      assert.sameMembers(
        [...slotsOf.values()].map((slots) => [...slots].join()),
        [...Array.from({ length: 6 }, () => "1"), ...Array.from({ length: 6 }, () => "2")]
      )
      assert.isTrue(witnesses?.every(({ deadline }) => deadline === undefined))
      assert.isTrue(others?.every(({ deadline }) => deadline === 5))
      assert.isBelow(witnesses?.length ?? 0, (others?.length ?? 0) / 10)
    })
  )

  it.live("takes over what the client says of a failure", () =>
    Effect.gen(function* () {
      const load = loadOf(() => Effect.delay(Effect.fail({ outcome: "notExecuted", label: "busy" } as const), 1))
      yield* runFor(load, 10)
      assert.isTrue(load.entries.every(({ label, outcome }) => outcome === "notExecuted" && label === "busy"))
    })
  )

  it.live("knows what is under way and on which slots, and can interrupt it", () =>
    Effect.gen(function* () {
      const held = Latch.makeUnsafe(false)
      let issued = 0
      const all = Latch.makeUnsafe(false)
      const load = loadOf((operation) =>
        Effect.suspend(() => {
          if (++issued === ALL) all.openUnsafe()
          return Effect.as(held.await, answer(operation))
        })
      )
      const running = yield* Effect.forkChild(load.run, { startImmediately: true })
      yield* all.await
      yield* Effect.yieldNow
      assert.strictEqual(load.inFlight(), ALL)
      assert.strictEqual(load.inFlight([1]) + load.inFlight([2]), ALL)
      load.running = false
      assert.strictEqual(yield* load.interrupt(() => 0, 1), ALL)
      yield* Fiber.join(running)
      assert.strictEqual(load.inFlight(), 0)
      assert.isTrue(
        load.entries.every(({ label, outcome }) => outcome === "mayHaveExecuted" && label === "interrupted")
      )
    })
  )
})
