import * as DateTime from "effect/DateTime"
import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bytes, call, golden } from "../golden.ts"

const OK = Wire.simple("OK")
const text: ReadonlyArray<Answer> = [
  ["v", "v", bytes("v")],
  ["", "", bytes("")]
]
const optionalText: ReadonlyArray<Answer> = [...text, [undefined, undefined]]
const integer: ReadonlyArray<Answer> = [[7, 7]]
const boolean: ReadonlyArray<Answer> = [
  [1, true],
  [0, false]
]
const written: ReadonlyArray<Answer> = [
  [OK, true],
  [undefined, false]
]
const ok: ReadonlyArray<Answer> = [[OK, undefined]]
const instant = DateTime.makeUnsafe("2030-01-01T00:00:00.250Z")

const matches = [
  [
    [4, 7],
    [5, 8]
  ],
  [
    [2, 3],
    [0, 1]
  ]
]

export const stringGoldens = [
  golden(call.append("k", "v"), "APPEND k v", [0], "accumulating", integer),
  golden(call.delIfEq("k", "v"), "DELIFEQ k v", [0], "never", boolean),
  // DELEX and DIGEST were not run: newer than any server at hand; redis.io/docs/latest/commands/delex and /digest
  golden(call.delEx("k"), "DELEX k", [0], "lastWriteWins", boolean),
  golden(call.delEx("k", { IFDEQ: "00ff" }), "DELEX k IFDEQ 00ff", [0], "never", boolean),
  golden(call.digest("k"), "DIGEST k", [0], "readOnly", [
    ["00ff", "00ff"],
    [undefined, undefined]
  ]),
  golden(call.get("k"), "GET k", [0], "readOnly", optionalText),
  golden(call.getDel("k"), "GETDEL k", [0], "accumulating", optionalText),
  golden(call.getEx("k"), "GETEX k", [0], "idempotent", optionalText),
  golden(call.getEx("k", { expiry: "1 minute" }), "GETEX k PX 60000", [0], "lastWriteWins", optionalText),
  golden(call.getEx("k", { expireAt: instant }), "GETEX k PXAT 1893456000250", [0], "lastWriteWins", optionalText),
  golden(call.getEx("k", { persist: true }), "GETEX k PERSIST", [0], "lastWriteWins", optionalText),
  golden(call.getRange("k", 0, -1), "GETRANGE k 0 -1", [0], "readOnly", text),
  golden(call.getSet("k", "v"), "GETSET k v", [0], "accumulating", optionalText),
  golden(call.lcs("a", "b"), "LCS a b", [0, 1], "readOnly", text),
  golden(call.lcsLen("a", "b"), "LCS a b LEN", [0, 1], "readOnly", integer),
  golden(call.lcsIdx("a", "b", { minMatchLength: 2 }), "LCS a b IDX MINMATCHLEN 2", [0, 1], "readOnly", [
    [
      Wire.map(["matches", matches, "len", 6]),
      {
        matches: [
          { first: { start: 4, end: 7 }, second: { start: 5, end: 8 } },
          { first: { start: 2, end: 3 }, second: { start: 0, end: 1 } }
        ],
        length: 6
      }
    ]
  ]),
  golden(call.lcsIdxWithMatchLen("a", "b"), "LCS a b IDX WITHMATCHLEN", [0, 1], "readOnly", [
    [
      Wire.map(["matches", [[[4, 7], [5, 8], 4]], "len", 4]),
      { matches: [{ first: { start: 4, end: 7 }, second: { start: 5, end: 8 }, length: 4 }], length: 4 }
    ]
  ]),
  golden(call.mGet(["a", "b"]), "MGET a b", [0, 1], "readOnly", [
    [
      ["1", undefined],
      ["1", undefined],
      [bytes("1"), undefined]
    ]
  ]),
  golden(call.mSet({ a: "1", b: 2 }), "MSET a 1 b 2", [0, 2], "lastWriteWins", ok),
  golden(call.mSet(new Map([["a", "1"]])), "MSET a 1", [0], "lastWriteWins", ok),
  golden(call.mSet([[bytes("a"), bytes("1")]]), "MSET a 1", [0], "lastWriteWins", ok),
  golden(call.mSetEx({ a: "1", b: "2" }), "MSETEX 2 a 1 b 2", [1, 3], "lastWriteWins", boolean),
  golden(call.mSetEx({ a: "1" }, { condition: "NX", keepTtl: true }), "MSETEX 1 a 1 NX KEEPTTL", [1], "never", boolean),
  golden(
    call.mSetEx({ a: "1" }, { condition: "XX", expiry: 1 }),
    "MSETEX 1 a 1 XX PX 1",
    [1],
    "lastWriteWins",
    boolean
  ),
  golden(call.mSetNX({ a: "1", b: "2" }), "MSETNX a 1 b 2", [0, 2], "never", boolean),
  golden(call.pSetEx("k", "2 seconds", "v"), "PSETEX k 2000 v", [0], "lastWriteWins", ok),
  golden(call.set("k", "v"), "SET k v", [0], "lastWriteWins", written),
  golden(call.set("k", 5), "SET k 5", [0], "lastWriteWins", written),
  golden(call.set("k", "v", {}), "SET k v", [0], "lastWriteWins", written),
  golden(call.set("k", "v", { expiry: "1 hour", condition: "NX" }), "SET k v NX PX 3600000", [0], "never", written),
  golden(call.set("k", "NX", { condition: "XX", keepTtl: true }), "SET k NX XX KEEPTTL", [0], "lastWriteWins", written),
  golden(call.set("k", "v", { keepTtl: false, expireAt: 5 }), "SET k v PXAT 5", [0], "lastWriteWins", written),
  golden(call.set("k", "v", { condition: { IFEQ: "NX" } }), "SET k v IFEQ NX", [0], "never", written),
  golden(call.set("k", "v", { condition: { IFDNE: "ff" } }), "SET k v IFDNE ff", [0], "never", written),
  golden(call.setEx("k", "2 seconds", "v"), "SETEX k 2 v", [0], "lastWriteWins", ok),
  golden(call.setGet("k", "v"), "SET k v GET", [0], "accumulating", optionalText),
  golden(call.setGet("k", "v", { condition: "NX", expiry: 1.2 }), "SET k v NX GET PX 2", [0], "never", optionalText),
  golden(call.setNX("k", "v"), "SETNX k v", [0], "never", boolean),
  golden(call.setRange("k", 3, "v"), "SETRANGE k 3 v", [0], "lastWriteWins", integer),
  golden(call.strLen("k"), "STRLEN k", [0], "readOnly", integer),
  golden(call.subStr("k", 0, -1), "SUBSTR k 0 -1", [0], "readOnly", text)
]
