import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Command } from "../src/Command.ts"
import { implOf } from "../src/command/make.ts"
import * as Script from "../src/Script.ts"
import { failed, isError, settle, standalone, start, succeeded } from "./support/client.ts"
import { ask, clustered, k1, moved } from "./support/FakeCluster.ts"
import { array, bulk, error, int, nil, ok } from "./support/FakeTransport.ts"

const lua = "return_1"
const sha = createHash("sha1").update(lua).digest("hex")
const noScript = error("NOSCRIPT No matching script. Please use EVAL.")

/** A script whose hash is known: calls of it are by hash. */
const hashed = <S extends Script.Script<["key"], Record<never, never>, number>>(script: S): Effect.Effect<S> =>
  Effect.gen(function* () {
    for (let turn = 0; turn < 1_000 && !script({ key: "k" }).name.startsWith("EVALSHA"); turn++) yield* settle
    assert.match(script({ key: "k" }).name, /^EVALSHA/)
    return script
  })

const one = Script.make({ lua, keys: ["key"], result: Schema.Int })
const reading = Script.make({ lua, keys: ["key"], result: Schema.Int, readOnly: true })

const move = Script.make({
  lua,
  keys: ["from", "to"],
  args: {
    count: Schema.Int,
    at: Schema.DateFromString,
    note: Schema.fromJsonString(Schema.Struct({ by: Schema.String }))
  },
  result: Schema.UndefinedOr(Schema.Array(Schema.NumberFromString))
})

describe("The call of a script", () => {
  it("is a command with its keys and the encoded arguments in the order of their declaration", () => {
    const at = new Date(0)
    const command = move({ to: "{a}2", from: "{a}1" }, { note: { by: "Ada" }, count: 3, at })
    assert.deepStrictEqual(command.args.slice(1), [2, "{a}1", "{a}2", 3, at.toISOString(), '{"by":"Ada"}'])
    assert.deepStrictEqual(command.keys, [2, 3])
    assert.strictEqual(command.retry, "never")
    assert.isTrue(implOf(command).spec.script)
  })

  it("takes any number of keys or arguments where it is declared so", () => {
    const sum = Script.make({ lua, keys: "list", args: Schema.Array(Schema.Number), result: Schema.Int })
    assert.deepStrictEqual(sum(["a", "b"], [1, 2, 3]).args.slice(1), [2, "a", "b", 1, 2, 3])
    const keyless = Script.make({ lua, keys: [], result: Schema.Void })
    assert.deepStrictEqual(keyless({}).args.slice(1), [0])
  })

  it("that only reads is readOnly and goes by the commands that refuse writes, one with a category has that", () => {
    assert.strictEqual(reading({ key: "k" }).retry, "readOnly")
    assert.match(reading({ key: "k" }).name, /^EVAL(SHA)?_RO$/)
    assert.isFalse(implOf(reading({ key: "k" })).spec.script)
    const again = Script.make({ lua, keys: ["key"], result: Schema.Int, retry: "idempotent" })
    assert.strictEqual(again({ key: "k" }).retry, "idempotent")
    assert.isTrue(implOf(again({ key: "k" })).spec.script)
  })

  it("is refused before anything is sent if a key is missing or an argument does not fit, without showing a value", () => {
    const refused = (command: Command<unknown, unknown>, message: RegExp) => {
      assert.match(implOf(command).invalid?.message ?? "sent", message)
      assert.notInclude(implOf(command).invalid?.message ?? "", "secret")
    }
    const keys = { from: "a", to: "b" }
    const args = { count: 3, at: new Date(0), note: { by: "Ada" } }
    refused(move({ from: "a" } as never, args), /key to is missing/)
    refused(move({ ...keys, via: "c" } as never, args), /unknown key via/)
    refused(move(keys, { ...args, count: "secret" } as never), /argument count/)
    refused(move(keys, { ...args, note: { by: 7 } } as never), /\["by"\]/)
    refused(move(keys, { ...args, more: 1 } as never), /unknown argument more/)
    refused(move(keys, undefined as never), /argument count/)
    refused(Script.make({ lua, keys: ["key"], result: Schema.Int, retries: 3 } as never)({} as never), /unknown option/)
    refused(Script.make({ lua, keys: "all", result: Schema.Int } as never)({} as never), /keys must be/)
    refused(Script.make({ lua, keys: [], result: "Int" } as never)({} as never), /result must be a schema/)
    refused(
      Script.make({ lua, keys: ["key"], result: Schema.Int, retry: "readOnly" } as never)({ key: "k" } as never),
      /category/
    )
  })

  it.effect("gives what the result's schema makes of the reply, a missing value and bytes too", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const run = (reply: string) =>
        Effect.gen(function* () {
          const fiber = yield* start(
            redis.run(move({ from: "a", to: "b" }, { count: 1, at: new Date(0), note: { by: "" } }))
          )
          yield* settle
          transport.last().answer(reply)
          return fiber
        })
      assert.deepStrictEqual(yield* succeeded(yield* run(array([bulk("1"), bulk("22")]))), [1, 22])
      assert.strictEqual(yield* succeeded(yield* run(nil)), undefined)
      isError(yield* failed(yield* run(int(1))), "Decode", "Executed")
      const bytes = Script.make({ lua, keys: [], result: Schema.Uint8Array, binary: true })
      const fiber = yield* start(redis.run(bytes({})))
      yield* settle
      transport.last().answer(bulk("ab"))
      assert.deepStrictEqual(yield* succeeded(fiber), new Uint8Array([97, 98]))
    })
  )

  it.effect("goes with the source until its hash is known, and by the hash from then on", () =>
    Effect.gen(function* () {
      const fresh = Script.make({ lua, keys: ["key"], result: Schema.Int })
      assert.deepStrictEqual(fresh({ key: "k" }).args, [lua, 1, "k"])
      yield* hashed(fresh)
      assert.deepStrictEqual(fresh({ key: "k" }).args, [sha, 1, "k"])
    })
  )
})

describe("A server that has not got the script", () => {
  it.effect("is given it at once, with the same keys under the same prefix", () =>
    Effect.gen(function* () {
      const script = yield* hashed(one)
      const { redis, transport } = yield* standalone({ keyPrefix: "p:" })
      const fiber = yield* start(redis.run(script({ key: "k" })))
      yield* settle
      assert.deepStrictEqual(transport.last().writes.flat(), [`EVALSHA ${sha} 1 p:k`])
      transport.last().answer(noScript)
      yield* settle
      assert.deepStrictEqual(transport.last().writes.flat().slice(1), [`EVAL ${lua} 1 p:k`])
      transport.last().answer(int(7))
      assert.strictEqual(yield* succeeded(fiber), 7)
    })
  )

  it.effect("is given one that only reads by EVAL_RO", () =>
    Effect.gen(function* () {
      const script = yield* hashed(reading)
      const { redis, transport } = yield* standalone()
      const fiber = yield* start(redis.run(script({ key: "k" })))
      yield* settle
      transport.last().answer(noScript)
      yield* settle
      assert.deepStrictEqual(transport.last().writes.flat(), [`EVALSHA_RO ${sha} 1 k`, `EVAL_RO ${lua} 1 k`])
      transport.last().answer(int(7))
      assert.strictEqual(yield* succeeded(fiber), 7)
    })
  )

  it.effect("is told from a script that fails: that one is not run again, whatever code its error has", () =>
    Effect.gen(function* () {
      const script = yield* hashed(one)
      const { redis, transport } = yield* standalone()
      for (const [text, tag] of [
        ["ERR half-way", "ServerReply"],
        ["NOSCRIPT of its own script: 1f, on @user_script:1.", "NoScript"],
        ["NOSCRIPT x script: on @user_script:1.", "NoScript"],
        ["OOM command not allowed", "OutOfMemory"]
      ] as const) {
        const before = transport.last().writes.flat().length
        const fiber = yield* start(redis.run(script({ key: "k" })))
        yield* settle
        transport.last().answer(error(text))
        isError(yield* failed(fiber), tag, "MayHaveExecuted")
        assert.lengthOf(transport.last().writes.flat(), before + 1)
      }
    })
  )

  it.effect("behind an ASK is given it behind another ASKING", () =>
    Effect.gen(function* () {
      const script = yield* hashed(one)
      const { fake, redis } = yield* clustered()
      fake.on = ([name], { address }) => {
        if (name !== "EVAL" && name !== "EVALSHA") return undefined
        if (address === "n1:1") return ask(k1, "n2:1")
        return name === "EVAL" ? int(3) : noScript
      }
      assert.strictEqual(yield* succeeded(yield* start(redis.run(script({ key: k1 })))), 3)
      assert.deepStrictEqual(fake.sentTo("n2:1"), ["ASKING", `EVALSHA ${sha} 1 ${k1}`, "ASKING", `EVAL ${lua} 1 ${k1}`])
    })
  )

  it.effect("may be the one that a slot has moved to", () =>
    Effect.gen(function* () {
      const script = yield* hashed(one)
      const { fake, redis } = yield* clustered()
      fake.on = ([name], { address }) => {
        if (name !== "EVAL" && name !== "EVALSHA") return undefined
        if (address === "n1:1") return moved(k1, "n2:1")
        return name === "EVAL" ? int(3) : noScript
      }
      const both = redis.pipeline([script({ key: k1 }), script({ key: `{${k1}}` })])
      assert.deepStrictEqual(yield* succeeded(yield* start(both)), [3, 3])
      assert.deepStrictEqual(fake.sentTo("n2:1").slice(-2), [`EVAL ${lua} 1 ${k1}`, `EVAL ${lua} 1 {${k1}}`])
      assert.lengthOf(fake.sentTo("n1:1"), 2)
    })
  )
})

describe("Where a second attempt would come too late the source is sent at once", () => {
  it.effect("in a pipeline only for the calls that a later command shares a key with", () =>
    Effect.gen(function* () {
      const script = yield* hashed(one)
      const { redis, transport } = yield* standalone()
      const fiber = yield* start(
        redis.pipeline([script({ key: "a" }), script({ key: "b" }), Command.incr("a"), script({ key: "a" })])
      )
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [
        [`EVAL ${lua} 1 a`, `EVALSHA ${sha} 1 b`, "INCR a", `EVALSHA ${sha} 1 a`]
      ])
      transport.last().answer(int(1) + noScript + int(2) + noScript)
      yield* settle
      assert.deepStrictEqual(transport.last().writes.slice(1), [[`EVAL ${lua} 1 b`, `EVAL ${lua} 1 a`]])
      transport.last().answer(int(3) + int(4))
      assert.deepStrictEqual(yield* succeeded(fiber), [1, 3, 2, 4])
    })
  )

  it.effect("not where both only read", () =>
    Effect.gen(function* () {
      const script = yield* hashed(reading)
      const { redis, transport } = yield* standalone()
      yield* start(redis.pipeline([script({ key: "a" }), Command.get("a")]))
      yield* settle
      assert.deepStrictEqual(transport.last().writes.flat(), [`EVALSHA_RO ${sha} 1 a`, "GET a"])
    })
  )

  it.effect("in a transaction", () =>
    Effect.gen(function* () {
      const script = yield* hashed(one)
      const { redis, transport } = yield* standalone()
      const fiber = yield* start(redis.transaction([script({ key: "a" }), Command.incr("b")]))
      yield* settle
      assert.deepStrictEqual(transport.last().writes.flat(), ["MULTI", `EVAL ${lua} 1 a`, "INCR b", "EXEC"])
      transport.last().answer(`${ok}+QUEUED\r\n+QUEUED\r\n${array([int(1), int(2)])}`)
      assert.deepStrictEqual(yield* succeeded(fiber), [1, 2])
    })
  )
})
