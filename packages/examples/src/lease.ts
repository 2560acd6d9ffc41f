/**
 * A connection of one's own: another database, for as long as the scope lives. Everybody else's connection stays as it was.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Redis, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Layer } from "effect"

/** Copy a key into another database, without a moment in which it is in neither. */
const archive = (key: string, database: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const redis = yield* Redis
      const value = yield* redis.get(key)
      const mine = yield* redis.lease()
      yield* mine.select(database)
      yield* mine.set(key, value ?? "")
      return yield* mine.dbSize()
    })
  )

const program = Effect.gen(function* () {
  const redis = yield* Redis
  yield* redis.set("report", "all is well")
  const archived = yield* archive("report", 1)
  yield* Console.log(`keys in the archive: ${archived}`)

  // The connection has gone back to the pool as it was: the next lease is in database 0 again.
  yield* Effect.scoped(
    Effect.gen(function* () {
      const mine = yield* redis.lease()
      const { database } = yield* mine.clientInfo()
      yield* Console.log(`database of the next lease: ${database}`)
    })
  )

  // Three leases at most here: the fourth caller waits in line, and gives up after 50 ms.
  const late = Effect.scoped(redis.lease({ deadline: "50 millis" })).pipe(
    Effect.as("a connection"),
    Effect.catchReason("RedisError", "PoolTimeout", ({ limit }) => Effect.succeed(`no more than ${limit}`))
  )
  yield* Effect.scoped(
    Effect.gen(function* () {
      for (let n = 0; n < 3; n++) yield* redis.lease()
      yield* Console.log(yield* late)
    })
  )
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url, pool: { max: 3 } })))

program.pipe(Effect.provide(Layer.provide(live, RedisServer.layer())), NodeRuntime.runMain)
