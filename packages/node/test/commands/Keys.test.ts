import { assert, it } from "@effect/vitest"
import { RedisServer } from "@reef-redis/testing"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { keys } from "../../../client/src/command/Keys.ts"
import { bytes, type Case, Check, call, checkCases, empty, given, unordered } from "../support/cases.ts"
import { clientOf } from "../support/client.ts"
import { leavesNothing } from "../support/resources.ts"

const k = given("SET k abc")
const expiring = given("SET k abc EX 100")
const list = given("RPUSH l 3 1 2", "MSET w_1 9 w_2 8 w_3 7 v_1 one v_3 three")
const SECONDS = 4_102_444_800
const instant = DateTime.makeUnsafe(SECONDS * 1000)
const odd = DateTime.makeUnsafe(SECONDS * 1000 + 250)
const upTo = (most: Duration.Duration) =>
  new Check(
    `a duration up to ${Duration.format(most)}`,
    (value) =>
      Duration.isDuration(value) && Duration.isPositive(value) && Duration.toMillis(value) <= Duration.toMillis(most)
  )
const within = (least: number, most: number) =>
  new Check(`${least} to ${most}`, (value) => typeof value === "number" && value >= least && value <= most)
const lfu = { reset: ["CONFIG SET maxmemory-policy noeviction"] }

const cases: ReadonlyArray<Case> = [
  k(call.copy("k", "b"), true, { after: [["GET b", "abc"]] }),
  given("MSET k abc b x")(call.copy("k", "b"), false),
  k(call.copy("k", "k", { database: 2, replace: true }), true),
  empty(call.copy("k", "b"), false),
  given("MSET a 1 b 2")(call.del(["a", "b", "c"]), 2),
  k(call.del("k"), 1),
  empty(call.del([]), 0),
  k(call.dump("k"), new Check("bytes", (value) => value instanceof Uint8Array && value.length > 10)),
  empty(call.dump("k"), undefined),
  k(call.exists(["k", "k", "x"]), 2),
  k(call.expire("k", "2 minutes"), true, { after: [["TTL k", within(119, 120)]] }),
  k(call.expire("k", "2 minutes", { condition: "XX" }), false, { after: [["TTL k", -1]] }),
  empty(call.expire("k", 1000), false),
  k(call.expireAt("k", instant), true, { after: [["EXPIRETIME k", SECONDS]] }),
  k(call.expireAt("k", instant, { condition: "GT" }), false),
  given(`SET k v EXAT ${SECONDS}`)(call.expireTime("k"), instant),
  k(call.expireTime("k"), "persistent"),
  empty(call.expireTime("k"), undefined),
  given("MSET a1 x a2 y b z")(call.keys("a*"), unordered(["a1", "a2"]), unordered([bytes("a1"), bytes("a2")])),
  empty(call.keys("*"), []),
  k(call.memoryUsage("k"), within(20, 1000)),
  k(call.memoryUsage("k", { samples: 0 }), within(20, 1000)),
  empty(call.memoryUsage("k"), undefined),
  k(call.move("k", 2), true, { after: [["EXISTS k", 0]] }),
  empty(call.move("k", 2), false),
  k(call.objectEncoding("k"), "embstr"),
  given("SADD s 1 2")(call.objectEncoding("s"), "intset"),
  empty(call.objectEncoding("k"), undefined),
  given("CONFIG SET maxmemory-policy allkeys-lfu", "SET k abc")(call.objectFreq("k"), within(0, 255), lfu),
  given("CONFIG SET maxmemory-policy allkeys-lfu")(call.objectFreq("k"), undefined, lfu),
  empty(call.objectHelp(), new Check("lines", (value) => /^OBJECT /.test(String(Array.isArray(value) && value[0])))),
  k(call.objectIdleTime("k"), new Check("a duration", (value) => Duration.isDuration(value))),
  empty(call.objectIdleTime("k"), undefined),
  k(call.objectRefCount("k"), 1),
  empty(call.objectRefCount("k"), undefined),
  expiring(call.persist("k"), true, { after: [["TTL k", -1]] }),
  k(call.persist("k"), false),
  k(call.pExpire("k", 150_000.5), true, { after: [["PTTL k", within(140_000, 150_001)]] }),
  expiring(call.pExpire("k", "1 second", { condition: "GT" }), false),
  k(call.pExpireAt("k", odd), true, { after: [["PEXPIRETIME k", SECONDS * 1000 + 250]] }),
  given(`SET k v PXAT ${SECONDS * 1000 + 250}`)(call.pExpireTime("k"), odd),
  k(call.pExpireTime("k"), "persistent"),
  empty(call.pExpireTime("k"), undefined),
  expiring(call.pTTL("k"), upTo(Duration.seconds(100))),
  k(call.pTTL("k"), Duration.infinity),
  empty(call.pTTL("k"), undefined),
  k(call.randomKey(), "k", bytes("k")),
  empty(call.randomKey(), undefined),
  k(call.rename("k", "b"), undefined, { after: [["GET b", "abc"]] }),
  k(call.renameNX("k", "b"), true),
  given("MSET k abc b x")(call.renameNX("k", "b"), false),
  k(call.scan("0"), { cursor: "0", keys: ["k"] }, { cursor: "0", keys: [bytes("k")] }),
  given("SET a1 x", "SET b y", "RPUSH a2 z")(
    call.scan("0", { match: "a*", count: 1000, type: "list" }),
    { cursor: "0", keys: ["a2"] },
    { cursor: "0", keys: [bytes("a2")] }
  ),
  empty(call.scan("0"), { cursor: "0", keys: [] }),
  list(call.sort("l"), ["1", "2", "3"], [bytes("1"), bytes("2"), bytes("3")]),
  list(
    call.sort("l", { by: "w_*", get: ["#", "v_*"], direction: "DESC", limit: { offset: 0, count: 2 } }),
    ["1", "one", "2", undefined],
    [bytes("1"), bytes("one"), bytes("2"), undefined]
  ),
  given("RPUSH l b a")(call.sort("l", { alpha: true }), ["a", "b"], [bytes("a"), bytes("b")]),
  list(call.sortRo("l", { get: "v_*" }), ["one", undefined, "three"], [bytes("one"), undefined, bytes("three")]),
  list(call.sortStore("l", "d"), 3, { after: [["LRANGE d 0 -1", ["1", "2", "3"]]] }),
  given("MSET a 1 b 2")(call.touch(["a", "b", "c"]), 2),
  expiring(call.ttl("k"), upTo(Duration.seconds(100))),
  k(call.ttl("k"), Duration.infinity),
  empty(call.ttl("k"), undefined),
  k(call.type("k"), "string"),
  given("ZADD z 1 a")(call.type("z"), "zset"),
  given("XADD x * f v")(call.type("x"), "stream"),
  empty(call.type("k"), "none"),
  given("MSET a 1 b 2")(call.unlink(["a", "b", "c"]), 2)
]

checkCases("Keys", keys, cases, ["restore"])

it.live("restores what was dumped, with its life, and refuses a name that is taken", () =>
  leavesNothing(
    Effect.gen(function* () {
      const server = yield* RedisServer.make()
      for (const protocol of [3, 2] as const) {
        const redis = yield* clientOf(server, { protocol })
        yield* redis.flushAll()
        yield* redis.rPush("l", "a", Uint8Array.of(0, 255))
        const dumped = (yield* redis.dump("l")) ?? assert.fail("nothing was dumped")
        yield* redis.restore("copy", dumped, { expiry: "1 minute", idleTime: "3 seconds" })
        assert.deepStrictEqual(yield* redis.objectEncoding("copy"), yield* redis.objectEncoding("l"))
        assert.isBelow(Duration.toMillis((yield* redis.pTTL("copy")) ?? Duration.infinity), 60_001)
        yield* redis.restore("copy", dumped, { replace: true, expireAt: odd })
        assert.deepStrictEqual(yield* redis.pExpireTime("copy"), odd)
        const taken = yield* Effect.flip(redis.restore("copy", dumped))
        assert.deepInclude(taken.reason, { _tag: "ServerReply", code: "BUSYKEY" })
        const broken = yield* Effect.flip(redis.restore("broken", dumped.subarray(1)))
        assert.strictEqual(broken.execution, "Refused")
      }
    })
  )
)

it.live("walks over all keys page by page", () =>
  leavesNothing(
    Effect.gen(function* () {
      const server = yield* RedisServer.make()
      const redis = yield* clientOf(server)
      const names = Array.from({ length: 2500 }, (_, at) => `key:${at}`)
      yield* redis.mSet(names.map((name) => [name, "v"]))
      const found = new Set<string>()
      let cursor = "0"
      let pages = 0
      do {
        const page = yield* redis.scan(cursor, { count: 100 })
        for (const key of page.keys) found.add(key)
        cursor = page.cursor
        pages++
      } while (cursor !== "0")
      assert.strictEqual(found.size, names.length)
      assert.isAbove(pages, 10)
    })
  )
)
