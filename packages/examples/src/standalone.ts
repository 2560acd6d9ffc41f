/**
 * The first program: one server. Here a fresh one is started; in an application it is `RedisLive({ url: "redis://…" })` alone.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Redis, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Layer } from "effect"

const program = Effect.gen(function* () {
  const redis = yield* Redis
  yield* redis.set("greeting", "hello", { expiry: "10 minutes" })
  yield* Console.log(yield* redis.get("greeting"))
  yield* Console.log(yield* redis.get("nothing"))

  yield* redis.hSet("user:1", { name: "Ada", language: "Analytical Engine" })
  const user = yield* redis.hGetAll("user:1")
  yield* Console.log(`${user.name}, ${user.language}`)

  // A command is a value and an Effect: it runs by itself, too.
  yield* Command.rPush("queue", "first", "second")

  // Both in one write, typed by name.
  const { first, length } = yield* redis.pipeline({ first: Command.lPop("queue"), length: Command.lLen("queue") })
  yield* Console.log(`${first}, then ${length} more`)
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url })))

program.pipe(Effect.provide(Layer.provide(live, RedisServer.layer())), NodeRuntime.runMain)
