/**
 * Reads that many parts of a program ask for one by one, and that are sent as few commands: `Batched` merges what is asked for in one turn.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Batched, Command, Redis, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Layer } from "effect"

/** Knows nothing of the others. */
const line = (id: number) =>
  Effect.gen(function* () {
    const [author, title, currency] = yield* Effect.all(
      [Batched.hGet(`book:${id}`, "author"), Batched.hGet(`book:${id}`, "title"), Batched.get("currency")],
      { concurrency: "unbounded" }
    )
    return `${title} by ${author}, in ${currency}`
  })

const program = Effect.gen(function* () {
  const redis = yield* Redis
  yield* redis.set("currency", "EUR")
  yield* redis.pipeline([
    Command.hSet("book:1", { author: "Shelley", title: "Frankenstein" }),
    Command.hSet("book:2", { author: "Stoker", title: "Dracula" })
  ])
  const lines = yield* Effect.forEach([1, 2], line, { concurrency: "unbounded" })
  yield* Effect.forEach(lines, (text) => Console.log(text))
  const { commandstats } = yield* redis.info("commandstats")
  const calls = (name: string) => /calls=(\d+)/.exec(commandstats?.[`cmdstat_${name}`] ?? "")?.[1]
  yield* Console.log(`mget: ${calls("mget")}, hmget: ${calls("hmget")}, get: ${calls("get") ?? 0}`)
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url })))

program.pipe(Effect.provide(Layer.provide(live, RedisServer.layer())), NodeRuntime.runMain)
