import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { Command } from "../../../src/Command.ts"
import { fails, holds, type LiveCase, missing, present, sorted, WRONGTYPE, within, wrong } from "./frame.ts"

const instant = DateTime.makeUnsafe("2040-01-01T00:00:00Z")
const later = DateTime.makeUnsafe("2041-01-01T00:00:00Z")
const minute = Duration.minutes(1)
const above0 = holds<number>((value) => assert.isAbove(value, 0))
const aDuration = holds<Duration.Duration>((value) => assert.isTrue(Duration.isDuration(value)))
/** What Redis 7.0 gives by DUMP for the string `1`; later servers take it too. */
const dumped = Uint8Array.of(0, 0xc0, 1, 10, 0, 0x26, 0x78, 0xe7, 0xb6, 0xd1, 1, 0x11, 0xfc)

// Most of these commands take keys of any type: the "wrong" one here is a list where the others are strings.
export const keysCases: ReadonlyArray<LiveCase> = [
  {
    title: "keys",
    steps: [
      [Command.set("a", "1"), true],
      [Command.rPush("l", "x"), 1],
      [present.copy("a", "b"), true],
      [present.copy("a", "b"), false],
      [Command.copy("a", "b", { replace: true, database: 1 }), true],
      [missing.copy("none", "c"), false],
      [wrong.copy("l", "b", { replace: true }), true],
      [present.exists(["a", "a", "none"]), 2],
      [missing.exists("none"), 0],
      [wrong.exists("l"), 1],
      [Command.keys("*"), sorted("a", "b", "l")],
      [Command.scan("0", { match: "a*", count: 100, type: "string" }), { cursor: "0", keys: ["a"] }],
      [Command.scan("0", { count: 100, type: "hash" }), { cursor: "0", keys: [] }],
      [present.type("a"), "string"],
      [missing.type("none"), "none"],
      [wrong.type("l"), "list"],
      [present.touch(["a", "none"]), 1],
      [missing.touch("none"), 0],
      [wrong.touch("l"), 1],
      [present.rename("b", "c"), undefined],
      [missing.rename("none", "c"), fails(/no such key/)],
      [wrong.rename("c", "a"), undefined],
      [Command.type("a"), "list"],
      [Command.set("c", "1"), true],
      [present.renameNX("c", "a"), false],
      [missing.renameNX("none", "x"), fails(/no such key/)],
      [wrong.renameNX("l", "c"), false],
      [present.move("c", 1), true],
      [missing.move("none", 1), false],
      [wrong.move("l", 1), true],
      [Command.randomKey(), "a"],
      [present.unlink(["a", "none"]), 1],
      [missing.unlink("a"), 0],
      [Command.set("a", "1"), true],
      [present.del("a"), 1],
      [missing.del("a"), 0],
      [Command.rPush("l", "x"), 1],
      [wrong.del("l"), 1],
      [Command.rPush("l", "x"), 1],
      [wrong.unlink("l"), 1],
      [Command.randomKey(), undefined]
    ]
  },
  {
    title: "what servers say of keys",
    steps: [
      [Command.set("a", "1"), true],
      [Command.rPush("l", "x"), 1],
      [present.objectEncoding("a"), "int"],
      [missing.objectEncoding("none"), undefined],
      [wrong.objectEncoding("l"), holds<string>((value) => assert.isAbove(value.length, 0))],
      [present.objectRefCount("a"), above0],
      [missing.objectRefCount("none"), undefined],
      [wrong.objectRefCount("l"), 1],
      [present.objectIdleTime("a"), aDuration],
      [missing.objectIdleTime("none"), undefined],
      [wrong.objectIdleTime("l"), aDuration],
      [present.objectFreq("a"), fails(/LFU/)],
      [Command.configSet("maxmemory-policy", "allkeys-lfu"), undefined],
      [Command.set("b", "text"), true],
      [present.objectFreq("b"), above0],
      [missing.objectFreq("none"), undefined],
      [wrong.objectFreq("l"), holds<number>((value) => assert.isAtLeast(value, 0))],
      [Command.objectIdleTime("b"), fails(/LFU/)],
      [Command.configSet("maxmemory-policy", "noeviction"), undefined],
      [Command.objectHelp(), holds<Array<string>>((lines) => assert.match(lines[0] ?? "", /^OBJECT/))],
      [present.memoryUsage("a", { samples: 0 }), above0],
      [missing.memoryUsage("none"), undefined],
      [wrong.memoryUsage("l"), above0]
    ]
  },
  {
    title: "keys in their serial form",
    steps: [
      [Command.set("a", "1"), true],
      [present.dump("a"), holds<Uint8Array>((bytes) => assert.isAbove(bytes.length, 10))],
      [missing.dump("none"), undefined],
      [missing.restore("b", dumped, { expiry: minute }), undefined],
      [Command.get("b"), "1"],
      [Command.pTTL("b"), within(Duration.zero, minute)],
      [present.restore("a", dumped), fails(/BUSYKEY/)],
      [Command.restore("a", dumped, { replace: true, expireAt: instant, idleTime: "5 seconds" }), undefined],
      [Command.pExpireTime("a"), instant],
      [Command.rPush("l", "x"), 1],
      [wrong.dump("l"), holds<Uint8Array>((bytes) => assert.isAbove(bytes.length, 10))],
      [wrong.restore("l", dumped), fails(/BUSYKEY/)],
      [Command.restore("l", dumped, { replace: true }), undefined],
      [Command.type("l"), "string"],
      [Command.restore("c", dumped.slice(1)), fails(/checksum|Bad data/)]
    ]
  },
  {
    title: "when keys end",
    steps: [
      [Command.set("a", "1", { expireAt: instant }), true],
      [Command.rPush("l", "x"), 1],
      [present.expireTime("a"), instant],
      [missing.expireTime("none"), undefined],
      [wrong.expireTime("l"), "persistent"],
      [present.pExpireTime("a"), instant],
      [missing.pExpireTime("none"), undefined],
      [wrong.pExpireTime("l"), "persistent"],
      [Command.expire("a", minute, { condition: "NX" }), false],
      [Command.expireAt("a", instant, { condition: "GT" }), false],
      [Command.pExpireAt("a", later, { condition: "GT" }), true],
      [Command.pExpire("a", minute, { condition: "LT" }), true],
      [present.expireAt("a", instant, { condition: "XX" }), true],
      [missing.expireAt("none", instant), false],
      [wrong.expireAt("l", instant), true],
      [present.pExpireAt("a", instant), true],
      [missing.pExpireAt("none", instant), false],
      [wrong.pExpireAt("l", instant), true],
      [present.expire("a", minute), true],
      [missing.expire("none", minute), false],
      [wrong.expire("l", minute), true],
      [present.pExpire("a", minute), true],
      [missing.pExpire("none", minute), false],
      [wrong.pExpire("l", minute), true],
      [present.ttl("a"), within(Duration.zero, minute)],
      [missing.ttl("none"), undefined],
      [wrong.ttl("l"), within(Duration.zero, minute)],
      [present.pTTL("a"), within(Duration.zero, minute)],
      [missing.pTTL("none"), undefined],
      [wrong.pTTL("l"), within(Duration.zero, minute)],
      [present.persist("a"), true],
      [missing.persist("none"), false],
      [wrong.persist("l"), true],
      [Command.pTTL("a"), Duration.infinity],
      [Command.expire("a", 0), true],
      [Command.exists("a"), 0]
    ]
  },
  {
    title: "sorting",
    steps: [
      [Command.rPush("l", "2", "1", "3"), 3],
      [Command.mSet({ w1: "3", w2: "1", w3: "2", v1: "one", v2: "two" }), undefined],
      [Command.set("s", "1"), true],
      [present.sort("l", { direction: "DESC", limit: { offset: 0, count: 2 } }), ["3", "2"]],
      [present.sort("l", { by: "nosort", get: ["#", "none_*"] }), ["2", undefined, "1", undefined, "3", undefined]],
      [present.sort("l", { by: "w*", get: "v*", alpha: true }), ["two", undefined, "one"]],
      [missing.sort("none"), []],
      [wrong.sort("s"), WRONGTYPE],
      [present.sortRo("l"), ["1", "2", "3"]],
      [missing.sortRo("none", { alpha: true }), []],
      [wrong.sortRo("s"), WRONGTYPE],
      [present.sortStore("l", "sorted"), 3],
      [Command.lRange("sorted", 0, -1), ["1", "2", "3"]],
      [wrong.sortStore("s", "sorted"), WRONGTYPE],
      [missing.sortStore("none", "sorted"), 0],
      [Command.exists("sorted"), 0]
    ]
  }
]
