import * as DateTime from "effect/DateTime"
import { server } from "../../../client/src/command/Server.ts"
import { bare, type Case, Check, call, checkCases, empty, given } from "../support/cases.ts"

const check = (wanted: string, holds: (value: never) => boolean) =>
  new Check(wanted, holds as (value: unknown) => boolean)
type Info = Readonly<Record<string, Readonly<Record<string, string>>>>
const hasVersion = (info: Info) => /^\d+\.\d+\.\d+$/.test(info.server?.redis_version ?? "")
/** The clocks of this process and of the server are one. */
const NEAR_MILLIS = 10_000
const reset = ["CONFIG SET lua-time-limit 5000 slowlog-max-len 128"]

const cases: ReadonlyArray<Case> = [
  empty(call.configGet("maxmemory"), bare({ maxmemory: "0" })),
  empty(
    call.configGet(["appendonly", "appendfsync"]),
    check("both", (all: Record<string, string>) => {
      return all.appendonly === "no" && all.appendfsync === "no"
    })
  ),
  empty(call.configGet("no-such-*"), bare({})),
  empty(call.configGet([]), bare({})),
  empty(
    call.configHelp(),
    check("lines", (lines: Array<string>) => lines.length > 2)
  ),
  empty(call.configResetStat(), undefined),
  empty(call.configRewrite(), undefined),
  empty(call.configSet("slowlog-max-len", 5), undefined, {
    after: [["CONFIG GET slowlog-max-len", ["slowlog-max-len", "5"]]],
    reset
  }),
  empty(call.configSet({ "slowlog-max-len": 6n, "lua-time-limit": "4000" }), undefined, { reset }),
  given("MSET a 1 b 2")(call.dbSize(), 2),
  given("SET a 1")(call.flushAll(), undefined, { after: [["DBSIZE", 0]] }),
  given("SET a 1")(call.flushAll("ASYNC"), undefined, { after: [["DBSIZE", 0]] }),
  given("SET a 1")(call.flushDb("SYNC"), undefined, { after: [["DBSIZE", 0]] }),
  given("SET a 1")(
    call.info(),
    check("sections", (info: Info) => hasVersion(info) && info.keyspace?.db0 !== undefined)
  ),
  empty(
    call.info(["server", "clients"]),
    check("two sections", (info: Info) => {
      return hasVersion(info) && Object.keys(info).sort().join() === "clients,server"
    })
  ),
  empty(
    call.lolwut(),
    check("a drawing", (text: string) => text.includes("ver"))
  ),
  empty(call.role(), { role: "primary", offset: 0, replicas: [] }),
  given("SET a 1")(call.swapDb(0, 1), undefined, { after: [["DBSIZE", 0]], reset: ["FLUSHALL"] }),
  empty(
    call.timeMicros(),
    check("about now", (micros: number) => Math.abs(micros / 1000 - Date.now()) < NEAR_MILLIS)
  ),
  empty(
    call.time(),
    check("about now", (time: DateTime.Utc) => {
      return DateTime.isUtc(time) && Math.abs(DateTime.toEpochMillis(time) - Date.now()) < NEAR_MILLIS
    })
  )
]

checkCases("Server", server, cases)
