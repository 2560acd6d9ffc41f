/**
 * A sentinel that lives in the past: it names the primary of long ago, as one does that was cut off from the others, and never learns better.
 */
import { RespMap } from "@reef-redis/node"
import { Answer, ScriptedServer, type ScriptedServerControls, type ServerError } from "@reef-redis/testing"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

const ID = "0".repeat(40)

const describe = (name: string, port: number, flags: string, more: Readonly<Record<string, string>>) =>
  // As sentinels write them: a map where the protocol has one.
  new RespMap(
    Object.entries({
      name,
      ip: "127.0.0.1",
      port: String(port),
      runid: "",
      flags,
      "last-ping-sent": "0",
      "last-ok-ping-reply": "1",
      "last-ping-reply": "1",
      "down-after-milliseconds": "500",
      "info-refresh": "1",
      "role-reported-time": "1",
      ...more
    }).flat()
  )

/** Starts one; it lives as long as the scope. */
export const makeStaleSentinel = (
  service: string,
  primary: number,
  replicas: ReadonlyArray<number>
): Effect.Effect<ScriptedServerControls, ServerError, Scope.Scope> => {
  const asPrimary = describe(service, primary, "master", {
    "role-reported": "master",
    "config-epoch": "0",
    "num-slaves": String(replicas.length),
    "num-other-sentinels": "0",
    quorum: "2",
    "failover-timeout": "3000",
    "parallel-syncs": "1"
  })
  const asReplicas = replicas.map((port) =>
    describe(`127.0.0.1:${port}`, port, "slave", {
      "role-reported": "slave",
      "master-link-down-time": "0",
      "master-link-status": "ok",
      "master-host": "127.0.0.1",
      "master-port": String(primary),
      "slave-priority": "100",
      "slave-repl-offset": "1"
    })
  )
  return ScriptedServer.make({
    handler: ({ args, name }) => {
      if (name === "PSUBSCRIBE" || name === "SUBSCRIBE") {
        return Answer.all(...args.slice(1).map((channel, at) => Answer.push([name.toLowerCase(), channel, at + 1])))
      }
      if (name === "INFO") return Answer.reply("redis_version:7.0.0\r\nredis_mode:sentinel\r\n")
      if (name === "ROLE") return Answer.reply(["sentinel", [service]])
      if (name !== "SENTINEL") return undefined
      switch (args[1]?.toUpperCase()) {
        case "GET-MASTER-ADDR-BY-NAME":
          return Answer.reply(["127.0.0.1", String(primary)])
        case "MASTER":
          return Answer.reply(asPrimary)
        case "MASTERS":
          return Answer.reply([asPrimary])
        case "REPLICAS":
        case "SLAVES":
          return Answer.reply(asReplicas)
        case "MYID":
          return Answer.reply(ID)
        default:
          return Answer.reply([])
      }
    }
  })
}
