/** Clients over a fake transport, and what tests ask of their fibers. */
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { Transport } from "../../src/connection/Transport.ts"
import type { Reason } from "../../src/error/Reason.ts"
import { type ConnectError, type Execution, RedisError } from "../../src/error/RedisError.ts"
import { Redis, type RedisOptions, type RedisService, type WithPolicies } from "../../src/Redis.ts"
import { FakeTransport, type Script } from "./FakeTransport.ts"

export interface Client {
  readonly redis: RedisService
  readonly transport: FakeTransport
}

/** A client of one fake server at `h:1`, which is connected to it already unless the options say otherwise. */
export const standalone = (
  options: RedisOptions & WithPolicies = {},
  script?: Script
): Effect.Effect<Client, ConnectError, Scope.Scope> =>
  Effect.gen(function* () {
    const transport = new FakeTransport()
    if (script !== undefined) transport.script = script
    const redis = yield* Effect.provideService(
      Redis.make({ host: "h", port: 1, ...options }),
      Transport,
      transport.service
    )
    yield* endingWithServers(transport)
    yield* settle
    return { redis, transport }
  })

/** When the test ends the servers end first: its client then has no replies to await. */
export const endingWithServers = (transport: FakeTransport): Effect.Effect<void, never, Scope.Scope> =>
  Effect.addFinalizer(() =>
    Effect.sync(() => {
      transport.onOpen = () => Effect.never
      for (const socket of transport.open) socket.end()
    })
  )

/** More turns of the event loop than anything here needs: afterwards only time or a server can make a difference. */
const TURNS = 25

/** Let everything that is due happen. */
export const settle: Effect.Effect<void> = Effect.callback<void>((resume) => {
  let left = TURNS
  const next = () => (--left === 0 ? resume(Effect.void) : void setImmediate(next))
  setImmediate(next)
})

/** Let virtual time pass in small steps, with all that is due after each: for what happens in several turns. */
export const pass = (millis: number, step = 10): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let left = millis; left > 0; left -= step) {
      yield* TestClock.adjust(Math.min(step, left))
      yield* settle
    }
  })

/** Begin now, on a fiber of its own. */
export const start = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<Fiber.Fiber<A, E>, never, R> =>
  Effect.forkChild(effect, { startImmediately: true })

/** Whether the fiber has ended, once all that is due has happened. */
export const isDone = (fiber: Fiber.Fiber<unknown, unknown>): Effect.Effect<boolean> =>
  Effect.map(settle, () => fiber.pollUnsafe() !== undefined)

/** The error of an exit, which must be a `RedisError`. */
export const errorOf = (exit: Exit.Exit<unknown, unknown>): RedisError => {
  const found = Exit.isFailure(exit) ? Cause.findError(exit.cause) : undefined
  if (found !== undefined && Result.isSuccess(found) && found.success instanceof RedisError) return found.success
  return assert.fail(`expected a RedisError, got ${Exit.isSuccess(exit) ? "a success" : Cause.pretty(exit.cause)}`)
}

/** The error that the effect ends with. */
export const failing = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<RedisError, never, R> =>
  Effect.map(Effect.exit(effect), errorOf)

/** The error that the fiber has ended with by now: it may not wait any more. */
export const failed = (fiber: Fiber.Fiber<unknown, unknown>): Effect.Effect<RedisError> =>
  Effect.map(settle, () => errorOf(fiber.pollUnsafe() ?? assert.fail("the fiber still waits")))

/** The value that the fiber has ended with by now. */
export const succeeded = <A, E>(fiber: Fiber.Fiber<A, E>): Effect.Effect<A> =>
  Effect.map(settle, () => {
    const exit = fiber.pollUnsafe() ?? assert.fail("the fiber still waits")
    return Exit.isSuccess(exit) ? exit.value : assert.fail(Cause.pretty(exit.cause))
  })

/** What matters of an error. */
export const isError = (actual: RedisError, tag: Reason["_tag"], execution: Execution): void => {
  assert.deepStrictEqual([actual.reason._tag, actual.execution], [tag, execution], actual.message)
}
