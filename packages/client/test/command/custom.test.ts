import { assert, describe, it } from "@effect/vitest"
import type { Argument } from "../../src/command/CommandSpec.ts"
import { define, raw } from "../../src/command/custom.ts"
import { asBigInt, asBytes, implOf, map } from "../../src/command/make.ts"
import * as Reply from "../../src/command/Reply.ts"
import { Wire } from "../../src/protocol/RespEncoder.ts"
import { RespMap } from "../../src/protocol/RespValue.ts"
import { bytes, decoded, sentBy } from "./golden.ts"
import { refusedAt, untyped } from "./outcomes.ts"

describe("raw commands", () => {
  it("send what they are given, a subcommand in the name or as an argument", () => {
    assert.deepStrictEqual(sentBy(implOf(raw("config get", ["maxmemory"]))), ["CONFIG", "GET", "maxmemory"])
    assert.deepStrictEqual(sentBy(implOf(raw("CONFIG", ["GET", "maxmemory"]))), ["CONFIG", "GET", "maxmemory"])
    assert.deepStrictEqual(sentBy(implOf(raw("TIME"))), ["TIME"])
  })

  it("know nothing that they are not told: no keys, never repeated", () => {
    const command = raw("GET", ["k"])
    assert.deepStrictEqual(command.keys, [])
    assert.strictEqual(command.retry, "never")
    const told = raw("GET", ["k"], { keys: "first", retry: "readOnly" })
    assert.deepStrictEqual(told.keys, [0])
    assert.isTrue(told.readOnly)
    assert.strictEqual(implOf(told).spec.singleKey, 0)
    assert.deepStrictEqual(raw("X.Y", ["o", "a", "b"], { keys: [1, 2] }).keys, [1, 2])
    assert.deepStrictEqual(raw("EVAL", ["s", 1, "k", "v"], { keys: { numkeys: 1 } }).keys, [2])
  })

  it("give the reply as it is, in either view", () => {
    const command = raw("X")
    assert.deepStrictEqual(decoded(command, Wire.map(["a", 1]), 3), new RespMap(["a", 1]))
    assert.deepStrictEqual(decoded(command, ["a", undefined, 2n ** 60n], 2), ["a", undefined, 2n ** 60n])
    assert.deepStrictEqual(decoded(asBytes(command), ["a", 1], 3), [bytes("a"), 1])
    assert.strictEqual(
      decoded(
        map(command, (value) => `mapped ${value}`),
        "a",
        3
      ),
      "mapped a"
    )
  })

  it("are known by name where they would harm a shared connection", () => {
    for (const command of [
      raw("subscribe", ["ch"]),
      raw("CLIENT", ["REPLY", "OFF"]),
      raw("Client Tracking", ["ON"]),
      raw("SELECT", [1])
    ]) {
      assert.isTrue(implOf(command).spec.connectionState, command.name)
    }
    assert.isFalse(implOf(raw("CLIENT", ["LIST"])).spec.connectionState)
    const { args, spec } = implOf(raw("blpop", ["l", "2"]))
    assert.strictEqual(spec.blocking!(args), 2000)
    assert.isUndefined(implOf(raw("XREAD", ["STREAMS", "s", "0"])).spec.blocking)
    assert.isTrue(implOf(raw("eval", ["return 1", 0])).spec.script)
  })

  it("take a name of one or two words; a whole command line in it would show its values", () => {
    for (const name of ["", " ", "SET k s3cret", "GET ", " GET", "GET\r\nPING", "GÉT", "A  B"]) {
      const command = raw(name)
      refusedAt(command, undefined, /one word, or two/)
      assert.notInclude(String(command), "s3cret")
    }
    refusedAt(raw(untyped(null)), undefined, /one word, or two/)
  })

  it("are refused if what is told of them is wrong", () => {
    refusedAt(raw("GET", untyped(null)), 0)
    refusedAt(raw("GET", ["k", untyped({})]), 1)
    refusedAt(raw("GET", [], { keys: "first" }), undefined, /key positions/)
    refusedAt(raw("GET", ["k"], { keys: [1] }), undefined, /key positions/)
    refusedAt(raw("GET", ["k"], { keys: [0.5] }), undefined, /key positions/)
    refusedAt(raw("GET", ["k"], untyped({ readOnly: true })), undefined, /unknown option readOnly/)
    refusedAt(raw("GET", ["k"], untyped({ retry: "sometimes" })), undefined, /retry category/)
    for (const keys of [null, 1, "last", {}, { first: 0 }, { first: 0, last: 0, step: 0 }, { numkeys: 0, step: 0 }]) {
      refusedAt(raw("GET", ["k"], untyped({ keys })), undefined, /rule for key positions/)
    }
  })

  it("never show their values", () => {
    assert.strictEqual(String(raw("X.SET", ["s3cret"])), "Command(X.SET, 1 argument)")
  })
})

describe("defined commands", () => {
  const cad = define({
    name: "CL.THROTTLE",
    keys: "first",
    retry: "accumulating",
    reply: Reply.array(Reply.integer)
  })

  it("stand as built-in ones do", () => {
    const command = cad(["k", 15, 30, 60])
    assert.deepStrictEqual(sentBy(implOf(command)), ["CL.THROTTLE", "k", "15", "30", "60"])
    assert.deepStrictEqual(command.keys, [0])
    assert.strictEqual(implOf(command).spec.singleKey, 0)
    assert.strictEqual(command.retry, "accumulating")
    assert.deepStrictEqual(decoded(command, [0, 16], 2), [0, 16])
    assert.strictEqual(String(command), "Command(CL.THROTTLE, 4 arguments)")
  })

  it("have the views of their reply", () => {
    const get = define({ name: "X.GET", keys: "first", retry: "readOnly", reply: Reply.optionalText })
    assert.deepStrictEqual(decoded(asBytes(get(["k"])), "v", 3), bytes("v"))
    const count = define({ name: "X.COUNT", keys: "none", retry: "readOnly", reply: Reply.integer })
    assert.strictEqual(decoded(asBigInt(count()), 2n ** 60n, 3), 2n ** 60n)
  })

  it("compute what depends on the arguments", () => {
    const store = define({
      name: "X.STORE",
      keys: (args) => [0, args.length - 1],
      retry: (args) => (args.includes("NX") ? "never" : "lastWriteWins"),
      blocking: (args) => Number(args[1]),
      script: true,
      reply: Reply.ok
    })
    const command = store(["a", 5, "NX", "b"])
    const { args, spec } = implOf(command)
    assert.deepStrictEqual(command.keys, [0, 3])
    assert.strictEqual(command.retry, "never")
    assert.strictEqual(spec.blocking!(args), 5)
    assert.isTrue(spec.script)
  })

  it("ask a user's functions once, where a throw or nonsense only refuses the command", () => {
    let asked = 0
    const broken = (part: object) =>
      define({ name: "X", keys: "none", retry: "never", reply: Reply.ok, ...part })(["a"])
    const boom = () => {
      throw new Error("s3cret")
    }
    refusedAt(broken({ keys: boom }), undefined, /threw/)
    refusedAt(broken({ retry: boom }), undefined, /threw/)
    refusedAt(broken({ blocking: boom }), undefined, /threw/)
    refusedAt(broken({ keys: () => [7] }), undefined, /key positions/)
    refusedAt(broken({ keys: () => "a" }), undefined, /key positions/)
    refusedAt(broken({ retry: () => "maybe" }), undefined, /retry category/)
    refusedAt(broken({ blocking: () => Number.NaN }), undefined, /blocking time/)
    const counting = define({
      name: "X",
      keys: (args: ReadonlyArray<Argument>) => {
        asked++
        return args.map((_, at) => at)
      },
      retry: "never",
      reply: Reply.ok
    })(["a"])
    void [counting.keys, counting.keys]
    assert.strictEqual(asked, 1)
  })

  it("cannot deny what the servers do with a name", () => {
    const watch = define({ name: "WATCH", keys: "all", retry: "never", reply: Reply.ok })
    assert.isTrue(implOf(watch(["k"])).spec.connectionState)
    const pop = define({ name: "BLPOP", keys: "first", retry: "never", reply: Reply.value })
    assert.isDefined(implOf(pop(["k", 1])).spec.blocking)
  })

  it("take only the library's own replies, since these run in the read loop", () => {
    const forged = untyped<Reply.Reply<number>>({ text: () => 1, bytes: () => 1 })
    refusedAt(define({ name: "X", keys: "none", retry: "never", reply: forged })(), undefined, /Reply module/)
  })
})
