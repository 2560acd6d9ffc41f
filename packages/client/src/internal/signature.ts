/**
 * The typed calls of scripts and functions: names and schemas on one side, `KEYS` and `ARGV` on the other.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optionProblem } from "../command/arguments.ts"
import type { Command } from "../command/Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "../command/CommandSpec.ts"
import { encoderOf, map, parserOf } from "../command/decode.ts"
import { asBytes, invalid, make } from "../command/make.ts"
import { value as anyReply, DecodeMismatch } from "../command/Reply.ts"
import type { Source } from "../command/Source.ts"

/**
 * The keys of a script or function: their names in the order of Lua's `KEYS`, or `"list"` for any number of them.
 *
 * @category models
 * @since 0.1.0
 */
export type KeyNames = ReadonlyArray<string> | "list"

/**
 * What a call is given as keys: a record by the names, or a list.
 *
 * @category models
 * @since 0.1.0
 */
export type KeysOf<K extends KeyNames> =
  K extends ReadonlyArray<string> ? { readonly [Name in K[number]]: Text } : ReadonlyArray<Text>

/**
 * The arguments of a script or function, in the order of Lua's `ARGV`: by name, each with a schema whose encoded form can be sent, or
 * one schema whose encoded form is a list of what can be sent.
 *
 * @category models
 * @since 0.1.0
 */
export type ArgumentSchemas =
  | { readonly [name: string]: Schema.ConstraintEncoder<Argument> }
  | Schema.ConstraintEncoder<ReadonlyArray<Argument>>

/**
 * What a call is given as arguments.
 *
 * @category models
 * @since 0.1.0
 */
export type ArgumentsOf<A extends ArgumentSchemas> =
  A extends Schema.ConstraintEncoder<ReadonlyArray<Argument>>
    ? A["Type"]
    : { readonly [Name in keyof A]: A[Name] extends Schema.Constraint ? A[Name]["Type"] : never }

/**
 * The parameters of a call: without arguments there is no second one.
 *
 * @category models
 * @since 0.1.0
 */
export type ParametersOf<K extends KeyNames, A extends ArgumentSchemas> =
  Record<never, never> extends ArgumentsOf<A>
    ? [keys: KeysOf<K>, args?: ArgumentsOf<A>]
    : [keys: KeysOf<K>, args: ArgumentsOf<A>]

/**
 * What a script and a function have in common.
 *
 * @category options
 * @since 0.1.0
 */
export interface SignatureOptions<K extends KeyNames, A extends ArgumentSchemas, R> {
  /** The names of its keys in the order of Lua's `KEYS`, or `"list"`. In a cluster the keys of a call must be of one slot. */
  readonly keys: K
  /** The schemas of its arguments in the order of Lua's `ARGV`, or one schema of the whole list (default: no arguments). */
  readonly args?: A | undefined
  /**
   * The schema of its result, which sees the reply as the protocol reads it: Lua's `nil` and `false` are `undefined`, `true` is 1, numbers
   * are cut to integers.
   */
  readonly result: Schema.ConstraintDecoder<R>
  /** Whether strings of the reply reach the schema as bytes (default false: as text). */
  readonly binary?: boolean | undefined
  /** It writes nothing, and is sent by the command that refuses writes: it may go to a replica and is `readOnly` (default false). */
  readonly readOnly?: boolean | undefined
  /** What a second run does (default `never`, and `readOnly` with `readOnly: true`). */
  readonly retry?: Exclude<RetryCategory, "readOnly"> | undefined
}

/** The commands that run one script or function. */
export interface Signature {
  /** The options that are no options, if there are any. */
  readonly problem: string | undefined
  readonly spec: (name: string, source: Source | undefined) => CommandSpec
  /** A call: the command, once it is known what its keys and arguments are. */
  readonly call: (spec: CommandSpec, first: Argument, keys: unknown, args: unknown) => Command<unknown>
}

const categories: ReadonlySet<unknown> = new Set(["idempotent", "lastWriteWins", "accumulating", "never"])

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const keysProblem = (names: unknown): string | undefined =>
  names === "list" || (Array.isArray(names) && names.every((name) => typeof name === "string"))
    ? undefined
    : 'keys must be a list of names, or "list"'

/** What the keys of a call are as a list, or why they are none. */
const listKeys = (names: KeyNames, keys: unknown): ReadonlyArray<Argument> | string => {
  if (names === "list") return Array.isArray(keys) ? keys : "the keys must be a list"
  if (names.length === 0 && keys === undefined) return []
  if (!isRecord(keys)) return "the keys must be an object"
  for (const name of Object.keys(keys)) if (!names.includes(name)) return `unknown key ${name}`
  for (const name of names) if (keys[name] === undefined) return `key ${name} is missing`
  return names.map((name) => keys[name] as Argument)
}

type EncodeArguments = (args: unknown) => ReadonlyArray<Argument>

/** From the arguments of a call to `ARGV`; throws {@link DecodeMismatch}. */
const encoderOfArguments = (schemas: ArgumentSchemas): EncodeArguments => {
  if (Schema.isSchema(schemas)) {
    return encoderOf(schemas as Schema.ConstraintEncoder<ReadonlyArray<Argument>>, "the arguments")
  }
  const encoders = Object.entries(schemas).map(
    ([name, schema]) => [name, encoderOf(schema as Schema.ConstraintEncoder<Argument>, `argument ${name}`)] as const
  )
  return (args = {}) => {
    if (!isRecord(args)) throw new DecodeMismatch("an object", "the arguments must be an object")
    for (const name of Object.keys(args)) {
      if (!Object.hasOwn(schemas, name)) throw new DecodeMismatch("an argument", `unknown argument ${name}`)
    }
    return encoders.map(([name, encode]) => encode(args[name]))
  }
}

const problemOf = <K extends KeyNames, A extends ArgumentSchemas, R>({
  args,
  keys,
  readOnly,
  result,
  retry
}: SignatureOptions<K, A, R>): string | undefined => {
  const wrong = keysProblem(keys)
  if (wrong !== undefined) return wrong
  const schemas = args === undefined || Schema.isSchema(args) ? [] : isRecord(args) ? Object.values(args) : [args]
  if (!schemas.every(Schema.isSchema)) return "args must be schemas by name, or a schema"
  if (!Schema.isSchema(result)) return "result must be a schema"
  if (retry === undefined) return undefined
  if (readOnly === true) return "what is readOnly has no other retry category"
  return categories.has(retry) ? undefined : "the retry category is none"
}

/** The options of a signature among those that {@link optionProblem} knows. */
const known = {
  keys: "value",
  args: "value",
  result: "value",
  binary: "flag",
  readOnly: "flag",
  retry: "value"
} as const

/**
 * What makes commands of typed calls. `others` are the options that are not about the signature.
 *
 * @category constructors
 * @since 0.1.0
 */
export const signatureOf = <K extends KeyNames, A extends ArgumentSchemas, R>(
  options: SignatureOptions<K, A, R>,
  others: Readonly<Record<string, "value">> = {}
): Signature => {
  const problem = optionProblem(options, { ...known, ...others }) ?? problemOf(options)
  if (problem !== undefined) {
    const spec = (name: string) => defineSpec({ name, keys: "none", retry: "never" })
    return { problem, spec, call: (described) => invalid(described, anyReply, `${described.name}: ${problem}`) }
  }
  const { binary = false, keys: names, readOnly = false, retry = "never" } = options
  const encode = encoderOfArguments(options.args ?? {})
  const parse = parserOf(options.result)
  return {
    problem,
    spec: (name, source) =>
      defineSpec({ name, keys: { numkeys: 1 }, retry: readOnly ? "readOnly" : retry, script: !readOnly, source }),
    call: (spec, first, keys, args) => {
      const refuse = (message: string) => invalid(spec, anyReply, `${spec.name}: ${message}`)
      const listed = listKeys(names, keys)
      if (typeof listed === "string") return refuse(listed)
      try {
        const command = make(spec, [first, listed.length, ...listed, ...encode(args)], anyReply)
        return map(binary ? asBytes(command) : command, parse)
      } catch (error) {
        return refuse(error instanceof DecodeMismatch ? error.message : "a schema of the arguments threw")
      }
    }
  }
}
