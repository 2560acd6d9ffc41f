/**
 * A lock whose fencing token protects a resource, from a holder that has lost it and does not know that yet, too.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Lock, Redis, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Fiber, Layer } from "effect"

/** Stands for whatever the lock protects: a store that refuses tokens older than one it has seen. */
const makeStore = () => {
  let newest = 0
  return (token: number, text: string) =>
    Effect.sync(() => {
      if (token < newest) return `refused: ${text}`
      newest = token
      return `stored: ${text}`
    })
}

const program = Effect.gen(function* () {
  const redis = yield* Redis
  const store = makeStore()
  const report = Lock.make("report")

  // Twenty at once, one after the other.
  let inside = 0
  let most = 0
  const write = report.withLock(({ token }) =>
    Effect.gen(function* () {
      most = Math.max(most, ++inside)
      yield* store(token, "a line")
      yield* Effect.sleep(1)
      inside--
    })
  )
  yield* Effect.all(
    Array.from({ length: 20 }, () => write),
    { concurrency: "unbounded" }
  )
  yield* Console.log(`at most ${most} inside`)

  // Who does not want to wait, and who does not want to wait long.
  const busy = yield* Effect.forkChild(report.withLock(Effect.never))
  while (!(yield* report.locked)) yield* Effect.sleep(1)
  yield* Console.log(`free: ${(yield* Effect.scoped(report.tryAcquire)) !== undefined}`)
  yield* Lock.make("report", { wait: "50 millis" })
    .withLock(Effect.void)
    .pipe(Effect.catchReason("LockError", "LockTimeout", () => Console.log("not in time")))
  yield* Fiber.interrupt(busy)

  // An operator takes the lock away: what it protected is interrupted, and the token of the next holder is greater.
  let token = 0
  const fiber = yield* Effect.forkChild(
    Lock.make("report", { ttl: "300 millis" })
      .withLock((held) => {
        token = held.token
        return Effect.onInterrupt(Effect.never, () => Console.log("interrupted"))
      })
      .pipe(Effect.catchReason("LockError", "LockLost", ({ how }) => Console.log(`lost: ${how}`)))
  )
  while (!(yield* report.locked)) yield* Effect.sleep(1)
  yield* redis.del("{report}:holders")
  yield* Console.log(yield* report.withLock((held) => store(held.token, "by the next holder")))
  yield* Fiber.join(fiber)
  yield* Console.log(yield* store(token, "by the one before"))
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url })))

program.pipe(Effect.provide(Layer.provide(live, RedisServer.layer())), NodeRuntime.runMain)
