/**
 * A service that sentinels watch: the same `Redis`, and `RedisSentinel` for what only such a service has. The program goes on while the
 * primary hands over to a replica.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Redis, RedisSentinel, RedisSentinelLive } from "@reef-redis/node"
import { SentinelServers } from "@reef-redis/testing"
import { Console, Effect, Fiber, Layer, Option, Stream, SubscriptionRef } from "effect"

const program = Effect.gen(function* () {
  const redis = yield* Redis
  const { events, group, sentinels } = yield* RedisSentinel
  const servers = yield* SentinelServers

  const known = yield* SubscriptionRef.get(group)
  yield* Console.log(`${known?.replicas.length} replicas, ${(yield* sentinels).length} sentinels`)
  // Replication is asynchronous: a write that must survive the failover waits for both replicas.
  yield* redis.durable(Command.set("greeting", "hello"), { replicas: 2, timeout: "10 seconds" })

  // Waits for the next change of the primary.
  const changed = yield* Stream.runHead(Stream.filter(events, ({ _tag }) => _tag === "PrimaryChanged")).pipe(
    Effect.forkChild({ startImmediately: true })
  )
  yield* servers.failover
  const event = Option.getOrUndefined(yield* Fiber.join(changed))
  const next = yield* servers.primary
  const isNext = event?._tag === "PrimaryChanged" && event.to.port === next.port
  yield* Console.log(`the client follows: ${isNext}`)

  // The same client, now at the new primary.
  yield* Console.log(`${yield* redis.append("greeting", " again")} letters: ${yield* redis.get("greeting")}`)
  // Reads may go to replicas, which lag a little behind.
  const nearby = redis.withOptions({ readFrom: "preferReplica" })
  yield* Console.log(`${yield* nearby.strLen("nothing")} letters under another key`)
})

const servers = SentinelServers.layer()
const live = Layer.unwrap(
  SentinelServers.useSync(({ sentinels, service }) => {
    const hosts = sentinels.map(({ host, port }) => `${host}:${port}`)
    return RedisSentinelLive({ url: `redis+sentinel://${hosts.join(",")}/${service}/0` })
  })
)

program.pipe(Effect.provide(Layer.provideMerge(live, servers)), NodeRuntime.runMain)
