import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { givenBy, type Pulled, pullOf } from "../../src/pubsub/pull.ts"
import { canSuspendDirectly, goOn, type Waiter } from "../../src/routing/suspension.ts"

const chunk = givenBy([{ _tag: "Message", channel: "c", pattern: undefined, payload: "p" }])

const make = (direct: boolean) => {
  const ready: Array<Pulled> = []
  const waiting = new Set<Waiter>()
  const source = {
    next: () => ready.shift(),
    await: (waiter: Waiter) => void waiting.add(waiter),
    forget: (waiter: Waiter) => void waiting.delete(waiter)
  }
  const give = () => {
    for (const waiter of [...waiting]) {
      waiting.delete(waiter)
      goOn(waiter, chunk)
    }
  }
  return { pull: pullOf(source, direct), ready, waiting, give }
}

describe("pull", () => {
  it("suspends fibers directly with the Effect that is installed", () => {
    assert.isTrue(canSuspendDirectly())
  })

  for (const direct of [true, false]) {
    const how = direct ? "directly" : "by callback"

    it.effect(`takes what is there, and waits for what comes, ${how}`, () =>
      Effect.gen(function* () {
        const { give, pull, ready, waiting } = make(direct)
        ready.push(chunk)
        assert.lengthOf(yield* pull, 1)
        const twice = yield* Effect.forkChild(Effect.all([pull, pull]), { startImmediately: true })
        assert.strictEqual(waiting.size, 1)
        give()
        assert.strictEqual(waiting.size, 1)
        give()
        assert.lengthOf(yield* Fiber.join(twice), 2)
        assert.strictEqual(waiting.size, 0)
      })
    )

    it.effect(`is left by fibers that are interrupted, each by itself, ${how}`, () =>
      Effect.gen(function* () {
        const { give, pull, waiting } = make(direct)
        const fork = Effect.forkChild(pull, { startImmediately: true })
        const [one, two] = [yield* fork, yield* fork]
        assert.strictEqual(waiting.size, 2)
        yield* Fiber.interrupt(two)
        assert.strictEqual(waiting.size, 1)
        give()
        assert.lengthOf(yield* Fiber.join(one), 1)
      })
    )
  }
})
