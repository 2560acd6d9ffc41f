import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { RedisKey, TypeId } from "../../src/command/Command.ts"
import { defineSpec } from "../../src/command/CommandSpec.ts"
import {
  asBigInt,
  asBytes,
  type CommandImpl,
  constant,
  implOf,
  invalid,
  isCommand,
  make,
  makeChecked,
  map
} from "../../src/command/make.ts"
import * as Reply from "../../src/command/Reply.ts"
import { bytes, decoded } from "./golden.ts"

const spec = defineSpec({ name: "X.Y", keys: "first", retry: "readOnly" })

describe("a command value", () => {
  it("tells its name, arguments, keys and retry category", () => {
    const command = make(spec, ["k", 1], Reply.integer)
    assert.strictEqual(command.name, "X.Y")
    assert.deepStrictEqual(command.args, ["k", 1])
    assert.deepStrictEqual(command.keys, [0])
    assert.strictEqual(command.retry, "readOnly")
    assert.isTrue(command.readOnly)
    assert.isTrue(isCommand(command))
    assert.isTrue(TypeId in command)
  })

  it("nothing else is a command", () => {
    for (const value of [undefined, null, {}, "GET", Effect.void, { [TypeId]: {} }]) assert.isFalse(isCommand(value))
  })

  it.effect("runs by itself on the Redis in context", () =>
    Effect.gen(function* () {
      const seen: Array<CommandImpl> = []
      const service = {
        run: (command: CommandImpl) => {
          seen.push(command)
          return Effect.succeed(7)
        }
      }
      const command = make(spec, ["k"], Reply.integer)
      const key = Context.Service<typeof service>(RedisKey)
      const result = yield* (command as unknown as Effect.Effect<number, unknown>).pipe(
        Effect.provideService(key, service)
      )
      assert.strictEqual(result, 7)
      assert.deepStrictEqual(seen, [implOf(command)])
    })
  )

  it("has a bytes view, which leaves it what it is", () => {
    const command = make(spec, ["k"], Reply.text)
    const view = asBytes(command)
    assert.isTrue(implOf(view).bytes)
    assert.deepStrictEqual(decoded(view, "é", 3), bytes("é"))
    assert.deepStrictEqual(decoded(asBytes(view), "é", 3), bytes("é"))
    assert.strictEqual(decoded(command, "é", 3), "é")
    const mapped = map(command, (value) => value.length)
    assert.strictEqual(asBytes(mapped), mapped)
  })

  it("has a bigint view if its reply is an integer", () => {
    const view = asBigInt(make(spec, ["k"], Reply.integer))
    assert.strictEqual(decoded(view, 2n ** 60n, 2), 2n ** 60n)
    assert.strictEqual(decoded(asBytes(view), 5, 2), 5n)
    const optional = asBigInt(make(spec, ["k"], Reply.optionalInteger))
    assert.isUndefined(decoded(optional, undefined, 3))
  })
})

describe("commands that are not sent", () => {
  it("a constant has its value in every view", () => {
    const none = constant(spec, Reply.integer, 0)
    assert.deepStrictEqual(implOf(none).constant, { value: 0 })
    assert.deepStrictEqual(implOf(asBytes(none)).constant, { value: 0 })
    assert.deepStrictEqual(implOf(asBigInt(none)).constant, { value: 0n })
  })

  it("a refused one keeps its reason in every view", () => {
    const refused = invalid(spec, Reply.integer, "not so", 2)
    for (const command of [refused, asBytes(refused), asBigInt(refused), map(refused, String)]) {
      assert.strictEqual(implOf(command).invalid?._tag, "InvalidArgument")
      assert.strictEqual(implOf(command).invalid?.position, 2)
      assert.strictEqual(implOf(command).invalid?.message, "not so")
    }
  })

  it("checked options make the one or the other", () => {
    assert.isUndefined(implOf(makeChecked(spec, ["k"], Reply.ok, undefined)).invalid)
    assert.strictEqual(implOf(makeChecked(spec, ["k"], Reply.ok, "no", 1)).invalid?.message, "no")
  })

  it("a view that a reply does not have is refused, not thrown", () => {
    const command = asBigInt(make(spec, ["k"], Reply.double))
    assert.strictEqual(implOf(command).invalid?.message, "X.Y has no bigint view")
    const mapped = asBigInt(map(make(spec, ["k"], Reply.integer), (value) => value + 1))
    assert.isDefined(implOf(mapped).invalid)
  })
})
