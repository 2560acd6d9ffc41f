import * as Duration from "effect/Duration"
import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, call, golden } from "../golden.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]
const integer: ReadonlyArray<Answer> = [[7, 7]]
const help: ReadonlyArray<Answer> = [
  [
    [Wire.simple("A <b>"), Wire.simple("    c")],
    ["A <b>", "    c"]
  ]
]

const line =
  "id=3 addr=[::1]:5000 laddr=[::1]:6379 fd=8 name=worker age=12 idle=3 flags=N db=1 sub=1 psub=2 ssub=0 multi=-1 watch=4 tot-mem=17050 cmd=client|list user=default redir=-1 resp=3 lib-name=reef lib-ver=1.0"
export const client = {
  id: 3,
  address: "[::1]:5000",
  localAddress: "[::1]:6379",
  name: "worker",
  age: Duration.seconds(12),
  idle: Duration.seconds(3),
  flags: "N",
  database: 1,
  user: "default",
  lastCommand: "client|list",
  channels: 1,
  patterns: 2,
  shardChannels: 0,
  queued: undefined,
  watched: 4,
  totalMemory: 17050,
  redirect: undefined,
  protocol: 3,
  libraryName: "reef",
  libraryVersion: "1.0",
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
    sub: "1",
    psub: "2",
    ssub: "0",
    multi: "-1",
    watch: "4",
    "tot-mem": "17050",
    cmd: "client|list",
    user: "default",
    redir: "-1",
    resp: "3",
    "lib-name": "reef",
    "lib-ver": "1.0"
  })
}
const bareLine = "id=4 addr=/run/redis.sock:0 name= age=0 idle=0 flags=b db=0 cmd=NULL"
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
  lastCommand: undefined,
  channels: undefined,
  patterns: undefined,
  shardChannels: undefined,
  queued: undefined,
  watched: undefined,
  totalMemory: undefined,
  redirect: undefined,
  protocol: undefined,
  libraryName: undefined,
  libraryVersion: undefined,
  fields: bare({ id: "4", addr: "/run/redis.sock:0", name: "", age: "0", idle: "0", flags: "b", db: "0", cmd: "NULL" })
}
export const clientLine = line

export const clientGoldens = [
  golden(call.clientGetName(), "CLIENT GETNAME", [], "readOnly", [
    ["worker", "worker"],
    [undefined, undefined]
  ]),
  golden(call.clientGetRedir(), "CLIENT GETREDIR", [], "readOnly", [[-1, -1]]),
  golden(call.clientHelp(), "CLIENT HELP", [], "readOnly", help),
  golden(call.clientId(), "CLIENT ID", [], "readOnly", integer),
  golden(call.clientInfo(), "CLIENT INFO", [], "readOnly", [[Wire.verbatim(`${line}\n`), client]]),
  golden(
    call.clientKill({
      ids: 3,
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
  golden(call.clientKill({ maxAge: 0 }), "CLIENT KILL MAXAGE 0", [], "lastWriteWins", integer),
  golden(
    call.clientKill({ not: { ids: [1, 2], type: "replica", user: "u" } }),
    "CLIENT KILL NOT-ID 1 2 NOT-TYPE replica NOT-USER u",
    [],
    "lastWriteWins",
    integer
  ),
  golden(call.clientList(), "CLIENT LIST", [], "readOnly", [
    [Wire.verbatim(`${line}\n${bareLine}\n`), [client, bareClient]],
    ["", []]
  ]),
  golden(call.clientList({ type: "pubsub" }), "CLIENT LIST TYPE pubsub", [], "readOnly", [["", []]]),
  golden(call.clientList({ ids: [1, 2] }), "CLIENT LIST ID 1 2", [], "readOnly", [["", []]]),
  golden(
    call.clientList({
      ids: 1,
      name: "n",
      flags: "N",
      libraryName: "l",
      libraryVersion: "v",
      database: 0,
      capabilities: "r",
      ip: "127.0.0.1",
      idle: "1 minute",
      skipMe: true
    }),
    "CLIENT LIST ID 1 NAME n FLAGS N LIB-NAME l LIB-VER v DB 0 CAPA r IP 127.0.0.1 IDLE 60 SKIPME yes",
    [],
    "readOnly",
    [["", []]]
  ),
  golden(
    call.clientList({
      not: {
        address: "h:1",
        localAddress: "h:2",
        name: "n",
        flags: "b",
        libraryName: "l",
        libraryVersion: "v",
        database: 1,
        capabilities: "r",
        ip: "::1"
      }
    }),
    "CLIENT LIST NOT-ADDR h:1 NOT-LADDR h:2 NOT-NAME n NOT-FLAGS b NOT-LIB-NAME l NOT-LIB-VER v NOT-DB 1 NOT-CAPA r NOT-IP ::1",
    [],
    "readOnly",
    [["", []]]
  ),
  golden(call.clientPause("1 second"), "CLIENT PAUSE 1000", [], "lastWriteWins", ok),
  golden(call.clientPause(5, "WRITE"), "CLIENT PAUSE 5 WRITE", [], "lastWriteWins", ok),
  golden(call.clientTrackingInfo(), "CLIENT TRACKINGINFO", [], "readOnly", [
    [
      Wire.map(["flags", Wire.set(["off"]), "redirect", -1, "prefixes", []]),
      { enabled: false, flags: ["off"], redirect: undefined, prefixes: [], fields: bare({}) }
    ],
    [
      Wire.map(["flags", Wire.set(["on", "bcast"]), "redirect", 9, "prefixes", ["a:"]]),
      { enabled: true, flags: ["on", "bcast"], redirect: 9, prefixes: ["a:"], fields: bare({}) }
    ]
  ]),
  golden(call.clientUnblock(3), "CLIENT UNBLOCK 3", [], "accumulating", [[0, false]]),
  golden(call.clientUnblock(3, "ERROR"), "CLIENT UNBLOCK 3 ERROR", [], "accumulating", [
    [1, true],
    [0, false]
  ]),
  golden(call.clientUnpause(), "CLIENT UNPAUSE", [], "lastWriteWins", ok)
]

export const clientStateGoldens = [
  golden(call.clientCaching(true), "CLIENT CACHING YES", [], "idempotent", ok),
  golden(call.clientCaching(false), "CLIENT CACHING NO", [], "idempotent", ok),
  golden(call.clientCapa("redirect"), "CLIENT CAPA redirect", [], "idempotent", ok),
  golden(call.clientCapa(["redirect", "other"]), "CLIENT CAPA redirect other", [], "idempotent", ok),
  golden(call.clientImportSource(true), "CLIENT IMPORT-SOURCE ON", [], "idempotent", ok),
  golden(call.clientNoEvict(true), "CLIENT NO-EVICT ON", [], "idempotent", ok),
  golden(call.clientNoTouch(false), "CLIENT NO-TOUCH OFF", [], "idempotent", ok),
  golden(call.clientReply("ON"), "CLIENT REPLY ON", [], "idempotent", ok),
  golden(call.clientSetInfo("LIB-NAME", "reef"), "CLIENT SETINFO LIB-NAME reef", [], "idempotent", ok),
  golden(call.clientSetName("worker"), "CLIENT SETNAME worker", [], "idempotent", ok),
  golden(call.clientTracking(false), "CLIENT TRACKING OFF", [], "idempotent", ok),
  golden(call.clientTracking(true), "CLIENT TRACKING ON", [], "idempotent", ok),
  golden(
    call.clientTracking(true, { redirect: 7, optIn: true, noLoop: true }),
    "CLIENT TRACKING ON REDIRECT 7 OPTIN NOLOOP",
    [],
    "idempotent",
    ok
  ),
  golden(call.clientTracking(true, { optOut: true }), "CLIENT TRACKING ON OPTOUT", [], "idempotent", ok),
  golden(
    call.clientTracking(true, { broadcast: true, prefixes: ["a:", "b:"] }),
    "CLIENT TRACKING ON PREFIX a: PREFIX b: BCAST",
    [],
    "idempotent",
    ok
  )
]
