import * as Duration from "effect/Duration"
import { Command } from "../../../src/Command.ts"
import { fails, type LiveCase, missing, present, WRONGTYPE, within, wrong } from "./frame.ts"

const minute = Duration.minutes(1)
const NOT_STRINGS = fails(/must contain string values/)

export const stringsCases: ReadonlyArray<LiveCase> = [
  {
    title: "strings",
    steps: [
      [missing.set("k", "Ada", { condition: "NX", expiry: minute }), true],
      [present.set("k", "Eve", { condition: "NX" }), false],
      [Command.set("none", "x", { condition: "XX" }), false],
      [present.get("k"), "Ada"],
      [missing.get("none"), undefined],
      [present.getEx("k", { persist: true }), "Ada"],
      [missing.getEx("none", { expiry: minute }), undefined],
      [Command.ttl("k"), Duration.infinity],
      [present.setGet("k", "Bob"), "Ada"],
      [missing.setGet("none", "x", { condition: "XX" }), undefined],
      [present.getSet("k", "Cy"), "Bob"],
      [missing.getSet("new", "1"), undefined],
      [present.append("k", "!"), 3],
      [missing.append("appended", "é"), 2],
      [present.getRange("k", 0, 1), "Cy"],
      [missing.getRange("none", 0, -1), ""],
      [present.subStr("k", -2, -1), "y!"],
      [missing.subStr("none", 0, -1), ""],
      [present.setRange("k", 2, "?"), 3],
      [missing.setRange("ranged", 2, "x"), 3],
      [Command.get("ranged"), "\0\0x"],
      [present.strLen("k"), 3],
      [missing.strLen("none"), 0],
      [present.getDel("k"), "Cy?"],
      [missing.getDel("k"), undefined]
    ]
  },
  {
    title: "strings and their lives",
    steps: [
      [missing.mSet({ a: "1", b: "2" }), undefined],
      [present.mSet({ a: "1", c: "2" }), undefined],
      [present.mSetNX({ a: "1", d: "3" }), false],
      [missing.mSetNX({ d: "1", e: "3" }), true],
      [present.mGet(["a", "b"]), ["1", "2"]],
      [missing.mGet(["a", "none", "b"]), ["1", undefined, "2"]],
      [present.setNX("a", "9"), false],
      [missing.setNX("f", "9"), true],
      [present.setEx("a", "1 minute", "v"), undefined],
      [missing.setEx("g", "1 minute", "v"), undefined],
      [Command.pTTL("g"), within(Duration.zero, minute)],
      [present.pSetEx("a", "1 minute", "v"), undefined],
      [missing.pSetEx("i", "1 minute", "v"), undefined],
      [Command.set("a", "w", { keepTtl: true }), true],
      [Command.ttl("a"), within(Duration.zero, minute)]
    ]
  },
  {
    title: "what is no string",
    steps: [
      [Command.rPush("l", "a"), 1],
      [wrong.get("l"), WRONGTYPE],
      [wrong.getEx("l"), WRONGTYPE],
      [wrong.setGet("l", "v"), WRONGTYPE],
      [wrong.getSet("l", "v"), WRONGTYPE],
      [wrong.append("l", "v"), WRONGTYPE],
      [wrong.getRange("l", 0, -1), WRONGTYPE],
      [wrong.subStr("l", 0, -1), WRONGTYPE],
      [wrong.setRange("l", 0, "v"), WRONGTYPE],
      [wrong.strLen("l"), WRONGTYPE],
      [wrong.getDel("l"), WRONGTYPE],
      [wrong.mGet(["l"]), [undefined]],
      [wrong.mSetNX({ l: "v" }), false],
      [wrong.setNX("l", "v"), false],
      [wrong.lcs("l", "none"), NOT_STRINGS],
      [wrong.lcsLen("none", "l"), NOT_STRINGS],
      [wrong.lcsIdx("l", "l"), NOT_STRINGS],
      [wrong.lcsIdxWithMatchLen("l", "l"), NOT_STRINGS],
      [Command.type("l"), "list"],
      // What sets a whole value sets it over any other.
      [wrong.set("l", "v"), true],
      [Command.sAdd("s", "a"), 1],
      [wrong.mSet({ s: "v" }), undefined],
      [Command.hSet("h", "f", "v"), 1],
      [wrong.setEx("h", "1 minute", "v"), undefined],
      [Command.rPush("m", "a"), 1],
      [wrong.pSetEx("m", "1 minute", "v"), undefined],
      [Command.mGet(["l", "s", "h", "m"]), ["v", "v", "v", "v"]]
    ]
  },
  {
    title: "several strings under one condition",
    since: { redis: "8.4", valkey: "9.1" },
    steps: [
      [missing.mSetEx({ a: "1", b: "2" }, { condition: "NX", expiry: minute }), true],
      [present.mSetEx({ a: "3", c: "4" }, { condition: "NX" }), false],
      [Command.mSetEx({ a: "3", c: "4" }, { condition: "XX" }), false],
      [Command.mSetEx({ a: "3" }, { condition: "XX", keepTtl: true }), true],
      [Command.mGet(["a", "b", "c"]), ["3", "2", undefined]],
      [Command.pTTL("a"), within(Duration.zero, minute)],
      [Command.rPush("l", "a"), 1],
      [wrong.mSetEx({ l: "1" }), true]
    ]
  },
  {
    title: "a string that is deleted if it is equal",
    since: { valkey: "9.0" },
    steps: [
      [Command.set("k", "v"), true],
      [Command.delIfEq("k", "other"), false],
      [present.delIfEq("k", "v"), true],
      [missing.delIfEq("k", "v"), false],
      [Command.rPush("l", "a"), 1],
      [wrong.delIfEq("l", "a"), WRONGTYPE]
    ]
  },
  {
    title: "a string that is set if it is equal",
    since: { redis: "8.4", valkey: "8.1" },
    steps: [
      [Command.set("k", "v"), true],
      [Command.set("k", "w", { condition: { IFEQ: "x" } }), false],
      [Command.set("k", "w", { condition: { IFEQ: "v" } }), true],
      [Command.setGet("k", "x", { condition: { IFEQ: "v" } }), "w"],
      [Command.get("k"), "w"]
    ]
  },
  {
    title: "numbers",
    steps: [
      [Command.set("n", 9007199254740991n), true],
      [Command.asBigInt(present.incrBy("n", 2)), 9007199254740993n],
      [present.decrBy("n", 4), 9007199254740989],
      [missing.decrBy("d", 4n), -4],
      [missing.incrBy("j", -2), -2],
      [missing.incr("i"), 1],
      [present.incr("i"), 2],
      [present.decr("i"), 1],
      [missing.decr("e"), -1],
      [missing.incrByFloat("f", 0.5), 0.5],
      [present.incrByFloat("f", 3e2), 300.5],
      [Command.rPush("l", "1"), 1],
      [wrong.incr("l"), WRONGTYPE],
      [wrong.incrBy("l", 1), WRONGTYPE],
      [wrong.incrByFloat("l", 1), WRONGTYPE],
      [wrong.decr("l"), WRONGTYPE],
      [wrong.decrBy("l", 1), WRONGTYPE]
    ]
  },
  {
    title: "longest common subsequences",
    steps: [
      [Command.mSet({ a: "ohmytext", b: "mynewtext" }), undefined],
      [present.lcs("a", "b"), "mytext"],
      [missing.lcs("a", "none"), ""],
      [present.lcsLen("a", "b"), 6],
      [missing.lcsLen("none", "none2"), 0],
      [missing.lcsIdx("none", "b"), { matches: [], length: 0 }],
      [missing.lcsIdxWithMatchLen("none", "none2"), { matches: [], length: 0 }],
      [
        present.lcsIdxWithMatchLen("a", "b", { minMatchLength: 4 }),
        { matches: [{ first: { start: 4, end: 7 }, second: { start: 5, end: 8 }, length: 4 }], length: 6 }
      ],
      [
        present.lcsIdx("a", "b"),
        {
          matches: [
            { first: { start: 4, end: 7 }, second: { start: 5, end: 8 } },
            { first: { start: 2, end: 3 }, second: { start: 0, end: 1 } }
          ],
          length: 6
        }
      ]
    ]
  }
]
