import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bytes, call, golden } from "../golden.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]
const integer: ReadonlyArray<Answer> = [[7, 7]]
const optionalInteger: ReadonlyArray<Answer> = [...integer, [undefined, undefined]]
const boolean: ReadonlyArray<Answer> = [
  [1, true],
  [0, false]
]
const names: ReadonlyArray<Answer> = [
  [
    ["a", "b"],
    ["a", "b"],
    [bytes("a"), bytes("b")]
  ]
]
const sorted: ReadonlyArray<Answer> = [
  [
    ["a", undefined],
    ["a", undefined],
    [bytes("a"), undefined]
  ]
]
const instant = DateTime.makeUnsafe("2030-01-01T00:00:00Z")
const odd = DateTime.makeUnsafe("2030-01-01T00:00:00.250Z")
const payload = bytes("dump")

export const keyGoldens = [
  golden(call.copy("a", "b"), "COPY a b", [0, 1], "never", boolean),
  golden(
    call.copy("a", "b", { database: 2, replace: true }),
    "COPY a b DB 2 REPLACE",
    [0, 1],
    "lastWriteWins",
    boolean
  ),
  golden(call.del("a"), "DEL a", [0], "lastWriteWins", integer),
  golden(call.del(["a", bytes("b")]), "DEL a b", [0, 1], "lastWriteWins", integer),
  golden(call.dump("k"), "DUMP k", [0], "readOnly", [
    [Uint8Array.of(0, 255, 1), Uint8Array.of(0, 255, 1)],
    [undefined, undefined]
  ]),
  golden(call.exists(["a", "a"]), "EXISTS a a", [0, 1], "readOnly", integer),
  golden(call.expire("k", "2 minutes"), "EXPIRE k 120", [0], "lastWriteWins", boolean),
  golden(call.expire("k", 0, { condition: "NX" }), "EXPIRE k 0 NX", [0], "never", boolean),
  golden(call.expire("k", "1 second", { condition: "XX" }), "EXPIRE k 1 XX", [0], "lastWriteWins", boolean),
  golden(call.expireAt("k", instant, { condition: "GT" }), "EXPIREAT k 1893456000 GT", [0], "never", boolean),
  golden(call.expireTime("k"), "EXPIRETIME k", [0], "readOnly", [
    [1893456000, instant],
    [-1, "persistent"],
    [-2, undefined]
  ]),
  golden(call.keys("*"), "KEYS *", [], "readOnly", names),
  golden(call.memoryUsage("k"), "MEMORY USAGE k", [0], "readOnly", optionalInteger),
  golden(call.memoryUsage("k", { samples: 0 }), "MEMORY USAGE k SAMPLES 0", [0], "readOnly", optionalInteger),
  golden(call.move("k", 2), "MOVE k 2", [0], "never", boolean),
  golden(call.objectEncoding("k"), "OBJECT ENCODING k", [0], "readOnly", [
    ["listpack", "listpack"],
    [undefined, undefined]
  ]),
  golden(call.objectFreq("k"), "OBJECT FREQ k", [0], "readOnly", optionalInteger),
  golden(call.objectHelp(), "OBJECT HELP", [], "readOnly", [[[Wire.simple("HELP")], ["HELP"]]]),
  golden(call.objectIdleTime("k"), "OBJECT IDLETIME k", [0], "readOnly", [
    [7, Duration.seconds(7)],
    [undefined, undefined]
  ]),
  golden(call.objectRefCount("k"), "OBJECT REFCOUNT k", [0], "readOnly", optionalInteger),
  golden(call.persist("k"), "PERSIST k", [0], "lastWriteWins", boolean),
  golden(call.pExpire("k", 1500), "PEXPIRE k 1500", [0], "lastWriteWins", boolean),
  golden(call.pExpire("k", "1 second", { condition: "LT" }), "PEXPIRE k 1000 LT", [0], "never", boolean),
  golden(call.pExpireAt("k", odd), "PEXPIREAT k 1893456000250", [0], "lastWriteWins", boolean),
  golden(call.pExpireTime("k"), "PEXPIRETIME k", [0], "readOnly", [
    [1893456000250, odd],
    [-1, "persistent"],
    [-2, undefined]
  ]),
  golden(call.pTTL("k"), "PTTL k", [0], "readOnly", [
    [1500, Duration.millis(1500)],
    [0, Duration.zero],
    [-1, Duration.infinity],
    [-2, undefined]
  ]),
  golden(call.randomKey(), "RANDOMKEY", [], "readOnly", [
    ["k", "k", bytes("k")],
    [undefined, undefined]
  ]),
  golden(call.rename("a", "b"), "RENAME a b", [0, 1], "never", ok),
  golden(call.renameNX("a", "b"), "RENAMENX a b", [0, 1], "never", boolean),
  golden(call.restore("k", payload), "RESTORE k 0 dump", [0], "never", ok),
  golden(
    call.restore("k", payload, { replace: true, expiry: "1 second", idleTime: "3 seconds" }),
    "RESTORE k 1000 dump REPLACE IDLETIME 3",
    [0],
    "lastWriteWins",
    ok
  ),
  golden(
    call.restore("k", payload, { expireAt: odd, frequency: 9 }),
    "RESTORE k 1893456000250 dump ABSTTL FREQ 9",
    [0],
    "never",
    ok
  ),
  golden(call.scan("0"), "SCAN 0", [], "readOnly", [
    [["17", ["a"]], { cursor: "17", keys: ["a"] }, { cursor: "17", keys: [bytes("a")] }],
    [["0", []], { cursor: "0", keys: [] }]
  ]),
  golden(
    call.scan("18446744073709551615", { match: "a*", count: 100, type: "zset" }),
    "SCAN 18446744073709551615 MATCH a* COUNT 100 TYPE zset",
    [],
    "readOnly",
    [[["0", []], { cursor: "0", keys: [] }]]
  ),
  golden(call.sort("k"), "SORT k", [0], "idempotent", sorted),
  golden(
    call.sort("k", { by: "w_*", limit: { offset: 1, count: 2 }, get: ["#", "v_*"], direction: "DESC", alpha: true }),
    "SORT k BY w_* LIMIT 1 2 GET # GET v_* DESC ALPHA",
    [0],
    "idempotent",
    sorted
  ),
  golden(call.sortRo("k", { get: "#" }), "SORT_RO k GET #", [0], "readOnly", sorted),
  golden(call.sortStore("a", "b"), "SORT a STORE b", [0, 2], "lastWriteWins", integer),
  golden(
    call.sortStore("a", "a", { limit: { offset: 1, count: 5 } }),
    "SORT a LIMIT 1 5 STORE a",
    [0, 5],
    "accumulating",
    integer
  ),
  golden(
    call.sortStore(bytes("a"), "b", { limit: { offset: 0, count: 1 } }),
    "SORT a LIMIT 0 1 STORE b",
    [0, 5],
    "accumulating",
    integer
  ),
  golden(call.sortStore("a", "a", { get: "v_*" }), "SORT a GET v_* STORE a", [0, 4], "accumulating", integer),
  golden(call.touch(["a", "b"]), "TOUCH a b", [0, 1], "idempotent", integer),
  golden(call.ttl("k"), "TTL k", [0], "readOnly", [
    [15, Duration.seconds(15)],
    [-1, Duration.infinity],
    [-2, undefined]
  ]),
  golden(call.type("k"), "TYPE k", [0], "readOnly", [
    [Wire.simple("zset"), "zset"],
    [Wire.simple("none"), "none"]
  ]),
  golden(call.unlink("a"), "UNLINK a", [0], "lastWriteWins", integer)
]
