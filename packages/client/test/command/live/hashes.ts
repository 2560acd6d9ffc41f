import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { Command } from "../../../src/Command.ts"
import { bare } from "../golden.ts"
import { type LiveCase, missing, present, sorted, WRONGTYPE, within, wrong } from "./frame.ts"

const instant = DateTime.makeUnsafe("2040-01-01T00:00:00Z")
const minute = Duration.minutes(1)

export const hashesCases: ReadonlyArray<LiveCase> = [
  {
    title: "hashes",
    steps: [
      [missing.hSet("h", { a: "1", __proto__x: "2" }), 2],
      [present.hSet("h", "a", 3), 0],
      [present.hSetNX("h", "a", 4), false],
      [missing.hSetNX("n", "a", 4), true],
      [present.hmSet("h", { a: 3 }), undefined],
      [missing.hmSet("m", [["a", 3]]), undefined],
      [present.hGet("h", "a"), "3"],
      [Command.hGet("h", "none"), undefined],
      [missing.hGet("none", "a"), undefined],
      [present.hGetAll("h"), bare({ a: "3", __proto__x: "2" })],
      [missing.hGetAll("none"), bare({})],
      [present.hmGet("h", ["a", "none"]), ["3", undefined]],
      [missing.hmGet("none", ["a"]), [undefined]],
      [present.hIncrBy("h", "a", 2), 5],
      [missing.hIncrBy("i", "a", 2n), 2],
      [present.hIncrByFloat("h", "a", 0.5), 5.5],
      [missing.hIncrByFloat("f", "a", 0.5), 0.5],
      [present.hKeys("h"), sorted("__proto__x", "a")],
      [missing.hKeys("none"), []],
      [present.hVals("h"), sorted("2", "5.5")],
      [missing.hVals("none"), []],
      [present.hStrLen("h", "a"), 3],
      [missing.hStrLen("none", "a"), 0],
      [present.hExists("h", "a"), true],
      [missing.hExists("none", "a"), false],
      [present.hDel("h", ["__proto__x", "none"]), 1],
      [missing.hDel("none", "a"), 0],
      [present.hLen("h"), 1],
      [missing.hLen("none"), 0],
      [present.hRandField("h"), "a"],
      [missing.hRandField("none"), undefined],
      [present.hRandFieldCount("h", -2), ["a", "a"]],
      [missing.hRandFieldCount("none", 2), []],
      [
        present.hRandFieldCountWithValues("h", -2),
        [
          ["a", "5.5"],
          ["a", "5.5"]
        ]
      ],
      [missing.hRandFieldCountWithValues("none", 2), []],
      [present.hScan("h", "0", { count: 10 }), { cursor: "0", entries: [["a", "5.5"]] }],
      [missing.hScan("none", "0"), { cursor: "0", entries: [] }],
      [Command.hGetAll("h").pipe(Command.decode(Schema.Struct({ a: Schema.FiniteFromString }))), { a: 5.5 }]
    ]
  },
  {
    title: "what is no hash",
    steps: [
      [Command.set("s", "v"), true],
      [wrong.hSet("s", "f", "v"), WRONGTYPE],
      [wrong.hSetNX("s", "f", "v"), WRONGTYPE],
      [wrong.hmSet("s", { f: "v" }), WRONGTYPE],
      [wrong.hGet("s", "f"), WRONGTYPE],
      [wrong.hGetAll("s"), WRONGTYPE],
      [wrong.hmGet("s", ["f"]), WRONGTYPE],
      [wrong.hIncrBy("s", "f", 1), WRONGTYPE],
      [wrong.hIncrByFloat("s", "f", 1), WRONGTYPE],
      [wrong.hKeys("s"), WRONGTYPE],
      [wrong.hVals("s"), WRONGTYPE],
      [wrong.hStrLen("s", "f"), WRONGTYPE],
      [wrong.hExists("s", "f"), WRONGTYPE],
      [wrong.hDel("s", "f"), WRONGTYPE],
      [wrong.hLen("s"), WRONGTYPE],
      [wrong.hRandField("s"), WRONGTYPE],
      [wrong.hRandFieldCount("s", 1), WRONGTYPE],
      [wrong.hRandFieldCountWithValues("s", 1), WRONGTYPE],
      [wrong.hScan("s", "0"), WRONGTYPE]
    ]
  },
  {
    title: "the names of fields by pages",
    since: { redis: "7.4", valkey: "8.0" },
    steps: [
      [Command.hSet("h", "a", "1"), 1],
      [present.hScanNoValues("h", "0"), { cursor: "0", fields: ["a"] }],
      [missing.hScanNoValues("none", "0"), { cursor: "0", fields: [] }],
      [Command.set("s", "v"), true],
      [wrong.hScanNoValues("s", "0"), WRONGTYPE]
    ]
  },
  {
    title: "the life of fields",
    since: { redis: "7.4", valkey: "9.0" },
    steps: [
      [Command.hSet("h", { a: "1", b: "2", c: "3" }), 3],
      [present.hpExpire("h", ["a", "none"], minute), ["set", undefined]],
      [missing.hpExpire("none", ["a", "b"], minute), [undefined, undefined]],
      [present.hpTTL("h", ["b", "none"]), [Duration.infinity, undefined]],
      [missing.hpTTL("none", ["a"]), [undefined]],
      [present.hTTL("h", ["b"]), [Duration.infinity]],
      [missing.hTTL("none", ["a"]), [undefined]],
      [present.hExpire("h", ["a"], minute, { condition: "NX" }), ["refused"]],
      [missing.hExpire("none", ["a"], minute), [undefined]],
      [present.hExpireAt("h", ["a"], instant, { condition: "GT" }), ["set"]],
      [missing.hExpireAt("none", ["a"], instant), [undefined]],
      [present.hpExpireAt("h", ["a"], instant, { condition: "XX" }), ["set"]],
      [missing.hpExpireAt("none", ["a"], instant), [undefined]],
      [present.hExpireTime("h", ["a", "b"]), [instant, "persistent"]],
      [missing.hExpireTime("none", ["a"]), [undefined]],
      [present.hpExpireTime("h", ["a", "b"]), [instant, "persistent"]],
      [missing.hpExpireTime("none", ["a"]), [undefined]],
      [present.hPersist("h", ["a", "b", "none"]), [true, false, undefined]],
      [missing.hPersist("none", ["a"]), [undefined]],
      [Command.hpExpire("h", ["c"], 0), ["deleted"]],
      [Command.set("s", "v"), true],
      [wrong.hpExpire("s", ["a"], minute), WRONGTYPE],
      [wrong.hpTTL("s", ["a"]), WRONGTYPE],
      [wrong.hTTL("s", ["a"]), WRONGTYPE],
      [wrong.hExpire("s", ["a"], minute), WRONGTYPE],
      [wrong.hExpireAt("s", ["a"], instant), WRONGTYPE],
      [wrong.hpExpireAt("s", ["a"], instant), WRONGTYPE],
      [wrong.hExpireTime("s", ["a"]), WRONGTYPE],
      [wrong.hpExpireTime("s", ["a"]), WRONGTYPE],
      [wrong.hPersist("s", ["a"]), WRONGTYPE]
    ]
  },
  {
    title: "fields that are read and written with a life",
    since: { redis: "8.0", valkey: "9.0" },
    steps: [
      [missing.hSetEx("h", { a: "1", b: "2" }, { condition: "FNX", expiry: minute }), true],
      [present.hSetEx("h", { c: "3" }, { condition: "FXX" }), false],
      [Command.hSetEx("h", { a: "1" }, { keepTtl: true }), true],
      [present.hGetEx("h", ["a", "none"], { persist: true }), ["1", undefined]],
      [missing.hGetEx("none", ["a"]), [undefined]],
      [Command.hpTTL("h", ["a"]), [Duration.infinity]],
      [Command.hGetEx("h", ["a"], { expiry: minute }), ["1"]],
      [Command.hpTTL("h", ["a"]).pipe(Command.map(([ttl]) => ttl)), within(Duration.zero, minute)],
      [Command.set("s", "v"), true],
      [wrong.hSetEx("s", { a: "1" }), WRONGTYPE],
      [wrong.hGetEx("s", ["a"]), WRONGTYPE]
    ]
  },
  {
    title: "fields that are read and deleted",
    since: { redis: "8.0", valkey: "9.1" },
    steps: [
      [Command.hSet("h", { a: "1", b: "2" }), 2],
      [present.hGetDel("h", ["a", "none", "b"]), ["1", undefined, "2"]],
      [Command.exists("h"), 0],
      [missing.hGetDel("h", ["a"]), [undefined]],
      [Command.set("s", "v"), true],
      [wrong.hGetDel("s", ["a"]), WRONGTYPE]
    ]
  }
]
