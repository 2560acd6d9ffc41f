/**
 * An optimistic transaction: read, decide, and write only if nobody has changed what was read; else all of it again. And a write that
 * counts only once a replica has it.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Redis, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Data, Effect, Layer } from "effect"

class TooLittle extends Data.TaggedError("TooLittle")<{ readonly balance: number }> {}

const transfer = (from: string, to: string, amount: number) =>
  Redis.use((redis) =>
    redis.watch([from, to], (tx) =>
      Effect.gen(function* () {
        const balance = Number((yield* tx.get(from)) ?? 0)
        if (balance < amount) return yield* new TooLittle({ balance })
        return { from: Command.decrBy(from, amount), to: Command.incrBy(to, amount) }
      })
    )
  )

const program = Effect.gen(function* () {
  const redis = yield* Redis
  const [alice, bob] = ["{bank}:alice", "{bank}:bob"]
  yield* redis.mSet({ [alice]: 100, [bob]: 0 })

  // Fifty at once, of which ten can be paid: no conflict is seen from here, and nothing is paid twice.
  const outcomes = yield* Effect.forEach(
    Array.from({ length: 50 }),
    () =>
      transfer(alice, bob, 10).pipe(
        Effect.as("paid" as const),
        Effect.catchTag("TooLittle", () => Effect.succeed("refused" as const))
      ),
    { concurrency: 50 }
  )
  const paid = outcomes.filter((outcome) => outcome === "paid").length
  yield* Console.log(`${paid} paid, ${outcomes.length - paid} refused`)
  yield* Console.log(`alice ${yield* redis.get(alice)}, bob ${yield* redis.get(bob)}`)

  // This server has no replica: the write is done, and said to be no more than that.
  const durable = redis.durable(Command.set("{bank}:closed", "yes"), { replicas: 1, timeout: "20 millis" }).pipe(
    Effect.as("replicated"),
    Effect.catchReason("RedisError", "NotReplicated", (reason, { execution }) =>
      Effect.succeed(`${reason.acknowledged} of ${reason.wanted} replicas, ${execution}`)
    )
  )
  yield* Console.log(yield* durable)
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url })))

program.pipe(Effect.provide(Layer.provide(live, RedisServer.layer())), NodeRuntime.runMain)
