/**
 * A scan of all keys of a cluster that is broken off and goes on later, in another client, from the token of the last page.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Redis, RedisCluster, RedisClusterLive, Scan } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import { Console, Effect, Option, Stream } from "effect"

const KEYS = 1_000

const seen = new Set<string>()

/** The first pages, and where to go on. */
const begin = Effect.gen(function* () {
  const redis = yield* Redis
  yield* redis.pipeline(Array.from({ length: KEYS }, (_, id) => Command.set(`user:${id}`, "x")))
  yield* redis.hSet("settings", { theme: "dark", language: "en" })
  const cluster = yield* RedisCluster
  const last = yield* cluster.scan({ match: "user:*", count: 50 }).pipe(
    Stream.take(10),
    Stream.tap(({ keys }) => Effect.sync(() => keys.forEach((key) => void seen.add(key)))),
    Stream.runLast
  )
  return Option.getOrUndefined(last)?.token
})

const goOn = (from: string | undefined) =>
  Effect.gen(function* () {
    yield* Console.log(`some keys are missing so far: ${seen.size < KEYS}`)
    const cluster = yield* RedisCluster
    yield* cluster
      .scan({ match: "user:*", count: 50, from })
      .pipe(Stream.runForEach(({ keys }) => Effect.sync(() => keys.forEach((key) => void seen.add(key)))))
    yield* Console.log(`${seen.size} keys in the end`)
    // The same without pages, and the elements of one key.
    const users = yield* Scan.keys({ match: "user:99?", count: 1_000 }).pipe(Stream.runCollect)
    yield* Console.log(`${new Set(users).size} users from 990 on`)
    const settings = yield* Scan.hash("settings").pipe(Stream.runCollect)
    yield* Console.log(settings.map(([name, value]) => `${name}=${value}`).join(" "))
  })

const program = Effect.gen(function* () {
  const { seeds } = yield* ClusterServers
  const live = RedisClusterLive({ nodes: seeds })
  const token = yield* Effect.provide(begin, live)
  yield* Effect.provide(goOn(token), live)
})

program.pipe(Effect.provide(ClusterServers.layer({ primaries: 3, replicasPerPrimary: 0 })), NodeRuntime.runMain)
