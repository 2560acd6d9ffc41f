import { assert, describe, it } from "@effect/vitest"
import { monitorLineOf } from "../../src/pubsub/MonitorLine.ts"

describe("MonitorLine", () => {
  it("reads who ran what, and when", () => {
    const line = monitorLineOf(`1339518083.107412 [3 127.0.0.1:60866] "set" "k" "a \\"b\\" \\x00\\n\\\\"`)
    assert.deepStrictEqual(line, {
      _tag: "MonitorLine",
      at: 1339518083107.412,
      database: 3,
      source: "tcp",
      client: "127.0.0.1:60866",
      command: "set",
      args: ["k", `a "b" \x00\n\\`]
    })
  })

  it("tells sockets, scripts and IPv6 apart", () => {
    const from = (who: string) => {
      const line = monitorLineOf(`1.5 [0 ${who}] "PING"`)
      return [line?.source, line?.client, line?.args]
    }
    assert.deepStrictEqual(from("lua"), ["script", undefined, []])
    assert.deepStrictEqual(from("unix:/run/redis.sock"), ["unix", "/run/redis.sock", []])
    assert.deepStrictEqual(from("[::1]:6379"), ["tcp", "[::1]:6379", []])
    assert.isUndefined(monitorLineOf("OK"))
  })

  it("are read where the server does not escape quotes (Valkey 8.1.1)", () => {
    const line = monitorLineOf('1795254938.299717 [0 127.0.0.1:50996] "SET" "key" "a "quoted" \\r\\n\\x01 value" ""')
    assert.deepStrictEqual(line?.args, ["key", 'a "quoted" \r\n\x01 value', ""])
  })
})
