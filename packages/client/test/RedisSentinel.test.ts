import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { Command } from "../src/Command.ts"
import { Redis } from "../src/Redis.ts"
import { RedisSentinel } from "../src/RedisSentinel.ts"
import { failed, isError, pass, settle, start, succeeded } from "./support/client.ts"
import { FakeSentinels, first, SERVICE, type Watched, watched } from "./support/FakeSentinels.ts"
import { error, ok } from "./support/FakeTransport.ts"

const hosts = Effect.fnUntraced(function* ({ redis }: Watched, times: number) {
  const answered: Array<string | undefined> = []
  for (let i = 0; i < times; i++) answered.push(yield* redis.get("a"))
  return answered
})

describe("RedisSentinel", () => {
  it.effect("is built by a URL, whose password no sentinel hears, and by configuration", () =>
    Effect.gen(function* () {
      const fake = new FakeSentinels()
      const url = "redis+sentinel://app:pw@s1,s2:26379/mymaster/3?clientName=me"
      const layer = RedisSentinel.layerConfig({ url: Config.String("URL"), minOtherSentinels: Config.succeed(0) })
      const provider = ConfigProvider.layer(ConfigProvider.fromUnknown({ URL: url }))
      const answer = yield* Redis.use((redis) => redis.get("a")).pipe(
        Effect.provide(Layer.provide(layer, Layer.merge(fake.transport.layer, provider)))
      )
      assert.strictEqual(answer, "p1:1")
      const said = (host: string) =>
        fake.transport.sockets.filter(({ address }) => address.startsWith(host)).flatMap(({ commands }) => commands)
      assert.includeMembers([...said("p1")], ["HELLO 3 AUTH app pw", "SELECT 3", "CLIENT SETNAME me"])
      assert.notInclude(said("s").join(), "pw")
      assert.notInclude(said("s").join(), "SELECT")
    })
  )

  it.effect("does not tell Valkey that it follows redirects, whose replicas would then serve no reads", () =>
    Effect.gen(function* () {
      const { fake } = yield* watched({ readFrom: "replica" }, (fake) => {
        fake.on = ([name]) => (name === "HELLO" ? "%1\r\n$6\r\nserver\r\n$6\r\nvalkey\r\n" : undefined)
      })
      const servers = fake.transport.sockets.filter(({ address }) => address.startsWith("p"))
      assert.isAbove(servers.length, 0)
      for (const { commands } of servers) {
        assert.deepStrictEqual(
          commands.filter((text) => /CAPA|READONLY/.test(text)),
          []
        )
      }
    })
  )

  it.effect("reads from its replicas in turn, and writes to the primary", () =>
    Effect.gen(function* () {
      const client = yield* watched({ readFrom: "replica" }, (fake) => {
        fake.on = ([name]) => (name === "SET" ? ok : undefined)
      })
      const answered = yield* hosts(client, 4)
      assert.deepStrictEqual([...new Set(answered)].sort(), ["p2:1", "p3:1"])
      assert.deepStrictEqual(answered.slice(0, 2), answered.slice(2))
      yield* client.redis.set("a", "1")
      assert.include(client.fake.sentTo("p1:1"), "SET a 1")
      assert.strictEqual(yield* client.redis.run(Command.get("a"), { readFrom: "primary" }), "p1:1")
    })
  )

  it.effect(
    "passes over a replica that loads, is stale or is gone, and falls back to the primary only if told so",
    () =>
      Effect.gen(function* () {
        const client = yield* watched({ readFrom: "preferReplica" }, (fake) => {
          fake.view = { ...first, replicas: ["p2:1", "p3:1", "p4:1 stale", "p5:1 s_down"] }
          fake.on = ([name], { address }) => (name === "GET" && address === "p2:1" ? error("LOADING data") : undefined)
        })
        const reading = yield* start(hosts(client, 6))
        yield* pass(100)
        assert.deepStrictEqual([...new Set(yield* succeeded(reading))], ["p3:1"])
        client.fake.down("p3:1")
        const falling = yield* start(hosts(client, 2))
        yield* pass(100)
        assert.deepStrictEqual(yield* succeeded(falling), ["p1:1", "p1:1"])

        const strict = client.redis.withOptions({ readFrom: "replica", deadline: "300 millis" })
        const read = yield* start(strict.get("a"))
        yield* pass(400)
        isError(yield* failed(read), "Timeout", "NotSent")
      })
  )

  it.effect("goes to one server by its address, also as the target of a call", () =>
    Effect.gen(function* () {
      const { redis, sentinel } = yield* watched()
      assert.strictEqual(yield* sentinel.onNode({ host: "p3", port: 1 }).get("a"), "p3:1")
      assert.strictEqual(yield* redis.run(Command.get("a"), { target: "p2:1" }), "p2:1")
      const other = yield* start(redis.run(Command.get("a"), { target: "p9:1" }))
      isError(yield* failed(other), "InvalidArgument", "NotSent")
    })
  )

  it.effect("tells the sentinels that it knows and answers a refresh", () =>
    Effect.gen(function* () {
      const { fake, sentinel } = yield* watched()
      const refreshed = yield* start(sentinel.refresh)
      yield* TestClock.adjust("100 millis")
      yield* settle
      const group = yield* succeeded(refreshed)
      assert.deepStrictEqual([group.service, group.primary.host], [SERVICE, "p1"])
      const known = yield* sentinel.sentinels
      assert.strictEqual(known.length, 3)
      assert.isTrue(known.some(({ id, isConnected }) => isConnected && id !== undefined))
      fake.failOver()
      const again = yield* start(sentinel.refresh)
      yield* pass(100)
      assert.strictEqual((yield* succeeded(again)).primary.host, "p2")
    })
  )

  it.effect("puts its prefix before every key and takes no other database than its own", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* watched({ keyPrefix: "app:", database: 2 })
      yield* redis.get("a")
      assert.include(fake.sentTo("p1:1"), "GET app:a")
      assert.include(fake.transport.last("p1:1").commands, "SELECT 2")
    })
  )
})
