import { assert, describe, it } from "@effect/vitest"
import { Answer } from "../src/Answer.ts"
import {
  type CommandPattern,
  matchesCommand,
  type ReceivedCommand,
  Script,
  type ScriptedConnection
} from "../src/Script.ts"

const node = { index: 0, host: "127.0.0.1", port: 1, url: "redis://127.0.0.1:1", id: "0".repeat(40) }

const connection: ScriptedConnection = {
  number: 1,
  node,
  nodes: [node],
  protocol: 2,
  user: "default",
  name: undefined,
  database: 0,
  readOnly: false,
  asking: false,
  update: () => {}
}

const command = (...args: ReadonlyArray<string>): ReceivedCommand => ({
  number: 1,
  node: 0,
  connection: 1,
  name: args[0]!.toUpperCase(),
  args,
  bytes: args.map((arg) => Buffer.from(arg))
})

describe("matchesCommand", () => {
  it.each<readonly [CommandPattern, ReadonlyArray<string>, boolean]>([
    ["get", ["GET", "a"], true],
    ["GET", ["GETEX", "a"], false],
    ["cluster slots", ["CLUSTER", "SLOTS"], true],
    ["CLUSTER SLOTS", ["cluster"], false],
    [["get", "a"], ["GET", "a"], true],
    [["GET", "a"], ["GET", "A"], false],
    [["GET"], ["GET", "a"], false],
    [["GET", "a"], ["GET"], false],
    [["SET", /^user:/, (value) => value.length === 2], ["SET", "user:1", "ok"], true],
    [["SET", /^user:/, (value) => value.length === 2], ["SET", "user:1", "long"], false]
  ])("for %o and %o gives %s", (pattern, args, expected) => {
    assert.strictEqual(matchesCommand(pattern, args), expected)
    assert.strictEqual(
      matchesCommand(
        pattern,
        args.map((arg) => Buffer.from(arg))
      ),
      expected
    )
  })
})

describe("Script", () => {
  it("builds expectations without changing those it builds on", () => {
    const once = Script.expect("GET").reply(1)
    const twice = once.times(2).onNode(3)
    assert.deepStrictEqual([once.count, once.node], [1, undefined])
    assert.deepStrictEqual([twice.count, twice.node], [2, 3])
    assert.deepStrictEqual(twice.answer, Answer.reply(1))
  })

  it("asks the first entry of a table that fits, and the first handler that answers", () => {
    const table = Script.table({
      "CLIENT ID": Answer.reply(7),
      CLIENT: Answer.ok,
      GET: ({ args }) => (args[1] === "a" ? Answer.reply(1) : undefined)
    })
    assert.deepStrictEqual(table(command("client", "id"), connection), Answer.reply(7))
    assert.deepStrictEqual(table(command("CLIENT", "INFO"), connection), Answer.ok)
    assert.isUndefined(table(command("DEL", "a"), connection))
    const either = Script.first(table, () => Answer.reply("other"))
    assert.deepStrictEqual(either(command("GET", "a"), connection), Answer.reply(1))
    assert.deepStrictEqual(either(command("GET", "b"), connection), Answer.reply("other"))
    assert.isUndefined(Script.first()(command("GET", "b"), connection))
  })

  it("gives every slot of an even cluster to one node", () => {
    assert.deepStrictEqual(
      Script.evenCluster(3).shards.flatMap(({ slots }) => slots),
      [
        { start: 0, end: 5_460 },
        { start: 5_461, end: 10_921 },
        { start: 10_922, end: 16_383 }
      ]
    )
  })
})
