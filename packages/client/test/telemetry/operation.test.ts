import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { raw } from "../../src/command/custom.ts"
import { implOf } from "../../src/command/make.ts"
import { portableTextCodec } from "../../src/protocol/TextCodec.ts"
import { batchName, queryText, storedProcedure } from "../../src/telemetry/operation.ts"
import { goldens } from "../command/goldens/index.ts"

type Given = Parameters<typeof implOf>[0]
const textOf = (...given: ReadonlyArray<Given>) => queryText(given.map(implOf), portableTextCodec)

describe("operation", () => {
  it("names a batch after its commands if they are all the same", () => {
    const [get, incr] = [implOf(commands.get("a")), implOf(commands.incr("a"))]
    assert.strictEqual(batchName("PIPELINE", [get, get]), "PIPELINE GET")
    assert.strictEqual(batchName("MULTI", [get, incr]), "MULTI")
    assert.strictEqual(batchName("MULTI", []), "MULTI")
  })

  it("keeps keys and hides every other argument", () => {
    assert.strictEqual(textOf(commands.mSet({ a: "1", b: "2" })), "MSET a ? b ?")
    assert.strictEqual(textOf(commands.get(new TextEncoder().encode("ключ"))), "GET ключ")
    assert.strictEqual(textOf(commands.eval("return 1", { keys: ["k"], arguments: ["v"] })), "EVAL ? ? k ?")
    assert.strictEqual(textOf(commands.get("a"), commands.incr("b")), "GET a; INCR b")
  })

  it("shows of no command in the tables an argument that is not one of its keys", () => {
    for (const { command } of goldens) {
      const keys = new Set(command.keys)
      const shown = textOf(command).slice(command.name.length)
      const expected = command.args.map((arg, at) => (keys.has(at) ? (typeof arg === "string" ? arg : undefined) : "?"))
      // Keys that are bytes and texts that were cut are told apart by the tests beside this one.
      if (
        expected.includes(undefined) ||
        shown.endsWith("…") ||
        /^(ACL|CLIENT|CONFIG|HELLO|MIGRATE)/.test(command.name)
      )
        continue
      assert.strictEqual(shown, expected.map((text) => ` ${text}`).join(""), command.name)
    }
  })

  it("shows no argument of commands about users, settings and other servers, whatever is said to be a key", () => {
    for (const name of [
      "AUTH",
      "HELLO",
      "ACL",
      "ACL SETUSER",
      "CONFIG SET",
      "CLIENT SETNAME",
      "SENTINEL SET",
      "MIGRATE"
    ]) {
      assert.strictEqual(textOf(raw(name, ["s3cret", "s3cret"], { keys: "all" })), `${name} ? ?`)
    }
  })

  it("cuts what is long", () => {
    const long = textOf(commands.mGet(Array.from({ length: 5000 }, (_, i) => `key:${i}`)))
    assert.isBelow(long.length, 1100)
    assert.isTrue(long.endsWith("…"))
    const many = textOf(...Array.from({ length: 5000 }, () => commands.get("a")))
    assert.isBelow(many.length, 1100)
    assert.isBelow(textOf(commands.get("k".repeat(100_000))).length, 1100)
  })

  it("tells the SHA1 of a script and the name of a function, and nothing that is neither", () => {
    const of = (given: Given) => storedProcedure(implOf(given), portableTextCodec)
    const sha = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
    assert.strictEqual(of(commands.evalSha(sha)), sha)
    assert.strictEqual(of(commands.evalShaRo(sha)), sha)
    assert.strictEqual(of(commands.fCall("my_function")), "my_function")
    assert.strictEqual(of(commands.fCallRo(new TextEncoder().encode("f"))), "f")
    assert.isUndefined(of(commands.evalSha("no sha but s3cret")))
    assert.isUndefined(of(commands.eval("return redis.call('AUTH', 's3cret')")))
    assert.isUndefined(of(commands.get("a")))
  })
})
