import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bytes, call, golden } from "../golden.ts"

const integer: ReadonlyArray<Answer> = [[7, 7]]
const boolean: ReadonlyArray<Answer> = [
  [1, true],
  [0, false]
]
const members: ReadonlyArray<Answer> = [
  [Wire.set(["a", "b"]), ["a", "b"], [bytes("a"), bytes("b")]],
  [Wire.set([]), []]
]
const optionalText: ReadonlyArray<Answer> = [
  ["v", "v", bytes("v")],
  [undefined, undefined]
]

export const setGoldens = [
  golden(call.sAdd("s", "a", 1), "SADD s a 1", [0], "lastWriteWins", integer),
  golden(call.sAdd("s", ["a", "b"]), "SADD s a b", [0], "lastWriteWins", integer),
  golden(call.sCard("s"), "SCARD s", [0], "readOnly", integer),
  golden(call.sDiff(["a", "b"]), "SDIFF a b", [0, 1], "readOnly", members),
  golden(call.sDiffStore("d", ["a", "b"]), "SDIFFSTORE d a b", [0, 1, 2], "lastWriteWins", integer),
  golden(call.sInter("a"), "SINTER a", [0], "readOnly", members),
  golden(call.sInterCard(["a", "b"]), "SINTERCARD 2 a b", [1, 2], "readOnly", integer),
  golden(call.sInterCard(["a", "b"], { limit: 5 }), "SINTERCARD 2 a b LIMIT 5", [1, 2], "readOnly", integer),
  golden(call.sInterStore("d", "a"), "SINTERSTORE d a", [0, 1], "lastWriteWins", integer),
  golden(call.sIsMember("s", "a"), "SISMEMBER s a", [0], "readOnly", boolean),
  golden(call.sMembers("s"), "SMEMBERS s", [0], "readOnly", members),
  golden(call.smIsMember("s", ["a", 2]), "SMISMEMBER s a 2", [0], "readOnly", [
    [
      [1, 0],
      [true, false]
    ]
  ]),
  golden(call.sMove("a", "b", "m"), "SMOVE a b m", [0, 1], "lastWriteWins", boolean),
  golden(call.sPop("s"), "SPOP s", [0], "accumulating", optionalText),
  golden(call.sPopCount("s", 2), "SPOP s 2", [0], "accumulating", members),
  golden(call.sRandMember("s"), "SRANDMEMBER s", [0], "readOnly", optionalText),
  golden(call.sRandMemberCount("s", -2), "SRANDMEMBER s -2", [0], "readOnly", members),
  golden(call.sRem("s", "a"), "SREM s a", [0], "lastWriteWins", integer),
  golden(call.sScan("s", "0", { count: 5 }), "SSCAN s 0 COUNT 5", [0], "readOnly", [
    [["0", ["a"]], { cursor: "0", members: ["a"] }, { cursor: "0", members: [bytes("a")] }]
  ]),
  golden(call.sUnion(["a", "b"]), "SUNION a b", [0, 1], "readOnly", members),
  golden(call.sUnionStore("d", ["a"]), "SUNIONSTORE d a", [0, 1], "lastWriteWins", integer),
  // Not run: newer than any server at hand; redis.io/docs/latest/commands/sdiffcard and /sunioncard
  golden(call.sDiffCard(["a", "b"]), "SDIFFCARD 2 a b", [1, 2], "readOnly", integer),
  golden(call.sDiffCard("a", { limit: 3 }), "SDIFFCARD 1 a LIMIT 3", [1], "readOnly", integer),
  golden(call.sUnionCard(["a", "b"]), "SUNIONCARD 2 a b", [1, 2], "readOnly", integer),
  golden(call.sUnionCard(["a"], { approx: true, limit: 3 }), "SUNIONCARD 1 a APPROX LIMIT 3", [1], "readOnly", integer)
]
