/**
 * Commands about the modules of a server.
 *
 * @since 0.1.0
 */
import { append, type Fields, flatten, list, NOT_FIELDS, optionProblem } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import type { Argument, Text } from "./CommandSpec.ts"
import { helpOf, keyless } from "./keyless.ts"
import { type LoadedModule, moduleList } from "./ModuleReplies.ts"
import { invalid, make } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * What a module is loaded with.
 *
 * @category options
 * @since 0.1.0
 */
export interface ModuleLoadOptions {
  /** Its configuration parameters, each with the module's name and a dot in front. */
  readonly config?: Fields | undefined
  readonly arguments?: ReadonlyArray<Text> | undefined
}

/**
 * Commands about modules, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface ModuleCommands<F extends CommandLambda> {
  /** The server's own help on MODULE. */
  moduleHelp(): Kind<F, Array<string>>
  /** The modules that are loaded. */
  moduleList(): Kind<F, Array<LoadedModule>>
  /** Load a module from a file of the server; its configuration must allow that (`enable-module-command`). */
  moduleLoad(path: string, args?: ReadonlyArray<Text>): Kind<F, void>
  /** Load a module with configuration parameters. Since 7.0. */
  moduleLoadEx(path: string, options?: ModuleLoadOptions): Kind<F, void>
  /** Take a module out; not one that has given the server a type of its own. */
  moduleUnload(name: string): Kind<F, void>
}

const MODULE_LIST = keyless("MODULE LIST")
// What is loaded already cannot be loaded again, and what is gone cannot be taken out.
const MODULE_LOAD = keyless("MODULE LOAD", "never")
const MODULE_LOADEX = keyless("MODULE LOADEX", "never")
const MODULE_UNLOAD = keyless("MODULE UNLOAD", "never")

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const modules: ModuleCommands<AsCommand> = {
  moduleHelp: helpOf("MODULE"),
  moduleList: () => make(MODULE_LIST, [], moduleList),
  moduleLoad: (path, args) => make(MODULE_LOAD, append([path], args === undefined ? [] : list(args)), Reply.ok),
  moduleLoadEx: (path, options) => {
    const problem = optionProblem(options, { config: "value", arguments: "value" })
    if (problem !== undefined) return invalid(MODULE_LOADEX, Reply.ok, problem)
    const config = options?.config === undefined ? [] : flatten(options.config)
    if (config === undefined) return invalid(MODULE_LOADEX, Reply.ok, NOT_FIELDS)
    const args: Array<Argument> = [path]
    for (let at = 0; at < config.length; at += 2) append(args, ["CONFIG", config[at]!, config[at + 1]!])
    const rest = options?.arguments === undefined ? [] : list(options.arguments)
    if (rest.length > 0) append(append(args, ["ARGS"]), rest)
    return make(MODULE_LOADEX, args, Reply.ok)
  },
  moduleUnload: (name) => make(MODULE_UNLOAD, [name], Reply.ok)
}
