import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Command } from "../src/Command.ts"
import { implOf } from "../src/command/make.ts"
import * as FunctionLibrary from "../src/FunctionLibrary.ts"
import { failed, isError, settle, standalone, start, succeeded } from "./support/client.ts"
import { array, bulk, error, int, ok } from "./support/FakeTransport.ts"

const code = "#!lua_name=counters"
const missing = error("ERR Function not found")
const present = error("ERR Library 'counters' already exists")

const functions = {
  bump: { keys: ["counter"], args: { by: Schema.Int }, result: Schema.Int },
  peek: { keys: ["counter"], result: Schema.Int, readOnly: true }
} as const

const counters = FunctionLibrary.make({ name: "counters", code, functions })

describe("A library of functions", () => {
  it("has its functions as typed calls, FCALL_RO and readOnly where nothing is written", () => {
    const bump = counters.call.bump({ counter: "c" }, { by: 2 })
    assert.deepStrictEqual([bump.name, bump.args, bump.retry], ["FCALL", ["bump", 1, "c", 2], "never"])
    assert.isTrue(implOf(bump).spec.script)
    const peek = counters.call.peek({ counter: "c" })
    assert.deepStrictEqual([peek.name, peek.args, peek.retry], ["FCALL_RO", ["peek", 1, "c"], "readOnly"])
  })

  it("is loaded by a command, in place of an older one if it says so", () => {
    assert.deepStrictEqual(counters.load.args, [code])
    assert.deepStrictEqual(FunctionLibrary.make({ name: "n", code, functions, replace: true }).load.args, [
      "REPLACE",
      code
    ])
  })

  it.effect("is loaded where it is missing, in one write with the call", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ keyPrefix: "p:" })
      const fiber = yield* start(redis.run(counters.call.bump({ counter: "c" }, { by: 2 })))
      yield* settle
      transport.last().answer(missing)
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [
        ["FCALL bump 1 p:c 2"],
        [`FUNCTION LOAD ${code}`, "FCALL bump 1 p:c 2"]
      ])
      transport.last().answer(bulk("counters") + int(2))
      assert.strictEqual(yield* succeeded(fiber), 2)
    })
  )

  it.effect("that cannot be loaded, or has no such function, fails as NoFunction and as Refused, once", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const fiber = yield* start(redis.run(counters.call.bump({ counter: "c" }, { by: 2 })))
      yield* settle
      transport.last().answer(missing)
      yield* settle
      transport.last().answer(present + missing)
      isError(yield* failed(fiber), "NoFunction", "Refused")
    })
  )

  it.effect("fails as MayHaveExecuted and is not run again where its function fails", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const fiber = yield* start(redis.run(counters.call.bump({ counter: "c" }, { by: 2 })))
      yield* settle
      transport.last().answer(error("ERR Function not found script: bump, on @user_function:3."))
      isError(yield* failed(fiber), "ServerReply", "MayHaveExecuted")
      assert.lengthOf(transport.last().writes, 1)
    })
  )

  it.effect("goes before a call in a pipeline if a later command shares a key with it", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const { bump } = counters.call
      const fiber = yield* start(
        redis.pipeline([bump({ counter: "a" }, { by: 1 }), bump({ counter: "b" }, { by: 1 }), Command.get("a")])
      )
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [
        [`FUNCTION LOAD ${code}`, "FCALL bump 1 a 1", "FCALL bump 1 b 1", "GET a"]
      ])
      transport.last().answer(present + int(1) + int(2) + bulk("1"))
      assert.deepStrictEqual(yield* succeeded(fiber), [1, 2, "1"])
    })
  )

  it.effect("goes once before the MULTI of a transaction", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      const { bump } = counters.call
      const fiber = yield* start(
        redis.transaction([bump({ counter: "a" }, { by: 1 }), bump({ counter: "a" }, { by: 1 })])
      )
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [
        [`FUNCTION LOAD ${code}`, "MULTI", "FCALL bump 1 a 1", "FCALL bump 1 a 1", "EXEC"]
      ])
      transport.last().answer(`${present}${ok}+QUEUED\r\n+QUEUED\r\n${array([int(1), int(2)])}`)
      assert.deepStrictEqual(yield* succeeded(fiber), [1, 2])
    })
  )
})
