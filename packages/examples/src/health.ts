/** How the nodes are, and what happens to their connections: for a readiness probe, a dashboard, a log. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Redis, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Fiber, Layer, Stream, SubscriptionRef } from "effect"

const program = Effect.gen(function* () {
  const server = yield* RedisServer
  const redis = yield* Redis

  const states = yield* redis.events.pipe(
    Stream.filter((event) => event._tag === "StateChanged"),
    Stream.map(({ state }) => state._tag),
    Stream.takeUntil((state) => state === "Connected"),
    Stream.runCollect,
    Effect.forkChild({ startImmediately: true })
  )
  const before = yield* redis.health
  yield* Console.log(`healthy: ${before.healthy}, nodes: ${before.nodes.length}`)

  yield* server.freeze
  const [frozen] = (yield* redis.health).nodes
  yield* Console.log(`healthy: ${frozen?.healthy}, because of ${frozen?.failure?._tag}`)

  yield* server.kill
  yield* server.restart
  // Ready again once the state says so.
  yield* SubscriptionRef.changes(redis.connections).pipe(
    Stream.filter((nodes) => [...nodes.values()].every(({ _tag }) => _tag === "Connected")),
    Stream.take(1),
    Stream.runDrain
  )
  yield* Console.log(`healthy: ${(yield* redis.health).healthy}`)
  const seen = yield* Fiber.join(states)
  yield* Console.log(`it was ${seen[0]?.toLowerCase()} first, and ${seen.at(-1)?.toLowerCase()} at last`)
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url, probeTimeout: "500 millis" })))

program.pipe(Effect.provide(Layer.provideMerge(live, RedisServer.layer())), NodeRuntime.runMain)
