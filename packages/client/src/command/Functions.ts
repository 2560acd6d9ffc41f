/**
 * The libraries of functions that a server has. They are data: saved, replicated, and the same on a primary and its replicas. A cluster
 * needs them on each primary.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type { RespValue } from "../protocol/RespValue.ts"
import { optionProblem } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { asBytes, make, makeChecked } from "./make.ts"
import { type OtherFields, Report } from "./OtherFields.ts"
import * as Reply from "./Reply.ts"

/**
 * A function of a library.
 *
 * @category models
 * @since 0.1.0
 */
export interface FunctionInfo {
  readonly name: string
  readonly description: string | undefined
  /** What it declared: `no-writes`, `allow-stale`, `no-cluster` … */
  readonly flags: ReadonlyArray<string>
  /** What this library has no name for. */
  readonly fields: OtherFields
}

/**
 * A library of functions.
 *
 * @category models
 * @since 0.1.0
 */
export interface FunctionLibraryInfo {
  readonly name: string
  /** What runs it (`LUA`). */
  readonly engine: string
  readonly functions: ReadonlyArray<FunctionInfo>
  /** What this library has no name for. */
  readonly fields: OtherFields
}

/**
 * A library of functions with its source.
 *
 * @category models
 * @since 0.1.0
 */
export interface FunctionLibraryCode extends FunctionLibraryInfo {
  readonly code: string
}

/**
 * What a server does with functions at the moment.
 *
 * @category models
 * @since 0.1.0
 */
export interface FunctionStats {
  /** The function that runs, how it was called and for how long, if one runs that has become slow (`busy-reply-threshold`). */
  readonly running:
    | { readonly name: string; readonly command: ReadonlyArray<string>; readonly duration: Duration.Duration }
    | undefined
  /** How much each engine has, by its name (`LUA`). A record without a prototype. */
  readonly engines: Readonly<Record<string, { readonly libraries: number; readonly functions: number }>>
}

/**
 * Which libraries to list.
 *
 * @category options
 * @since 0.1.0
 */
export interface FunctionListOptions {
  /** A glob-style pattern of their names (default: all). */
  readonly libraryName?: string | undefined
}

/**
 * Commands about function libraries, as constructors or as methods. All since 7.0. `fCall` runs a function.
 *
 * @category models
 * @since 0.1.0
 */
export interface FunctionCommands<F extends CommandLambda> {
  /** Delete a library with its functions; an error if there is none of the name. */
  functionDelete(library: string): Kind<F, void>
  /** All libraries in the servers' own serial form, for `functionRestore`. Bytes in every view. */
  functionDump(): Kind<F, Uint8Array>
  /** Delete all libraries, at once or in the background (default: as the server is configured). */
  functionFlush(mode?: "ASYNC" | "SYNC"): Kind<F, void>
  /** What the server says of FUNCTION's subcommands. */
  functionHelp(): Kind<F, Array<string>>
  /** End the function that runs, if it has written nothing yet; an error if none runs. */
  functionKill(): Kind<F, void>
  /** The libraries. */
  functionList(options?: FunctionListOptions): Kind<F, Array<FunctionLibraryInfo>>
  /** The libraries with their sources. */
  functionListWithCode(options?: FunctionListOptions): Kind<F, Array<FunctionLibraryCode>>
  /** Load a library; its name. An error if there is one of the name already, unless it is to be replaced. */
  functionLoad(code: Text, options?: { readonly replace?: boolean | undefined }): Kind<F, string>
  /**
   * Load what `functionDump` gave. A library of the same name is an error (`APPEND`, the default) or is replaced (`REPLACE`); `FLUSH`
   * deletes all libraries before.
   */
  functionRestore(payload: Uint8Array, policy?: "APPEND" | "REPLACE" | "FLUSH"): Kind<F, void>
  /** What the server does with functions; it answers even while one blocks everything else. */
  functionStats(): Kind<F, FunctionStats>
}

const on = (name: string, retry: RetryCategory | ((args: ReadonlyArray<Argument>) => RetryCategory)) =>
  defineSpec({ name: `FUNCTION ${name}`, keys: "none", retry })

const DELETE = on("DELETE", "never")
const DUMP = on("DUMP", "readOnly")
// As with FLUSHALL: what a late second run deletes is everything.
const FLUSH = on("FLUSH", "never")
const HELP = on("HELP", "readOnly")
const KILL = on("KILL", "never")
const LIST = on("LIST", "readOnly")
const LOAD = on("LOAD", (args) => (args.length > 1 ? "lastWriteWins" : "never"))
const RESTORE = on("RESTORE", (args) => (args[1] === "REPLACE" || args[1] === "FLUSH" ? "lastWriteWins" : "never"))
// Each server runs its own.
const STATS = on("STATS", "idempotent")

const lines = Reply.array(Reply.string)

const functionInfo = (reply: RespValue): FunctionInfo => {
  const parts = new Report(reply)
  return {
    name: Reply.string.text(parts.take("name")),
    description: Reply.optionalString.text(parts.take("description")),
    flags: lines.text(parts.take("flags")),
    fields: parts.rest()
  }
}

const library = <A>(more: (parts: Report) => A): Reply.Reply<Array<FunctionLibraryInfo & A>> =>
  Reply.array(
    Reply.same((reply) => {
      const parts = new Report(reply)
      const name = Reply.string.text(parts.take("library_name"))
      const engine = Reply.string.text(parts.take("engine"))
      const functions = Reply.elementsOf(parts.take("functions")).map(functionInfo)
      return { name, engine, functions, ...more(parts), fields: parts.rest() }
    })
  )

const libraries = library(() => ({}))
const libraryCodes = library((parts) => ({ code: Reply.string.text(parts.take("library_code")) }))

const engines = Reply.record(
  Reply.same((reply) => {
    const parts = Reply.partsOf(reply)
    return {
      libraries: Reply.integer.text(parts.get("libraries_count")),
      functions: Reply.integer.text(parts.get("functions_count"))
    }
  })
).text

const runningFunction = (reply: RespValue): FunctionStats["running"] => {
  // Null, or false as scripts have it.
  if (reply === undefined || reply === false) return undefined
  const parts = Reply.partsOf(reply)
  return {
    name: Reply.string.text(parts.get("name")),
    command: lines.text(parts.get("command")),
    duration: Duration.millis(Reply.integer.text(parts.get("duration_ms")))
  }
}

const functionStats = Reply.same((reply): FunctionStats => {
  const parts = Reply.partsOf(reply)
  return { running: runningFunction(parts.get("running_script")), engines: engines(parts.get("engines")) }
})

const listed = <A>(options: FunctionListOptions | undefined, withCode: boolean, reply: Reply.Reply<A>): Command<A> => {
  const args: Array<Argument> = []
  if (options?.libraryName !== undefined) args.push("LIBRARYNAME", options.libraryName)
  if (withCode) args.push("WITHCODE")
  return makeChecked(LIST, args, reply, optionProblem(options, { libraryName: "value" }))
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const functions: FunctionCommands<AsCommand> = {
  functionDelete: (name) => make(DELETE, [name], Reply.ok),
  functionDump: () => asBytes(make(DUMP, [], Reply.text)),
  functionFlush: (mode) => make(FLUSH, mode === undefined ? [] : [mode], Reply.ok),
  functionHelp: () => make(HELP, [], lines),
  functionKill: () => make(KILL, [], Reply.ok),
  functionList: (options) => listed(options, false, libraries),
  functionListWithCode: (options) => listed(options, true, libraryCodes),
  functionLoad: (code, options) =>
    makeChecked(
      LOAD,
      options?.replace === true ? ["REPLACE", code] : [code],
      Reply.string,
      optionProblem(options, { replace: "flag" })
    ),
  functionRestore: (payload, policy) => make(RESTORE, policy === undefined ? [payload] : [payload, policy], Reply.ok),
  functionStats: () => make(STATS, [], functionStats)
}
