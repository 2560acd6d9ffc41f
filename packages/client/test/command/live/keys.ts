import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { Command } from "../../../src/Command.ts"
import { holds, type LiveCase, sorted } from "./frame.ts"

const instant = DateTime.makeUnsafe("2040-01-01T00:00:00Z")
const minute = Duration.minutes(1)

export const keysCases: ReadonlyArray<LiveCase> = [
  {
    title: "keys",
    steps: [
      [Command.set("a", "1"), true],
      [Command.copy("a", "b"), true],
      [Command.copy("a", "b"), false],
      [Command.exists(["a", "a", "none"]), 2],
      [Command.expire("a", minute), true],
      [Command.expire("none", minute), false],
      [Command.persist("a"), true],
      [Command.pExpireAt("a", instant), true],
      [Command.ttl("none"), undefined],
      [Command.keys("*"), sorted("a", "b")],
      [Command.scan("0", { match: "a*", count: 100, type: "string" }), { cursor: "0", keys: ["a"] }],
      [Command.type("a"), "string"],
      [Command.type("none"), "none"],
      [Command.objectEncoding("a"), "int"],
      [Command.objectRefCount("a"), holds<number>((value) => assert.isAbove(value, 0))],
      [Command.objectIdleTime("a"), holds<Duration.Duration>((value) => assert.isTrue(Duration.isDuration(value)))],
      [Command.memoryUsage("a", { samples: 0 }), holds<number>((value) => assert.isAbove(value, 0))],
      [Command.touch(["a", "none"]), 1],
      [Command.rename("b", "c"), undefined],
      [Command.renameNX("c", "a"), false],
      [Command.move("c", 1), true],
      [Command.randomKey(), "a"],
      [Command.unlink(["a", "none"]), 1],
      [Command.del("a"), 0],
      [Command.randomKey(), undefined],
      [Command.rPush("l", "2", "1", "3"), 3],
      [Command.sort("l", { direction: "DESC", limit: { offset: 0, count: 2 } }), ["3", "2"]],
      [Command.sort("l", { by: "nosort", get: ["#", "none_*"] }), ["2", undefined, "1", undefined, "3", undefined]],
      [Command.sortStore("l", "sorted"), 3],
      [Command.lRange("sorted", 0, -1), ["1", "2", "3"]]
    ]
  },
  {
    title: "when keys end",
    steps: [
      [Command.set("a", "1", { expireAt: instant }), true],
      [Command.expireTime("a"), instant],
      [Command.pExpireTime("a"), instant],
      [Command.expire("a", minute, { condition: "NX" }), false],
      [Command.expireAt("a", instant, { condition: "XX" }), true],
      [Command.persist("a"), true],
      [Command.pExpireTime("a"), "persistent"],
      [Command.expireTime("none"), undefined],
      [Command.sortRo("none"), []]
    ]
  }
]
