/**
 * Views that a user's own functions and schemas give of a result. They run on the fiber that runs the command; what they throw
 * fails the command as `Decode`, with the execution `Executed`.
 *
 * @since 0.1.0
 */

import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { dual } from "effect/Function"
import type * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import type { Command } from "./Command.ts"
import { map as mapResult } from "./make.ts"
import { DecodeMismatch } from "./Reply.ts"

/**
 * A command whose result goes through `f`, which may throw.
 *
 * @category combinators
 * @since 0.1.0
 */
export const map: {
  <A, C>(f: (value: A) => C): (command: Command<A, unknown>) => Command<C>
  <A, C>(command: Command<A, unknown>, f: (value: A) => C): Command<C>
} = dual(2, <A, C>(command: Command<A, unknown>, f: (value: A) => C): Command<C> => mapResult(command, f))

// What a check or a transformation says in its own words may quote the value; what a schema expects is part of the schema.
const expectedText = (annotations: Schema.Annotations.Annotations | undefined): string => {
  const expected = annotations?.expected ?? annotations?.identifier ?? annotations?.title
  return `Expected ${typeof expected === "string" ? expected : "a valid value"}`
}

const leafText: SchemaIssue.LeafHook = (issue) => {
  if (issue._tag === "InvalidValue") return expectedText(issue.annotations)
  if (issue._tag === "Forbidden") return "Forbidden operation"
  return SchemaIssue.hasInput(issue) ? "Expected another type" : SchemaIssue.defaultLeafHook(issue)
}

const checkText: SchemaIssue.CheckHook = (issue) => expectedText(issue.filter.annotations)

const format = SchemaIssue.makeFormatterStandardSchemaV1({ leafHook: leafText, checkHook: checkText })

const pathText = (path: ReadonlyArray<unknown> | undefined): string =>
  path === undefined || path.length === 0
    ? "the result"
    : path.map((key) => `[${JSON.stringify(String(key))}]`).join("")

/** More than so many issues say nothing new. */
const MAX_ISSUES = 3

const messageOf = (cause: Cause.Cause<SchemaIssue.Issue>): string => {
  for (const reason of cause.reasons) {
    if (!Cause.isFailReason(reason)) continue
    const { issues } = format(reason.error)
    const texts = issues
      .slice(0, MAX_ISSUES)
      .map((issue) => `${pathText(issue.path as ReadonlyArray<unknown> | undefined)}: ${issue.message}`)
    return issues.length > MAX_ISSUES ? `${texts.join("; ")}; …` : texts.join("; ")
  }
  return "the schema did not decode synchronously, or broke"
}

/** What decodes by a Schema, and throws `DecodeMismatch` for what does not fit. */
export const decoder = <T>(schema: Schema.Decoder<T>): ((value: unknown) => T) => {
  // Compiled at the first use: a constructor must not throw, whatever it was given.
  let parse: ((value: unknown) => Exit.Exit<T, SchemaIssue.Issue>) | undefined
  return (value) => {
    parse ??= SchemaParser.decodeUnknownExit(schema)
    const exit = parse(value)
    if (Exit.isSuccess(exit)) return exit.value
    throw new DecodeMismatch("a value that fits the schema", messageOf(exit.cause))
  }
}

/**
 * What a schema makes of a result: a missing value stays `undefined`.
 *
 * @category models
 * @since 0.1.0
 */
export type Decoded<A, T> = T | Extract<A, undefined>

/**
 * A command whose result is decoded by a Schema, synchronously and without services. A result of `undefined` (a missing value) is
 * left as it is. What does not fit fails as `Decode`; its message names the path within the result and what was expected there,
 * never the value.
 *
 * @category combinators
 * @since 0.1.0
 */
export const decode: {
  <T>(schema: Schema.Decoder<T>): <A>(command: Command<A, unknown>) => Command<Decoded<A, T>>
  <A, T>(command: Command<A, unknown>, schema: Schema.Decoder<T>): Command<Decoded<A, T>>
} = dual(2, <A, T>(command: Command<A, unknown>, schema: Schema.Decoder<T>): Command<Decoded<A, T>> => {
  const parse = decoder(schema)
  return mapResult(
    command,
    (value): Decoded<A, T> => (value === undefined ? (value as Extract<A, undefined>) : parse(value))
  )
})
