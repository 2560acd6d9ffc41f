import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, bytes, call, golden } from "../golden.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]
const integer: ReadonlyArray<Answer> = [[7, 7]]

const line = "id=3 addr=[::1]:5000 laddr=[::1]:6379 fd=8 name=worker age=12 idle=3 flags=N db=1 user=default resp=3"
const client = {
  id: 3,
  address: "[::1]:5000",
  localAddress: "[::1]:6379",
  name: "worker",
  age: Duration.seconds(12),
  idle: Duration.seconds(3),
  flags: "N",
  database: 1,
  user: "default",
  fields: bare({
    id: "3",
    addr: "[::1]:5000",
    laddr: "[::1]:6379",
    fd: "8",
    name: "worker",
    age: "12",
    idle: "3",
    flags: "N",
    db: "1",
    user: "default",
    resp: "3"
  })
}
const bareLine = "id=4 addr=/run/redis.sock:0 name= age=0 idle=0 flags=b db=0"
const bareClient = {
  id: 4,
  address: "/run/redis.sock:0",
  localAddress: undefined,
  name: undefined,
  age: Duration.zero,
  idle: Duration.zero,
  flags: "b",
  database: 0,
  user: undefined,
  fields: bare({ id: "4", addr: "/run/redis.sock:0", name: "", age: "0", idle: "0", flags: "b", db: "0" })
}

export const connectionGoldens = [
  golden(call.clientGetName(), "CLIENT GETNAME", [], "readOnly", [
    ["worker", "worker"],
    [undefined, undefined]
  ]),
  golden(call.clientId(), "CLIENT ID", [], "readOnly", integer),
  golden(call.clientInfo(), "CLIENT INFO", [], "readOnly", [[Wire.verbatim(`${line}\n`), client]]),
  golden(
    call.clientKill({
      id: 3,
      type: "primary",
      user: "u",
      address: "h:1",
      localAddress: "h:2",
      maxAge: "5 seconds",
      skipMe: false
    }),
    "CLIENT KILL ID 3 TYPE MASTER USER u ADDR h:1 LADDR h:2 MAXAGE 5 SKIPME no",
    [],
    "lastWriteWins",
    integer
  ),
  golden(call.clientKill({ type: "normal" }), "CLIENT KILL TYPE normal", [], "lastWriteWins", integer),
  golden(call.clientList(), "CLIENT LIST", [], "readOnly", [
    [Wire.verbatim(`${line}\n${bareLine}\n`), [client, bareClient]],
    ["", []]
  ]),
  golden(call.clientList({ type: "pubsub" }), "CLIENT LIST TYPE pubsub", [], "readOnly", [["", []]]),
  golden(call.clientList({ ids: [1, 2] }), "CLIENT LIST ID 1 2", [], "readOnly", [["", []]]),
  golden(call.clientPause("1 second"), "CLIENT PAUSE 1000", [], "lastWriteWins", ok),
  golden(call.clientPause(5, "WRITE"), "CLIENT PAUSE 5 WRITE", [], "lastWriteWins", ok),
  golden(call.clientUnblock(3, "ERROR"), "CLIENT UNBLOCK 3 ERROR", [], "accumulating", [
    [1, true],
    [0, false]
  ]),
  golden(call.clientUnpause(), "CLIENT UNPAUSE", [], "lastWriteWins", ok),
  golden(call.echo("m"), "ECHO m", [], "readOnly", [["m", "m", bytes("m")]]),
  golden(call.ping(), "PING", [], "readOnly", [[Wire.simple("PONG"), "PONG", bytes("PONG")]]),
  golden(call.ping("m"), "PING m", [], "readOnly", [["m", "m", bytes("m")]])
]

const info = "# Server\r\nredis_version:7.0.15\r\nos:Linux 6.1 x86_64\r\n\r\n# Keyspace\r\ndb0:keys=1,expires=0\r\n"
const parameters: ReadonlyArray<Answer> = [[Wire.map(["maxmemory", "0"]), bare({ maxmemory: "0" })]]

export const serverGoldens = [
  golden(call.configGet("maxmemory"), "CONFIG GET maxmemory", [], "readOnly", parameters),
  golden(call.configGet(["max*", "save"]), "CONFIG GET max* save", [], "readOnly", parameters),
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
  golden(call.time(), "TIME", [], "readOnly", [
    [["1893456000", "250999"], DateTime.makeUnsafe("2030-01-01T00:00:00.250Z")]
  ])
]
