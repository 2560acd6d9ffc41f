import { assert, layer } from "@effect/vitest"
import { Command, Redis, type RedisError, type RedisService, Scan } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type ClientOptions, callsOf, clientOf, failing, isError } from "./support/client.ts"

const client = (options: ClientOptions = {}) =>
  Effect.gen(function* () {
    const server = yield* RedisServer
    yield* Effect.orDie(server.admin(["FLUSHALL"]))
    return { redis: yield* clientOf(server, options), server }
  })

const all = <A>(redis: RedisService, stream: Stream.Stream<A, RedisError, Redis>) =>
  Effect.provideService(Stream.runCollect(stream), Redis, redis)

const numbered = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}${at}`)

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

layer(RedisServer.layer({ appendonly: true }), { excludeTestServices: true })("A scan", (it) => {
  it.effect("of keys gives all, those of a pattern or a type, and bytes where they are asked for", () =>
    Effect.gen(function* () {
      const { redis } = yield* client()
      const names = numbered("k:", 300)
      yield* redis.pipeline(names.map((name) => Command.set(name, "x")))
      yield* redis.sAdd("s", "x")
      assert.deepStrictEqual(new Set(yield* all(redis, Scan.keys())), new Set([...names, "s"]))
      assert.deepStrictEqual(new Set(yield* all(redis, Scan.keys({ match: "k:1*" }))).size, 111)
      assert.deepStrictEqual(yield* all(redis, Scan.keys({ type: "set", count: 1000 })), ["s"])
      const bytes = yield* all(redis, Scan.keys({ bytes: true, match: "k:*", count: 50 }))
      assert.deepStrictEqual(new Set(bytes.map(text)), new Set(names))
      const odd = new Uint8Array([0xff, 0x00, 0xfe])
      yield* redis.set(odd, "x")
      const found = yield* all(redis, Scan.keys({ bytes: true, count: 1000 }))
      assert.isTrue(found.some((key) => String(key) === String(odd)))
    })
  )

  it.effect("of one key gives the elements of a hash, a set and a sorted set", () =>
    Effect.gen(function* () {
      const { redis } = yield* client()
      const names = numbered("e", 2_000)
      yield* redis.hSet(
        "h",
        names.map((name, at) => [name, String(at)] as const)
      )
      yield* redis.sAdd("s", ...(names as [string, ...Array<string>]))
      yield* redis.zAdd(
        "z",
        names.map((member, score) => ({ member, score }))
      )
      const entries = new Map(yield* all(redis, Scan.hash("h")))
      assert.deepStrictEqual(entries, new Map(names.map((name, at) => [name, String(at)])))
      assert.deepStrictEqual(new Set(yield* all(redis, Scan.set("s", { count: 100 }))), new Set(names))
      const scores = new Map((yield* all(redis, Scan.sortedSet("z"))).map(({ member, score }) => [member, score]))
      assert.deepStrictEqual(scores, new Map(names.map((name, at) => [name, at])))
      const fields = yield* all(redis, Scan.hash("h", { bytes: true, match: "e19*" }))
      assert.deepStrictEqual(new Set(fields.map(([field]) => text(field))).size, 111)
      const members = yield* all(redis, Scan.sortedSet("z", { bytes: true, match: "e7" }))
      assert.deepStrictEqual(
        members.map(({ member, score }) => [text(member), score]),
        [["e7", 7]]
      )
      assert.deepStrictEqual((yield* all(redis, Scan.set("s", { bytes: true, match: "e7" }))).map(text), ["e7"])
      assert.deepStrictEqual(yield* all(redis, Scan.hash("missing")), [])
      isError(yield* failing(all(redis, Scan.set("h"))), "WrongType", "Refused")
    })
  )

  it.effect("fetches a page only when its consumer has used up the one before", () =>
    Effect.gen(function* () {
      const { redis, server } = yield* client()
      yield* redis.pipeline(numbered("k", 2_000).map((name) => Command.set(name, "x")))
      const pages = (yield* callsOf(server, "scan")) + 3
      let taken = 0
      yield* Scan.keys({ count: 20 }).pipe(
        Stream.take(25),
        Stream.runForEach(() => Effect.sync(() => taken++)),
        Effect.provideService(Redis, redis)
      )
      assert.strictEqual(taken, 25)
      // The first page is read twice once it is clear that there are several.
      assert.isAtMost(yield* callsOf(server, "scan"), pages)
      assert.isAbove(yield* callsOf(server, "scan"), pages - 3)
      const small = yield* callsOf(server, "info")
      yield* redis.hSet("h", "f", "v")
      assert.deepStrictEqual(yield* all(redis, Scan.hash("h")), [["f", "v"]])
      // One for this very question.
      assert.strictEqual(yield* callsOf(server, "info"), small + 1)
    })
  )

  it.effect("gives names without the key prefix, and only those under it", () =>
    Effect.gen(function* () {
      const { redis } = yield* client()
      const under = redis.withKeyPrefix("app:")
      yield* redis.mSet(numbered("other", 50).map((name) => [name, "x"] as const))
      yield* under.mSet(numbered("k", 50).map((name) => [name, "x"] as const))
      yield* under.sAdd("set", "m")
      assert.deepStrictEqual(new Set(yield* all(under, Scan.keys())), new Set([...numbered("k", 50), "set"]))
      assert.deepStrictEqual(yield* all(under, Scan.keys({ match: "k7" })), ["k7"])
      assert.deepStrictEqual(yield* all(under, Scan.set("set")), ["m"])
    })
  )

  it.effect("goes over everything again when the server was replaced under it", () =>
    Effect.gen(function* () {
      const { redis, server } = yield* client()
      const names = numbered("e", 3_000)
      yield* redis.sAdd("s", ...(names as [string, ...Array<string>]))
      yield* redis.pipeline(names.map((name) => Command.set(name, "x")))
      for (const stream of [Scan.set("s", { count: 50 }), Scan.keys({ match: "e*", count: 50 })]) {
        const found = new Set<string>()
        let given = 0
        yield* stream.pipe(
          Stream.runForEach((name) =>
            Effect.suspend(() => {
              found.add(name)
              given++
              return given === names.length / 2 ? Effect.andThen(server.kill, server.restart) : Effect.void
            })
          ),
          Effect.provideService(Redis, redis)
        )
        assert.deepStrictEqual(
          names.filter((name) => !found.has(name)),
          []
        )
        assert.isAtLeast(given, names.length * 1.4)
      }
    })
  )

  it.effect("refuses options that it does not know, before anything is sent", () =>
    Effect.gen(function* () {
      const { redis } = yield* client()
      const wrong = { pattern: "*" } as object
      for (const stream of [Scan.keys(wrong), Scan.set("s", wrong), Scan.keys({ unique: "yes" } as object)]) {
        isError(yield* failing(all<unknown>(redis, stream)), "InvalidArgument", "NotSent")
      }
    })
  )
})
