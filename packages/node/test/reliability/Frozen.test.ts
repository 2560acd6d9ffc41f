/** Servers that stand still and connections of which only one half is left: nothing outlives its deadline, and the client's end its own. */
import { assert, describe, it } from "@effect/vitest"
import { Command, type RedisError, type RedisService } from "@reef-redis/node"
import { Fault, FaultProxy, RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { clientOf, failing, start } from "../support/client.ts"
import { leavesNothing } from "../support/resources.ts"

const DEADLINE = 400
const CLOSE_TIMEOUT = 300
/** What a busy machine with two cores may add. Milliseconds. */
const SLACK = 400

const took = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const begun = performance.now()
    return Effect.map(effect, (value) => [value, performance.now() - begun] as const)
  })

type Fail = Effect.Effect<RedisError, unknown>

/** Every way to run something, with the client's deadline and with one of its own. */
const operations = (redis: RedisService): ReadonlyArray<readonly [name: string, run: Fail]> => [
  ["a read", failing(redis.get("k")) as Fail],
  ["a write", failing(redis.incr("n")) as Fail],
  ["a pipeline", failing(redis.pipeline([Command.get("k"), Command.incr("n")])) as Fail],
  ["a transaction", failing(redis.transaction([Command.incr("n")])) as Fail],
  ["a watch", failing(redis.watch("k", () => Effect.succeed([Command.incr("n")]))) as Fail],
  ["a blocking command", failing(redis.run(Command.blPop("list", "100 millis"), { deadline: DEADLINE - 100 })) as Fail],
  ["a lease", failing(Effect.scoped(redis.lease({ deadline: DEADLINE }))) as Fail],
  ["a call of its own", failing(redis.run(Command.get("k"), { deadline: DEADLINE })) as Fail]
]

/** Runs all of it while nothing answers; then closes the client. */
const holdsNothing = (redis: RedisService, scope: Scope.Closeable) =>
  Effect.gen(function* () {
    const fibers = yield* Effect.forEach(operations(redis), ([name, run]) =>
      Effect.map(start(took(run)), (fiber) => [name, fiber] as const)
    )
    for (const [name, fiber] of fibers) {
      const [error, millis] = yield* Fiber.join(fiber)
      assert.isBelow(millis, DEADLINE + SLACK, `${name}: ${error.message}`)
      const { reason } = error
      if (reason._tag !== "Timeout") continue
      assert.include(["written", "connecting", "queued", "retrying"], reason.phase)
      if (reason.phase === "written") {
        assert.isAtLeast(reason.queueDepth ?? 0, 1, name)
        assert.isAtLeast(reason.silence ?? -1, 0, name)
      }
    }
    // Some still wait when the end comes: it has a limit of its own.
    yield* start(redis.run(Command.incr("n"), { deadline: "1 minute" }).pipe(Effect.ignore))
    const [, closing] = yield* took(Scope.close(scope, Exit.void))
    assert.isBelow(closing, CLOSE_TIMEOUT + SLACK, "closing")
  })

describe("A server that stands still", () => {
  it.live("holds no command beyond its deadline, and the scope closes within its own", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const options = { commandTimeout: DEADLINE, closeTimeout: CLOSE_TIMEOUT, silence: "30 seconds" } as const
        const scope = yield* Scope.make()
        const redis = yield* Scope.provide(clientOf(server, options), scope)
        yield* redis.set("k", "v")
        yield* server.freeze
        yield* holdsNothing(redis, scope)
        yield* server.thaw
      })
    )
  )

  it.live("is no different while it is probed, given up and dialled anew", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const options = {
          commandTimeout: DEADLINE,
          closeTimeout: CLOSE_TIMEOUT,
          silence: 100,
          probeTimeout: 50,
          connectTimeout: "30 seconds"
        } as const
        const scope = yield* Scope.make()
        const redis = yield* Scope.provide(clientOf(server, options), scope)
        yield* redis.set("k", "v")
        yield* server.freeze
        yield* holdsNothing(redis, scope)
        yield* server.thaw
      })
    )
  )
})

describe("A half-open connection", () => {
  it.live("holds no command beyond its deadline, and the scope closes within its own", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const proxy = yield* FaultProxy.make({ upstreams: [server] })
        const options = { commandTimeout: DEADLINE, closeTimeout: CLOSE_TIMEOUT, silence: "30 seconds" } as const
        const scope = yield* Scope.make()
        const redis = yield* Scope.provide(clientOf(proxy.addressOf(server), options), scope)
        yield* redis.set("k", "v")
        assert.strictEqual(yield* proxy.halfOpen(), 1)
        yield* proxy.install({ fault: Fault.blackHole, on: "connect" })
        yield* holdsNothing(redis, scope)
      })
    )
  )
})
