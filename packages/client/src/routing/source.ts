/**
 * Commands that name code, with that code: at once where a second attempt would come too late (in transactions, where another command of a
 * pipeline follows on the same key), else after a server has said that it has not got it.
 *
 * @since 0.1.0
 */
import type { CommandImpl } from "../command/make.ts"
import type { Load } from "../command/Source.ts"
import { InvalidArgument } from "../error/Reason.ts"
import type { Frame } from "../protocol/RespWriter.ts"
import type { Engine } from "./Engine.ts"
import type { Outcome } from "./Router.ts"

/**
 * A command as it is sent, behind other frames, each of which has an answer of its own.
 *
 * @category models
 * @since 0.1.0
 */
export interface Whole {
  readonly command: CommandImpl
  readonly frame: Frame
  readonly before: ReadonlyArray<Frame>
}

const nothing: ReadonlyArray<Frame> = []

const wholeOf = (engine: Engine, command: CommandImpl, load: keyof Load): Whole | undefined => {
  const { source } = command.spec
  const whole = source?.whole(command)
  const frame = whole === undefined ? undefined : engine.encode(whole)
  if (whole === undefined || frame === undefined || frame instanceof InvalidArgument) return undefined
  const first = source?.load === undefined ? undefined : engine.encode(source.load[load])
  const before = first === undefined || first instanceof InvalidArgument ? nothing : [first]
  return { command: whole, frame, before }
}

/**
 * What to send next if an attempt has ended because the server has not got the code; `undefined` for all else.
 *
 * @category combinators
 * @since 0.1.0
 */
export const bySource = (engine: Engine, command: CommandImpl, { error }: Outcome): Whole | undefined =>
  error !== undefined && command.spec.source?.isMissing(error.message) === true
    ? wholeOf(engine, command, "missing")
    : undefined

/**
 * What to send where there is no second attempt. `undefined` for a command that names no code.
 *
 * @category combinators
 * @since 0.1.0
 */
export const withSource = (engine: Engine, command: CommandImpl): Whole | undefined =>
  command.spec.source === undefined ? undefined : wholeOf(engine, command, "ifMissing")

interface PipelinePart {
  command: CommandImpl
  frame: Frame
  before: ReadonlyArray<Frame>
}

/**
 * Give parts of a pipeline their code where asking for it would come too late: when a later command has a key in common (and not both
 * only read), this one could not be sent a second time without changing the order.
 *
 * @category combinators
 * @since 0.1.0
 */
export const attachSources = (
  engine: Engine,
  parts: ReadonlyArray<PipelinePart>,
  keysOf: (command: CommandImpl) => ReadonlyArray<string>
): void => {
  if (!parts.some((part) => part.command.spec.source !== undefined)) return
  const later = new Map<string, "read" | "write">()
  for (const part of parts.toReversed()) {
    const { command } = part
    const { readOnly } = command
    const keys = keysOf(command)
    const followed = keys.some((key) => (readOnly ? later.get(key) === "write" : later.has(key)))
    for (const key of keys)
      if (!readOnly) later.set(key, "write")
      else if (!later.has(key)) later.set(key, "read")
    if (followed) Object.assign(part, withSource(engine, command))
  }
}
