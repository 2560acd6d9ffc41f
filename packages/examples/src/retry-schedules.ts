/**
 * Every pause is a Schedule: the client's own are replaced in its options, a further retry goes around one command. Here the server
 * is away for a moment.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Policies, Redis, RedisError, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Fiber, Layer, Schedule } from "effect"

let repetitions = 0

/** Reconnects every 100 ms; retries inside the client follow the default policy, and are counted. */
const policies: Partial<Policies.Policies> = {
  reconnect: Schedule.spaced("100 millis"),
  unavailable: Schedule.tap(Policies.unavailable, () =>
    Effect.sync(() => {
      repetitions++
    })
  )
}

const program = Effect.gen(function* () {
  const redis = yield* Redis
  const server = yield* RedisServer

  // The server stops. What was not sent is tried again within the operation's deadline, be it a read or a write.
  yield* server.stop
  const waiting = yield* Effect.forkChild(redis.incr("visits"))
  yield* Effect.sleep("200 millis")
  yield* server.restart
  const first = yield* Fiber.join(waiting)
  yield* Console.log(`answered once the server was back: ${first}, after ${repetitions} repetitions inside the client`)

  // With a short deadline the client gives up sooner; a schedule of one's own decides what comes then. It belongs around one
  // command, and asks whether a repetition is safe: here nothing had been executed.
  yield* server.stop
  const patient = redis.run(Command.incr("visits"), { deadline: "1 second" })
  yield* Effect.forkChild(Effect.delay(server.restart, "1200 millis"))
  const visits = yield* patient.pipe(
    Effect.retry({ while: RedisError.isSafeToRetry, schedule: Schedule.spaced("50 millis") })
  )
  yield* Console.log(`answered to the retry outside: ${visits}`)
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url, policies })))

program.pipe(Effect.provide(Layer.provideMerge(live, RedisServer.layer({ appendonly: true }))), NodeRuntime.runMain)
