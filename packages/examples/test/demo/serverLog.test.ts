import { assert, describe, it, layer } from "@effect/vitest"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { pushed, ServerLogs } from "../../src/demo/serverLog.ts"

const command = (...words: ReadonlyArray<string>) =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`

const bytes = (...parts: ReadonlyArray<string>) => Buffer.from(parts.join(""), "latin1")

describe("ServerLogs", () => {
  it("keeps the highest value that a counter ever had, over rewrites and several servers", () => {
    const logs = new ServerLogs()
    const incr = command("INCR", "count:{a}")
    logs.add([bytes(incr, incr, incr), bytes(command("SET", "count:{a}", "2"), incr)])
    assert.strictEqual(logs.counters.get("count:{a}"), 3)
    logs.add([bytes(command("SET", "count:{a}", "7"), incr)])
    assert.strictEqual(logs.counters.get("count:{a}"), 8)
  })
})

layer(RedisServer.layer({ appendonly: true }))("the log of a real server", (it) => {
  it.effect("has every write that it acknowledged, also after its death", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer
      yield* server.admin(["RPUSH", "list:{a}", "1.1"])
      yield* server.admin(["RPUSH", "list:{a}", "1.2"])
      yield* server.admin(["SET", "value:{a}:1.3", "content"])
      for (let i = 0; i < 4; i++) yield* server.admin(["INCR", "count:{a}"])
      yield* server.kill
      const logs = new ServerLogs()
      logs.add((yield* server.appendOnlyFiles).map((file) => file.contents))
      assert.sameMembers([...logs.ids], [pushed("list:{a}", "1.1"), pushed("list:{a}", "1.2"), "value:{a}:1.3"])
      assert.deepStrictEqual([...logs.counters], [["count:{a}", 4]])
    })
  )
})
