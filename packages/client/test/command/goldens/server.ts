import * as DateTime from "effect/DateTime"
import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, call, golden } from "../golden.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]
const integer: ReadonlyArray<Answer> = [[7, 7]]

const info = "# Server\r\nredis_version:7.0.15\r\nos:Linux 6.1 x86_64\r\n\r\n# Keyspace\r\ndb0:keys=1,expires=0\r\n"
const parameters: ReadonlyArray<Answer> = [[Wire.map(["maxmemory", "0"]), bare({ maxmemory: "0" })]]

export const serverGoldens = [
  golden(call.configGet("maxmemory"), "CONFIG GET maxmemory", [], "readOnly", parameters),
  golden(call.configGet(["max*", "save"]), "CONFIG GET max* save", [], "readOnly", parameters),
  golden(call.configHelp(), "CONFIG HELP", [], "readOnly", [[[Wire.simple("a")], ["a"]]]),
  golden(call.configResetStat(), "CONFIG RESETSTAT", [], "lastWriteWins", ok),
  golden(call.configRewrite(), "CONFIG REWRITE", [], "idempotent", ok),
  golden(call.configSet("maxmemory", 0), "CONFIG SET maxmemory 0", [], "lastWriteWins", ok),
  golden(call.configSet({ a: "1", b: 2 }), "CONFIG SET a 1 b 2", [], "lastWriteWins", ok),
  golden(call.dbSize(), "DBSIZE", [], "readOnly", integer),
  golden(call.flushAll(), "FLUSHALL", [], "never", ok),
  golden(call.flushAll("ASYNC"), "FLUSHALL ASYNC", [], "never", ok),
  golden(call.flushDb("SYNC"), "FLUSHDB SYNC", [], "never", ok),
  golden(call.info(), "INFO", [], "readOnly", [
    [
      Wire.verbatim(info),
      bare({
        server: bare({ redis_version: "7.0.15", os: "Linux 6.1 x86_64" }),
        keyspace: bare({ db0: "keys=1,expires=0" })
      })
    ]
  ]),
  golden(call.info(["server", "keyspace"]), "INFO server keyspace", [], "readOnly", [["", bare({})]]),
  golden(call.lolwut(), "LOLWUT", [], "readOnly", [[Wire.verbatim("art"), "art"]]),
  golden(call.lolwut({ version: 5, arguments: [1, 2] }), "LOLWUT VERSION 5 1 2", [], "readOnly", [["art", "art"]]),
  golden(call.role(), "ROLE", [], "readOnly", [
    [
      ["master", 3129659, [["127.0.0.1", "9001", "3129242"]]],
      { role: "primary", offset: 3129659, replicas: [{ host: "127.0.0.1", port: 9001, offset: 3129242 }] }
    ],
    [
      ["slave", "127.0.0.1", 9000, "connected", 3167038],
      { role: "replica", primary: { host: "127.0.0.1", port: 9000 }, state: "connected", offset: 3167038 }
    ],
    [["sentinel", ["resque", "html"]], { role: "sentinel", primaries: ["resque", "html"] }]
  ]),
  golden(call.swapDb(0, 1), "SWAPDB 0 1", [], "accumulating", ok),
  golden(call.timeMicros(), "TIME", [], "readOnly", [[["1893456000", "250999"], 1893456000250999]]),
  golden(call.time(), "TIME", [], "readOnly", [
    [["1893456000", "250999"], DateTime.makeUnsafe("2030-01-01T00:00:00.250Z")]
  ])
]
