/**
 * Commands that this library does not know: raw ones, and those that a user defines once and uses as if they were built in.
 *
 * @since 0.1.0
 */
import type { RespValue } from "../protocol/RespValue.ts"
import { list, optionProblem } from "./arguments.ts"
import type { Command } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type KeyPositions, type RetryCategory } from "./CommandSpec.ts"
import { traitsOf } from "./knownNames.ts"
import { invalid, make } from "./make.ts"
import { value as anyReply, Reply } from "./Reply.ts"

/**
 * What is to be known of a raw command.
 *
 * @category options
 * @since 0.1.0
 */
export interface RawOptions {
  /**
   * Where its keys stand: by rule, or as positions among the arguments. A cluster routes by them, and asks its servers by default. Under a
   * key prefix they must be told.
   */
  readonly keys?: KeyPositions | ReadonlyArray<number> | undefined
  /** What a second run does (default `never`); `readOnly` also lets it go to a replica. */
  readonly retry?: RetryCategory | undefined
}

/**
 * The description of a user's own command.
 *
 * @category options
 * @since 0.1.0
 */
export interface Definition<A, B> {
  /** The name on the wire: one word, or two for a subcommand (`FT.CONFIG GET`). */
  readonly name: string
  /** Where its keys stand among the arguments. */
  readonly keys: KeyPositions
  /** What a second run does; `readOnly` also lets it go to a replica. */
  readonly retry: RetryCategory | ((args: ReadonlyArray<Argument>) => RetryCategory)
  /** It runs code that may write before it fails (default: true for EVAL, EVALSHA and FCALL). */
  readonly script?: boolean | undefined
  /** How long it may block, in milliseconds (`Infinity` for ever). It then runs on a connection of its own. */
  readonly blocking?: ((args: ReadonlyArray<Argument>) => number) | undefined
  /** How its reply is read: one of the replies of the `Reply` module, or several put together. */
  readonly reply: Reply<A, B>
}

/** One word or two of printable ASCII. More words would be arguments in the name, which is shown in logs and errors. */
const NAME = /^[!-~]+(?: [!-~]+)?$/

const NAME_PROBLEM = "the name of a command is one word, or two with a subcommand; arguments stand apart from it"

/** Stands in for a name that cannot be shown. */
const UNNAMED = defineSpec({ name: "?", keys: "none", retry: "never" })

const isPositions = (positions: unknown, args: ReadonlyArray<Argument>): positions is ReadonlyArray<number> =>
  Array.isArray(positions) && positions.every((at) => Number.isInteger(at) && at >= 0 && at < args.length)

const isRule = (keys: unknown): boolean => {
  if (keys === "none" || keys === "first" || keys === "all" || typeof keys === "function" || Array.isArray(keys))
    return true
  if (typeof keys !== "object" || keys === null) return false
  const { first, last, numkeys, step } = keys as Readonly<Record<string, unknown>>
  // A step of nothing would never end.
  if (!(step === undefined ? numkeys !== undefined : Number.isInteger(step) && Number(step) > 0)) return false
  return numkeys === undefined ? Number.isInteger(first) && Number.isInteger(last) : Number.isInteger(numkeys)
}

const categories: ReadonlySet<unknown> = new Set<RetryCategory>([
  "readOnly",
  "idempotent",
  "lastWriteWins",
  "accumulating",
  "never"
])

/** The keys of a raw command of which nothing was told. */
const untold: CommandSpec["keys"] = () => []

/** Whether nobody told where the keys of a raw command stand. @internal */
export const hasUntoldKeys = (spec: CommandSpec): boolean => spec.keys === untold

/**
 * Asks a user's functions once, here, where they do no harm if they throw: the runtime then reads plain answers.
 */
const settle = (spec: CommandSpec, args: ReadonlyArray<Argument>): CommandSpec | string => {
  try {
    const keys = spec.keys(args)
    if (!isPositions(keys, args)) return "the key positions are not positions of arguments"
    const retry = spec.retry(args)
    if (!categories.has(retry)) return "the retry category is none"
    const time = spec.blocking?.(args)
    if (time !== undefined && !(time >= 0)) return "the blocking time is none"
    return {
      ...spec,
      keys: spec.keys === untold ? untold : () => keys,
      retry: () => retry,
      blocking: time === undefined ? undefined : () => time
    }
  } catch {
    return "the function for keys, retry or blocking threw"
  }
}

interface Described<A, B> extends Omit<Definition<A, B>, "keys"> {
  readonly keys: KeyPositions | ReadonlyArray<number>
}

const build = <A, B>(definition: Described<A, B>, given: ReadonlyArray<Argument>): Command<A, B> => {
  const { keys, reply, retry } = definition
  if (typeof definition.name !== "string" || !NAME.test(definition.name)) return invalid(UNNAMED, reply, NAME_PROBLEM)
  const name = definition.name.toUpperCase()
  const args = list(given)
  if (!isRule(keys)) return invalid(UNNAMED, reply, `${name}: the rule for key positions is none`)
  const traits = traitsOf(name, args)
  const described = defineSpec({
    name,
    keys: Array.isArray(keys) ? () => keys as ReadonlyArray<number> : (keys as KeyPositions),
    retry,
    script: definition.script ?? traits.script,
    // What the servers do with these names is not for a definition to deny.
    connectionState: traits.connectionState,
    blocking: definition.blocking ?? traits.blocking
  })
  const spec = settle(described, args)
  return typeof spec === "string" ? invalid(described, reply, `${name}: ${spec}`) : make(spec, args, reply)
}

/**
 * A command by its name, for what this library has no constructor for.
 *
 * **Details**
 *
 * The result is the reply as the protocol reads it (maps are `RespMap`, nested errors `RespError`); `Command.asBytes`, `Command.map`
 * and `Command.decode` apply. The name is one word, or two with a subcommand, in any letter case. If `keys` does not tell where its
 * keys stand, a cluster's servers are asked: once for each name, and for each call where that depends on the arguments. Nothing is known
 * of what a second run does, so that it is re-sent only if it was not executed. Commands that change the state of their connection are
 * refused on the shared one, blocking ones get a connection of their own.
 *
 * @category constructors
 * @since 0.1.0
 */
export const raw = (
  name: string,
  args: ReadonlyArray<Argument> = [],
  options?: RawOptions | undefined
): Command<RespValue> => {
  const problem = optionProblem(options, { keys: "value", retry: "value" })
  if (problem !== undefined) return invalid(UNNAMED, anyReply, problem)
  const { keys = untold, retry = "never" } = options ?? {}
  return build({ name, keys, retry, reply: anyReply }, args)
}

/**
 * A constructor of a command that this library does not know, with the same standing as its own: it is routed by its keys, retried
 * by its category, and goes into pipelines and transactions.
 *
 * **Details**
 *
 * `reply` is one of the library's own, since it runs in the read loop, where a user's function could hold up or break all other
 * commands; functions of your own go behind it with `Command.map` or `Command.decode`, on the fiber that runs the command.
 *
 * @category constructors
 * @since 0.1.0
 */
export const define = <A, B>(definition: Definition<A, B>): ((args?: ReadonlyArray<Argument>) => Command<A, B>) => {
  if (!(definition.reply instanceof Reply)) {
    return () => invalid(UNNAMED, definition.reply, "the reply of a defined command must be one of the Reply module's")
  }
  return (args = []) => build(definition, args)
}
