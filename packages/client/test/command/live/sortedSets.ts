import { Command } from "../../../src/Command.ts"
import { bytes } from "../golden.ts"
import { untyped } from "../outcomes.ts"
import { fails, type LiveCase, missing, present, sorted, WRONGTYPE, wrong } from "./frame.ts"

const open = Number.POSITIVE_INFINITY
const a = { member: "a", score: 1 }
const b = { member: "b", score: 2.5 }
const c = { member: "c", score: open }
const wait = "10 millis"

const text = Command.set("t", "text")

export const sortedSetsCases: ReadonlyArray<LiveCase> = [
  {
    title: "sorted sets",
    steps: [
      [missing.zAdd("z", [a, b]), 2],
      [present.zAdd("z", [{ member: "a", score: 3 }, c], { change: true }), 2],
      [present.zAdd("z", a, { condition: "NX" }), 0],
      [present.zAdd("z", { member: "d", score: 1 }, { condition: "XX" }), 0],
      [present.zAdd("z", a, { comparison: "GT", change: true }), 0],
      [present.zAdd("z", a, { condition: "XX", comparison: "LT", change: true }), 1],
      [missing.zAddIncr("none", { member: "a", score: 2 }, { condition: "XX" }), undefined],
      [present.zAddIncr("z", { member: "a", score: -0.5 }, { comparison: "LT" }), 0.5],
      [present.zAddIncr("z", { member: "a", score: 0.5 }), 1],
      [present.zCard("z"), 3],
      [missing.zCard("none"), 0],
      [present.zIncrBy("z", 0.5, "a"), 1.5],
      [present.zIncrBy("z", -0.5, "a"), 1],
      [missing.zIncrBy("y", -open, "a"), -open],
      [present.zmScore("z", ["a", "none", "c"]), [1, undefined, open]],
      [missing.zmScore("none", ["a"]), [undefined]],
      [present.zRank("z", "b"), 1],
      [missing.zRank("none", "b"), undefined],
      [present.zRevRank("z", "b"), 1],
      [missing.zRevRank("z", "none"), undefined],
      [present.zScore("z", "c"), open],
      [missing.zScore("z", "none"), undefined],
      [present.zScan("z", "0", { match: "[ab]", count: 100 }), { cursor: "0", members: [a, b] }],
      [missing.zScan("none", "0"), { cursor: "0", members: [] }],
      [present.zRandMember("y"), "a"],
      [missing.zRandMember("none"), undefined],
      [present.zRandMemberCount("z", 9), sorted("a", "b", "c")],
      [missing.zRandMemberCount("none", 2), []],
      [
        present.zRandMemberCountWithScores("y", -2),
        [
          { member: "a", score: -open },
          { member: "a", score: -open }
        ]
      ],
      [missing.zRandMemberCountWithScores("none", 2), []],
      [Command.asBytes(Command.zRangeWithScores("z", 0, 0)), [{ member: bytes("a"), score: 1 }]],
      [present.zPopMin("z"), a],
      [missing.zPopMin("none"), undefined],
      [present.zPopMax("z"), c],
      [missing.zPopMax("none"), undefined],
      [Command.zAdd("z", [a, c]), 2],
      [present.zPopMinCount("z", 2), [a, b]],
      [missing.zPopMinCount("none", 2), []],
      [present.zPopMaxCount("z", 2), [c]],
      [missing.zPopMaxCount("none", 2), []],
      [Command.zAdd("z", [a, b, c]), 3],
      [present.zmPop(["none", "z"], "MAX", { count: 2 }), { key: "z", members: [c, b] }],
      [missing.zmPop("none", "MIN"), undefined],
      [present.zRem("z", "a", "none"), 1],
      [missing.zRem("none", ["a"]), 0]
    ]
  },
  {
    title: "ranks with scores",
    since: { redis: "7.2", valkey: "7.2" },
    steps: [
      [Command.zAdd("z", [a, b]), 2],
      [present.zRankWithScore("z", "b"), { rank: 1, score: 2.5 }],
      [missing.zRankWithScore("none", "b"), undefined],
      [present.zRevRankWithScore("z", "a"), { rank: 1, score: 1 }],
      [missing.zRevRankWithScore("z", "none"), undefined],
      [text, true],
      [wrong.zRankWithScore("t", "a"), WRONGTYPE],
      [wrong.zRevRankWithScore("t", "a"), WRONGTYPE]
    ]
  },
  {
    title: "scans without scores",
    since: { valkey: "8.0" },
    steps: [
      [Command.zAdd("z", [a, b]), 2],
      [present.zScanNoScores("z", "0"), { cursor: "0", members: ["a", "b"] }],
      [missing.zScanNoScores("none", "0"), { cursor: "0", members: [] }],
      [text, true],
      [wrong.zScanNoScores("t", "0"), WRONGTYPE]
    ]
  },
  {
    title: "ranges of sorted sets",
    steps: [
      [Command.zAdd("z", [a, b, c]), 3],
      [
        Command.zAdd(
          "l",
          ["a", "b", "c"].map((member) => ({ member, score: 0 }))
        ),
        3
      ],
      [present.zCount("z", { exclusive: 1 }, open), 2],
      [present.zCount("z", -open, { exclusive: open }), 2],
      [missing.zCount("none", "-inf", "(5"), 0],
      [present.zLexCount("l", { exclusive: "a" }, { inclusive: bytes("c") }), 2],
      [missing.zLexCount("none", "-", "+"), 0],
      [present.zRange("z", 0, -2), ["a", "b"]],
      [missing.zRange("none", 0, -1), []],
      [present.zRange("z", 0, 0, { reverse: true }), ["c"]],
      [present.zRange("z", open, 1, { by: "SCORE", reverse: true, limit: { offset: 1, count: -1 } }), ["b", "a"]],
      [present.zRange("l", "(a", "+", { by: "LEX" }), ["b", "c"]],
      [present.zRangeWithScores("z", 0, -1), [a, b, c]],
      [present.zRangeWithScores("z", "(1", "inf", { by: "SCORE", limit: { offset: 0, count: 1 } }), [b]],
      [missing.zRangeWithScores("none", 0, -1), []],
      [present.zRangeByLex("l", "[a", "(c", { limit: { offset: 0, count: 1 } }), ["a"]],
      [missing.zRangeByLex("none", "-", "+"), []],
      [present.zRangeByScore("z", 0, 2.5), ["a", "b"]],
      [missing.zRangeByScore("none", 0, 1), []],
      [present.zRangeByScoreWithScores("z", 2, open, { limit: { offset: 1, count: 5 } }), [c]],
      [missing.zRangeByScoreWithScores("none", 0, 1), []],
      [present.zRevRange("z", 0, 1), ["c", "b"]],
      [missing.zRevRange("none", 0, 1), []],
      [present.zRevRangeWithScores("z", 0, 1), [c, b]],
      [missing.zRevRangeWithScores("none", 0, 1), []],
      [present.zRevRangeByLex("l", "+", "(a"), ["c", "b"]],
      [missing.zRevRangeByLex("none", "+", "-"), []],
      [present.zRevRangeByScore("z", open, "(1"), ["c", "b"]],
      [missing.zRevRangeByScore("none", open, 1), []],
      [present.zRevRangeByScoreWithScores("z", 2.5, 1, { limit: { offset: 0, count: 1 } }), [b]],
      [missing.zRevRangeByScoreWithScores("none", open, 1), []],
      [present.zRangeStore("d", "z", 0, 1), 2],
      [present.zRangeStore("d", "z", 2, open, { by: "SCORE" }), 2],
      [Command.zRangeWithScores("d", 0, -1), [b, c]],
      [present.zRangeStore("d", "l", "+", "-", { by: "LEX", reverse: true, limit: { offset: 0, count: 1 } }), 1],
      [missing.zRangeStore("d", "none", 0, -1), 0],
      [present.zRemRangeByLex("l", "-", "[a"), 1],
      [missing.zRemRangeByLex("none", "-", "+"), 0],
      [present.zRemRangeByRank("l", 0, 0), 1],
      [missing.zRemRangeByRank("none", 0, 0), 0],
      [present.zRemRangeByScore("l", "(-1", 0), 1],
      [missing.zRemRangeByScore("l", -open, open), 0],
      [Command.zRange("z", "-", untyped<"+">("a"), { by: "LEX" }), fails(/min or max not valid string range/)]
    ]
  },
  {
    title: "combinations of sorted sets",
    steps: [
      [Command.zAdd("y", [a, b]), 2],
      [Command.zAdd("z", [b, c]), 2],
      [present.zDiff(["y", "z"]), ["a"]],
      [missing.zDiff("none"), []],
      [present.zDiffWithScores(["y", "none"]), [a, b]],
      [missing.zDiffWithScores(["none", "z"]), []],
      [present.zDiffStore("d", ["y", "z"]), 1],
      [missing.zDiffStore("d", "none"), 0],
      [present.zInter(["y", "z"]), ["b"]],
      [missing.zInter(["y", "none"]), []],
      [present.zInterWithScores([{ key: "y", weight: 2 }, "z"]), [{ member: "b", score: 7.5 }]],
      [missing.zInterWithScores("none"), []],
      [present.zInterCard(["y", "z"], { limit: 5 }), 1],
      [missing.zInterCard("none"), 0],
      [present.zInterStore("d", ["y", { key: "z", weight: 4 }], { aggregate: "MAX" }), 1],
      [Command.zScore("d", "b"), 10],
      [missing.zInterStore("d", ["y", "none"]), 0],
      [present.zUnion(["y", "z"], { aggregate: "MIN" }), ["a", "b", "c"]],
      [missing.zUnion("none"), []],
      [present.zUnionWithScores(["y", "z"], { aggregate: "SUM" }), [a, { member: "b", score: 5 }, c]],
      [missing.zUnionWithScores("none"), []],
      [present.zUnionStore("d", ["y", "z"]), 3],
      [missing.zUnionStore("d", "none"), 0],
      [present.zUnionStore("y", ["y", "y"]), 2],
      [Command.zScore("y", "a"), 2]
    ]
  },
  {
    title: "waiting for members of sorted sets",
    steps: [
      [Command.zAdd("z", [a, b, c]), 3],
      [present.bzPopMin(["none", "z"], wait), { key: "z", ...a }],
      [missing.bzPopMin("none", wait), undefined],
      [present.bzPopMax("z", wait), { key: "z", ...c }],
      [missing.bzPopMax("none", wait), undefined],
      [present.bzmPop(wait, ["none", "z"], "MIN", { count: 5 }), { key: "z", members: [b] }],
      [missing.bzmPop(wait, "none", "MAX"), undefined]
    ]
  },
  {
    title: "sorted sets that are none",
    steps: [
      [text, true],
      [wrong.zAdd("t", a), WRONGTYPE],
      [wrong.zAddIncr("t", a), WRONGTYPE],
      [wrong.zCard("t"), WRONGTYPE],
      [wrong.zIncrBy("t", 1, "a"), WRONGTYPE],
      [wrong.zmPop("t", "MIN"), WRONGTYPE],
      [wrong.zmScore("t", ["a"]), WRONGTYPE],
      [wrong.zPopMax("t"), WRONGTYPE],
      [wrong.zPopMaxCount("t", 1), WRONGTYPE],
      [wrong.zPopMin("t"), WRONGTYPE],
      [wrong.zPopMinCount("t", 1), WRONGTYPE],
      [wrong.zRandMember("t"), WRONGTYPE],
      [wrong.zRandMemberCount("t", 1), WRONGTYPE],
      [wrong.zRandMemberCountWithScores("t", 1), WRONGTYPE],
      [wrong.zRank("t", "a"), WRONGTYPE],
      [wrong.zRem("t", "a"), WRONGTYPE],
      [wrong.zRevRank("t", "a"), WRONGTYPE],
      [wrong.zScan("t", "0"), WRONGTYPE],
      [wrong.zScore("t", "a"), WRONGTYPE],
      [wrong.zCount("t", 0, 1), WRONGTYPE],
      [wrong.zLexCount("t", "-", "+"), WRONGTYPE],
      [wrong.zRange("t", 0, 1), WRONGTYPE],
      [wrong.zRangeWithScores("t", 0, 1), WRONGTYPE],
      [wrong.zRangeByLex("t", "-", "+"), WRONGTYPE],
      [wrong.zRangeByScore("t", 0, 1), WRONGTYPE],
      [wrong.zRangeByScoreWithScores("t", 0, 1), WRONGTYPE],
      [wrong.zRangeStore("d", "t", 0, 1), WRONGTYPE],
      [wrong.zRemRangeByLex("t", "-", "+"), WRONGTYPE],
      [wrong.zRemRangeByRank("t", 0, 1), WRONGTYPE],
      [wrong.zRemRangeByScore("t", 0, 1), WRONGTYPE],
      [wrong.zRevRange("t", 0, 1), WRONGTYPE],
      [wrong.zRevRangeWithScores("t", 0, 1), WRONGTYPE],
      [wrong.zRevRangeByLex("t", "+", "-"), WRONGTYPE],
      [wrong.zRevRangeByScore("t", 1, 0), WRONGTYPE],
      [wrong.zRevRangeByScoreWithScores("t", 1, 0), WRONGTYPE],
      [wrong.zDiff("t"), WRONGTYPE],
      [wrong.zDiffStore("d", "t"), WRONGTYPE],
      [wrong.zDiffWithScores("t"), WRONGTYPE],
      [wrong.zInter("t"), WRONGTYPE],
      [wrong.zInterCard("t"), WRONGTYPE],
      [wrong.zInterStore("d", "t"), WRONGTYPE],
      [wrong.zInterWithScores("t"), WRONGTYPE],
      [wrong.zUnion("t"), WRONGTYPE],
      [wrong.zUnionStore("d", "t"), WRONGTYPE],
      [wrong.zUnionWithScores("t"), WRONGTYPE],
      [wrong.bzmPop(wait, "t", "MIN"), WRONGTYPE],
      [wrong.bzPopMax("t", wait), WRONGTYPE],
      [wrong.bzPopMin("t", wait), WRONGTYPE],
      [Command.exists("d"), 0]
    ]
  }
]
