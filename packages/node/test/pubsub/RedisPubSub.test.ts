import { assert, layer } from "@effect/vitest"
import { Credentials, type Identity, type Message, RedisPubSub, type SubscriptionEvent } from "@reef-redis/node"
import { RedisServer, type ServerControls } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type ClientOptions, clientCount, eventually, failing, isError, pubSubOf, start } from "../support/client.ts"
import { leavesNothing } from "../support/resources.ts"

const client = (options: ClientOptions = {}) => Effect.flatMap(RedisServer, (server) => pubSubOf(server, options))

const take = <A, E>(stream: Stream.Stream<A, E>, count: number) => Stream.runCollect(Stream.take(stream, count))

const numSub = (server: ServerControls, kind: string, channel: string): Effect.Effect<number> =>
  server.admin(["PUBSUB", kind, channel]).pipe(
    Effect.map((reply) => Number((reply as ReadonlyArray<unknown>)[1])),
    Effect.orDie
  )

const numPat = (server: ServerControls): Effect.Effect<number> =>
  Effect.orDie(Effect.map(server.admin(["PUBSUB", "NUMPAT"]), Number))

const payloads = (items: ReadonlyArray<Message<unknown, unknown> | SubscriptionEvent<unknown>>) =>
  items.map((item) => (item._tag === "Message" ? item.payload : item._tag))

layer(RedisServer.layer(), { excludeTestServices: true })("RedisPubSub", (it) => {
  for (const protocol of [2, 3] as const) {
    it.effect(`has the server's acknowledgement when a subscription is handed over, under RESP${protocol}`, () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer
          const { pubSub, redis } = yield* client({ protocol })
          const one = yield* pubSub.subscribe("news")
          assert.strictEqual(yield* redis.publish("news", "a"), 1)
          const pattern = yield* pubSub.pSubscribe("n*")
          assert.strictEqual(yield* redis.publish("news", "b"), 2)
          const shard = yield* pubSub.sSubscribe(["s1", "s2"])
          assert.strictEqual(yield* redis.sPublish("s2", "c"), 1)
          assert.deepStrictEqual(payloads(yield* take(one, 2)), ["a", "b"])
          assert.deepStrictEqual(yield* take(pattern, 1), [
            { _tag: "Message", channel: "news", pattern: "n*", payload: "b" }
          ])
          assert.deepStrictEqual(yield* take(shard, 1), [
            { _tag: "Message", channel: "s2", pattern: undefined, payload: "c" }
          ])
          assert.strictEqual(yield* numPat(server), 1)
        })
      )
    )

    it.effect(`shares one subscription of the server, which ends with the last subscriber, under RESP${protocol}`, () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer
          const { pubSub, redis } = yield* client({ protocol, clientName: "shared" })
          yield* Effect.scoped(
            Effect.gen(function* () {
              const first = yield* pubSub.subscribe("shared")
              const second = yield* Effect.scoped(
                Effect.gen(function* () {
                  const stream = yield* pubSub.subscribe(["shared", "other"])
                  assert.strictEqual(yield* redis.publish("shared", "both"), 1)
                  return yield* take(stream, 1)
                })
              )
              assert.deepStrictEqual(payloads(second), ["both"])
              assert.strictEqual(yield* redis.publish("shared", "one"), 1)
              assert.deepStrictEqual(payloads(yield* take(first, 2)), ["both", "one"])
              yield* eventually(
                "other ended",
                Effect.map(numSub(server, "NUMSUB", "other"), (n) => n === 0)
              )
              // The commands' and the subscriptions'.
              assert.strictEqual(yield* clientCount(server, "shared"), 2)
            })
          )
          yield* eventually(
            "shared ended",
            Effect.map(numSub(server, "NUMSUB", "shared"), (n) => n === 0)
          )
        })
      )
    )

    it.effect(`tells who subscribed what the server refuses, and nobody else, under RESP${protocol}`, () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer
          yield* Effect.orDie(
            server.admin(["ACL", "SETUSER", "narrow", "on", ">pw", "~*", "+@all", "resetchannels", "&ok*"])
          )
          const { pubSub, redis } = yield* client({ protocol, username: "narrow", password: Redacted.make("pw") })
          const [good, bad] = yield* Effect.all([pubSub.subscribe("ok"), Effect.exit(pubSub.subscribe("secret"))], {
            concurrency: 2
          })
          assert.strictEqual(bad._tag, "Failure")
          const error = isError(yield* failing(Effect.scoped(pubSub.pSubscribe("se*"))), "NoPermission", "Refused")
          assert.strictEqual(error.command, "PSUBSCRIBE")
          assert.strictEqual(yield* redis.publish("ok", "still"), 1)
          assert.deepStrictEqual(payloads(yield* take(good, 1)), ["still"])
        })
      )
    )
  }

  it.effect("gives text, bytes with their names, or what a Schema makes of them", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { pubSub, redis } = yield* client()
        const name = new Uint8Array([0xff, 0x00, 0x0d, 0x0a])
        const bytes = yield* pubSub.subscribe(name, { as: "bytes" })
        const pattern = yield* pubSub.pSubscribe(new Uint8Array([0xff, 0x2a]), { as: "bytes" })
        const decoded = yield* pubSub.subscribe("json", {
          schema: Schema.fromJsonString(Schema.Struct({ n: Schema.Number }))
        })
        const payload = new Uint8Array([1, 0x0d, 0x0a, 0xfe])
        yield* redis.publish(name, payload)
        assert.deepStrictEqual(yield* take(bytes, 1), [{ _tag: "Message", channel: name, pattern: undefined, payload }])
        assert.deepStrictEqual(yield* take(pattern, 1), [
          { _tag: "Message", channel: name, pattern: new Uint8Array([0xff, 0x2a]), payload }
        ])
        yield* redis.publish("json", `{"n":1}`)
        yield* redis.publish("json", `{"n":"secret"}`)
        const seen: Array<number> = []
        const error = yield* failing(Stream.runForEach(decoded, (one) => Effect.sync(() => seen.push(one.payload.n))))
        assert.deepStrictEqual(seen, [1])
        assert.notInclude(isError(error, "Decode", "Executed").message, "secret")
      })
    )
  )

  it.effect("says where a lost connection left a gap, once, before the messages that follow", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const { pubSub, redis } = yield* client({ clientName: "lossy" })
        const stream = yield* pubSub.subscribe(["a", "b"], { events: true })
        const quiet = yield* pubSub.subscribe("a")
        const got: Array<string> = []
        const reading = yield* start(
          Stream.runForEach(stream, (item) =>
            Effect.sync(() =>
              got.push(
                item._tag === "Message" ? item.payload : `${item._tag} ${"channels" in item ? item.channels : ""}`
              )
            )
          )
        )
        yield* redis.publish("a", "1")
        yield* Effect.orDie(server.admin(["CLIENT", "KILL", "TYPE", "pubsub"]))
        yield* eventually(
          "resubscribed",
          Effect.sync(() => got.filter((one) => one.startsWith("Resub")).length === 2)
        )
        yield* redis.publish("b", "2")
        yield* redis.publish("a", "3")
        yield* eventually(
          "read",
          Effect.sync(() => got.includes("3"))
        )
        assert.deepStrictEqual(got, [
          "Subscribed a",
          "Subscribed b",
          "1",
          "Gap a,b",
          "Resubscribed a",
          "Resubscribed b",
          "2",
          "3"
        ])
        yield* Fiber.interrupt(reading)
        assert.deepStrictEqual(payloads(yield* take(quiet, 2)), ["1", "3"])
      })
    )
  )

  it.effect("is one service beside Redis", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { pubSub } = yield* client()
        const program = Effect.gen(function* () {
          const service = yield* RedisPubSub
          return yield* service.subscribe("x")
        })
        yield* Effect.provideService(program, RedisPubSub, pubSub)
        isError(yield* failing(Effect.scoped(pubSub.subscribe([]))), "InvalidArgument", "NotSent")
        isError(yield* failing(Effect.scoped(pubSub.subscribe("x", { capacity: 0 }))), "InvalidArgument", "NotSent")
      })
    )
  )

  it.effect("drops the oldest, the newest, fails or holds up the server, as it is told to", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { pubSub, redis } = yield* client()
        const options = { capacity: 10, events: true } as const
        const oldest = yield* pubSub.subscribe("load", { ...options, overflow: "dropOldest" })
        const newest = yield* pubSub.subscribe("load", { ...options, overflow: "dropNewest" })
        const failed = yield* pubSub.subscribe("load", { ...options, overflow: "fail" })
        const marks = yield* pubSub.subscribe("mark")
        yield* Effect.forEach(Array.from({ length: 25 }), (_, n) => redis.publish("load", String(n)))
        yield* redis.publish("mark", "all came")
        yield* take(marks, 1)
        const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => String(from + n))
        assert.deepStrictEqual(payloads(yield* take(oldest, 11)), ["Subscribed", "Dropped", ...numbers(16, 25)])
        assert.deepStrictEqual(payloads(yield* take(newest, 11)), ["Subscribed", ...numbers(0, 9), "Dropped"])
        const kept: Array<unknown> = []
        const error = yield* failing(
          Stream.runForEach(failed, (item) => Effect.sync(() => kept.push(...payloads([item]))))
        )
        assert.deepStrictEqual(kept, ["Subscribed", ...numbers(0, 9)])
        isError(error, "Overloaded", "Executed")
      })
    )
  )

  it.effect("holds up the server while a suspending subscriber is full, and loses nothing", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const { pubSub, redis } = yield* client({ clientName: "held" })
        const stream = yield* pubSub.subscribe("flood", { capacity: 5 })
        const payload = "x".repeat(10_000)
        const count = 2000
        yield* Effect.forEach(Array.from({ length: count }), (_, n) => redis.publish("flood", `${n} ${payload}`), {
          concurrency: 50
        })
        const waiting = Effect.map(Effect.orDie(server.admin(["CLIENT", "LIST"])), (reply) =>
          Math.max(...[...String(reply).matchAll(/ omem=(\d+)/g)].map((match) => Number(match[1])))
        )
        assert.isAbove(yield* waiting, 1_000_000)
        const all = yield* take(stream, count)
        assert.strictEqual(all.length, count)
        assert.strictEqual(new Set(all.map((one) => one.payload.split(" ")[0])).size, count)
      })
    )
  )
})

layer(RedisServer.layer({ tls: true, requirepass: "first" }), { excludeTestServices: true })(
  "RedisPubSub over TLS",
  (it) => {
    it.effect("receives, is held up, and says new credentials on its connection", () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer
          const told = yield* Queue.unbounded<Identity>()
          yield* Queue.offer(told, { username: undefined, password: Redacted.make("first") })
          const { pubSub, redis } = yield* pubSubOf(server, {
            clientName: "secure",
            tls: { ca: server.tls?.ca.contents ?? "" },
            credentials: yield* Credentials.stream(Stream.fromQueue(told))
          })
          const stream = yield* pubSub.subscribe("tls", { capacity: 3, events: true })
          const payload = "x".repeat(50_000)
          const count = 100
          yield* Effect.forEach(Array.from({ length: count }), (_, n) => redis.publish("tls", `${n} ${payload}`))
          const all = yield* take(stream, count + 1)
          assert.deepStrictEqual(
            payloads(all).map((one) => String(one).split(" ")[0]),
            ["Subscribed", ...Array.from({ length: count }, (_, n) => String(n))]
          )
          // Commands' and subscriptions' connection each.
          const renewed = yield* start(
            Stream.runCollect(
              Stream.take(
                Stream.filter(redis.events, ({ _tag }) => _tag === "Reauthenticated"),
                2
              )
            )
          )
          yield* Effect.orDie(server.admin(["CONFIG", "SET", "requirepass", "second"]))
          yield* Queue.offer(told, { username: undefined, password: Redacted.make("second") })
          yield* Fiber.join(renewed)
          yield* redis.publish("tls", "again")
          assert.deepStrictEqual(payloads(yield* take(stream, 1)), ["again"])
        })
      )
    )
  }
)
