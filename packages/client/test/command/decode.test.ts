import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import type { Command } from "../../src/command/Command.ts"
import { commands } from "../../src/command/Commands.ts"
import { decode, map } from "../../src/command/decode.ts"
import { asBytes, implOf, isCommand } from "../../src/command/make.ts"
import { DecodeMismatch } from "../../src/command/Reply.ts"
import { Wire, type WireValue } from "../../src/protocol/RespEncoder.ts"
import { bytes, decoded } from "./golden.ts"
import { untyped } from "./outcomes.ts"

const User = Schema.Struct({ id: Schema.FiniteFromString, role: Schema.Literals(["admin", "guest"]) })

const failure = (command: Command<unknown, unknown>, reply: WireValue): DecodeMismatch => {
  try {
    decoded(command, reply, 3)
  } catch (error) {
    assert.instanceOf(error, DecodeMismatch)
    return error as DecodeMismatch
  }
  throw new Error("expected a mismatch")
}

describe("map", () => {
  it("is a view that is still a command, data-first and in a pipe", () => {
    const first = map(commands.get("k"), (value) => value?.length ?? 0)
    const piped = commands.get("k").pipe(map((value) => value?.length ?? 0))
    for (const command of [first, piped]) {
      assert.isTrue(isCommand(command))
      assert.deepStrictEqual(command.args, ["k"])
      assert.strictEqual(decoded(command, "abc", 3), 3)
      assert.strictEqual(decoded(command, undefined, 2), 0)
    }
  })

  it("goes on from the view before it", () => {
    const command = pipe(
      asBytes(commands.get("k")),
      map((value) => value?.length),
      map((length) => (length ?? 0) * 2)
    )
    assert.strictEqual(decoded(command, "é", 3), 4)
  })

  it("keeps a user's function out of the read loop", () => {
    const impl = implOf(
      map(commands.get("k"), () => {
        throw new Error("boom")
      })
    )
    assert.strictEqual(impl.decode("v"), "v")
    assert.throws(() => impl.after!("v"), /boom/)
  })
})

describe("decode", () => {
  it("gives the schema's type, data-first and in a pipe", () => {
    const first = decode(commands.get("k"), Schema.fromJsonString(User))
    const piped = commands.get("k").pipe(decode(Schema.fromJsonString(User)))
    for (const command of [first, piped]) {
      assert.deepStrictEqual(decoded(command, `{"id":"1","role":"admin"}`, 2), { id: 1, role: "admin" })
    }
  })

  it("leaves a missing value undefined", () => {
    assert.isUndefined(decoded(decode(commands.get("k"), Schema.fromJsonString(User)), undefined, 3))
  })

  it("reads a hash field by field", () => {
    const command = commands.hGetAll("h").pipe(decode(User))
    for (const version of [2, 3] as const) {
      assert.deepStrictEqual(decoded(command, Wire.map(["id", "7", "role", "guest"]), version), {
        id: 7,
        role: "guest"
      })
    }
  })

  it("takes the bytes view, other views and further maps", () => {
    const length = asBytes(commands.get("k")).pipe(
      decode(Schema.Uint8Array),
      map((value) => value?.length)
    )
    assert.strictEqual(decoded(length, bytes("é"), 3), 2)
  })

  it("a failure names the path and what was expected, never the value", () => {
    const secret = "s3cret"
    const json = decode(commands.get("k"), Schema.fromJsonString(User))
    assert.strictEqual(failure(json, `{"id":"1","role":"${secret}"}`).message, `["role"]: Expected "admin" | "guest"`)
    assert.strictEqual(failure(json, `{"id":1}`).message, `["id"]: Expected string`)
    assert.strictEqual(failure(json, `{}`).message, `["id"]: Missing key`)
    assert.strictEqual(failure(json, secret).message, "the result: Expected a valid JSON string")
    const hash = decode(commands.hGetAll("h"), User)
    assert.strictEqual(
      failure(hash, Wire.map(["id", secret, "role", "admin"])).message,
      `["id"]: Expected a finite number`
    )
    const words = decode(commands.sMembers("s"), Schema.Array(Schema.NumberFromString.check(Schema.isGreaterThan(5))))
    assert.strictEqual(failure(words, ["9", "1"]).message, `["1"]: Expected a value greater than 5`)
  })

  it("does not quote what a user's own check says of the value", () => {
    const secret = "s3cret"
    const talkative = Schema.String.check(Schema.makeFilter((value: string) => `${value} is not allowed`))
    assert.notInclude(failure(decode(commands.get("k"), talkative), secret).message, secret)
    const annotated = Schema.String.check(
      Schema.makeFilter((value: string) => value.length > 99, { expected: "a long text" })
    )
    assert.strictEqual(
      failure(decode(commands.get("k"), annotated), secret).message,
      "the result: Expected a long text"
    )
  })

  it("a schema that would have to wait, or breaks, fails as a decoding and not as a defect", () => {
    const slow = Schema.String.pipe(
      Schema.decode({
        decode: SchemaGetter.transformEffect((value: string) => Effect.delay(Effect.succeed(value), 1)),
        encode: SchemaGetter.passthrough()
      })
    )
    assert.match(failure(decode(commands.get("k"), slow), "v").message, /not synchronous/)
    const broken = Schema.String.pipe(
      Schema.decode({
        decode: SchemaGetter.transform((value: string): string => {
          throw new Error(value)
        }),
        encode: SchemaGetter.passthrough()
      })
    )
    assert.notInclude(failure(decode(commands.get("k"), broken), "s3cret").message, "s3cret")
    assert.throws(() => decoded(decode(commands.get("k"), untyped<Schema.Decoder<string>>(null)), "v", 3))
  })
})
