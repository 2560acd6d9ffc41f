/**
 * What happens to keys, as the server tells it: keys that expire, and everything that is done to some of them. And MONITOR, for a look at
 * what a server is doing.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Redis, RedisLive, RedisPubSub } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Layer, Stream } from "effect"

const program = Effect.gen(function* () {
  const redis = yield* Redis
  const pubSub = yield* RedisPubSub

  // A server says nothing of its keys unless it is told to.
  const disabled = Effect.scoped(pubSub.notifications({ keyevent: "expired" })).pipe(
    Effect.as("enabled"),
    Effect.catchReason("RedisError", "NotificationsDisabled", ({ missing }) => Effect.succeed(`lacks ${missing}`))
  )
  yield* Console.log(yield* disabled)

  const expired = yield* pubSub.notifications({ keyevent: "expired" }, { flags: "enable" })
  yield* redis.set("session:1", "Ada", { expiry: "5 millis" })
  const [gone] = yield* Stream.runCollect(Stream.take(expired, 1))
  yield* Console.log(`${gone?.key} ${gone?.event}`)

  const users = yield* pubSub.notifications({ keyspace: "user:*" }, { flags: "enable" })
  yield* redis.hSet("user:1", { name: "Ada" })
  yield* redis.del("user:1")
  const changes = yield* Stream.runCollect(Stream.take(users, 2))
  yield* Console.log(changes.map(({ event, key }) => `${event} ${key}`).join(", "))

  const commands = yield* pubSub.monitor()
  yield* redis.get("user:1")
  const [line] = yield* Stream.runCollect(Stream.take(commands, 1))
  yield* Console.log(`${line?.command} ${line?.args.join(" ")}`)
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url })))

program.pipe(Effect.scoped, Effect.provide(Layer.provide(live, RedisServer.layer())), NodeRuntime.runMain)
