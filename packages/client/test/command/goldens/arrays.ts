import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, bytes, call, golden } from "../golden.ts"

const integer: ReadonlyArray<Answer> = [[7, 7]]
/** An index beyond 63 bits comes as text; within 2^53 that is the same number. */
const index: ReadonlyArray<Answer> = [...integer, ["7", 7], [Wire.simple("7"), 7]]
const boolean: ReadonlyArray<Answer> = [
  [1, true],
  [0, false]
]
const optionalTexts: ReadonlyArray<Answer> = [
  [
    ["a", undefined],
    ["a", undefined],
    [bytes("a"), undefined]
  ],
  [[], []]
]
const pairs: ReadonlyArray<Answer> = [
  [[[5, "v"]], [[5, "v"]], [[5, bytes("v")]]],
  [[], []]
]
const number: ReadonlyArray<Answer> = [
  ["10.5", 10.5],
  [-3, -3],
  [undefined, undefined]
]
const known = [
  "count",
  2,
  "len",
  10,
  "next-insert-index",
  3,
  "slices",
  1,
  "directory-size",
  4,
  "super-dir-entries",
  0,
  "slice-size",
  4096
]
const info = {
  count: 2,
  length: 10,
  nextInsertIndex: 3,
  slices: 1,
  directorySize: 4,
  superDirectoryEntries: 0,
  sliceSize: 4096
}

// None was run: newer than any server at hand. Transcribed from redis.io/docs/latest/commands/arset and the pages of the other 17.
export const arrayGoldens = [
  golden(call.arCount("k"), "ARCOUNT k", [0], "readOnly", index),
  golden(call.arDel("k", 1, 2n), "ARDEL k 1 2", [0], "lastWriteWins", integer),
  golden(call.arDel("k", [3]), "ARDEL k 3", [0], "lastWriteWins", integer),
  golden(call.arDelRange("k", { start: 0, end: 9 }), "ARDELRANGE k 0 9", [0], "lastWriteWins", integer),
  golden(
    call.arDelRange("k", [
      { start: 0, end: 1 },
      { start: 5, end: 4 }
    ]),
    "ARDELRANGE k 0 1 5 4",
    [0],
    "lastWriteWins",
    integer
  ),
  golden(call.arGet("k", 18446744073709551614n), "ARGET k 18446744073709551614", [0], "readOnly", [
    ["v", "v", bytes("v")],
    [undefined, undefined]
  ]),
  golden(call.arGetRange("k", 5, 0), "ARGETRANGE k 5 0", [0], "readOnly", optionalTexts),
  golden(call.arGrep("k", "-", "+", { MATCH: "a" }), "ARGREP k - + MATCH a", [0], "readOnly", [
    [
      [1, 5],
      [1, 5]
    ],
    [[], []]
  ]),
  golden(
    call.arGrep("k", 0, 9, [{ EXACT: "a" }, { GLOB: "b*" }, { RE: bytes("^c") }], {
      combine: "AND",
      limit: 3,
      noCase: true
    }),
    "ARGREP k 0 9 EXACT a GLOB b* RE ^c AND LIMIT 3 NOCASE",
    [0],
    "readOnly",
    [[[1], [1]]]
  ),
  golden(
    call.arGrepWithValues("k", "-", 9n, { RE: "v" }, { combine: "OR" }),
    "ARGREP k - 9 RE v OR WITHVALUES",
    [0],
    "readOnly",
    pairs
  ),
  golden(call.arInfo("k"), "ARINFO k", [0], "readOnly", [
    [Wire.map(known), { ...info, fields: bare({}) }],
    [Wire.map([...known, "newer", 5]), { ...info, fields: bare({ newer: 5 }) }]
  ]),
  golden(call.arInfoFull("k"), "ARINFO k FULL", [0], "readOnly", [
    [
      Wire.map([
        ...known,
        "dense-slices",
        1,
        "sparse-slices",
        0,
        "avg-dense-size",
        Wire.double(12.5),
        "avg-dense-fill",
        Wire.double(0.5),
        "avg-sparse-size",
        Wire.double(0)
      ]),
      {
        ...info,
        denseSlices: 1,
        sparseSlices: 0,
        averageDenseSize: 12.5,
        averageDenseFill: 0.5,
        averageSparseSize: 0,
        fields: bare({})
      }
    ]
  ]),
  golden(call.arInsert("k", "a", 2), "ARINSERT k a 2", [0], "accumulating", index),
  golden(call.arLastItems("k", 3), "ARLASTITEMS k 3", [0], "readOnly", optionalTexts),
  golden(call.arLastItems("k", 3, { rev: true }), "ARLASTITEMS k 3 REV", [0], "readOnly", optionalTexts),
  golden(call.arLen("k"), "ARLEN k", [0], "readOnly", index),
  golden(call.arMGet("k", [0, 5n]), "ARMGET k 0 5", [0], "readOnly", optionalTexts),
  golden(call.arMSet("k", new Map([[0, "a"]])), "ARMSET k 0 a", [0], "lastWriteWins", integer),
  golden(
    call.arMSet("k", [
      [0, "a"],
      [5n, "b"]
    ]),
    "ARMSET k 0 a 5 b",
    [0],
    "lastWriteWins",
    integer
  ),
  golden(call.arNext("k"), "ARNEXT k", [0], "readOnly", [...index, [undefined, undefined]]),
  golden(call.arOp("k", 0, 9, "SUM"), "AROP k 0 9 SUM", [0], "readOnly", number),
  golden(call.arOp("k", 0, 9, "XOR"), "AROP k 0 9 XOR", [0], "readOnly", number),
  golden(call.arOpMatch("k", 0, 9, "v"), "AROP k 0 9 MATCH v", [0], "readOnly", integer),
  golden(call.arOpUsed("k", 0, 9), "AROP k 0 9 USED", [0], "readOnly", integer),
  golden(call.arRing("k", 100, "a", "b"), "ARRING k 100 a b", [0], "accumulating", index),
  golden(call.arScan("k", 0, 9), "ARSCAN k 0 9", [0], "readOnly", pairs),
  golden(call.arScan("k", 0, 9, { limit: 1 }), "ARSCAN k 0 9 LIMIT 1", [0], "readOnly", pairs),
  golden(call.arSeek("k", 10), "ARSEEK k 10", [0], "lastWriteWins", boolean),
  golden(call.arSet("k", 0, "a", "b"), "ARSET k 0 a b", [0], "lastWriteWins", integer)
]
