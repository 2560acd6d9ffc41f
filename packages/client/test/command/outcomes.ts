/** What a constructor came to without a server: a constant, a refusal, or something that would be sent. */
import { assert } from "@effect/vitest"
import type { Command } from "../../src/command/Command.ts"
import { implOf } from "../../src/command/make.ts"
import { InvalidArg } from "../../src/protocol/RespWriter.ts"
import { sentBy } from "./golden.ts"

/** The answer of a command that needs no call. */
export const answersWith = (command: Command<unknown, unknown>, value: unknown): void => {
  const { constant, invalid } = implOf(command)
  assert.isUndefined(invalid)
  assert.deepStrictEqual(constant, { value })
}

/** Where and why a command is refused before it is sent: by its constructor, or by the writer. */
export const refusal = (
  command: Command<unknown, unknown>
): { readonly position: number | undefined; readonly message: string } | undefined => {
  const impl = implOf(command)
  if (impl.invalid !== undefined) return { position: impl.invalid.position, message: impl.invalid.message }
  if (impl.constant !== undefined) return undefined
  const sent = sentBy(impl)
  return sent instanceof InvalidArg ? { position: sent.position, message: sent.detail } : undefined
}

export const refusedAt = (command: Command<unknown, unknown>, position: number | undefined, message?: RegExp): void => {
  const found = refusal(command)
  assert.isDefined(found)
  assert.strictEqual(found!.position, position)
  if (message !== undefined) assert.match(found!.message, message)
}

/** A value as a caller without types may hand it in. */
export const untyped = <A>(value: unknown): A => value as A
