/**
 * A prefix before every key: for a whole client (`keyPrefix`), and for a part of one (`withKeyPrefix`), here one for each tenant. Commands that
 * run by themselves get it from the Redis in context.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Redis, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Layer } from "effect"

/** Knows nothing of prefixes. */
const visit = (page: string) =>
  Effect.gen(function* () {
    const redis = yield* Redis
    const [visits] = yield* redis.pipeline([Command.incr(`visits:${page}`), Command.sAdd("pages", page)])
    return `${visits} of ${page}, keys ${(yield* Command.keys("*")).sort()}`
  })

const asTenant = (name: string) => Effect.updateService(Redis, (redis) => redis.withKeyPrefix(`${name}:`))

const program = Effect.gen(function* () {
  yield* visit("home").pipe(asTenant("acme"), Effect.flatMap(Console.log))
  yield* visit("home").pipe(asTenant("globex"), Effect.flatMap(Console.log))
  yield* visit("home").pipe(asTenant("acme"), Effect.flatMap(Console.log))
  const server = yield* RedisServer
  const stored = yield* server.admin(["SORT", "shop:acme:pages", "ALPHA", "GET", "shop:acme:visits:*"])
  yield* Console.log(`on the server: ${stored}`)
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url, keyPrefix: "shop:" })))

program.pipe(Effect.provide(Layer.provideMerge(live, RedisServer.layer())), NodeRuntime.runMain)
