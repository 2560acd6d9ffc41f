/** What servers say of channels that have subscribers. */
import { assert, describe, layer } from "@effect/vitest"
import { RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { Command } from "../../src/Command.ts"
import { Redis } from "../../src/Redis.ts"
import { openSession } from "../support/session.ts"

for (const protocol of [2, 3] as const) {
  describe(`channels with subscribers under RESP${protocol}`, () => {
    layer(RedisServer.layer(), { excludeTestServices: true })((it) => {
      it.effect("are listed and counted, and messages reach as many as the server says", () =>
        Effect.gen(function* () {
          const { port, url } = yield* RedisServer
          // RESP2, in which the confirmation of a subscription is a reply.
          const subscriber = yield* openSession(port, 2)
          for (const [name, channel] of [
            ["SUBSCRIBE", "plain"],
            ["PSUBSCRIBE", "pl*"],
            ["SSUBSCRIBE", "sharded"]
          ] as const) {
            yield* subscriber.run(Command.raw(name, [channel]))
          }
          yield* Effect.provide(
            Effect.gen(function* () {
              const redis = yield* Redis
              assert.deepStrictEqual(yield* redis.pubSubChannels(), ["plain"])
              assert.deepStrictEqual(yield* redis.pubSubChannels("x*"), [])
              assert.strictEqual(yield* redis.pubSubNumPat(), 1)
              assert.deepStrictEqual(yield* redis.pubSubNumSub(["plain", "none"]), [
                ["plain", 1],
                ["none", 0]
              ])
              assert.deepStrictEqual(yield* redis.pubSubShardChannels("sh*"), ["sharded"])
              assert.deepStrictEqual(yield* redis.pubSubShardNumSub(["sharded"]), [["sharded", 1]])
              assert.strictEqual(yield* redis.publish("plain", "m"), 2)
              assert.strictEqual(yield* redis.publish("none", "m"), 0)
              assert.strictEqual(yield* redis.sPublish("sharded", new Uint8Array([0, 255])), 1)
            }),
            RedisLive({ url, protocol })
          )
        })
      )
    })
  })
}
