/**
 * Commands that run code on the server. Its errors may come half-way, so that a failure is `MayHaveExecuted` unless it is provably
 * older than the start; the read-only variants cannot write and are exempt.
 *
 * @since 0.1.0
 */
import type { RespValue } from "../protocol/RespValue.ts"
import { append, type ByPosition, list, optionProblem } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type Text } from "./CommandSpec.ts"
import { constant, invalid, make } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * What a script or function is given.
 *
 * @category options
 * @since 0.1.0
 */
export interface ScriptOptions {
  /** The keys that it may use: all of them, and in a cluster all of one slot. Lua has them as `KEYS`. */
  readonly keys?: ReadonlyArray<Text> | undefined
  /** Its other arguments. Lua has them as `ARGV`. */
  readonly arguments?: ReadonlyArray<Argument> | undefined
}

/**
 * Commands that run code, as constructors or as methods. The result is the reply as the protocol reads it; `Command.map` and
 * `Command.decode` give it a type.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScriptingCommands<F extends CommandLambda> {
  /** Run a Lua script. */
  eval(script: Text, options?: ScriptOptions): Kind<F, RespValue>
  /** Run a Lua script that writes nothing, on replicas too. Since 7.0. */
  evalRo(script: Text, options?: ScriptOptions): Kind<F, RespValue>
  /** Run a script that the server has, by its SHA1; `NoScript` if it has not. */
  evalSha(sha1: string, options?: ScriptOptions): Kind<F, RespValue>
  /** Run a script that writes nothing and that the server has, on replicas too. Since 7.0. */
  evalShaRo(sha1: string, options?: ScriptOptions): Kind<F, RespValue>
  /** Run a function of a library. Since 7.0. */
  fCall(name: Text, options?: ScriptOptions): Kind<F, RespValue>
  /** Run a function that writes nothing, on replicas too. Since 7.0. */
  fCallRo(name: Text, options?: ScriptOptions): Kind<F, RespValue>
  /**
   * Run the scripts that follow on this connection under the debugger: on a copy of the data (`YES`), on the data itself, which then
   * serves nobody else (`SYNC`), or not (`NO`). The shared connection refuses it.
   */
  scriptDebug(mode: "YES" | "SYNC" | "NO"): Kind<F, void>
  /** Whether the server has each of several scripts, by position. None: no call. */
  scriptExists<const K extends ReadonlyArray<string>>(sha1s: K): Kind<F, ByPosition<K, boolean>>
  /** Let the server forget all scripts, at once or in the background (default: as the server is configured). */
  scriptFlush(mode?: "ASYNC" | "SYNC"): Kind<F, void>
  /** What the server says of SCRIPT's subcommands. */
  scriptHelp(): Kind<F, Array<string>>
  /** End the script that runs, if it has written nothing yet; an error if none runs. */
  scriptKill(): Kind<F, void>
  /** Let the server have a script without running it; its SHA1. */
  scriptLoad(script: Text): Kind<F, string>
  /** The source of a script that the server has, by its SHA1; an error if it has not. Valkey 8.0. */
  scriptShow(sha1: string): Kind<F, string, Uint8Array>
}

const writing = (name: string): CommandSpec => defineSpec({ name, keys: { numkeys: 1 }, retry: "never", script: true })
const reading = (name: string): CommandSpec => defineSpec({ name, keys: { numkeys: 1 }, retry: "readOnly" })

const EVAL = writing("EVAL")
const EVAL_RO = reading("EVAL_RO")
const EVALSHA = writing("EVALSHA")
const EVALSHA_RO = reading("EVALSHA_RO")
const FCALL = writing("FCALL")
const FCALL_RO = reading("FCALL_RO")
const SCRIPT_DEBUG = defineSpec({ name: "SCRIPT DEBUG", keys: "none", retry: "lastWriteWins", connectionState: true })
// Scripts are not replicated: what a replica has says nothing of its primary.
const SCRIPT_EXISTS = defineSpec({ name: "SCRIPT EXISTS", keys: "none", retry: "idempotent" })
const SCRIPT_FLUSH = defineSpec({ name: "SCRIPT FLUSH", keys: "none", retry: "lastWriteWins" })
const SCRIPT_HELP = defineSpec({ name: "SCRIPT HELP", keys: "none", retry: "readOnly" })
const SCRIPT_KILL = defineSpec({ name: "SCRIPT KILL", keys: "none", retry: "never" })
const SCRIPT_LOAD = defineSpec({ name: "SCRIPT LOAD", keys: "none", retry: "idempotent" })
const SCRIPT_SHOW = defineSpec({ name: "SCRIPT SHOW", keys: "none", retry: "idempotent" })

const booleans = Reply.array(Reply.boolean)

const run = (spec: CommandSpec, script: Text, options: ScriptOptions | undefined): Command<RespValue> => {
  const problem = optionProblem(options, { keys: "value", arguments: "value" })
  if (problem !== undefined) return invalid(spec, Reply.value, problem)
  const keys = options?.keys === undefined ? [] : list(options.keys)
  const args = append([script, keys.length], keys)
  if (options?.arguments !== undefined) append(args, list(options.arguments))
  return make(spec, args, Reply.value)
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const scripting: ScriptingCommands<AsCommand> = {
  eval: (script, options) => run(EVAL, script, options),
  evalRo: (script, options) => run(EVAL_RO, script, options),
  evalSha: (sha1, options) => run(EVALSHA, sha1, options),
  evalShaRo: (sha1, options) => run(EVALSHA_RO, sha1, options),
  fCall: (name, options) => run(FCALL, name, options),
  fCallRo: (name, options) => run(FCALL_RO, name, options),
  scriptDebug: (mode) => make(SCRIPT_DEBUG, [mode], Reply.ok),
  scriptExists: ((sha1s: ReadonlyArray<string>) => {
    const all = list(sha1s)
    return all.length === 0 ? constant(SCRIPT_EXISTS, booleans, []) : make(SCRIPT_EXISTS, all, booleans)
  }) as ScriptingCommands<AsCommand>["scriptExists"],
  scriptFlush: (mode) => make(SCRIPT_FLUSH, mode === undefined ? [] : [mode], Reply.ok),
  scriptHelp: () => make(SCRIPT_HELP, [], Reply.array(Reply.string)),
  scriptKill: () => make(SCRIPT_KILL, [], Reply.ok),
  scriptLoad: (script) => make(SCRIPT_LOAD, [script], Reply.string),
  scriptShow: (sha1) => make(SCRIPT_SHOW, [sha1], Reply.text)
}
