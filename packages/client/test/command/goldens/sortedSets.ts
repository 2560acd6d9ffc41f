import * as Duration from "effect/Duration"
import { Wire, type WireValue } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bytes, call, golden } from "../golden.ts"

const integer: ReadonlyArray<Answer> = [[7, 7]]
const optionalInteger: ReadonlyArray<Answer> = [
  [0, 0],
  [undefined, undefined]
]
const optionalScore: ReadonlyArray<Answer> = [
  [Wire.double(1.5), 1.5],
  [Wire.double(Number.NEGATIVE_INFINITY), Number.NEGATIVE_INFINITY],
  [undefined, undefined]
]
const optionalText: ReadonlyArray<Answer> = [
  ["a", "a", bytes("a")],
  [undefined, undefined]
]
const texts: ReadonlyArray<Answer> = [
  [
    ["a", "b"],
    ["a", "b"],
    [bytes("a"), bytes("b")]
  ],
  [[], []]
]

const scoredA = { member: "a", score: 1 }
const scoredB = { member: "b", score: Number.POSITIVE_INFINITY }
const bytesA = { member: bytes("a"), score: 1 }
const bytesB = { member: bytes("b"), score: Number.POSITIVE_INFINITY }
const nested: WireValue = [
  ["a", Wire.double(1)],
  ["b", Wire.double(Number.POSITIVE_INFINITY)]
]

/** Nested as in RESP3, flat as in RESP2, and none. */
const scored: ReadonlyArray<Answer> = [
  [nested, [scoredA, scoredB], [bytesA, bytesB]],
  [
    ["a", "1", "b", "inf"],
    [scoredA, scoredB],
    [bytesA, bytesB]
  ],
  [[], []]
]
const popped: ReadonlyArray<Answer> = [
  [["a", Wire.double(1)], scoredA, bytesA],
  [[], undefined]
]
const takenMany: ReadonlyArray<Answer> = [
  [["z", nested], { key: "z", members: [scoredA, scoredB] }, { key: bytes("z"), members: [bytesA, bytesB] }],
  [Wire.nullArray, undefined]
]
const takenOne: ReadonlyArray<Answer> = [
  [["z", "a", Wire.double(1)], { key: "z", ...scoredA }, { key: bytes("z"), ...bytesA }],
  [Wire.nullArray, undefined]
]
const ranked: ReadonlyArray<Answer> = [
  [[2, Wire.double(1.5)], { rank: 2, score: 1.5 }],
  [Wire.nullArray, undefined]
]

const a = { member: "a", score: 1 }

export const sortedSetGoldens = [
  golden(call.zAdd("z", a), "ZADD z 1 a", [0], "lastWriteWins", integer),
  golden(
    call.zAdd("z", [
      { member: bytes("a"), score: -1.5 },
      { member: 7, score: Number.POSITIVE_INFINITY }
    ]),
    "ZADD z -1.5 a inf 7",
    [0],
    "lastWriteWins",
    integer
  ),
  golden(call.zAdd("z", a, { condition: "NX", change: true }), "ZADD z NX CH 1 a", [0], "never", integer),
  golden(call.zAdd("z", a, { condition: "XX" }), "ZADD z XX 1 a", [0], "lastWriteWins", integer),
  golden(call.zAdd("z", a, { comparison: "GT" }), "ZADD z GT 1 a", [0], "lastWriteWins", integer),
  golden(
    call.zAdd("z", a, { condition: "XX", comparison: "LT", change: true }),
    "ZADD z XX LT CH 1 a",
    [0],
    "never",
    integer
  ),
  golden(call.zAdd("z", a, { change: true }), "ZADD z CH 1 a", [0], "lastWriteWins", integer),
  golden(call.zAddIncr("z", a), "ZADD z INCR 1 a", [0], "accumulating", optionalScore),
  golden(call.zAddIncr("z", a, { condition: "NX" }), "ZADD z NX INCR 1 a", [0], "never", optionalScore),
  golden(
    call.zAddIncr("z", a, { condition: "XX", comparison: "GT" }),
    "ZADD z XX GT INCR 1 a",
    [0],
    "accumulating",
    optionalScore
  ),
  golden(call.zCard("z"), "ZCARD z", [0], "readOnly", integer),
  golden(call.zIncrBy("z", -0.5, "a"), "ZINCRBY z -0.5 a", [0], "accumulating", [[Wire.double(1.5), 1.5]]),
  golden(call.zmPop("z", "MIN"), "ZMPOP 1 z MIN", [1], "accumulating", takenMany),
  golden(call.zmPop(["z", "y"], "MAX", { count: 2 }), "ZMPOP 2 z y MAX COUNT 2", [1, 2], "accumulating", takenMany),
  golden(call.zmScore("z", ["a", 7]), "ZMSCORE z a 7", [0], "readOnly", [
    [
      [Wire.double(1.5), undefined],
      [1.5, undefined]
    ]
  ]),
  golden(call.zPopMax("z"), "ZPOPMAX z", [0], "accumulating", popped),
  golden(call.zPopMaxCount("z", 2), "ZPOPMAX z 2", [0], "accumulating", scored),
  golden(call.zPopMin("z"), "ZPOPMIN z", [0], "accumulating", popped),
  golden(call.zPopMinCount("z", 2), "ZPOPMIN z 2", [0], "accumulating", scored),
  golden(call.zRandMember("z"), "ZRANDMEMBER z", [0], "readOnly", optionalText),
  golden(call.zRandMemberCount("z", -2), "ZRANDMEMBER z -2", [0], "readOnly", texts),
  golden(call.zRandMemberCountWithScores("z", 2), "ZRANDMEMBER z 2 WITHSCORES", [0], "readOnly", scored),
  golden(call.zRank("z", "a"), "ZRANK z a", [0], "readOnly", optionalInteger),
  golden(call.zRankWithScore("z", "a"), "ZRANK z a WITHSCORE", [0], "readOnly", ranked),
  golden(call.zRem("z", "a", "b"), "ZREM z a b", [0], "lastWriteWins", integer),
  golden(call.zRem("z", ["a", "b"]), "ZREM z a b", [0], "lastWriteWins", integer),
  golden(call.zRevRank("z", "a"), "ZREVRANK z a", [0], "readOnly", optionalInteger),
  golden(call.zRevRankWithScore("z", "a"), "ZREVRANK z a WITHSCORE", [0], "readOnly", ranked),
  golden(call.zScan("z", "0", { match: "a*", count: 5 }), "ZSCAN z 0 MATCH a* COUNT 5", [0], "readOnly", [
    [["9", ["a", "1"]], { cursor: "9", members: [scoredA] }, { cursor: "9", members: [bytesA] }]
  ]),
  golden(call.zScanNoScores("z", "0"), "ZSCAN z 0 NOSCORES", [0], "readOnly", [
    [["0", ["a"]], { cursor: "0", members: ["a"] }, { cursor: "0", members: [bytes("a")] }]
  ]),
  golden(call.zScore("z", "a"), "ZSCORE z a", [0], "readOnly", optionalScore)
]

const limit = { offset: 1, count: -1 }

export const sortedSetRangeGoldens = [
  golden(call.zCount("z", Number.NEGATIVE_INFINITY, 5), "ZCOUNT z -inf 5", [0], "readOnly", integer),
  golden(call.zCount("z", { exclusive: 1 }, "+inf"), "ZCOUNT z (1 +inf", [0], "readOnly", integer),
  golden(call.zLexCount("z", "-", "+"), "ZLEXCOUNT z - +", [0], "readOnly", integer),
  golden(
    call.zLexCount("z", { inclusive: "a" }, { exclusive: bytes("b") }),
    "ZLEXCOUNT z [a (b",
    [0],
    "readOnly",
    integer
  ),
  golden(call.zRange("z", 0, -1), "ZRANGE z 0 -1", [0], "readOnly", texts),
  golden(call.zRange("z", 0, -1, { reverse: true }), "ZRANGE z 0 -1 REV", [0], "readOnly", texts),
  golden(
    call.zRange("z", "(5", Number.NEGATIVE_INFINITY, { by: "SCORE", reverse: true, limit }),
    "ZRANGE z (5 -inf BYSCORE REV LIMIT 1 -1",
    [0],
    "readOnly",
    texts
  ),
  golden(call.zRange("z", "[a", "(b", { by: "LEX" }), "ZRANGE z [a (b BYLEX", [0], "readOnly", texts),
  golden(call.zRangeByLex("z", "-", "[b"), "ZRANGEBYLEX z - [b", [0], "readOnly", texts),
  golden(call.zRangeByLex("z", "-", "+", { limit }), "ZRANGEBYLEX z - + LIMIT 1 -1", [0], "readOnly", texts),
  golden(call.zRangeByScore("z", 1, 2, { limit }), "ZRANGEBYSCORE z 1 2 LIMIT 1 -1", [0], "readOnly", texts),
  golden(
    call.zRangeByScoreWithScores("z", 1, 2, { limit }),
    "ZRANGEBYSCORE z 1 2 WITHSCORES LIMIT 1 -1",
    [0],
    "readOnly",
    scored
  ),
  golden(call.zRangeStore("d", "z", 0, 9), "ZRANGESTORE d z 0 9", [0, 1], "lastWriteWins", integer),
  golden(call.zRangeStore("z", bytes("z"), 1, -1), "ZRANGESTORE z z 1 -1", [0, 1], "accumulating", integer),
  golden(
    call.zRangeStore("d", "z", 1, { exclusive: 2 }, { by: "SCORE", limit }),
    "ZRANGESTORE d z 1 (2 BYSCORE LIMIT 1 -1",
    [0, 1],
    "lastWriteWins",
    integer
  ),
  golden(
    call.zRangeStore("d", "z", "+", "-", { by: "LEX", reverse: true }),
    "ZRANGESTORE d z + - BYLEX REV",
    [0, 1],
    "lastWriteWins",
    integer
  ),
  golden(call.zRangeWithScores("z", 0, -1), "ZRANGE z 0 -1 WITHSCORES", [0], "readOnly", scored),
  golden(
    call.zRangeWithScores("z", 0, "inf", { by: "SCORE", limit }),
    "ZRANGE z 0 inf BYSCORE LIMIT 1 -1 WITHSCORES",
    [0],
    "readOnly",
    scored
  ),
  golden(call.zRemRangeByLex("z", "[a", "[b"), "ZREMRANGEBYLEX z [a [b", [0], "lastWriteWins", integer),
  golden(call.zRemRangeByRank("z", 0, 1), "ZREMRANGEBYRANK z 0 1", [0], "accumulating", integer),
  golden(call.zRemRangeByScore("z", 0, "(5"), "ZREMRANGEBYSCORE z 0 (5", [0], "lastWriteWins", integer),
  golden(call.zRevRange("z", 0, -1), "ZREVRANGE z 0 -1", [0], "readOnly", texts),
  golden(call.zRevRangeByLex("z", "+", "-", { limit }), "ZREVRANGEBYLEX z + - LIMIT 1 -1", [0], "readOnly", texts),
  golden(call.zRevRangeByScore("z", 2, 1, { limit }), "ZREVRANGEBYSCORE z 2 1 LIMIT 1 -1", [0], "readOnly", texts),
  golden(
    call.zRevRangeByScoreWithScores("z", 2, 1, { limit }),
    "ZREVRANGEBYSCORE z 2 1 WITHSCORES LIMIT 1 -1",
    [0],
    "readOnly",
    scored
  ),
  golden(call.zRevRangeWithScores("z", 0, -1), "ZREVRANGE z 0 -1 WITHSCORES", [0], "readOnly", scored)
]

export const sortedSetCombinationGoldens = [
  golden(call.zDiff(["y", "z"]), "ZDIFF 2 y z", [1, 2], "readOnly", texts),
  golden(call.zDiffStore("d", ["y", "z"]), "ZDIFFSTORE d 2 y z", [0, 2, 3], "lastWriteWins", integer),
  golden(call.zDiffStore("z", ["y", "z"]), "ZDIFFSTORE z 2 y z", [0, 2, 3], "accumulating", integer),
  golden(call.zDiffWithScores("z"), "ZDIFF 1 z WITHSCORES", [1], "readOnly", scored),
  golden(call.zInter("z"), "ZINTER 1 z", [1], "readOnly", texts),
  golden(
    call.zInter([{ key: "y", weight: 2 }, "z"], { aggregate: "MAX" }),
    "ZINTER 2 y z WEIGHTS 2 1 AGGREGATE MAX",
    [1, 2],
    "readOnly",
    texts
  ),
  golden(call.zInterCard(["y", "z"]), "ZINTERCARD 2 y z", [1, 2], "readOnly", integer),
  golden(call.zInterCard("z", { limit: 5 }), "ZINTERCARD 1 z LIMIT 5", [1], "readOnly", integer),
  golden(
    call.zInterStore("d", ["y", "z"], { aggregate: "MIN" }),
    "ZINTERSTORE d 2 y z AGGREGATE MIN",
    [0, 2, 3],
    "lastWriteWins",
    integer
  ),
  golden(
    call.zInterWithScores({ key: "z", weight: 0.5 }, { aggregate: "SUM" }),
    "ZINTER 1 z WEIGHTS 0.5 AGGREGATE SUM WITHSCORES",
    [1],
    "readOnly",
    scored
  ),
  golden(call.zUnion(["y", "z"]), "ZUNION 2 y z", [1, 2], "readOnly", texts),
  golden(
    call.zUnionStore("d", [
      { key: "y", weight: 2 },
      { key: "z", weight: 3 }
    ]),
    "ZUNIONSTORE d 2 y z WEIGHTS 2 3",
    [0, 2, 3],
    "lastWriteWins",
    integer
  ),
  golden(call.zUnionStore("y", ["y", "z"]), "ZUNIONSTORE y 2 y z", [0, 2, 3], "accumulating", integer),
  // Not run: newer than any server at hand; redis.io/docs/latest/commands/zunionstore.
  golden(
    call.zUnionStore("d", "z", { aggregate: "COUNT" }),
    "ZUNIONSTORE d 1 z AGGREGATE COUNT",
    [0, 2],
    "lastWriteWins",
    integer
  ),
  golden(call.zUnionWithScores(["y", "z"]), "ZUNION 2 y z WITHSCORES", [1, 2], "readOnly", scored)
]

export const blockingSortedSetGoldens = [
  golden(
    call.bzmPop("1500 millis", ["z", "y"], "MIN", { count: 2 }),
    "BZMPOP 1.5 2 z y MIN COUNT 2",
    [2, 3],
    "accumulating",
    takenMany
  ),
  golden(call.bzmPop(Duration.infinity, "z", "MAX"), "BZMPOP 0 1 z MAX", [2], "accumulating", takenMany),
  golden(call.bzPopMax("z", "1 second"), "BZPOPMAX z 1", [0], "accumulating", takenOne),
  golden(call.bzPopMin(["z", "y"], 500), "BZPOPMIN z y 0.5", [0, 1], "accumulating", takenOne)
]
