import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bytes, call, golden } from "../golden.ts"

const integer: ReadonlyArray<Answer> = [[7, 7]]
const bit: ReadonlyArray<Answer> = [
  [0, 0],
  [1, 1]
]
const position: ReadonlyArray<Answer> = [
  [7, 7],
  [0, 0],
  [-1, undefined]
]
const bigints: ReadonlyArray<Answer> = [
  [
    [9223372036854775807n, 5],
    [9223372036854775807n, 5n]
  ]
]

export const bitmapGoldens = [
  golden(call.bitCount("k"), "BITCOUNT k", [0], "readOnly", integer),
  golden(call.bitCount("k", { start: 0, end: -1 }), "BITCOUNT k 0 -1", [0], "readOnly", integer),
  golden(call.bitCount("k", { start: 0, end: -1, unit: "BIT" }), "BITCOUNT k 0 -1 BIT", [0], "readOnly", integer),
  golden(
    call.bitField("k", [
      { operation: "GET", encoding: "u8", offset: 0 },
      { operation: "SET", encoding: "i5", offset: "#1", value: -3 },
      { operation: "INCRBY", encoding: "u2", offset: 100, increment: 1n, overflow: "SAT" },
      { operation: "INCRBY", encoding: "u2", offset: 102, increment: 1, overflow: "SAT" },
      { operation: "SET", encoding: "u8", offset: 0, value: 300, overflow: "FAIL" },
      { operation: "INCRBY", encoding: "i5", offset: 0, increment: 1, overflow: "WRAP" }
    ]),
    "BITFIELD k GET u8 0 SET i5 #1 -3 OVERFLOW SAT INCRBY u2 100 1 INCRBY u2 102 1 OVERFLOW FAIL SET u8 0 300 OVERFLOW WRAP INCRBY i5 0 1",
    [0],
    "accumulating",
    [
      [
        [1, 2, 3, 3, undefined, -16],
        [1, 2, 3, 3, undefined, -16]
      ]
    ]
  ),
  golden(
    call.bitField("SET", [{ operation: "GET", encoding: "i64", offset: 0 }]),
    "BITFIELD SET GET i64 0",
    [0],
    "idempotent",
    [[[7], [7]]]
  ),
  golden(
    call.bitFieldBigInt("k", [
      { operation: "GET", encoding: "i64", offset: 0 },
      { operation: "SET", encoding: "u63", offset: 64, value: 9007199254740993n }
    ]),
    "BITFIELD k GET i64 0 SET u63 64 9007199254740993",
    [0],
    "accumulating",
    bigints
  ),
  golden(
    call.bitFieldRo("k", [{ operation: "GET", encoding: "u8", offset: "#2" }]),
    "BITFIELD_RO k GET u8 #2",
    [0],
    "readOnly",
    [[[7], [7]]]
  ),
  golden(
    call.bitFieldRoBigInt("k", [
      { operation: "GET", encoding: "i64", offset: 0 },
      { operation: "GET", encoding: "u8", offset: 64 }
    ]),
    "BITFIELD_RO k GET i64 0 GET u8 64",
    [0],
    "readOnly",
    bigints
  ),
  golden(call.bitOp("AND", "d", ["a", "b"]), "BITOP AND d a b", [1, 2, 3], "lastWriteWins", integer),
  golden(call.bitOp("OR", "d", "a"), "BITOP OR d a", [1, 2], "lastWriteWins", integer),
  golden(call.bitOp("XOR", "a", ["a", "b"]), "BITOP XOR a a b", [1, 2, 3], "accumulating", integer),
  golden(call.bitOp("NOT", "d", "a"), "BITOP NOT d a", [1, 2], "lastWriteWins", integer),
  golden(call.bitOp("NOT", bytes("a"), ["a"]), "BITOP NOT a a", [1, 2], "accumulating", integer),
  // Not run: newer than any server at hand; redis.io/docs/latest/commands/bitop.
  golden(call.bitOp("DIFF", "d", ["a", "b"]), "BITOP DIFF d a b", [1, 2, 3], "lastWriteWins", integer),
  golden(call.bitOp("DIFF1", "d", ["a", "b"]), "BITOP DIFF1 d a b", [1, 2, 3], "lastWriteWins", integer),
  golden(call.bitOp("ANDOR", "d", ["a", "b"]), "BITOP ANDOR d a b", [1, 2, 3], "lastWriteWins", integer),
  golden(call.bitOp("ONE", "d", ["a", "b"]), "BITOP ONE d a b", [1, 2, 3], "lastWriteWins", integer),
  golden(call.bitPos("k", 1), "BITPOS k 1", [0], "readOnly", position),
  golden(call.bitPos("k", 0, { start: 1 }), "BITPOS k 0 1", [0], "readOnly", position),
  golden(call.bitPos("k", 0, { start: 1, end: 2, unit: "BYTE" }), "BITPOS k 0 1 2 BYTE", [0], "readOnly", position),
  golden(call.getBit("k", 5), "GETBIT k 5", [0], "readOnly", bit),
  golden(call.setBit("k", 5, 1), "SETBIT k 5 1", [0], "accumulating", bit)
]

export const hyperLogLogGoldens = [
  golden(call.pfAdd("h", "a", 1), "PFADD h a 1", [0], "lastWriteWins", [
    [1, true],
    [0, false]
  ]),
  golden(call.pfAdd("h", []), "PFADD h", [0], "lastWriteWins", [[1, true]]),
  golden(call.pfCount("h"), "PFCOUNT h", [0], "readOnly", integer),
  golden(call.pfCount(["h", "i"]), "PFCOUNT h i", [0, 1], "readOnly", integer),
  golden(call.pfMerge("d", ["h", "i"]), "PFMERGE d h i", [0, 1, 2], "lastWriteWins", [[Wire.simple("OK"), undefined]]),
  golden(call.pfMerge("d", "h"), "PFMERGE d h", [0, 1], "lastWriteWins", [[Wire.simple("OK"), undefined]])
]
