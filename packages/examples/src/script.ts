/**
 * A script as a typed function, alone, in a pipeline and in a transaction; on a server that forgets its scripts meanwhile.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Redis, RedisLive, Script } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Layer, Schema } from "effect"

/** Takes from a stock what is there, or nothing. */
const take = Script.make({
  keys: ["stock", "log"],
  args: { count: Schema.Int, by: Schema.fromJsonString(Schema.Struct({ name: Schema.String })) },
  lua: `
    local left = tonumber(redis.call("GET", KEYS[1]) or "0") - tonumber(ARGV[1])
    if left < 0 then return nil end
    redis.call("SET", KEYS[1], left)
    redis.call("RPUSH", KEYS[2], cjson.decode(ARGV[2]).name)
    return left`,
  result: Schema.UndefinedOr(Schema.Int)
})

const apples = { stock: "{apples}:stock", log: "{apples}:log" }
const ada = { name: "Ada" }

const program = Effect.gen(function* () {
  const redis = yield* Redis
  yield* redis.set(apples.stock, 10)
  yield* Console.log(`left: ${yield* take(apples, { count: 3, by: ada })}`)

  yield* redis.scriptFlush()
  const [left, log] = yield* redis.pipeline([take(apples, { count: 5, by: ada }), Command.lRange(apples.log, 0, -1)])
  yield* Console.log(`left: ${left}, taken by ${log.join(", ")}`)

  yield* redis.scriptFlush()
  const [none, all] = yield* redis.transaction([
    take(apples, { count: 5, by: ada }),
    take(apples, { count: 2, by: ada })
  ])
  yield* Console.log(`five more: ${none ?? "too many"}, two more: ${all} left`)

  // A script that has written and then fails is not run again by itself.
  const broken = Script.make({
    keys: ["key"],
    lua: `redis.call("INCR", KEYS[1]) return redis.call("LPUSH", KEYS[1], "x")`,
    result: Schema.Int
  })
  yield* broken({ key: "n" }).pipe(
    Effect.catchReason("RedisError", "WrongType", (_, { execution }) => Console.log(`failed: ${execution}`))
  )
  yield* Console.log(`ran ${yield* redis.get("n")} time`)
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url })))

program.pipe(Effect.provide(Layer.provide(live, RedisServer.layer())), NodeRuntime.runMain)
