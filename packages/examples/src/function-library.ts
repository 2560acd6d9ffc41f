/**
 * A library of functions with typed calls. The server is given it by the first call.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, FunctionLibrary, Redis, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Layer, Schema } from "effect"

const ranking = FunctionLibrary.make({
  name: "ranking",
  code: `#!lua name=ranking
redis.register_function("score", function(keys, args)
  redis.call("ZINCRBY", keys[1], args[2], args[1])
  return redis.call("ZREVRANK", keys[1], args[1]) + 1
end)
redis.register_function({
  function_name = "leader",
  flags = { "no-writes" },
  callback = function(keys) return redis.call("ZRANGE", keys[1], 0, 0, "REV")[1] end
})`,
  functions: {
    score: { keys: ["board"], args: { player: Schema.String, points: Schema.Int }, result: Schema.Int },
    leader: { keys: ["board"], result: Schema.UndefinedOr(Schema.String), readOnly: true }
  }
})

const { leader, score } = ranking.call
const board = { board: "chess" }

const program = Effect.gen(function* () {
  const redis = yield* Redis
  yield* Console.log(`leader: ${yield* leader(board)}`)
  const places = yield* redis.pipeline({
    ada: score(board, { player: "Ada", points: 3 }),
    grace: score(board, { player: "Grace", points: 5 }),
    leader: leader(board)
  })
  yield* Console.log(`Ada is number ${places.ada}, then comes Grace as number ${places.grace}`)
  yield* Console.log(`leader: ${places.leader}`)
  const libraries = yield* Command.functionList()
  yield* Console.log(`on the server: ${libraries.map(({ name }) => name).join(", ")}`)
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url })))

program.pipe(Effect.provide(Layer.provide(live, RedisServer.layer())), NodeRuntime.runMain)
