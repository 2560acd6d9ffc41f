/**
 * How an operation is named and described to those who watch: by OpenTelemetry's conventions for Redis, and without any value of the user's.
 * Keys appear only in the query text, which is off by default.
 *
 * @since 0.1.0
 */
import type { CommandImpl } from "../command/make.ts"
import type { TextCodec } from "../protocol/TextCodec.ts"

/**
 * What several commands that go together are called.
 *
 * @category models
 * @since 0.1.0
 */
export type BatchKind = "PIPELINE" | "MULTI"

/**
 * The name of a batch, with that of its commands if they all have the same.
 *
 * @category getters
 * @since 0.1.0
 */
export const batchName = (kind: BatchKind, commands: ReadonlyArray<CommandImpl>): string => {
  const [first] = commands
  return first !== undefined && commands.every((command) => command.name === first.name)
    ? `${kind} ${first.name}`
    : kind
}

/** A longer text is cut: a pipeline of thousands belongs in no span. Characters. */
const LONGEST_QUERY_TEXT = 1024

/** Passwords and settings are among their arguments: nothing is shown, whatever a raw command calls its keys. */
const HIDDEN = /^(?:ACL|AUTH|CLIENT|CONFIG|HELLO|MIGRATE|SENTINEL)(?: |$)/

/** A command as its name, its keys and a `?` for each other argument, no longer than there is room. */
const commandText = (command: CommandImpl, codec: TextCodec, room: number): string => {
  const { args, name } = command
  const keys = new Set(HIDDEN.test(name) ? [] : command.keys)
  let text = name
  for (const [at, arg] of args.entries()) {
    if (text.length > room) break
    const key = keys.has(at)
    text += ` ${!key ? "?" : arg instanceof Uint8Array ? codec.utf8(arg, 0, arg.length) : String(arg)}`
  }
  return text
}

/**
 * The sanitised text of an operation.
 *
 * @category getters
 * @since 0.1.0
 */
export const queryText = (commands: ReadonlyArray<CommandImpl>, codec: TextCodec): string => {
  let text = ""
  for (const command of commands) {
    if (text.length > LONGEST_QUERY_TEXT) break
    if (text !== "") text += "; "
    text += commandText(command, codec, LONGEST_QUERY_TEXT - text.length)
  }
  return text.length > LONGEST_QUERY_TEXT ? `${text.slice(0, LONGEST_QUERY_TEXT)}…` : text
}

const SHA1 = /^[0-9a-f]{40}$/i
/** What servers allow in the name of a function (functions.c). */
const FUNCTION = /^\w+$/

const procedures: Readonly<Record<string, RegExp>> = {
  EVALSHA: SHA1,
  EVALSHA_RO: SHA1,
  FCALL: FUNCTION,
  FCALL_RO: FUNCTION
}

/**
 * The SHA1 of a stored script or the name of a function, if the command runs one.
 *
 * @category getters
 * @since 0.1.0
 */
export const storedProcedure = (command: CommandImpl, codec: TextCodec): string | undefined => {
  if (!Object.hasOwn(procedures, command.name)) return undefined
  const [given] = command.args
  const name = given instanceof Uint8Array ? codec.utf8(given, 0, given.length) : String(given)
  return procedures[command.name]?.test(name) ? name : undefined
}
