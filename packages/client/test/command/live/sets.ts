import { Command } from "../../../src/Command.ts"
import { type LiveCase, missing, present, sorted, WRONGTYPE, wrong } from "./frame.ts"

export const setsCases: ReadonlyArray<LiveCase> = [
  {
    title: "sets",
    steps: [
      [missing.sAdd("a", "1", 2, "3"), 3],
      [Command.sAdd("b", ["2", "3"]), 2],
      [present.sAdd("b", ["3", "4"]), 1],
      [present.sMembers("a"), sorted("1", "2", "3")],
      [missing.sMembers("none"), []],
      [present.sIsMember("a", 2), true],
      [missing.sIsMember("none", 2), false],
      [present.smIsMember("a", ["1", "9"]), [true, false]],
      [missing.smIsMember("none", ["1"]), [false]],
      [present.sCard("a"), 3],
      [missing.sCard("none"), 0],
      [present.sScan("b", "0", { match: "4*", count: 100 }), { cursor: "0", members: ["4"] }],
      [missing.sScan("none", "0"), { cursor: "0", members: [] }],
      [present.sMove("a", "b", "9"), false],
      [Command.sMove("a", "b", "1"), true],
      [missing.sMove("none", "b", "9"), false],
      [present.sRem("b", "1", "9"), 1],
      [missing.sRem("none", "1"), 0],
      [Command.sAdd("d", "1"), 1],
      [present.sRandMember("d"), "1"],
      [missing.sRandMember("none"), undefined],
      [present.sRandMemberCount("d", -2), ["1", "1"]],
      [missing.sRandMemberCount("none", 2), []],
      [present.sPop("d"), "1"],
      [missing.sPop("d"), undefined],
      [present.sPopCount("b", 9), sorted("2", "3", "4")],
      [missing.sPopCount("b", 2), []]
    ]
  },
  {
    title: "several sets",
    steps: [
      [Command.sAdd("a", "1", "2", "3"), 3],
      [Command.sAdd("b", "2", "3", "4"), 3],
      [present.sInter(["a", "b"]), sorted("2", "3")],
      [missing.sInter(["a", "none"]), []],
      [present.sInterCard(["a", "b"], { limit: 1 }), 1],
      [missing.sInterCard(["a", "none"]), 0],
      [present.sUnion(["a", "b"]), sorted("1", "2", "3", "4")],
      [missing.sUnion(["none", "none2"]), []],
      [present.sDiff(["a", "b"]), ["1"]],
      [missing.sDiff(["none", "b"]), []],
      [present.sInterStore("d", ["a", "b"]), 2],
      [present.sUnionStore("d", ["a", "b"]), 4],
      [present.sDiffStore("d", ["a", "b"]), 1],
      [Command.sMembers("d"), ["1"]],
      [missing.sInterStore("d", ["a", "none"]), 0],
      [missing.sUnionStore("d", "none"), 0],
      [missing.sDiffStore("d", ["none", "a"]), 0],
      [Command.exists("d"), 0]
    ]
  },
  {
    title: "what is no set",
    steps: [
      [Command.set("s", "v"), true],
      [Command.sAdd("a", "1"), 1],
      [wrong.sAdd("s", "1"), WRONGTYPE],
      [wrong.sMembers("s"), WRONGTYPE],
      [wrong.sIsMember("s", "1"), WRONGTYPE],
      [wrong.smIsMember("s", ["1"]), WRONGTYPE],
      [wrong.sCard("s"), WRONGTYPE],
      [wrong.sScan("s", "0"), WRONGTYPE],
      [wrong.sMove("a", "s", "1"), WRONGTYPE],
      [wrong.sMove("s", "a", "1"), WRONGTYPE],
      [wrong.sRem("s", "1"), WRONGTYPE],
      [wrong.sRandMember("s"), WRONGTYPE],
      [wrong.sRandMemberCount("s", 1), WRONGTYPE],
      [wrong.sPop("s"), WRONGTYPE],
      [wrong.sPopCount("s", 1), WRONGTYPE],
      [wrong.sInter(["a", "s"]), WRONGTYPE],
      [wrong.sInterCard(["a", "s"]), WRONGTYPE],
      [wrong.sUnion(["a", "s"]), WRONGTYPE],
      [wrong.sDiff(["a", "s"]), WRONGTYPE],
      [wrong.sInterStore("d", ["a", "s"]), WRONGTYPE],
      [wrong.sUnionStore("d", ["a", "s"]), WRONGTYPE],
      [wrong.sDiffStore("d", ["a", "s"]), WRONGTYPE],
      // The destination may be of any type: it is overwritten.
      [Command.sUnionStore("s", "a"), 1]
    ]
  }
]
