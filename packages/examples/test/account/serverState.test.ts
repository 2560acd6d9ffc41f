import { assert, describe, it, layer } from "@effect/vitest"
import { type AppendOnlyFile, RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { place } from "../../src/account/keys.ts"
import { addEvidence, emptyContents, emptyEvidence, readContents } from "../../src/account/serverState.ts"

const command = (...words: ReadonlyArray<string>) =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`

const file = (name: string, ...commands: ReadonlyArray<string>): AppendOnlyFile => ({
  name,
  kind: "increment",
  sequence: 1,
  contents: Buffer.from(commands.join(""), "latin1")
})

describe("the evidence of append-only files", () => {
  it("knows what was executed twice from what was copied to the head of another file", () => {
    const push = command("RPUSH", "list:{a}", "1.1")
    const once = emptyEvidence()
    addEvidence(once, [file("a.base.aof", push, push), file("a.incr.aof", push), file("b.incr.aof", push)])
    assert.deepStrictEqual([...once.repeated], [])
    const twice = emptyEvidence()
    addEvidence(twice, [file("a.incr.aof", push, push)])
    assert.deepStrictEqual([...twice.repeated], [place("list:{a}", "1.1")])
  })
})

layer(RedisServer.layer({ appendonly: true }))("a real server", (it) => {
  it.effect("shows what it holds, and after its death what it has executed", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer
      yield* server.admin(["RPUSH", "list:{a}", "1.1"])
      yield* server.admin(["SET", "value:{a}:1.2", "content of value:{a}:1.2"])
      yield* server.admin(["INCR", "count:{a}"])
      const at = String(yield* server.admin(["XADD", "stream:{a}", "*", "id", "1.3"]))
      const contents = emptyContents()
      yield* readContents(server, contents)
      assert.deepStrictEqual(contents.lists.get("list:{a}"), ["1.1"])
      assert.strictEqual(contents.counters.get("count:{a}"), 1)
      assert.strictEqual(contents.values.get("value:{a}:1.2"), "content of value:{a}:1.2")
      assert.deepStrictEqual(contents.streams.get("stream:{a}"), [[at, "1.3"]])
      yield* server.kill
      const evidence = emptyEvidence()
      addEvidence(evidence, yield* server.appendOnlyFiles)
      assert.sameMembers([...evidence.places], [place("list:{a}", "1.1"), "value:{a}:1.2", place("stream:{a}", "1.3")])
    })
  )
})
