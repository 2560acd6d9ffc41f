import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, bytes, call, golden } from "../golden.ts"

const integer: ReadonlyArray<Answer> = [[7, 7]]
const boolean: ReadonlyArray<Answer> = [
  [1, true],
  [0, false]
]
const optionalText: ReadonlyArray<Answer> = [
  ["v", "v", bytes("v")],
  [undefined, undefined]
]
const texts: ReadonlyArray<Answer> = [
  [
    ["a", "b"],
    ["a", "b"],
    [bytes("a"), bytes("b")]
  ]
]
const optionalTexts: ReadonlyArray<Answer> = [
  [
    ["1", undefined],
    ["1", undefined],
    [bytes("1"), undefined]
  ]
]
const onePair: Answer = [["f", "v"], [["f", "v"]], [[bytes("f"), bytes("v")]]]
const empty: Answer = [[], []]

export const hashGoldens = [
  golden(call.hDel("h", "a", "b"), "HDEL h a b", [0], "lastWriteWins", integer),
  golden(call.hDel("h", ["a", "b"]), "HDEL h a b", [0], "lastWriteWins", integer),
  golden(call.hExists("h", "f"), "HEXISTS h f", [0], "readOnly", boolean),
  golden(call.hGet("h", "f"), "HGET h f", [0], "readOnly", optionalText),
  golden(call.hGetAll("h"), "HGETALL h", [0], "readOnly", [
    [
      Wire.map(["a", "1", "b", "2"]),
      bare({ a: "1", b: "2" }),
      [
        [bytes("a"), bytes("1")],
        [bytes("b"), bytes("2")]
      ]
    ],
    [Wire.map([]), bare({}), []]
  ]),
  golden(call.hIncrBy("h", "f", 2), "HINCRBY h f 2", [0], "accumulating", integer),
  golden(call.hIncrByFloat("h", "f", -1.5), "HINCRBYFLOAT h f -1.5", [0], "accumulating", [["-1.5", -1.5]]),
  golden(call.hKeys("h"), "HKEYS h", [0], "readOnly", texts),
  golden(call.hLen("h"), "HLEN h", [0], "readOnly", integer),
  golden(call.hmGet("h", ["a", "b"]), "HMGET h a b", [0], "readOnly", optionalTexts),
  golden(call.hmSet("h", { a: 1, b: "2" }), "HMSET h a 1 b 2", [0], "lastWriteWins", [[Wire.simple("OK"), undefined]]),
  golden(call.hRandField("h"), "HRANDFIELD h", [0], "readOnly", optionalText),
  golden(call.hRandFieldCount("h", -2), "HRANDFIELD h -2", [0], "readOnly", texts),
  golden(call.hRandFieldCountWithValues("h", 2), "HRANDFIELD h 2 WITHVALUES", [0], "readOnly", [
    onePair,
    [[["f", "v"]], [["f", "v"]], [[bytes("f"), bytes("v")]]],
    empty
  ]),
  golden(call.hScan("h", "0", { match: "a*", count: 5 }), "HSCAN h 0 MATCH a* COUNT 5", [0], "readOnly", [
    [["9", ["f", "v"]], { cursor: "9", entries: [["f", "v"]] }, { cursor: "9", entries: [[bytes("f"), bytes("v")]] }]
  ]),
  golden(call.hScanNoValues("h", "0"), "HSCAN h 0 NOVALUES", [0], "readOnly", [
    [["0", ["f"]], { cursor: "0", fields: ["f"] }, { cursor: "0", fields: [bytes("f")] }]
  ]),
  golden(call.hSet("h", "f", 1), "HSET h f 1", [0], "lastWriteWins", integer),
  golden(call.hSet("h", bytes("f"), bytes("v")), "HSET h f v", [0], "lastWriteWins", integer),
  golden(call.hSet("h", { a: "1", b: 2n }), "HSET h a 1 b 2", [0], "lastWriteWins", integer),
  golden(call.hSet("h", new Map([["a", 1]])), "HSET h a 1", [0], "lastWriteWins", integer),
  golden(
    call.hSet("h", [
      ["a", 1],
      [bytes("b"), 2]
    ]),
    "HSET h a 1 b 2",
    [0],
    "lastWriteWins",
    integer
  ),
  golden(call.hSetNX("h", "f", "v"), "HSETNX h f v", [0], "never", boolean),
  golden(call.hStrLen("h", "f"), "HSTRLEN h f", [0], "readOnly", integer),
  golden(call.hVals("h"), "HVALS h", [0], "readOnly", texts)
]

const instant = DateTime.makeUnsafe("2030-01-01T00:00:00Z")
const expired: ReadonlyArray<Answer> = [
  [
    [1, 0, 2, -2],
    ["set", "refused", "deleted", undefined]
  ]
]

export const hashExpiryGoldens = [
  golden(call.hExpire("h", ["a", "b"], "1 minute"), "HEXPIRE h 60 FIELDS 2 a b", [0], "lastWriteWins", expired),
  golden(
    call.hExpire("h", ["a"], "1 minute", { condition: "GT" }),
    "HEXPIRE h 60 GT FIELDS 1 a",
    [0],
    "never",
    expired
  ),
  golden(call.hExpireAt("h", ["a"], instant), "HEXPIREAT h 1893456000 FIELDS 1 a", [0], "lastWriteWins", expired),
  golden(call.hExpireTime("h", ["a", "b", "c"]), "HEXPIRETIME h FIELDS 3 a b c", [0], "readOnly", [
    [
      [1893456000, -1, -2],
      [instant, "persistent", undefined]
    ]
  ]),
  golden(call.hGetDel("h", ["a", "b"]), "HGETDEL h FIELDS 2 a b", [0], "accumulating", optionalTexts),
  golden(call.hGetEx("h", ["a"]), "HGETEX h FIELDS 1 a", [0], "idempotent", optionalTexts),
  golden(call.hGetEx("h", ["a"], { expiry: 5 }), "HGETEX h PX 5 FIELDS 1 a", [0], "lastWriteWins", optionalTexts),
  golden(
    call.hGetEx("h", ["a"], { persist: true }),
    "HGETEX h PERSIST FIELDS 1 a",
    [0],
    "lastWriteWins",
    optionalTexts
  ),
  golden(call.hPersist("h", ["a", "b", "c"]), "HPERSIST h FIELDS 3 a b c", [0], "lastWriteWins", [
    [
      [1, -1, -2],
      [true, false, undefined]
    ]
  ]),
  golden(
    call.hpExpire("h", ["a"], 1500, { condition: "XX" }),
    "HPEXPIRE h 1500 XX FIELDS 1 a",
    [0],
    "lastWriteWins",
    expired
  ),
  golden(call.hpExpireAt("h", ["a"], 1500), "HPEXPIREAT h 1500 FIELDS 1 a", [0], "lastWriteWins", expired),
  golden(call.hpExpireTime("h", ["a"]), "HPEXPIRETIME h FIELDS 1 a", [0], "readOnly", [[[1893456000000], [instant]]]),
  golden(call.hpTTL("h", ["a", "b", "c"]), "HPTTL h FIELDS 3 a b c", [0], "readOnly", [
    [
      [1500, -1, -2],
      [Duration.millis(1500), Duration.infinity, undefined]
    ]
  ]),
  golden(call.hSetEx("h", { a: "1" }), "HSETEX h FIELDS 1 a 1", [0], "lastWriteWins", boolean),
  golden(
    call.hSetEx("h", { a: "1", b: "2" }, { condition: "FNX", expireAt: instant }),
    "HSETEX h FNX PXAT 1893456000000 FIELDS 2 a 1 b 2",
    [0],
    "never",
    boolean
  ),
  golden(
    call.hSetEx("h", [["a", "1"]], { condition: "FXX", keepTtl: true }),
    "HSETEX h FXX KEEPTTL FIELDS 1 a 1",
    [0],
    "lastWriteWins",
    boolean
  ),
  golden(call.hTTL("h", ["a"]), "HTTL h FIELDS 1 a", [0], "readOnly", [[[5], [Duration.seconds(5)]]])
]

// Not run: newer than any server at hand; redis.io/docs/latest/commands/himport
export const hashImportGoldens = [
  golden(call.hImportPrepare("user", "name", "age"), "HIMPORT PREPARE user name age", [], "lastWriteWins", [
    [Wire.simple("OK"), undefined]
  ]),
  golden(call.hImportSet("h", "user", "Ada", 36), "HIMPORT SET h user Ada 36", [0], "lastWriteWins", [
    [Wire.simple("OK"), undefined]
  ]),
  golden(call.hImportDiscard("user"), "HIMPORT DISCARD user", [], "lastWriteWins", boolean),
  golden(call.hImportDiscardAll(), "HIMPORT DISCARDALL", [], "lastWriteWins", integer)
]
