import { Command } from "../../../src/Command.ts"
import { type LiveCase, sorted } from "./frame.ts"

export const setsCases: ReadonlyArray<LiveCase> = [
  {
    title: "sets",
    steps: [
      [Command.sAdd("a", "1", 2, "3"), 3],
      [Command.sAdd("b", ["2", "3", "4"]), 3],
      [Command.sMembers("a"), sorted("1", "2", "3")],
      [Command.sIsMember("a", 2), true],
      [Command.smIsMember("a", ["1", "9"]), [true, false]],
      [Command.sCard("a"), 3],
      [Command.sInter(["a", "b"]), sorted("2", "3")],
      [Command.sInterCard(["a", "b"], { limit: 1 }), 1],
      [Command.sUnion(["a", "b"]), sorted("1", "2", "3", "4")],
      [Command.sDiff(["a", "b"]), ["1"]],
      [Command.sInterStore("d", ["a", "b"]), 2],
      [Command.sUnionStore("d", ["a", "b"]), 4],
      [Command.sDiffStore("d", ["a", "b"]), 1],
      [Command.sScan("d", "0"), { cursor: "0", members: ["1"] }],
      [Command.sMove("d", "a", "9"), false],
      [Command.sRandMember("d"), "1"],
      [Command.sRandMemberCount("d", -2), ["1", "1"]],
      [Command.sPop("d"), "1"],
      [Command.sPop("d"), undefined],
      [Command.sPopCount("d", 2), []],
      [Command.sRem("a", "1", "9"), 1]
    ]
  }
]
