/**
 * Lua scripts as typed functions: names for keys, schemas for arguments and result. A call is a command like any other, and the script is
 * on whatever node it meets: a server that has not got it is given it, and no `NOSCRIPT` reaches the caller.
 *
 * @since 0.1.0
 */
import type { Command } from "./command/Command.ts"
import type { CommandSpec } from "./command/CommandSpec.ts"
import { CommandImpl } from "./command/make.ts"
import type { Source } from "./command/Source.ts"
import {
  type ArgumentSchemas,
  type KeyNames,
  type ParametersOf,
  type SignatureOptions,
  signatureOf
} from "./internal/signature.ts"

export type {
  ArgumentSchemas,
  ArgumentsOf,
  KeyNames,
  KeysOf,
  ParametersOf,
  SignatureOptions
} from "./internal/signature.ts"

/**
 * The description of a script.
 *
 * @category options
 * @since 0.1.0
 */
export interface ScriptOptions<K extends KeyNames, A extends ArgumentSchemas, R> extends SignatureOptions<K, A, R> {
  /** Its source. */
  readonly lua: string
}

/**
 * A script: called with its keys and arguments it gives a command.
 *
 * @category models
 * @since 0.1.0
 */
export interface Script<K extends KeyNames, A extends ArgumentSchemas, R> {
  (...parameters: ParametersOf<K, A>): Command<R>
  /** Its source. */
  readonly lua: string
}

const encoder = new TextEncoder()

const hexOf = (digest: ArrayBuffer): string =>
  Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")

/** The words of servers that have not got a script (shared.noscripterr in server.c), and no others: a script may raise errors of its own. */
const NO_SCRIPT = /^NOSCRIPT No matching script\.(?: Please use EVAL\.)?$/

/** The same call with the source in place of its hash. */
const sourceOf = (lua: string, spec: CommandSpec): Source => ({
  isMissing: (message) => NO_SCRIPT.test(message),
  whole: ({ args, reply, view }) => new CommandImpl(spec, [lua, ...args.slice(1)], reply, view),
  load: undefined
})

/**
 * A script as a function from keys and arguments to a command.
 *
 * **Details**
 *
 * ```ts
 * const take = Script.make({
 *   keys: ["stock"],
 *   args: { count: Schema.Int },
 *   lua: `local left = redis.call("DECRBY", KEYS[1], ARGV[1]) ...`,
 *   result: Schema.Int
 * })
 * yield* take({ stock: "apples" }, { count: 2 })
 * ```
 *
 * A call is sent by the SHA1 of the source, and with the source where the node that it meets has not got it: after a failover, a
 * SCRIPT FLUSH, in a new shard. In transactions and durable writes, and in a pipeline in which a later command has a key in common, the source is sent
 * at once, since a second attempt would come too late there. The same holds until the platform's Web Crypto has given the hash, for the
 * first calls, and for all where there is none.
 *
 * Keys stand under the client's key prefix, arguments do not. A value that its schema refuses, a missing key and unknown names are
 * `InvalidArgument` before anything is sent; a result that the schema refuses is `Decode`, `Executed`. A script's own error is
 * `MayHaveExecuted`, since it may have written before, and is not run again unless `retry` says that it may; scripts that are
 * `readOnly` are sent by EVALSHA_RO and EVAL_RO (7.0).
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <const K extends KeyNames, R, const A extends ArgumentSchemas = Record<never, never>>(
  options: ScriptOptions<K, A, R>
): Script<K, A, R> => {
  const signature = signatureOf<K, A, R>(options, { lua: "value" })
  const lua = typeof options?.lua === "string" ? options.lua : ""
  const suffix = options?.readOnly === true ? "_RO" : ""
  const whole = signature.spec(`EVAL${suffix}`, undefined)
  const byHash = signature.spec(`EVALSHA${suffix}`, sourceOf(lua, whole))
  let hash: string | undefined
  let begun = false
  const begin = (): void => {
    begun = true
    // What fails here is no failure of the script: it is sent with its source.
    globalThis.crypto?.subtle?.digest("SHA-1", encoder.encode(lua)).then(
      (digest) => {
        hash = hexOf(digest)
      },
      () => undefined
    )
  }
  const call = (keys: unknown, args?: unknown): Command<unknown> => {
    if (!begun) begin()
    return hash === undefined ? signature.call(whole, lua, keys, args) : signature.call(byHash, hash, keys, args)
  }
  return Object.assign(call as (...parameters: ParametersOf<K, A>) => Command<R>, { lua })
}
