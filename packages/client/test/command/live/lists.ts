import { Command } from "../../../src/Command.ts"
import { fails, type LiveCase, missing, present, WRONGTYPE, wrong } from "./frame.ts"

/** How long what has nothing to take is waited for, in milliseconds. */
const SHORT = 10

export const listsCases: ReadonlyArray<LiveCase> = [
  {
    title: "lists",
    steps: [
      [missing.rPush("l", "b", "c"), 2],
      [missing.lPush("k", "a"), 1],
      [present.lPush("l", ["a"]), 3],
      [present.rPush("l", "d"), 4],
      [missing.lPushX("none", "x"), 0],
      [present.lPushX("k", "x"), 2],
      [missing.rPushX("none", "x"), 0],
      [present.rPushX("k", "y"), 3],
      [present.lRange("l", 0, -1), ["a", "b", "c", "d"]],
      [missing.lRange("none", 0, -1), []],
      [present.lIndex("l", -1), "d"],
      [Command.lIndex("l", 9), undefined],
      [missing.lIndex("none", 0), undefined],
      [present.lInsert("l", "BEFORE", "c", "c"), 5],
      [Command.lInsert("l", "AFTER", "none", "c"), undefined],
      [missing.lInsert("none", "AFTER", "c", "c"), 0],
      [present.lPos("l", "c", { rank: -1 }), 3],
      [Command.lPos("l", "none"), undefined],
      [missing.lPos("none", "c"), undefined],
      [present.lPosCount("l", "c", 0), [2, 3]],
      [missing.lPosCount("none", "c", 0), []],
      [present.lRem("l", 1, "c"), 1],
      [missing.lRem("none", 1, "c"), 0],
      [present.lSet("l", 0, "z"), undefined],
      [missing.lSet("none", 0, "z"), fails(/no such key/)],
      [present.lTrim("l", 0, 2), undefined],
      [missing.lTrim("none", 0, 2), undefined],
      [present.lLen("l"), 3],
      [missing.lLen("none"), 0]
    ]
  },
  {
    title: "lists that elements are taken from",
    steps: [
      [Command.rPush("l", "z", "b", "c"), 3],
      [present.lMove("l", "m", "LEFT", "RIGHT"), "z"],
      [missing.lMove("none", "m", "LEFT", "RIGHT"), undefined],
      [present.rPopLPush("l", "m"), "c"],
      [missing.rPopLPush("none", "m"), undefined],
      [present.lmPop(["none", "m"], "RIGHT", { count: 5 }), { key: "m", elements: ["z", "c"] }],
      [missing.lmPop("none", "LEFT"), undefined],
      [present.lPopCount("l", 5), ["b"]],
      [missing.lPopCount("l", 5), undefined],
      [Command.rPush("l", "1", "2", "3", "4"), 4],
      [present.rPopCount("l", 2), ["4", "3"]],
      [missing.rPopCount("none", 5), undefined],
      [present.lPop("l"), "1"],
      [missing.lPop("none"), undefined],
      [present.rPop("l"), "2"],
      [missing.rPop("l"), undefined]
    ]
  },
  {
    title: "what is no list",
    steps: [
      [Command.set("s", "v"), true],
      [Command.rPush("l", "a"), 1],
      [wrong.rPush("s", "a"), WRONGTYPE],
      [wrong.lPush("s", "a"), WRONGTYPE],
      [wrong.rPushX("s", "a"), WRONGTYPE],
      [wrong.lPushX("s", "a"), WRONGTYPE],
      [wrong.lRange("s", 0, -1), WRONGTYPE],
      [wrong.lIndex("s", 0), WRONGTYPE],
      [wrong.lInsert("s", "AFTER", "a", "b"), WRONGTYPE],
      [wrong.lPos("s", "a"), WRONGTYPE],
      [wrong.lPosCount("s", "a", 0), WRONGTYPE],
      [wrong.lRem("s", 0, "a"), WRONGTYPE],
      [wrong.lSet("s", 0, "a"), WRONGTYPE],
      [wrong.lTrim("s", 0, 1), WRONGTYPE],
      [wrong.lLen("s"), WRONGTYPE],
      [wrong.lMove("s", "l", "LEFT", "LEFT"), WRONGTYPE],
      [wrong.lMove("l", "s", "LEFT", "LEFT"), WRONGTYPE],
      [wrong.rPopLPush("l", "s"), WRONGTYPE],
      [wrong.lmPop(["s", "l"], "LEFT"), WRONGTYPE],
      [wrong.lPopCount("s", 1), WRONGTYPE],
      [wrong.rPopCount("s", 1), WRONGTYPE],
      [wrong.lPop("s"), WRONGTYPE],
      [wrong.rPop("s"), WRONGTYPE],
      [Command.lRange("l", 0, -1), ["a"]]
    ]
  },
  {
    title: "lists that are waited for",
    steps: [
      [Command.rPush("l", "a", "b", "c", "d", "e", "f"), 6],
      [present.blPop(["none", "l"], SHORT), { key: "l", element: "a" }],
      [missing.blPop(["none", "none2"], SHORT), undefined],
      [present.brPop("l", SHORT), { key: "l", element: "f" }],
      [missing.brPop("none", SHORT), undefined],
      [present.blmPop(SHORT, ["none", "l"], "LEFT", { count: 2 }), { key: "l", elements: ["b", "c"] }],
      [missing.blmPop(SHORT, "none", "RIGHT"), undefined],
      [present.blMove("l", "m", "LEFT", "RIGHT", SHORT), "d"],
      [missing.blMove("none", "m", "LEFT", "RIGHT", SHORT), undefined],
      [present.brPopLPush("l", "m", SHORT), "e"],
      [missing.brPopLPush("none", "m", SHORT), undefined],
      [Command.asBytes(present.blPop("m", SHORT)), { key: Uint8Array.of(109), element: Uint8Array.of(101) }],
      [Command.set("s", "v"), true],
      [wrong.blPop(["s", "m"], SHORT), WRONGTYPE],
      [wrong.brPop("s", SHORT), WRONGTYPE],
      [wrong.blmPop(SHORT, "s", "LEFT"), WRONGTYPE],
      [wrong.blMove("m", "s", "LEFT", "LEFT", SHORT), WRONGTYPE],
      [wrong.brPopLPush("s", "m", SHORT), WRONGTYPE],
      [Command.lRange("m", 0, -1), ["d"]]
    ]
  }
]
