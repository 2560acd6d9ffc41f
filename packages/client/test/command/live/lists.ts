import { Command } from "../../../src/Command.ts"
import type { LiveCase } from "./frame.ts"

export const listsCases: ReadonlyArray<LiveCase> = [
  {
    title: "lists",
    steps: [
      [Command.rPush("l", "b", "c"), 2],
      [Command.lPush("l", ["a"]), 3],
      [Command.lPushX("none", "x"), 0],
      [Command.rPushX("l", "d"), 4],
      [Command.lRange("l", 0, -1), ["a", "b", "c", "d"]],
      [Command.lIndex("l", 9), undefined],
      [Command.lInsert("l", "BEFORE", "c", "c"), 5],
      [Command.lInsert("l", "AFTER", "none", "c"), undefined],
      [Command.lInsert("none", "AFTER", "c", "c"), 0],
      [Command.lPos("l", "c", { rank: -1 }), 3],
      [Command.lPos("l", "none"), undefined],
      [Command.lPosCount("l", "c", 0), [2, 3]],
      [Command.lRem("l", 1, "c"), 1],
      [Command.lSet("l", 0, "z"), undefined],
      [Command.lTrim("l", 0, 2), undefined],
      [Command.lMove("l", "m", "LEFT", "RIGHT"), "z"],
      [Command.rPopLPush("l", "m"), "c"],
      [Command.lMove("none", "m", "LEFT", "RIGHT"), undefined],
      [Command.lLen("m"), 2],
      [Command.lmPop(["none", "m"], "RIGHT", { count: 5 }), { key: "m", elements: ["z", "c"] }],
      [Command.lmPop("none", "LEFT"), undefined],
      [Command.lPopCount("l", 5), ["b"]],
      [Command.lPopCount("l", 5), undefined],
      [Command.rPopCount("l", 5), undefined],
      [Command.lPop("l"), undefined],
      [Command.rPop("l"), undefined]
    ]
  }
]
