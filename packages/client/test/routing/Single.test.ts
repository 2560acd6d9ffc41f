import { AsyncLocalStorage, createHook } from "node:async_hooks"
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { defineSpec } from "../../src/command/CommandSpec.ts"
import { internalCommand } from "../../src/command/make.ts"
import { State } from "../../src/connection/Pending.ts"
import { toRedisError } from "../../src/error/Failure.ts"
import { Closed } from "../../src/error/Reason.ts"
import { effectOf, Single, type SingleHandler } from "../../src/routing/Single.ts"
import { canSuspendDirectly } from "../../src/routing/suspension.ts"

const command = internalCommand(defineSpec({ name: "GET", keys: "first", retry: "readOnly" }), ["secret"])

/** A handler that only remembers what it was given. */
const recorder = (direct: boolean, dispatch: (single: Single) => void = () => {}) => {
  const started: Array<Single> = []
  const handler: SingleHandler = {
    direct,
    dispatch: (single) => {
      single.deadline = 1
      started.push(single)
      dispatch(single)
    },
    succeed: () => {},
    refuse: () => {},
    fail: () => {}
  }
  return { handler, started }
}

const answer = (single: Single | undefined, value: string): void => {
  assert.isDefined(single)
  single.state = State.Settled
  single.succeed(value)
}

describe("suspension", () => {
  it("works directly with the Effect that is installed", () => {
    assert.isTrue(canSuspendDirectly())
  })

  it("keeps the async context of a fiber from one command to the next, without another one for each", () => {
    canSuspendDirectly()
    const made: Array<number> = []
    const hook = createHook({
      init: (id, type) => {
        if (type === "effect/Fiber") made.push(id)
      }
    }).enable()
    const store = new AsyncLocalStorage<string>()
    const { handler, started } = recorder(true)
    const seen: Array<string | undefined> = []
    const program = Effect.gen(function* () {
      for (let n = 0; n < 3; n++) {
        yield* effectOf(new Single(command, "", handler))
        seen.push(store.getStore())
      }
    })
    const fibers = ["a", "b"].map((name) => store.run(name, () => Effect.runFork(program)))
    // Replies come in a context of their own, to both fibers in turns.
    store.run("socket", () => {
      for (let n = 0; n < 6; n++) answer(started[n], String(n))
      assert.strictEqual(store.getStore(), "socket")
    })
    hook.disable()
    assert.deepStrictEqual(seen, ["a", "b", "a", "b", "a", "b"])
    for (const fiber of fibers) assert.isTrue(Exit.isSuccess(fiber.pollUnsafe()!))
    assert.lengthOf(made, 2)
  })

  it("gives the context back to Effect when the fiber waits for something else, or dies", () => {
    canSuspendDirectly()
    const store = new AsyncLocalStorage<string>()
    const { handler, started } = recorder(true)
    const seen: Array<string | undefined> = []
    let resume: (effect: Effect.Effect<void>) => void = () => {}
    const program = Effect.gen(function* () {
      yield* effectOf(new Single(command, "", handler))
      yield* Effect.callback<void>((done) => {
        resume = done
      })
      seen.push(store.getStore())
      yield* effectOf(new Single(command, "", handler))
      seen.push(store.getStore())
      return yield* Effect.die("broken")
    })
    const fiber = store.run("own", () => Effect.runFork(program))
    store.run("socket", () => {
      answer(started[0], "1")
      resume(Effect.void)
      answer(started[1], "2")
    })
    assert.deepStrictEqual(seen, ["own", "own"])
    const exit = fiber.pollUnsafe()
    assert.isTrue(exit !== undefined && Exit.hasDies(exit))
  })
})

for (const direct of [true, false]) {
  describe(`Single, ${direct ? "suspended directly" : "suspended by Effect.callback"}`, () => {
    it.effect("goes on with its reply, through the effects around it", () =>
      Effect.gen(function* () {
        const { handler, started } = recorder(direct)
        const single = effectOf(new Single(command, "", handler))
        const fiber = yield* Effect.forkChild(
          Effect.map(single, (value) => `<${value}>`),
          { startImmediately: true }
        )
        assert.isUndefined(fiber.pollUnsafe())
        answer(started[0], "a")
        assert.strictEqual(yield* Fiber.join(fiber), "<a>")
      })
    )

    it.effect("goes on at once when it is settled before the fiber is suspended", () =>
      Effect.gen(function* () {
        const { handler } = recorder(direct, (single) => answer(single, "early"))
        assert.strictEqual(yield* effectOf(new Single(command, "", handler)), "early")
      })
    )

    it.effect("fails with the error it is resumed with", () =>
      Effect.gen(function* () {
        const reason = new Closed({ message: "closed" })
        const { handler } = recorder(direct, (single) => {
          single.state = State.Settled
          single.resume(Effect.fail(toRedisError({ reason, execution: "NotSent" }, "GET", undefined)))
        })
        const error = yield* Effect.flip(effectOf(new Single(command, "", handler)))
        assert.strictEqual(error.reason, reason)
      })
    )

    it.effect("is abandoned when its fiber is interrupted, before and after the write", () =>
      Effect.gen(function* () {
        for (const [before, after] of [
          [State.Queued, State.Settled],
          [State.Written, State.Abandoned]
        ] as const) {
          const { handler, started } = recorder(direct)
          const fiber = yield* Effect.forkChild(effectOf(new Single(command, "", handler)), { startImmediately: true })
          const single = started[0]
          assert.isDefined(single)
          single.state = before
          const exit = yield* Effect.andThen(Fiber.interrupt(fiber), Fiber.await(fiber))
          assert.isTrue(Exit.hasInterrupts(exit))
          assert.strictEqual(single.state, after)
        }
      })
    )

    it.effect("is abandoned although the interrupted fiber still cleans up", () =>
      Effect.gen(function* () {
        const { handler, started } = recorder(direct)
        const cleaning = Effect.onInterrupt(effectOf(new Single(command, "", handler)), () => Effect.never)
        const fiber = yield* Effect.forkDetach(cleaning, { startImmediately: true })
        fiber.interruptUnsafe()
        assert.isUndefined(fiber.pollUnsafe())
        assert.strictEqual(started[0]?.state, State.Settled)
      })
    )

    it.effect("waits on in a fiber that cannot be interrupted", () =>
      Effect.gen(function* () {
        const { handler, started } = recorder(direct)
        const single = Effect.uninterruptible(effectOf(new Single(command, "", handler)))
        const fiber = yield* Effect.forkChild(single, { startImmediately: true })
        fiber.interruptUnsafe()
        assert.strictEqual(started[0]?.state, State.Queued)
        answer(started[0], "a")
        yield* Fiber.await(fiber)
        assert.strictEqual(started[0]?.state, State.Settled)
      })
    )

    it.effect("makes another record when it is run again or by two fibers", () =>
      Effect.gen(function* () {
        const { handler, started } = recorder(direct)
        const single = effectOf(new Single(command, "", handler))
        const one = yield* Effect.forkChild(single, { startImmediately: true })
        const two = yield* Effect.forkChild(single, { startImmediately: true })
        answer(started[1], "second")
        answer(started[0], "first")
        assert.deepStrictEqual([yield* Fiber.join(one), yield* Fiber.join(two)], ["first", "second"])
        const three = yield* Effect.forkChild(single, { startImmediately: true })
        answer(started[2], "third")
        assert.strictEqual(yield* Fiber.join(three), "third")
      })
    )

    it.effect("gives each fiber that runs it the reply of its own record, whatever comes first", () =>
      Effect.gen(function* () {
        const { handler, started } = recorder(direct)
        const single = effectOf(new Single(command, "", handler))
        const [first, second] = [
          yield* Effect.forkChild(single, { startImmediately: true }),
          yield* Effect.forkChild(single, { startImmediately: true })
        ]
        answer(started[1], "b")
        const third = yield* Effect.forkChild(single, { startImmediately: true })
        answer(started[2], "c")
        answer(started[0], "a")
        assert.deepStrictEqual(yield* Fiber.joinAll([first, second, third]), ["a", "b", "c"])
      })
    )

    it.effect("gives what falls out of a generator as undefined, null and functions too", () =>
      Effect.gen(function* () {
        for (const value of [undefined, null, 0, "", () => 1]) {
          const { handler, started } = recorder(direct)
          const single = effectOf(new Single(command, "", handler))
          const fiber = yield* Effect.forkChild(
            Effect.gen(function* () {
              return [yield* single, yield* single]
            }),
            { startImmediately: true }
          )
          answer(started[0], value as string)
          answer(started[1], value as string)
          assert.deepStrictEqual(yield* Fiber.join(fiber), [value, value])
        }
      })
    )

    it("shows its command's name and never a value", () => {
      const { handler } = recorder(direct)
      const single = effectOf(new Single(command, "*2\r\n$3\r\nGET\r\n$6\r\nsecret\r\n", handler))
      for (const text of [String(single), JSON.stringify(single), inspect(single)]) {
        assert.include(text, "GET")
        assert.notInclude(text, "secret")
      }
    })
  })
}
