import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { defineSpec } from "../../src/command/CommandSpec.ts"
import { internalCommand } from "../../src/command/make.ts"
import { State } from "../../src/connection/Pending.ts"
import { toRedisError } from "../../src/error/Failure.ts"
import { Closed } from "../../src/error/Reason.ts"
import { portableTextCodec } from "../../src/protocol/TextCodec.ts"
import { ObservedSingle } from "../../src/routing/ObservedSingle.ts"
import { effectOf, type Single, type SingleHandler } from "../../src/routing/Single.ts"
import { Telemetry } from "../../src/telemetry/Telemetry.ts"
import { Recorder } from "../support/telemetry.ts"

const command = internalCommand(defineSpec({ name: "GET", keys: "first", retry: "readOnly" }), ["a"])
const profile = { spans: true, queryText: false, metrics: false, namespace: "0" }

const given = (direct: boolean, dispatch: (single: Single) => void) =>
  Effect.gen(function* () {
    const handler: SingleHandler = {
      direct,
      dispatch: (single) => {
        single.deadline = 1
        single.node = "127.0.0.1:1"
        dispatch(single)
      },
      succeed: () => {},
      refuse: () => {},
      fail: () => {}
    }
    const telemetry = new Telemetry(profile, yield* Clock.Clock, yield* Effect.context<never>(), portableTextCodec)
    const recorder = new Recorder()
    const effect = recorder.under(effectOf(new ObservedSingle(command, "", handler, telemetry)))
    const ends = () => recorder.told.map(({ end }) => end)
    return { effect, ends, recorder }
  })

for (const direct of [true, false]) {
  describe(`ObservedSingle, ${direct ? "suspended directly" : "suspended by Effect.callback"}`, () => {
    it.effect("is watched from its start to its reply, each time it is run", () =>
      Effect.gen(function* () {
        const waiting: Array<Single> = []
        const { effect, ends, recorder } = yield* given(direct, (single) => waiting.push(single))
        const fibers = [
          yield* Effect.forkChild(effect, { startImmediately: true }),
          yield* Effect.forkChild(effect, { startImmediately: true })
        ]
        assert.deepStrictEqual(ends(), ["open", "open"])
        for (const [at, single] of waiting.entries()) {
          single.state = State.Settled
          single.succeed(at)
        }
        assert.deepStrictEqual(yield* Effect.forEach(fibers, Fiber.join), [0, 1])
        assert.deepStrictEqual(ends(), ["success", "success"])
        assert.strictEqual(recorder.told[0]?.attributes["network.peer.address"], "127.0.0.1")
      })
    )

    it.effect("ends with the effect that it goes on with", () =>
      Effect.gen(function* () {
        const error = toRedisError(
          { reason: new Closed({ message: "closed" }), execution: "NotSent" },
          "GET",
          undefined
        )
        const { effect, ends } = yield* given(direct, (single) => {
          single.state = State.Settled
          single.resume(single.over(Effect.fail(error)))
        })
        assert.strictEqual(yield* Effect.flip(effect), error)
        assert.deepStrictEqual(ends(), ["GET: Closed [NotSent]"])
      })
    )

    it.effect("ends as interrupted while it waits, written or not", () =>
      Effect.gen(function* () {
        for (const state of [State.Queued, State.Written]) {
          const { effect, ends } = yield* given(direct, (single) => {
            single.state = state
          })
          const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
          yield* Fiber.interrupt(fiber)
          assert.deepStrictEqual(ends(), ["interrupted"])
        }
      })
    )

    it.effect("ends as interrupted in the middle of a later attempt", () =>
      Effect.gen(function* () {
        const { effect, ends } = yield* given(direct, (single) => {
          single.state = State.Settled
          single.resume(single.over(Effect.never))
        })
        const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
        assert.deepStrictEqual(ends(), ["open"])
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(ends(), ["interrupted"])
      })
    )
  })
}
