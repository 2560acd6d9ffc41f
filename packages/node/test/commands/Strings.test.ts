import { counters } from "../../../client/src/command/Counters.ts"
import { strings } from "../../../client/src/command/Strings.ts"
import { bytes, type Case, Check, call, checkCases, empty, given, type Since } from "../support/cases.ts"

const k = given("SET k abc")
const number = given("SET n 10")
const binary = Uint8Array.of(0, 255, 128, 10, 13)
const FAR = 4_102_444_800_000
const ttlUpTo = (ms: number) =>
  new Check(`1 to ${ms}`, (value) => typeof value === "number" && value > 0 && value <= ms)
const has = (key: string, value: unknown) => [`GET ${key}`, value] as const
const redis84: Since = { redis: "8.4" }

const cases: ReadonlyArray<Case> = [
  k(call.append("k", "de"), 5, { after: [has("k", "abcde")] }),
  empty(call.append("new", "über"), 5),
  number(call.decr("n"), 9),
  empty(call.decr("n"), -1),
  number(call.decrBy("n", 12), -2),
  number(call.decrBy("n", 10n + 2n ** 53n - 1n), 1 - 2 ** 53),
  k(call.delIfEq("k", "abc"), true, { after: [has("k", null)] }),
  k(call.delIfEq("k", "other"), false, { after: [has("k", "abc")] }),
  k(call.delEx("k"), true, { after: [has("k", null)] }),
  k(call.delEx("k", { IFEQ: "abc" }), true),
  k(call.delEx("k", { IFNE: "abc" }), false),
  empty(call.delEx("k"), false),
  k(call.digest("k"), new Check("16 hexadecimal digits", (value) => /^[0-9a-f]{16}$/.test(String(value)))),
  empty(call.digest("k"), undefined),
  k(call.get("k"), "abc", bytes("abc")),
  empty(call.get("k"), undefined),
  given("SET k ")(call.get("k"), "", bytes("")),
  given(["SET", "k", binary])(call.get("k"), "\0\uFFFD\uFFFD\n\r", binary),
  given(["SET", "k", "héllo wörld → 😀"])(call.get("k"), "héllo wörld → 😀", bytes("héllo wörld → 😀")),
  given(["SET", Uint8Array.of(255, 0), "v"])(call.get(Uint8Array.of(255, 0)), "v", bytes("v")),
  k(call.getDel("k"), "abc", bytes("abc"), { after: [has("k", null)] }),
  empty(call.getDel("k"), undefined),
  k(call.getEx("k"), "abc", bytes("abc"), { after: [["TTL k", -1]] }),
  k(call.getEx("k", { expiry: "1 minute" }), "abc", bytes("abc"), { after: [["PTTL k", ttlUpTo(60_000)]] }),
  k(call.getEx("k", { expireAt: FAR }), "abc", bytes("abc"), { after: [["PEXPIRETIME k", FAR]] }),
  given("SET k abc EX 100")(call.getEx("k", { persist: true }), "abc", bytes("abc"), { after: [["TTL k", -1]] }),
  empty(call.getEx("k", { persist: true }), undefined),
  k(call.getRange("k", 1, -1), "bc", bytes("bc")),
  empty(call.getRange("k", 0, -1), "", bytes("")),
  k(call.subStr("k", 1, -1), "bc", bytes("bc")),
  k(call.getSet("k", "new"), "abc", bytes("abc"), { after: [has("k", "new")] }),
  empty(call.getSet("k", "new"), undefined),
  number(call.incr("n"), 11),
  empty(call.incr("n"), 1),
  number(call.incrBy("n", -15), -5),
  number(call.incrBy("n", 2n ** 53n - 11n), 2 ** 53 - 1),
  number(call.incrByFloat("n", 0.5), 10.5),
  number(call.incrByFloat("n", -1e-7), 9.9999999),
  empty(call.incrByFloat("n", 5e20), 5e20),
  number(call.increx("n"), { value: 11, increment: 1 }),
  number(call.increx("n", { by: 5, upperBound: 12, saturate: true, expiry: "1 minute" }), { value: 12, increment: 2 }),
  number(call.incrExByFloat("n", 0.5, { upperBound: 11.5, persist: true }), { value: 10.5, increment: 0.5 }),
  given("MSET a ohmytext b mynewtext")(call.lcs("a", "b"), "mytext", bytes("mytext")),
  empty(call.lcs("a", "b"), "", bytes("")),
  given("MSET a ohmytext b mynewtext")(call.lcsLen("a", "b"), 6),
  given("MSET a ohmytext b mynewtext")(call.lcsIdx("a", "b", { minMatchLength: 3 }), {
    matches: [{ first: { start: 4, end: 7 }, second: { start: 5, end: 8 } }],
    length: 6
  }),
  given("MSET a ohmytext b mynewtext")(call.lcsIdxWithMatchLen("a", "b"), {
    matches: [
      { first: { start: 4, end: 7 }, second: { start: 5, end: 8 }, length: 4 },
      { first: { start: 2, end: 3 }, second: { start: 0, end: 1 }, length: 2 }
    ],
    length: 6
  }),
  given("MSET a 1 c 3", "RPUSH l x")(
    call.mGet(["a", "b", "c", "l", "a"]),
    ["1", undefined, "3", undefined, "1"],
    [bytes("1"), undefined, bytes("3"), undefined, bytes("1")]
  ),
  empty(call.mGet([]), []),
  empty(call.mSet({ a: "1", b: 2, __proto__x: "y" }), undefined, { after: [["MGET a b __proto__x", ["1", "2", "y"]]] }),
  empty(call.mSet(new Map([["__proto__", "1"]])), undefined, { after: [has("__proto__", "1")] }),
  empty(call.mSet([[Uint8Array.of(1), binary]]), undefined, { after: [[["STRLEN", Uint8Array.of(1)], 5]] }),
  empty(call.mSetEx({ a: "1", b: "2" }, { expiry: "1 minute" }), true, { after: [["PTTL b", ttlUpTo(60_000)]] }),
  given("SET b x")(call.mSetEx({ a: "1", b: "2" }, { condition: "NX" }), false, { after: [has("a", null)] }),
  empty(call.mSetNX({ a: "1", b: "2" }), true, { after: [has("b", "2")] }),
  given("SET b x")(call.mSetNX({ a: "1", b: "2" }), false, { after: [has("a", null)] }),
  empty(call.pSetEx("k", "2 minutes", "v"), undefined, { after: [["PTTL k", ttlUpTo(120_000)]] }),
  empty(call.set("k", "v"), true, { after: [has("k", "v")] }),
  empty(call.set("k", 1.5), true, { after: [has("k", "1.5")] }),
  empty(call.set("k", -12n), true, { after: [has("k", "-12")] }),
  empty(call.set("k", "grüße"), true, { after: [has("k", "grüße")] }),
  k(call.set("k", "v", { condition: "NX" }), false, { after: [has("k", "abc")] }),
  empty(call.set("k", "v", { condition: "XX" }), false, { after: [has("k", null)] }),
  empty(call.set("k", "v", { condition: "NX", expiry: "1 hour" }), true, { after: [["PTTL k", ttlUpTo(3_600_000)]] }),
  empty(call.set("k", "v", { expireAt: FAR }), true, { after: [["PEXPIRETIME k", FAR]] }),
  given("SET k abc EX 100")(call.set("k", "v", { keepTtl: true }), true, { after: [["TTL k", ttlUpTo(100)]] }),
  given("SET k abc EX 100")(call.set("k", "v"), true, { after: [["TTL k", -1]] }),
  k(call.set("k", "v", { condition: { IFEQ: "abc" } }), true, { since: { redis: "8.4", valkey: "8.1" } }),
  k(call.set("k", "v", { condition: { IFEQ: "x" } }), false, { since: { redis: "8.4", valkey: "8.1" } }),
  k(call.set("k", "v", { condition: { IFNE: "x" } }), true, { since: redis84 }),
  empty(call.setEx("k", "2 seconds", "v"), undefined, { after: [["TTL k", ttlUpTo(2)]] }),
  k(call.setGet("k", "v"), "abc", bytes("abc"), { after: [has("k", "v")] }),
  empty(call.setGet("k", "v"), undefined, { after: [has("k", "v")] }),
  k(call.setGet("k", "v", { condition: "NX" }), "abc", bytes("abc"), { after: [has("k", "abc")] }),
  empty(call.setNX("k", "v"), true),
  k(call.setNX("k", "v"), false),
  k(call.setRange("k", 5, "v"), 6, { after: [has("k", "abc\0\0v")] }),
  k(call.strLen("k"), 3),
  empty(call.strLen("k"), 0)
]

checkCases("Strings", { ...strings, ...counters }, cases)
