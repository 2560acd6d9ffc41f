/**
 * Messages between parts of a program: subscriptions that are live when they are handed over, decoded messages, what a lost connection
 * leaves missing, and listeners.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Redis, RedisLive, RedisPubSub } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Fiber, Layer, Queue, Schema, Stream } from "effect"

const Order = Schema.fromJsonString(Schema.Struct({ id: Schema.Number, item: Schema.String }))

const killSubscribers = Command.raw("CLIENT", ["KILL", "TYPE", "pubsub"], { keys: "none" })

const program = Effect.gen(function* () {
  const redis = yield* Redis
  const pubSub = yield* RedisPubSub

  // The server has acknowledged by now: what is published from here on is received.
  const orders = yield* pubSub.subscribe("orders", { schema: Order })
  const all = yield* pubSub.pSubscribe("ord*")
  yield* redis.publish("orders", `{"id":1,"item":"tea"}`)
  const [first] = yield* Stream.runCollect(Stream.take(orders, 1))
  yield* Console.log(`order ${first?.payload.id}: ${first?.payload.item}`)
  const [same] = yield* Stream.runCollect(Stream.take(all, 1))
  yield* Console.log(`${same?.pattern} matched ${same?.channel}`)

  // Pub/Sub has no memory. Whoever must know what may be missing asks for events, and reads the rest from elsewhere after a gap.
  const news = yield* pubSub.subscribe("news", { events: true })
  const reading = yield* news.pipe(
    Stream.map((item) => (item._tag === "Message" ? item.payload : item._tag)),
    Stream.take(5),
    Stream.runCollect,
    Effect.forkChild({ startImmediately: true })
  )
  yield* redis.publish("news", "before")
  // As if the network had failed.
  yield* redis.run(killSubscribers)
  yield* Effect.repeat(redis.publish("news", "after"), { until: (receivers) => receivers > 0 })
  yield* Console.log((yield* Fiber.join(reading)).join(", "))

  // Who only passes messages on can do it by a plain function, which costs no fiber that is woken: for thousands of subscriptions.
  const outbox = yield* Queue.unbounded<string>()
  const ticks = yield* pubSub.subscribe("ticks")
  yield* Effect.forkScoped(
    RedisPubSub.listen(ticks, (messages) => {
      for (const { payload } of messages) Queue.offerUnsafe(outbox, payload)
    })
  )
  yield* redis.publish("ticks", "tick")
  yield* Console.log(yield* Queue.take(outbox))
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url })))

program.pipe(Effect.scoped, Effect.provide(Layer.provide(live, RedisServer.layer())), NodeRuntime.runMain)
