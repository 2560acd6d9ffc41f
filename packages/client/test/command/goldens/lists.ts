import * as Duration from "effect/Duration"
import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bytes, call, golden } from "../golden.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]
const integer: ReadonlyArray<Answer> = [[7, 7]]
const optionalText: ReadonlyArray<Answer> = [
  ["v", "v", bytes("v")],
  [undefined, undefined]
]
const texts: ReadonlyArray<Answer> = [
  [["a"], ["a"], [bytes("a")]],
  [[], []]
]
const optionalTexts: ReadonlyArray<Answer> = [...texts, [Wire.nullArray, undefined], [undefined, undefined]]
const takenMany: ReadonlyArray<Answer> = [
  [["k", ["a", "b"]], { key: "k", elements: ["a", "b"] }, { key: bytes("k"), elements: [bytes("a"), bytes("b")] }],
  [Wire.nullArray, undefined]
]
const takenOne: ReadonlyArray<Answer> = [
  [["k", "a"], { key: "k", element: "a" }, { key: bytes("k"), element: bytes("a") }],
  [Wire.nullArray, undefined]
]

export const listGoldens = [
  golden(call.lIndex("l", -1), "LINDEX l -1", [0], "readOnly", optionalText),
  golden(call.lInsert("l", "BEFORE", "p", "e"), "LINSERT l BEFORE p e", [0], "accumulating", [
    [3, 3],
    [0, 0],
    [-1, undefined]
  ]),
  golden(call.lLen("l"), "LLEN l", [0], "readOnly", integer),
  golden(call.lMove("a", "b", "LEFT", "RIGHT"), "LMOVE a b LEFT RIGHT", [0, 1], "accumulating", optionalText),
  // LMOVEM and BLMOVEM were not run: newer than any server at hand; redis.io/docs/latest/commands/lmovem
  golden(call.lMoveM("a", "b", "LEFT", "RIGHT"), "LMOVEM a b LEFT RIGHT", [0, 1], "accumulating", optionalTexts),
  golden(
    call.lMoveM("a", "b", "LEFT", "RIGHT", { exactly: 3, order: "OBO" }),
    "LMOVEM a b LEFT RIGHT EXACTLY 3 OBO",
    [0, 1],
    "accumulating",
    optionalTexts
  ),
  golden(call.lmPop(["a", "b"], "LEFT"), "LMPOP 2 a b LEFT", [1, 2], "accumulating", takenMany),
  golden(call.lmPop("a", "RIGHT", { count: 3 }), "LMPOP 1 a RIGHT COUNT 3", [1], "accumulating", takenMany),
  golden(call.lPop("l"), "LPOP l", [0], "accumulating", optionalText),
  golden(call.lPopCount("l", 2), "LPOP l 2", [0], "accumulating", optionalTexts),
  golden(call.lPos("l", "e", { rank: -1, maxLength: 10 }), "LPOS l e RANK -1 MAXLEN 10", [0], "readOnly", [
    [0, 0],
    [undefined, undefined]
  ]),
  golden(call.lPosCount("l", "e", 0, { rank: 2 }), "LPOS l e RANK 2 COUNT 0", [0], "readOnly", [
    [
      [1, 4],
      [1, 4]
    ]
  ]),
  golden(call.lPush("l", "a", 2, bytes("c")), "LPUSH l a 2 c", [0], "accumulating", integer),
  golden(call.lPushX("l", ["a", "b"]), "LPUSHX l a b", [0], "accumulating", integer),
  golden(call.lRange("l", 0, -1), "LRANGE l 0 -1", [0], "readOnly", texts),
  golden(call.lRem("l", 0, "e"), "LREM l 0 e", [0], "lastWriteWins", integer),
  golden(call.lRem("l", -2, "e"), "LREM l -2 e", [0], "accumulating", integer),
  golden(call.lSet("l", 1, "e"), "LSET l 1 e", [0], "lastWriteWins", ok),
  golden(call.lTrim("l", 0, 99), "LTRIM l 0 99", [0], "lastWriteWins", ok),
  golden(call.lTrim("l", -100, -1), "LTRIM l -100 -1", [0], "lastWriteWins", ok),
  golden(call.lTrim("l", 0, -1), "LTRIM l 0 -1", [0], "lastWriteWins", ok),
  golden(call.lTrim("l", 1, -1), "LTRIM l 1 -1", [0], "accumulating", ok),
  golden(call.lTrim("l", 0, -2), "LTRIM l 0 -2", [0], "accumulating", ok),
  golden(call.rPop("l"), "RPOP l", [0], "accumulating", optionalText),
  golden(call.rPopCount("l", 2), "RPOP l 2", [0], "accumulating", optionalTexts),
  golden(call.rPopLPush("a", "b"), "RPOPLPUSH a b", [0, 1], "accumulating", optionalText),
  golden(call.rPush("l", "a"), "RPUSH l a", [0], "accumulating", integer),
  golden(call.rPushX("l", "a"), "RPUSHX l a", [0], "accumulating", integer)
]

export const blockingListGoldens = [
  golden(
    call.blMove("a", "b", "RIGHT", "LEFT", "1500 millis"),
    "BLMOVE a b RIGHT LEFT 1.5",
    [0, 1],
    "accumulating",
    optionalText
  ),
  golden(
    call.blMoveM("a", "b", "RIGHT", "LEFT", 1, { count: 2, order: "BULK" }),
    "BLMOVEM a b RIGHT LEFT 0.001 COUNT 2 BULK",
    [0, 1],
    "accumulating",
    optionalTexts
  ),
  golden(
    call.blmPop("5 seconds", ["a", "b"], "LEFT", { count: 2 }),
    "BLMPOP 5 2 a b LEFT COUNT 2",
    [2, 3],
    "accumulating",
    takenMany
  ),
  golden(call.blPop(["a", "b"], Duration.infinity), "BLPOP a b 0", [0, 1], "accumulating", takenOne),
  golden(call.brPop("a", "1 minute"), "BRPOP a 60", [0], "accumulating", takenOne),
  golden(call.brPopLPush("a", "b", 250), "BRPOPLPUSH a b 0.25", [0, 1], "accumulating", optionalText)
]
