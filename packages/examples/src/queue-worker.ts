/**
 * Workers that wait for jobs. `blMove` leases a connection while it waits, so that nobody else is delayed, and a job is in a worker's own
 * list from the moment in which it leaves the queue: a worker that dies leaves it there. When a worker is interrupted the server is told to
 * end the wait; a job that was moved all the same comes to `onOrphan`.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Redis, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Deferred, Effect, Fiber, Layer } from "effect"

const JOBS = 100

const program = Effect.gen(function* () {
  const redis = yield* Redis
  const done: Array<string> = []
  const finished = yield* Deferred.make<void>()

  const worker = (name: string) =>
    Effect.gen(function* () {
      while (true) {
        const job = yield* redis.blMove("jobs", `working:${name}`, "LEFT", "RIGHT", "1 minute")
        if (job === undefined) continue
        done.push(job)
        yield* redis.lRem(`working:${name}`, 1, job)
        if (done.length === JOBS) yield* Deferred.succeed(finished, undefined)
      }
    })

  const workers = yield* Effect.forEach(["a", "b", "c", "d", "e"], (name) => Effect.forkChild(worker(name)))
  yield* redis.rPush(
    "jobs",
    Array.from({ length: JOBS }, (_, at) => `job ${at}`)
  )
  yield* Deferred.await(finished)
  yield* Fiber.interruptAll(workers)
  yield* Console.log(`${new Set(done).size} jobs done by ${workers.length} workers`)

  // Nobody waits any more: what is pushed now stays where it is.
  yield* redis.rPush("jobs", "one more")
  yield* Console.log(`left in the queue: ${yield* redis.lLen("jobs")}`)
})

const live = Layer.unwrap(
  RedisServer.useSync(({ url }) =>
    RedisLive({
      url,
      // Without this hook a warning is logged, which names no values.
      onOrphan: ({ command, keys, value }) =>
        Console.log(`${command} had taken ${String(value)} from ${String(keys[0])}`)
    })
  )
)

program.pipe(Effect.provide(Layer.provide(live, RedisServer.layer())), NodeRuntime.runMain)
