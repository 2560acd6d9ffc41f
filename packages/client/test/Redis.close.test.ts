import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../src/command/Commands.ts"
import { Transport } from "../src/connection/Transport.ts"
import { Redis } from "../src/Redis.ts"
import { failed, isDone, isError, settle, start, succeeded } from "./support/client.ts"
import { FakeTransport, int } from "./support/FakeTransport.ts"

/** The timers that are set from now on and still run; those of the test runner, which come and go, are set elsewhere. */
const ownTimers = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => {
      const { clearTimeout, setTimeout } = globalThis
      const running = new Set<unknown>()
      const set = (
        task: (...args: ReadonlyArray<unknown>) => void,
        delay?: number,
        ...args: ReadonlyArray<unknown>
      ) => {
        const timer = setTimeout(() => {
          running.delete(timer)
          task(...args)
        }, delay)
        running.add(timer)
        return timer
      }
      const clear = (timer: Parameters<typeof clearTimeout>[0]) => {
        running.delete(timer)
        clearTimeout(timer)
      }
      Object.assign(globalThis, { setTimeout: set, clearTimeout: clear })
      return { running, clearTimeout, setTimeout }
    }),
    ({ clearTimeout, setTimeout }) => Effect.sync(() => void Object.assign(globalThis, { clearTimeout, setTimeout }))
  ),
  ({ running }) => running
)

describe("Closing a client", () => {
  const opened = (script?: FakeTransport["script"]) =>
    Effect.gen(function* () {
      const transport = new FakeTransport()
      if (script !== undefined) transport.script = script
      const scope = yield* Scope.make()
      const redis = yield* Redis.make({ host: "h", port: 1, closeTimeout: "2 seconds" }).pipe(
        Effect.provideService(Transport, transport.service),
        Scope.provide(scope)
      )
      yield* settle
      return { redis, transport, close: Scope.close(scope, Exit.void) }
    })

  it.effect("ends at once when nothing is in flight, and leaves no socket open", () =>
    Effect.gen(function* () {
      const { close, transport } = yield* opened()
      yield* close
      assert.strictEqual(transport.open.length, 0)
    })
  )

  it.effect("awaits the replies, takes nothing new, and then ends", () =>
    Effect.gen(function* () {
      const { close, redis, transport } = yield* opened()
      const fiber = yield* start(redis.incr("a"))
      yield* settle
      const closing = yield* start(close)
      const late = yield* start(redis.incr("b"))
      isError(yield* failed(late), "Closed", "NotSent")
      yield* TestClock.adjust("1999 millis")
      assert.isFalse(yield* isDone(closing))
      transport.last().answer(int(1))
      assert.strictEqual(yield* succeeded(fiber), 1)
      assert.isTrue(yield* isDone(closing))
      assert.strictEqual(transport.open.length, 0)
      isError(yield* failed(yield* start(redis.incr("c"))), "Closed", "NotSent")
      assert.deepStrictEqual(transport.last().writes, [["INCR a"]])
    })
  )

  it.effect("gives the replies up after the close time-out", () =>
    Effect.gen(function* () {
      const { close, redis, transport } = yield* opened()
      const fiber = yield* start(redis.get("a"))
      yield* settle
      const closing = yield* start(close)
      yield* TestClock.adjust("2 seconds")
      isError(yield* failed(fiber), "Closed", "MayHaveExecuted")
      assert.isTrue(yield* isDone(closing))
      assert.strictEqual(transport.open.length, 0)
    })
  )

  it.effect("does not wait for callers that were interrupted while they waited for room", () =>
    Effect.gen(function* () {
      const transport = new FakeTransport()
      const scope = yield* Scope.make()
      const redis = yield* Redis.make({ host: "h", port: 1, maxInFlight: 1 }).pipe(
        Effect.provideService(Transport, transport.service),
        Scope.provide(scope)
      )
      yield* settle
      const one = yield* start(redis.incr("a"))
      const two = yield* start(redis.incr("b"))
      yield* settle
      two.interruptUnsafe()
      const closing = yield* start(Scope.close(scope, Exit.void))
      yield* settle
      transport.last().answer(int(1))
      assert.strictEqual(yield* succeeded(one), 1)
      assert.isTrue(yield* isDone(closing))
    })
  )

  it.effect("ends an attempt to connect, and fails who waits for it", () =>
    Effect.gen(function* () {
      const transport = new FakeTransport()
      let abandoned = false
      transport.onOpen = () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => (abandoned = true)))
      const scope = yield* Scope.make()
      const redis = yield* Redis.make({ host: "h", port: 1, start: "lazy" }).pipe(
        Effect.provideService(Transport, transport.service),
        Scope.provide(scope)
      )
      const fiber = yield* start(redis.incr("a"))
      yield* settle
      yield* Scope.close(scope, Exit.void)
      isError(yield* failed(fiber), "Closed", "NotSent")
      assert.isTrue(abandoned)
    })
  )

  it.effect("leaves nothing behind that would act later", () =>
    Effect.gen(function* () {
      const { close, redis, transport } = yield* opened()
      const fiber = yield* start(redis.incr("a"))
      yield* settle
      transport.last().answer(int(1))
      yield* succeeded(fiber)
      yield* close
      const dialled = transport.dialled.length
      yield* TestClock.adjust("1 day")
      yield* settle
      assert.strictEqual(transport.dialled.length, dialled)
      assert.strictEqual(transport.open.length, 0)
    })
  )

  it.live("leaves no timer running", () =>
    Effect.gen(function* () {
      const running = yield* ownTimers
      const { close, redis, transport } = yield* opened()
      const answered = yield* start(redis.incr("a"))
      const sooner = yield* start(Effect.exit(redis.run(commands.incr("b"), { deadline: "5 seconds" })))
      yield* settle
      assert.isAbove(running.size, 0)
      transport.last().answer(int(1))
      yield* succeeded(answered)
      transport.last().end()
      assert.isTrue(yield* isDone(sooner))
      yield* close
      yield* settle
      assert.strictEqual(running.size, 0)
    })
  )
})
