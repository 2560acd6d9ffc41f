import * as Duration from "effect/Duration"
import { Command } from "../../../src/Command.ts"
import { type LiveCase, within } from "./frame.ts"

const minute = Duration.minutes(1)

export const stringsCases: ReadonlyArray<LiveCase> = [
  {
    title: "strings",
    steps: [
      [Command.set("k", "Ada", { condition: "NX", expiry: minute }), true],
      [Command.set("k", "Eve", { condition: "NX" }), false],
      [Command.get("k"), "Ada"],
      [Command.get("none"), undefined],
      [Command.getEx("k", { persist: true }), "Ada"],
      [Command.ttl("k"), Duration.infinity],
      [Command.setGet("k", "Bob"), "Ada"],
      [Command.setGet("none", "x", { condition: "XX" }), undefined],
      [Command.getSet("k", "Cy"), "Bob"],
      [Command.append("k", "!"), 3],
      [Command.getRange("k", 0, 1), "Cy"],
      [Command.setRange("k", 2, "?"), 3],
      [Command.strLen("k"), 3],
      [Command.getDel("k"), "Cy?"],
      [Command.set("n", 9007199254740991n), true],
      [Command.asBigInt(Command.incrBy("n", 2)), 9007199254740993n],
      [Command.decrBy("n", 4), 9007199254740989],
      [Command.incr("i"), 1],
      [Command.decr("i"), 0],
      [Command.incrByFloat("f", 0.5), 0.5],
      [Command.mSet({ a: "1", b: "2" }), undefined],
      [Command.mSetNX({ a: "1", c: "3" }), false],
      [Command.mGet(["a", "none", "b"]), ["1", undefined, "2"]],
      [Command.setNX("a", "9"), false],
      [Command.setEx("a", "1 minute", "v"), undefined],
      [Command.pTTL("a"), within(Duration.zero, minute)],
      [Command.pSetEx("a", "1 minute", "v"), undefined],
      [Command.set("a", "w", { keepTtl: true }), true],
      [Command.ttl("a"), within(Duration.zero, minute)]
    ]
  },
  {
    title: "longest common subsequences",
    steps: [
      [Command.mSet({ a: "ohmytext", b: "mynewtext" }), undefined],
      [Command.lcs("a", "b"), "mytext"],
      [Command.lcsLen("a", "b"), 6],
      [
        Command.lcsIdxWithMatchLen("a", "b", { minMatchLength: 4 }),
        { matches: [{ first: { start: 4, end: 7 }, second: { start: 5, end: 8 }, length: 4 }], length: 6 }
      ],
      [
        Command.lcsIdx("a", "b"),
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
