import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { hashExpiry } from "../../../client/src/command/HashExpiry.ts"
import { hashes } from "../../../client/src/command/Hashes.ts"
import { bare, bytes, type Case, Check, call, checkCases, empty, given, unordered } from "../support/cases.ts"

const h = given("HSET h a 1 b 2")
const pair = (field: string, value: string) => [bytes(field), bytes(value)]
const SECONDS = 4_102_444_800
const instant = DateTime.makeUnsafe(SECONDS * 1000)
const odd = DateTime.makeUnsafe(SECONDS * 1000 + 250)
const expiring = given("HSET h a 1 b 2", `HPEXPIREAT h ${SECONDS * 1000 + 250} FIELDS 1 a`)
const firstIsFinite = new Check("a duration, infinite, missing", (value) => {
  if (!Array.isArray(value) || value.length !== 3) return false
  const [first, second, third] = value
  return Duration.isDuration(first) && Duration.isFinite(first) && second === Duration.infinity && third === undefined
})
const largeHash = ["HSET", "h", ...Array.from({ length: 2000 }, (_, at) => at)]

const cases: ReadonlyArray<Case> = [
  h(call.hDel("h", "a", "x"), 1, { after: [["HGETALL h", ["b", "2"]]] }),
  h(call.hDel("h", ["a", "b"]), 2, { after: [["EXISTS h", 0]] }),
  empty(call.hDel("h", []), 0),
  h(call.hExists("h", "a"), true),
  h(call.hExists("h", "x"), false),
  h(call.hGet("h", "a"), "1", bytes("1")),
  h(call.hGet("h", "x"), undefined),
  empty(call.hGet("h", "a"), undefined),
  h(call.hGetAll("h"), bare({ a: "1", b: "2" }), [pair("a", "1"), pair("b", "2")]),
  empty(call.hGetAll("h"), bare({}), []),
  given("HSET h __proto__ x constructor y toString z")(
    call.hGetAll("h"),
    new Check("the fields as own properties without a prototype", (value) => {
      if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== null) return false
      return JSON.stringify(Object.entries(value)) === '[["__proto__","x"],["constructor","y"],["toString","z"]]'
    }),
    [pair("__proto__", "x"), pair("constructor", "y"), pair("toString", "z")]
  ),
  given(["HSET", "h", Uint8Array.of(255, 1), Uint8Array.of(0)])(call.hGetAll("h"), bare({ "\uFFFD\u0001": "\0" }), [
    [Uint8Array.of(255, 1), Uint8Array.of(0)]
  ]),
  given(largeHash)(
    call.hGetAll("h"),
    new Check("1000 fields", (value) => Object.keys(value as object).length === 1000),
    new Check("1000 pairs", (value) => Array.isArray(value) && value.length === 1000)
  ),
  h(call.hIncrBy("h", "a", 2), 3),
  empty(call.hIncrBy("h", "a", -(2n ** 53n - 1n)), -(2 ** 53 - 1)),
  h(call.hIncrByFloat("h", "a", 0.25), 1.25),
  h(call.hKeys("h"), ["a", "b"], [bytes("a"), bytes("b")]),
  empty(call.hKeys("h"), []),
  h(call.hLen("h"), 2),
  empty(call.hmSet("h", { a: 1, b: "2" }), undefined, { after: [["HGET h b", "2"]] }),
  h(call.hmGet("h", ["b", "x", "a"]), ["2", undefined, "1"], [bytes("2"), undefined, bytes("1")]),
  empty(call.hmGet("h", ["a"]), [undefined]),
  empty(call.hmGet("h", []), []),
  given("HSET h a 1")(call.hRandField("h"), "a", bytes("a")),
  empty(call.hRandField("h"), undefined),
  h(call.hRandFieldCount("h", 5), unordered(["a", "b"]), unordered([bytes("a"), bytes("b")])),
  given("HSET h a 1")(call.hRandFieldCount("h", -3), ["a", "a", "a"], [bytes("a"), bytes("a"), bytes("a")]),
  empty(call.hRandFieldCount("h", 5), []),
  given("HSET h a 1")(
    call.hRandFieldCountWithValues("h", -2),
    [
      ["a", "1"],
      ["a", "1"]
    ],
    [pair("a", "1"), pair("a", "1")]
  ),
  empty(call.hRandFieldCountWithValues("h", 2), []),
  h(
    call.hScan("h", "0"),
    {
      cursor: "0",
      entries: [
        ["a", "1"],
        ["b", "2"]
      ]
    },
    { cursor: "0", entries: [pair("a", "1"), pair("b", "2")] }
  ),
  h(
    call.hScan("h", "0", { match: "b*", count: 10 }),
    { cursor: "0", entries: [["b", "2"]] },
    {
      cursor: "0",
      entries: [pair("b", "2")]
    }
  ),
  h(
    call.hScanNoValues("h", "0"),
    { cursor: "0", fields: ["a", "b"] },
    { cursor: "0", fields: [bytes("a"), bytes("b")] },
    { since: { redis: "7.4", valkey: "8.0" } }
  ),
  empty(call.hSet("h", "f", 1), 1),
  h(call.hSet("h", "a", "new"), 0, { after: [["HGET h a", "new"]] }),
  h(call.hSet("h", { b: "x", c: 3n }), 1, { after: [["HMGET h b c", ["x", "3"]]] }),
  empty(call.hSet("h", new Map([["__proto__", 1]])), 1, { after: [["HGET h __proto__", "1"]] }),
  empty(call.hSet("h", [[Uint8Array.of(9), Uint8Array.of(1, 2)]]), 1, {
    after: [[["HSTRLEN", "h", Uint8Array.of(9)], 2]]
  }),
  empty(call.hSet("h", {}), 0),
  empty(call.hSetNX("h", "f", "v"), true),
  h(call.hSetNX("h", "a", "v"), false),
  given(["HSET", "h", "f", "grüße"])(call.hStrLen("h", "f"), 7),
  empty(call.hStrLen("h", "f"), 0),
  h(call.hVals("h"), ["1", "2"], [bytes("1"), bytes("2")]),
  empty(call.hVals("h"), []),

  h(call.hExpire("h", ["a", "x"], "1 minute"), ["set", undefined]),
  expiring(call.hExpire("h", ["a"], "1 minute", { condition: "NX" }), ["refused"]),
  h(call.hExpire("h", ["a"], 0), ["deleted"], { after: [["HEXISTS h a", 0]] }),
  empty(call.hExpire("h", ["a"], "1 minute"), [undefined]),
  h(call.hExpireAt("h", ["a"], instant), ["set"], { after: [["HPEXPIRETIME h FIELDS 1 a", [SECONDS * 1000]]] }),
  given("HSET h a 1 b 2", `HEXPIREAT h ${SECONDS} FIELDS 1 a`)(call.hExpireTime("h", ["a", "b", "x"]), [
    instant,
    "persistent",
    undefined
  ]),
  h(call.hGetDel("h", ["a", "x"]), ["1", undefined], [bytes("1"), undefined], { after: [["HLEN h", 1]] }),
  h(call.hGetEx("h", ["a", "x"]), ["1", undefined], [bytes("1"), undefined]),
  h(call.hGetEx("h", ["a"], { expireAt: odd }), ["1"], [bytes("1")], {
    after: [["HPEXPIRETIME h FIELDS 1 a", [SECONDS * 1000 + 250]]]
  }),
  expiring(call.hGetEx("h", ["a"], { persist: true }), ["1"], [bytes("1")], {
    after: [["HPEXPIRETIME h FIELDS 1 a", [-1]]]
  }),
  expiring(call.hPersist("h", ["a", "b", "x"]), [true, false, undefined]),
  h(call.hpExpire("h", ["a"], 90_000.5), ["set"]),
  expiring(call.hpExpire("h", ["a"], 1500, { condition: "GT" }), ["refused"]),
  h(call.hpExpireAt("h", ["a"], odd), ["set"], { after: [["HPEXPIRETIME h FIELDS 1 a", [SECONDS * 1000 + 250]]] }),
  expiring(call.hpExpireTime("h", ["a", "b", "x"]), [odd, "persistent", undefined]),
  expiring(call.hpTTL("h", ["a", "b", "x"]), firstIsFinite),
  expiring(call.hTTL("h", ["a", "b", "x"]), firstIsFinite),
  empty(call.hTTL("h", ["a"]), [undefined]),
  empty(call.hSetEx("h", { a: "1", b: "2" }, { expireAt: odd }), true, {
    after: [["HPEXPIRETIME h FIELDS 2 a b", [SECONDS * 1000 + 250, SECONDS * 1000 + 250]]]
  }),
  h(call.hSetEx("h", { a: "x", c: "y" }, { condition: "FNX" }), false, { after: [["HGET h a", "1"]] }),
  expiring(call.hSetEx("h", [["a", "x"]], { condition: "FXX", keepTtl: true }), true, {
    after: [["HPEXPIRETIME h FIELDS 1 a", [SECONDS * 1000 + 250]]]
  })
]

checkCases("Hashes", { ...hashes, ...hashExpiry }, cases)
