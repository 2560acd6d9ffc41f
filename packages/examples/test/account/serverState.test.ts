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

/** The tag is the slot. */
const slotOf = (key: string) => (key.includes("{a}") ? 7 : 8)

describe("the evidence of append-only files", () => {
  it("knows what was executed twice from what was copied to the head of another file", () => {
    const push = command("RPUSH", "list:{a}", "1.1")
    const once = emptyEvidence()
    addEvidence(once, [file("a.base.aof", push, push), file("a.incr.aof", push), file("b.incr.aof", push)], slotOf)
    assert.deepStrictEqual([...once.repeated], [])
    const twice = emptyEvidence()
    addEvidence(twice, [file("a.incr.aof", push, push)], slotOf)
    assert.deepStrictEqual([...twice.repeated], [place("list:{a}", "1.1")])
  })

  it("knows what a slot has brought along from another server", () => {
    const push = command("RPUSH", "list:{a}", "1.1")
    const begin = command("CLUSTER", "SYNCSLOTS", "ESTABLISH", "SOURCE", "id", "NAME", "job", "SLOTSRANGE", "5", "9")
    const end = command("CLUSTER", "SYNCSLOTS", "FINISH", "STATE", "SUCCESS", "NAME", "job", "MESSAGE", "")
    const moved = emptyEvidence()
    addEvidence(moved, [file("a.incr.aof", push, begin, push, end)], slotOf)
    assert.deepStrictEqual([...moved.repeated], [])
    assert.deepStrictEqual([...moved.places], [place("list:{a}", "1.1")])
    const twice = emptyEvidence()
    addEvidence(twice, [file("a.incr.aof", begin, end, push, push)], slotOf)
    assert.lengthOf([...twice.repeated], 1)
    const elsewhere = emptyEvidence()
    const other = begin.replace("$1\r\n5\r\n$1\r\n9", "$1\r\n1\r\n$1\r\n2")
    addEvidence(elsewhere, [file("a.incr.aof", other, push, push)], slotOf)
    assert.lengthOf([...elsewhere.repeated], 1)
  })

  it("shows an MSET at its first key", () => {
    const evidence = emptyEvidence()
    addEvidence(evidence, [file("a.incr.aof", command("MSET", "value:{a}:1", "x", "value:{a}:1.second", "y"))], slotOf)
    assert.deepStrictEqual([...evidence.places], ["value:{a}:1"])
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
      addEvidence(evidence, yield* server.appendOnlyFiles, slotOf)
      assert.sameMembers([...evidence.places], [place("list:{a}", "1.1"), "value:{a}:1.2", place("stream:{a}", "1.3")])
    })
  )
})
