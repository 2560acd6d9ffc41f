import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import { describe, expectTypeOf, it } from "vitest"
import type { AsCommand, Command, Commands } from "../../src/Command.ts"

type Leaf =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | void
  | Uint8Array
  | Duration.Duration
  | DateTime.Utc

/** `true` if a type has an `unknown` (or `any`) within it, down to a depth at which no reply is any more. */
type HasUnknown<T, Depth extends ReadonlyArray<0> = []> = unknown extends T
  ? true
  : Depth["length"] extends 6
    ? never
    : T extends Leaf
      ? never
      : T extends ReadonlyArray<infer E>
        ? HasUnknown<E, [...Depth, 0]>
        : T extends object
          ? { [K in keyof T]-?: HasUnknown<T[K], [...Depth, 0]> }[keyof T]
          : never

/** The constructors whose result has one, in either view. */
type Untyped<C> = {
  [K in keyof C]: C[K] extends (...args: never) => Command<infer A, infer B>
    ? true extends HasUnknown<A> | HasUnknown<B>
      ? K
      : never
    : K
}[keyof C]

describe("the types of replies", () => {
  it("no constructor's result has an unknown in it", () => {
    expectTypeOf<Untyped<Commands<AsCommand>>>().toEqualTypeOf<never>()
  })

  it("an unknown would be found, wherever it is", () => {
    expectTypeOf<
      Untyped<{
        plain: () => Command<unknown>
        array: () => Command<Array<unknown>>
        field: () => Command<{ readonly a: ReadonlyArray<{ readonly b?: unknown }> }>
        bytes: (a: string) => Command<string, Record<string, unknown>>
        maybe: () => Command<unknown | undefined>
        typed: () => Command<{ readonly a: Array<string>; readonly b: Duration.Duration | undefined }>
      }>
    >().toEqualTypeOf<"plain" | "array" | "field" | "bytes" | "maybe">()
  })
})
