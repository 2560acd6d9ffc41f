import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { Command } from "../../../src/Command.ts"
import { bare } from "../golden.ts"
import { type LiveCase, sorted } from "./frame.ts"

const instant = DateTime.makeUnsafe("2040-01-01T00:00:00Z")
const minute = Duration.minutes(1)

export const hashesCases: ReadonlyArray<LiveCase> = [
  {
    title: "hashes",
    steps: [
      [Command.hSet("h", { a: "1", __proto__x: "2" }), 2],
      [Command.hSet("h", "a", 3), 0],
      [Command.hSetNX("h", "a", 4), false],
      [Command.hGet("h", "a"), "3"],
      [Command.hGetAll("h"), bare({ a: "3", __proto__x: "2" })],
      [Command.hGetAll("none"), bare({})],
      [Command.hmGet("h", ["a", "none"]), ["3", undefined]],
      [Command.hIncrBy("h", "a", 2), 5],
      [Command.hIncrByFloat("h", "a", 0.5), 5.5],
      [Command.hKeys("h"), sorted("__proto__x", "a")],
      [Command.hVals("h"), sorted("2", "5.5")],
      [Command.hStrLen("h", "a"), 3],
      [Command.hExists("h", "none"), false],
      [Command.hDel("h", ["__proto__x", "none"]), 1],
      [Command.hLen("h"), 1],
      [Command.hRandField("h"), "a"],
      [Command.hRandField("none"), undefined],
      [Command.hRandFieldCount("h", -2), ["a", "a"]],
      [
        Command.hRandFieldCountWithValues("h", -2),
        [
          ["a", "5.5"],
          ["a", "5.5"]
        ]
      ],
      [Command.hScan("h", "0", { count: 10 }), { cursor: "0", entries: [["a", "5.5"]] }],
      [Command.hGetAll("h").pipe(Command.decode(Schema.Struct({ a: Schema.FiniteFromString }))), { a: 5.5 }]
    ]
  },
  {
    title: "the life of fields",
    since: { redis: "8.0", valkey: "9.1" },
    steps: [
      [Command.hSet("h", { a: "1", b: "2" }), 2],
      [Command.hpExpire("h", ["a", "none"], minute), ["set", undefined]],
      [Command.hpTTL("h", ["b", "none"]), [Duration.infinity, undefined]],
      [Command.hExpireAt("h", ["a"], instant), ["set"]],
      [Command.hpExpireTime("h", ["a", "b"]), [instant, "persistent"]],
      [Command.hPersist("h", ["a", "b", "none"]), [true, false, undefined]],
      [Command.hSetEx("h", { c: "3" }, { condition: "FXX" }), false],
      [Command.hGetEx("h", ["a", "none"]), ["1", undefined]],
      [Command.hScanNoValues("none", "0"), { cursor: "0", fields: [] }],
      [Command.hGetDel("h", ["a", "b"]), ["1", "2"]],
      [Command.exists("h"), 0]
    ]
  }
]
