import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expectTypeOf, it } from "vitest"
import type { Command } from "../../src/Command.ts"
import type { RedisError } from "../../src/error/RedisError.ts"
import * as FunctionLibrary from "../../src/FunctionLibrary.ts"
import type { RedisService } from "../../src/Redis.ts"
import * as Script from "../../src/Script.ts"

declare const redis: RedisService

// What these tests say is checked by the compiler; nothing of it is run.
const unrun = (_: () => void): void => {}

const take = Script.make({
  lua: "",
  keys: ["stock", "log"],
  args: { count: Schema.Int, at: Schema.DateFromString },
  result: Schema.UndefinedOr(Schema.NumberFromString)
})
const plain = Script.make({ lua: "", keys: ["key"], result: Schema.String })
const any = Script.make({ lua: "", keys: "list", args: Schema.Array(Schema.Number), result: Schema.Int })
const library = FunctionLibrary.make({
  name: "l",
  code: "",
  functions: {
    bump: { keys: ["counter"], args: { by: Schema.Int }, result: Schema.Int },
    peek: { keys: ["counter"], result: Schema.UndefinedOr(Schema.String), readOnly: true }
  }
})

describe("the types of scripts", () => {
  it("a call takes its keys and arguments by name and gives a command of its result", () => {
    unrun(() => {
      const call = take({ stock: "s", log: new Uint8Array() }, { count: 1, at: new Date() })
      expectTypeOf(call).toEqualTypeOf<Command<number | undefined>>()
      expectTypeOf(plain({ key: "k" })).toEqualTypeOf<Command<string>>()
      expectTypeOf(any(["a"], [1, 2])).toEqualTypeOf<Command<number>>()
      expectTypeOf(redis.pipeline([call, plain({ key: "k" })])).toEqualTypeOf<
        Effect.Effect<[number | undefined, string], RedisError>
      >()
      // @ts-expect-error a key is missing
      take({ stock: "s" }, { count: 1, at: new Date() })
      // @ts-expect-error the arguments are missing
      take({ stock: "s", log: "l" })
      // @ts-expect-error the argument is encoded, not given, as text
      take({ stock: "s", log: "l" }, { count: 1, at: "2026" })
      // @ts-expect-error a boolean cannot be sent
      Script.make({ lua: "", keys: [], args: { on: Schema.Boolean }, result: Schema.Int })
      // @ts-expect-error what only reads says so by readOnly
      Script.make({ lua: "", keys: [], result: Schema.Int, retry: "readOnly" })
    })
  })

  it("the functions of a library are calls of the same kind", () => {
    unrun(() => {
      expectTypeOf(library.call.bump({ counter: "c" }, { by: 1 })).toEqualTypeOf<Command<number>>()
      expectTypeOf(library.call.peek({ counter: "c" })).toEqualTypeOf<Command<string | undefined>>()
      expectTypeOf(library.load).toEqualTypeOf<Command<string>>()
      // @ts-expect-error the argument is missing
      library.call.bump({ counter: "c" })
      // @ts-expect-error no such function
      library.call.drop({ counter: "c" })
    })
  })
})
