import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import type { AsCommand, Command } from "../../src/command/Command.ts"
import { type Commands, commands } from "../../src/command/Commands.ts"
import { implOf, isCommand } from "../../src/command/make.ts"
import { constructors, namespaces } from "./constructors.ts"
import { call, used } from "./golden.ts"
import { goldens } from "./goldens/index.ts"
import { refusal } from "./outcomes.ts"

/** What a caller without types may hand in anywhere. */
const wrong: ReadonlyArray<unknown> = [
  undefined,
  null,
  true,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -1,
  "",
  "text",
  Symbol("s"),
  () => 1,
  {},
  { expiry: "soon", condition: null, unknown: 1 },
  Object.create(null),
  [],
  [undefined],
  [["a"]],
  [[null, Symbol("s")]],
  [undefined, "hole"],
  new Map([[null, null]]),
  new Set(["a"]),
  new Date(Number.NaN),
  new Date(0),
  new Uint8Array(2),
  new ArrayBuffer(2),
  10n
]

describe("all commands", () => {
  it("each constructor is in a table", () => {
    const missing = constructors.map(([name]) => name).filter((name) => !used.has(name))
    assert.deepStrictEqual(missing, [])
    assert.isAbove(goldens.length, used.size)
  })

  it("no group takes the name of another group's command", () => {
    const names = constructors.map(([name]) => name)
    assert.strictEqual(new Set(names).size, names.length)
    assert.strictEqual(Object.keys(call).length, Object.keys(commands).length + Object.keys(namespaces).length)
  })

  it.each(constructors)("%s never throws, whatever it is given, and neither does what the runtime asks", (_, make) => {
    // 200 000 of them: an assertion for each costs a minute, so only what is wrong gets one.
    const look = (command: Command<unknown, unknown>) => {
      if (!isCommand(command) || !Array.isArray(command.keys) || typeof command.retry !== "string") {
        assert.fail(`${String(command)} is no command`)
      }
      const { args, spec } = implOf(command)
      if (spec.blocking !== undefined && !(spec.blocking(args) >= 0)) assert.fail(`${spec.name} blocks for no time`)
      refusal(command)
    }
    look(make())
    for (const value of wrong) {
      for (let before = 0; before < 5; before++) {
        look(make(...new Array(before).fill("a"), value))
        look(make(...new Array(before).fill("a"), value, value))
        look(make(...new Array(before).fill(["a", "b"]), value))
      }
    }
  })

  it("a command shows its name and how many arguments it has, never a value", () => {
    const secret = "s3cret"
    for (const command of [
      commands.set(secret, secret, { condition: { IFEQ: secret } }),
      commands.hSet("h", { [secret]: secret }),
      commands.eval(secret, { keys: [secret], arguments: [secret] }),
      commands.configSet("requirepass", secret)
    ]) {
      const shown = [
        String(command),
        JSON.stringify(command),
        JSON.stringify({ nested: [command] }),
        inspect(command, { depth: 9, showHidden: true }),
        inspect({ nested: [command] }, { depth: 9 }),
        `${command}`
      ]
      for (const text of shown) {
        assert.notInclude(text, secret)
        assert.include(text, command.name)
      }
    }
    assert.strictEqual(String(commands.get("k")), "Command(GET, 1 argument)")
    assert.strictEqual(JSON.stringify(commands.mGet(["a", "b"])), `{"_id":"Command","name":"MGET","arguments":2}`)
  })

  it("a command does not change when the caller's array or record does", () => {
    const keys = ["a", "b"]
    const fields = { a: "1" }
    const made = [commands.mGet(keys), commands.del(keys), commands.sAdd("s", keys), commands.hSet("h", fields)]
    const before = made.map((command) => [...command.args])
    keys.push("c")
    fields.a = "2"
    assert.deepStrictEqual(
      made.map((command) => [...command.args]),
      before
    )
  })

  it("as many arguments as a caller may have are no problem", () => {
    const many = Array.from({ length: 300_000 }, (_, at) => String(at))
    const made: ReadonlyArray<Command<unknown, unknown>> = [
      commands.mGet(many),
      commands.rPush("l", many),
      commands.sAdd("s", many),
      commands.hmGet("h", many),
      commands.eval("return", { keys: many, arguments: many }),
      commands.hSet("h", new Map(many.map((name) => [name, name]))),
      commands.lmPop(many, "LEFT"),
      commands.clusterAddSlots(many.map(Number))
    ]
    for (const command of made) assert.isAtLeast(command.args.length, many.length)
  })

  it("constructors are closures: they work when they are taken apart", () => {
    const { get, hSet }: Commands<AsCommand> = commands
    assert.deepStrictEqual(get("k").args, ["k"])
    assert.deepStrictEqual(hSet("h", "f", "v").args, ["h", "f", "v"])
  })
})
