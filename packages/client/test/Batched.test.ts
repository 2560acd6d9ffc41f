import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Batched from "../src/Batched.ts"
import { Redis } from "../src/Redis.ts"
import { failed, isError, settle, standalone, start, succeeded } from "./support/client.ts"
import { clustered, keysIn } from "./support/FakeCluster.ts"
import { array, bulk, error } from "./support/FakeTransport.ts"

const together = { concurrency: "unbounded" } as const

describe("Reads of one turn", () => {
  it.effect("are asked for once each, GETs by one MGET and the fields of a hash by one HMGET, in one write", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const reads = Effect.all(
        [
          Batched.get("a"),
          Batched.hGet("h", "x"),
          Batched.get("b"),
          Batched.get("a"),
          Batched.hGet("h", "y"),
          Batched.hGet("h", "x"),
          Batched.hGet("other", "x")
        ],
        together
      )
      const fiber = yield* start(Effect.provideService(reads, Redis, redis))
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [["MGET a b", "HMGET h x y", "HMGET other x"]])
      transport.last().answer(array([bulk("1"), "_\r\n"]) + array([bulk("2"), bulk("3")]) + array([bulk("4")]))
      assert.deepStrictEqual(yield* succeeded(fiber), ["1", "2", undefined, "1", "3", "2", "4"])
      const next = yield* start(Effect.provideService(Batched.get("a"), Redis, redis))
      yield* settle
      assert.deepStrictEqual(transport.last().writes.at(-1), ["MGET a"])
      transport.last().answer(array([bulk("5")]))
      assert.strictEqual(yield* succeeded(next), "5")
    })
  )

  it.effect("each have the error of the command that they were read by, and no other", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const run = <A, E>(effect: Effect.Effect<A, E, Redis>) => start(Effect.provideService(effect, Redis, redis))
      const value = yield* run(Batched.get("a"))
      const fields = [yield* run(Batched.hGet("h", "x")), yield* run(Batched.hGet("h", "y"))]
      yield* settle
      transport.last().answer(array([bulk("1")]) + error("WRONGTYPE h is none"))
      assert.strictEqual(yield* succeeded(value), "1")
      for (const fiber of fields) isError(yield* failed(fiber), "WrongType", "Refused")
    })
  )

  it.effect("are merged by slot in a cluster, each slot at its node", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      const [a = "", b = ""] = keysIn(0, 5460, 2)
      const [c = ""] = keysIn(6000, 6000, 1)
      const mine = [`{${a}}1`, `{${a}}2`, b, c, `{${a}}1`]
      fake.on = (words, socket) =>
        words[0] === "MGET" ? array(words.slice(1).map((key) => bulk(`${key}@${socket.address}`))) : undefined
      const fiber = yield* start(
        Effect.provideService(
          Effect.forEach(mine, (key) => Batched.get(key), together),
          Redis,
          redis
        )
      )
      assert.deepStrictEqual(
        yield* succeeded(fiber),
        mine.map((key) => `${key}@${key === c ? "n2:1" : "n1:1"}`)
      )
      assert.deepStrictEqual(fake.writesTo("n1:1"), [[`MGET {${a}}1 {${a}}2`, `MGET ${b}`]])
      assert.deepStrictEqual(fake.writesTo("n2:1"), [[`MGET ${c}`]])
    })
  )
})
