import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expectTypeOf, it } from "vitest"
import { type AsEffect, Command, type Commands, type MultiSlotCommand, type Results } from "../../src/Command.ts"
import type { RedisError } from "../../src/error/RedisError.ts"
import type { RespValue } from "../../src/protocol/RespValue.ts"
import type { Redis } from "../../src/Redis.ts"
import * as Reply from "../../src/Reply.ts"

declare const redis: Commands<AsEffect>
declare const many: ReadonlyArray<string>
declare const batch: <
  const T extends ReadonlyArray<Command<unknown, unknown>> | { readonly [k: string]: Command<unknown, unknown> }
>(
  commands: T
) => Results<T>

// What these tests say is checked by the compiler; nothing of it is run.
const unrun = (_: () => void): void => {}

describe("the types of commands", () => {
  it("a command is an Effect that needs Redis", () => {
    expectTypeOf(Command.get("k")).toEqualTypeOf<Command<string | undefined, Uint8Array | undefined>>()
    expectTypeOf(Command.get("k")).toExtend<Effect.Effect<string | undefined, RedisError, Redis>>()
    expectTypeOf(Command.set("k", "v")).toEqualTypeOf<Command<boolean>>()
    expectTypeOf(Command.mSet({})).toEqualTypeOf<MultiSlotCommand<void>>()
  })

  it("a search for places gives what was asked for, and a bit field one answer for each operation", () => {
    const from = { longitude: 15, latitude: 37 }
    const circle = { radius: 1, unit: "km" } as const
    const get = { operation: "GET", encoding: "u8", offset: 0 } as const
    unrun(() => {
      expectTypeOf(redis.geoSearchWith("g", from, circle, ["WITHDIST", "WITHHASH"])).toEqualTypeOf<
        Effect.Effect<Array<{ readonly member: string; readonly distance: number; readonly hash: number }>, RedisError>
      >()
      expectTypeOf(redis.geoRadiusWith("g", from, 1, "m", [])).toEqualTypeOf<
        Effect.Effect<Array<{ readonly member: string }>, RedisError>
      >()
      expectTypeOf(redis.bitField("k", [get, { ...get, operation: "SET", value: 1 }])).toEqualTypeOf<
        Effect.Effect<[number, number | undefined], RedisError>
      >()
      expectTypeOf(redis.bitFieldRoBigInt("k", [get])).toEqualTypeOf<Effect.Effect<[bigint], RedisError>>()
      expectTypeOf(redis.zRange("z", "-", "[a", { by: "LEX" })).toEqualTypeOf<
        Effect.Effect<Array<string>, RedisError>
      >()
      // @ts-expect-error a rank has no limit
      redis.zRange("z", 0, 1, { limit: { offset: 0, count: 1 } })
      // @ts-expect-error members that are sorted by themselves come without scores
      redis.zRangeWithScores("z", "-", "+", { by: "LEX" })
      // @ts-expect-error NX and a comparison exclude one another
      redis.zAdd("z", { member: "a", score: 1 }, { condition: "NX", comparison: "GT" })
      // @ts-expect-error NOT takes one key
      redis.bitOp("NOT", "d", ["a", "b"])
      // @ts-expect-error any needs count
      redis.geoSearch("g", from, circle, { any: true })
      // @ts-expect-error replicas only read
      redis.bitFieldRo("k", [{ ...get, operation: "SET", value: 1 }])
    })
  })

  it("what a cluster may split by slot says so, and goes wherever commands go", () => {
    expectTypeOf(Command.del("k")).toEqualTypeOf<MultiSlotCommand<number>>()
    expectTypeOf(Command.mSetEx({ k: 1 })).toEqualTypeOf<MultiSlotCommand<boolean>>()
    expectTypeOf(Command.del("k")).toExtend<Command<number>>()
    expectTypeOf(Command.mSetNX({ k: 1 })).toEqualTypeOf<Command<boolean>>()
    expectTypeOf(Command.mSetNX({ k: 1 })).not.toExtend<MultiSlotCommand<boolean>>()
    unrun(() => {
      expectTypeOf(redis.del("k")).toEqualTypeOf<Effect.Effect<number, RedisError>>()
      expectTypeOf(batch([Command.exists("k"), Command.get("k")])).toEqualTypeOf<[number, string | undefined]>()
    })
  })

  it("results by position are tuples, also as methods", () => {
    unrun(() => {
      expectTypeOf(Command.mGet(["a", "b"])).toEqualTypeOf<
        MultiSlotCommand<[string | undefined, string | undefined], [Uint8Array | undefined, Uint8Array | undefined]>
      >()
      expectTypeOf(Command.mGet(many)).toEqualTypeOf<
        MultiSlotCommand<Array<string | undefined>, Array<Uint8Array | undefined>>
      >()
      expectTypeOf(redis.mGet(["a", "b"])).toEqualTypeOf<
        Effect.Effect<[string | undefined, string | undefined], RedisError>
      >()
      expectTypeOf(redis.smIsMember("s", ["a", 1, "c"])).toEqualTypeOf<
        Effect.Effect<[boolean, boolean, boolean], RedisError>
      >()
      expectTypeOf(redis.hTTL("h", ["a"])).toEqualTypeOf<Effect.Effect<[Duration.Duration | undefined], RedisError>>()
      expectTypeOf(redis.hExpire("h", ["a"], "1 second")).toEqualTypeOf<
        Effect.Effect<["set" | "refused" | "deleted" | undefined], RedisError>
      >()
    })
  })

  it("a batch has the results of its commands, by position or by name", () => {
    unrun(() => {
      expectTypeOf(batch([Command.incr("a"), Command.sMembers("b"), Command.mGet(["c"])])).toEqualTypeOf<
        [number, Array<string>, [string | undefined]]
      >()
      expectTypeOf(batch({ a: Command.get("x"), b: Command.asBytes(Command.get("x")) })).toEqualTypeOf<{
        a: string | undefined
        b: Uint8Array | undefined
      }>()
      expectTypeOf(batch(many.map((key) => Command.incr(key)))).toEqualTypeOf<Array<number>>()
    })
  })

  it("views change the result and are still commands", () => {
    expectTypeOf(Command.asBytes(Command.get("k"))).toEqualTypeOf<
      Command<Uint8Array | undefined, Uint8Array | undefined>
    >()
    expectTypeOf(Command.asBytes(Command.hGetAll("h"))).toEqualTypeOf<
      Command<
        Array<readonly [field: Uint8Array, value: Uint8Array]>,
        Array<readonly [field: Uint8Array, value: Uint8Array]>
      >
    >()
    expectTypeOf(Command.asBytes(Command.type("k"))).toExtend<Command<string>>()
    expectTypeOf(Command.asBigInt(Command.incr("k"))).toEqualTypeOf<Command<bigint>>()
    expectTypeOf(Command.asBigInt(Command.lPos("l", "e"))).toEqualTypeOf<Command<bigint | undefined>>()
    expectTypeOf(Command.map(Command.incr("k"), (n) => `${n}`)).toEqualTypeOf<Command<string>>()
    expectTypeOf(Command.incr("k").pipe(Command.map((n) => n > 1))).toEqualTypeOf<Command<boolean>>()
    // @ts-expect-error a text has no bigint view
    unrun(() => Command.asBigInt(Command.get("k")))
  })

  it("a schema gives its type, and a missing value stays undefined", () => {
    const User = Schema.Struct({ id: Schema.FiniteFromString })
    type User = { readonly id: number }
    expectTypeOf(Command.get("k").pipe(Command.decode(Schema.fromJsonString(User)))).toEqualTypeOf<
      Command<User | undefined>
    >()
    expectTypeOf(Command.decode(Command.hGetAll("h"), User)).toEqualTypeOf<Command<User>>()
    class Missing extends Schema.Opaque<Missing>()(Schema.Struct({})) {}
    expectTypeOf(Command.decode(Command.get("k"), Missing)).toEqualTypeOf<Command<Missing | undefined>>()
  })

  it("times come as durations and instants", () => {
    expectTypeOf(Command.ttl("k")).toEqualTypeOf<Command<Duration.Duration | undefined>>()
    expectTypeOf(Command.pExpireTime("k")).toEqualTypeOf<Command<DateTime.Utc | "persistent" | undefined>>()
  })

  it("pages and what was taken show as plain records", () => {
    unrun(() => {
      expectTypeOf(redis.scan("0")).toEqualTypeOf<
        Effect.Effect<{ readonly cursor: string } & { readonly keys: Array<string> }, RedisError>
      >()
      expectTypeOf(redis.blPop("l", "1 second")).toEqualTypeOf<
        Effect.Effect<({ readonly key: string } & { readonly element: string }) | undefined, RedisError>
      >()
    })
  })

  it("overloads stay overloads as methods", () => {
    unrun(() => {
      expectTypeOf(redis.hSet("h", "f", 1)).toEqualTypeOf<Effect.Effect<number, RedisError>>()
      expectTypeOf(redis.hSet("h", { a: 1 })).toEqualTypeOf<Effect.Effect<number, RedisError>>()
      expectTypeOf(redis.hSet("h", new Map([["a", "1"]]))).toEqualTypeOf<Effect.Effect<number, RedisError>>()
      // @ts-expect-error a field without its value
      redis.hSet("h", "f")
    })
  })

  it("options that exclude one another exclude one another", () => {
    unrun(() => {
      Command.set("k", "v", { expiry: "1 second", condition: "NX" })
      Command.set("k", "v", { expiry: undefined, keepTtl: true })
      Command.set("k", "v", { keepTtl: false, expireAt: 5 })
      // @ts-expect-error expiry and keepTtl
      Command.set("k", "v", { expiry: "1 second", keepTtl: true })
      // @ts-expect-error expiry and expireAt
      Command.set("k", "v", { expiry: "1 second", expireAt: 5 })
      // @ts-expect-error an unknown condition
      Command.set("k", "v", { condition: "GT" })
      // @ts-expect-error persist belongs to reading
      Command.set("k", "v", { persist: true })
      // @ts-expect-error expiry and persist
      Command.getEx("k", { expiry: 1, persist: true })
      // @ts-expect-error keepTtl belongs to writing
      Command.hGetEx("h", ["f"], { keepTtl: true })
      // @ts-expect-error optIn and broadcast
      Command.clientTracking(true, { optIn: true, broadcast: true })
      // @ts-expect-error prefixes without broadcast
      Command.clientTracking(true, { prefixes: ["a"] })
      // @ts-expect-error options without a protocol
      Command.hello(undefined, { name: "a" })
      // @ts-expect-error count and exactly
      Command.lMoveM("a", "b", "LEFT", "LEFT", { count: 1, exactly: 1, order: "OBO" })
      // @ts-expect-error a node is needed
      Command.clusterSetSlot(1, "NODE")
    })
  })

  it("values that cannot be sent are no arguments", () => {
    unrun(() => {
      Command.rPush("l", "a", 1, 2n, new Uint8Array(1))
      Command.rPush("l", many)
      // @ts-expect-error nothing to push
      Command.rPush("l")
      // @ts-expect-error undefined
      Command.set("k", undefined)
      // @ts-expect-error a boolean
      Command.set("k", true)
      // @ts-expect-error a number is no key
      Command.get(1)
      // @ts-expect-error a duration is no text of that kind
      Command.expire("k", "soon")
      // @ts-expect-error nested lists
      Command.del([["a"]])
    })
  })

  it("raw and defined commands have the type of their reply", () => {
    expectTypeOf(Command.raw("X")).toEqualTypeOf<Command<RespValue>>()
    const get = Command.define({ name: "X.GET", keys: "first", retry: "readOnly", reply: Reply.optionalText })
    expectTypeOf(get(["k"])).toEqualTypeOf<Command<string | undefined, Uint8Array | undefined>>()
    unrun(() => {
      Command.define({
        name: "X",
        keys: "none",
        retry: "never",
        // @ts-expect-error only the library's own replies
        reply: { text: () => 1, bytes: () => 1, bigint: undefined }
      })
    })
  })
})
