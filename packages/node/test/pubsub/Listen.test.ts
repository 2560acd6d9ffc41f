/** Subscriptions that a plain function listens to. */
import { assert, layer } from "@effect/vitest"
import { RedisPubSub } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { eventually, pubSubOf, start } from "../support/client.ts"
import { leavesNothing } from "../support/resources.ts"

const client = Effect.flatMap(RedisServer, (server) => pubSubOf(server))

/** What a listener heard, and the fiber that waits for its end. */
const hear = <A extends { readonly _tag: string }, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.gen(function* () {
    const heard: Array<unknown> = []
    const listen = RedisPubSub.listen(stream, (items) => {
      for (const item of items) heard.push("payload" in item ? item.payload : item._tag)
    })
    const fiber = yield* start(listen)
    const has = (...expected: ReadonlyArray<unknown>) =>
      eventually(
        `heard ${expected}`,
        Effect.sync(() => heard.length >= expected.length)
      ).pipe(Effect.map(() => assert.deepStrictEqual(heard, expected)))
    return { fiber, heard, has }
  })

layer(RedisServer.layer(), { excludeTestServices: true })("A listener", (it) => {
  it.effect("hears what came before it, then each message, until the scope of the subscription is closed", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { pubSub, redis } = yield* client
        const inner = Effect.gen(function* () {
          const one = yield* pubSub.subscribe("news")
          const two = yield* pubSub.subscribe("news")
          const several = yield* pubSub.subscribe(["news", "more"], { as: "bytes" })
          yield* redis.publish("news", "a")
          const first = yield* hear(one)
          yield* first.has("a")
          const second = yield* hear(two)
          const mapped = yield* hear(Stream.map(several, ({ payload }) => ({ _tag: "M", payload: payload.length })))
          yield* redis.publish("news", "b")
          yield* redis.publish("more", "ccc")
          yield* first.has("a", "b")
          yield* second.has("a", "b")
          yield* mapped.has(1, 1, 3)
          return [first.fiber, second.fiber, mapped.fiber]
        })
        for (const fiber of yield* Effect.scoped(inner)) assert.isUndefined(yield* Fiber.join(fiber))
      })
    )
  )

  it.effect("hears events in their places, and goes on after the connection was lost", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const { pubSub, redis } = yield* client
        const { has } = yield* hear(yield* pubSub.subscribe("news", { events: true }))
        yield* redis.publish("news", "a")
        yield* has("Subscribed", "a")
        yield* server.admin(["CLIENT", "KILL", "TYPE", "pubsub"])
        yield* has("Subscribed", "a", "Gap", "Resubscribed")
        yield* redis.publish("news", "b")
        yield* has("Subscribed", "a", "Gap", "Resubscribed", "b")
      })
    )
  )

  it.effect("ends as the stream does: by what cannot be decoded, by the client's end, by its own defect", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { pubSub, redis } = yield* client
        const decoded = yield* pubSub.subscribe("n", { schema: Schema.FiniteFromString })
        const numbers = yield* hear(decoded)
        yield* redis.publish("n", "1")
        yield* redis.publish("n", "x")
        const error = yield* Effect.flip(Fiber.join(numbers.fiber))
        assert.strictEqual(error.reason._tag, "Decode")
        assert.deepStrictEqual(numbers.heard, [1])
        assert.strictEqual(yield* Effect.flip(RedisPubSub.listen(decoded, () => {})), error)

        const stream = yield* pubSub.subscribe("n")
        const throwing = yield* start(
          RedisPubSub.listen(stream, () => {
            throw new Error("of the user's")
          })
        )
        yield* redis.publish("n", "2")
        const exit = yield* Fiber.await(throwing)
        assert.isTrue(exit._tag === "Failure" && String(exit.cause).includes("of the user's"))
        // The subscription is as good as before.
        yield* redis.publish("n", "3")
        const [again] = yield* Stream.runCollect(Stream.take(stream, 1))
        assert.strictEqual(again?.payload, "3")

        const scope = yield* Effect.scope
        const ended = yield* Effect.scoped(
          Effect.gen(function* () {
            const other = yield* client
            return (yield* hear(yield* Scope.provide(other.pubSub.subscribe("n"), scope))).fiber
          })
        )
        assert.strictEqual((yield* Effect.flip(Fiber.join(ended))).reason._tag, "Closed")
      })
    )
  )

  it.effect("is alone: another one of the same stream, and a fiber that reads it, go on when it is gone", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { pubSub, redis } = yield* client
        const stream = yield* pubSub.subscribe("news")
        const first = yield* hear(stream)
        const second = yield* hear(stream)
        for (const text of ["a", "b"]) yield* redis.publish("news", text)
        yield* first.has("a", "b")
        yield* Fiber.interrupt(first.fiber)
        yield* redis.publish("news", "c")
        yield* second.has("c")
        assert.deepStrictEqual(first.heard, ["a", "b"])
      })
    )
  )

  it.effect("listens to MONITOR and to notifications, too", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { pubSub, redis } = yield* client
        const notified = yield* pubSub.notifications({ keyevent: "set" }, { flags: "enable" })
        const keys: Array<string> = []
        yield* start(RedisPubSub.listen(notified, (items) => keys.push(...items.map(({ key }) => key))))
        const lines: Array<string> = []
        const monitor = yield* pubSub.monitor()
        yield* start(
          monitor.pipe(
            RedisPubSub.listen((items) => lines.push(...items.map(({ args, command }) => [command, ...args].join(" "))))
          )
        )
        yield* redis.set("k", "v")
        yield* eventually(
          "seen by both",
          Effect.sync(() => keys.includes("k") && lines.includes("SET k v"))
        )
      })
    )
  )
})
