/**
 * Libraries of functions (7.0) with typed calls: names for keys, schemas for arguments and results. A node that has not got the library
 * is given it, and no "Function not found" reaches the caller.
 *
 * @since 0.1.0
 */
import type { Command } from "./command/Command.ts"
import { functions as functionCommands } from "./command/Functions.ts"
import { CommandImpl, implOf } from "./command/make.ts"
import type { Load, Source } from "./command/Source.ts"
import {
  type ArgumentSchemas,
  type KeyNames,
  type ParametersOf,
  type SignatureOptions,
  signatureOf
} from "./internal/signature.ts"

/**
 * The description of one function: its keys, arguments, result, and what a second run does.
 *
 * @category options
 * @since 0.1.0
 */
export interface FunctionOptions<K extends KeyNames, A extends ArgumentSchemas, R> extends SignatureOptions<K, A, R> {}

/**
 * The description of any function.
 *
 * @category options
 * @since 0.1.0
 */
// biome-ignore lint/suspicious/noExplicitAny: an inference bound
export type AnyFunction = FunctionOptions<KeyNames, any, any>

/**
 * The call of a described function.
 *
 * @category models
 * @since 0.1.0
 */
export type FunctionCall<F> =
  F extends SignatureOptions<infer K, infer A, infer R>
    ? (...parameters: ParametersOf<K, ArgumentSchemas extends A ? Record<never, never> : A>) => Command<R>
    : never

/**
 * The description of a library.
 *
 * @category options
 * @since 0.1.0
 */
export interface LibraryOptions<F extends Readonly<Record<string, AnyFunction>>> {
  /** The name that the first line of its code gives it. */
  readonly name: string
  /** Its code, whose first line is `#!lua name=…`. */
  readonly code: string
  /** Its functions, by the names under which they are registered. */
  readonly functions: F
  /**
   * Whether a library of the name that has not got a function is replaced by this code (default false: the call fails as
   * `NoFunction`). With several versions of a program at work, an older one would then put its library in place of the newer.
   */
  readonly replace?: boolean | undefined
}

/**
 * A library.
 *
 * @category models
 * @since 0.1.0
 */
export interface FunctionLibrary<F extends Readonly<Record<string, AnyFunction>>> {
  readonly name: string
  readonly code: string
  /** Its functions: called with keys and arguments each gives a command. */
  readonly call: { readonly [Name in keyof F]: FunctionCall<F[Name]> }
  /**
   * Load it where it is missing or, with `replace: true` among the options, in place of what is there: once at the start of a program, or to
   * bring a new version. Gives its name. In a cluster each primary needs it.
   */
  readonly load: Command<string>
}

const NOT_FOUND = "ERR Function not found"

/** FUNCTION LOAD goes before the same call, to the primary: a replica can be given nothing. */
const sourceOf = (load: Load): Source => ({
  isMissing: (message) => message === NOT_FOUND,
  whole: ({ args, reply, spec, view }) => {
    const { retry } = spec
    const onPrimary = {
      ...spec,
      source: undefined,
      retry: () => (retry(args) === "readOnly" ? "idempotent" : retry(args))
    }
    return new CommandImpl(onPrimary, args, reply, view)
  },
  load
})

/**
 * A library with typed calls.
 *
 * **Details**
 *
 * ```ts
 * const counters = FunctionLibrary.make({
 *   name: "counters",
 *   code: `#!lua name=counters
 *     redis.register_function("bump", function(keys, args) return redis.call("INCRBY", keys[1], args[1]) end)`,
 *   functions: { bump: { keys: ["counter"], args: { by: Schema.Int }, result: Schema.Int } }
 * })
 * yield* counters.call.bump({ counter: "hits" }, { by: 2 })
 * ```
 *
 * A call is FCALL, or FCALL_RO for what is `readOnly`. Where the node says that it has not got the function the library is loaded there and the
 * call sent once more, in one write. In transactions and durable writes, and in a pipeline in which a later command has a key in
 * common, the library goes before, since a second attempt would come too late. Functions are data: replicas get them from their primary.
 *
 * Keys, arguments, results, errors and retries are those of `Script.make`. The names of functions are of the whole server, not of
 * their library.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <const F extends Readonly<Record<string, AnyFunction>>>(
  options: LibraryOptions<F>
): FunctionLibrary<F> => {
  const { code, name, replace = false } = options
  const load = functionCommands.functionLoad(code, { replace })
  const source = sourceOf({ ifMissing: implOf(functionCommands.functionLoad(code)), missing: implOf(load) })
  const call = Object.fromEntries(
    Object.entries(options.functions).map(([functionName, described]) => {
      const signature = signatureOf(described)
      const spec = signature.spec(described.readOnly === true ? "FCALL_RO" : "FCALL", source)
      return [functionName, (keys: unknown, args?: unknown) => signature.call(spec, functionName, keys, args)]
    })
  )
  return { name, code, load, call: call as FunctionLibrary<F>["call"] }
}
