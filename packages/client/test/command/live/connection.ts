import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import { Command } from "../../../src/Command.ts"
import { bare, bytes } from "../golden.ts"
import { holds, type LiveCase } from "./frame.ts"

export const connectionCases: ReadonlyArray<LiveCase> = [
  {
    title: "connections and the server",
    steps: [
      [Command.ping(), "PONG"],
      [Command.ping("hi"), "hi"],
      [Command.asBytes(Command.ping()), bytes("PONG")],
      [Command.echo("é"), "é"],
      [Command.clientId(), holds<number>((id) => assert.isAbove(id, 0))],
      [
        Command.clientInfo(),
        holds<{ readonly id: number; readonly database: number; readonly user: string }>((info) => {
          assert.isAbove(info.id, 0)
          assert.strictEqual(info.database, 0)
          assert.strictEqual(info.user, "default")
        })
      ],
      [Command.clientList({ type: "normal" }), holds<ReadonlyArray<unknown>>((list) => assert.isAbove(list.length, 0))],
      [Command.clientList({ type: "primary" }), []],
      [Command.clientKill({ address: "127.0.0.1:1" }), 0],
      [Command.clientUnblock(999999), false],
      [Command.clientPause(1, "WRITE"), undefined],
      [Command.clientUnpause(), undefined],
      [Command.configSet({ "slowlog-max-len": 99, "latency-monitor-threshold": 1 }), undefined],
      [Command.configGet(["slowlog-max-len", "none"]), bare({ "slowlog-max-len": "99" })],
      [Command.configResetStat(), undefined],
      [Command.dbSize(), 0],
      [
        Command.info("server"),
        holds<Record<string, Record<string, string>>>((info) =>
          assert.match(info.server?.redis_version ?? "", /^\d+\.\d+/)
        )
      ],
      [Command.info(["server", "keyspace"]), holds<object>((info) => assert.hasAllKeys(info, ["server", "keyspace"]))],
      [
        Command.role(),
        holds<{ readonly role: string; readonly offset: number }>((role) => assert.strictEqual(role.role, "primary"))
      ],
      [Command.time(), holds<DateTime.Utc>((time) => assert.isAbove(DateTime.toEpochMillis(time), 1.7e12))],
      [Command.raw("OBJECT", ["HELP"]), holds<unknown>((help) => assert.isArray(help))],
      [Command.raw("CONFIG GET", ["maxclients"]).pipe(Command.map(() => "mapped")), "mapped"]
    ]
  }
]
