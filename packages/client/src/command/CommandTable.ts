/**
 * Commands about the commands that a server has.
 *
 * @since 0.1.0
 */
import { list, optionProblem } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import type { Argument, CommandSpec } from "./CommandSpec.ts"
import {
  type CommandDocs,
  type CommandInfo,
  commandDocs,
  commandInfos,
  optionalCommandInfos
} from "./CommandTableReplies.ts"
import { helpOf, keyless, strings } from "./keyless.ts"
import { constant, invalid, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * Which commands to list: those of a module, of an ACL category (without `@`), or whose name matches a glob-style pattern. They exclude
 * one another.
 *
 * @category options
 * @since 0.1.0
 */
export type CommandListFilter =
  | { readonly module: string; readonly category?: undefined; readonly pattern?: undefined }
  | { readonly category: string; readonly module?: undefined; readonly pattern?: undefined }
  | { readonly pattern: string; readonly module?: undefined; readonly category?: undefined }

/**
 * A key of a command, and what the command does with it.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeyAndFlags<A = string> {
  readonly key: A
  /** `RO`, `RW`, `OW`, `RM` and `access`, `update`, `insert`, `delete`, `not_key`, `incomplete`, `variable_flags`. */
  readonly flags: ReadonlyArray<string>
}

/**
 * Commands about commands, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommandTableCommands<F extends CommandLambda> {
  /** All commands of the server. */
  command(): Kind<F, Array<CommandInfo>>
  /** How many commands the server has, subcommands not counted. */
  commandCount(): Kind<F, number>
  /**
   * The documentation of commands by their names in lower case (subcommands as `client|list`); unknown ones are left out.
   * Without names of all commands; an empty list: none, without a call. Since 7.0.
   */
  commandDocs(names?: string | ReadonlyArray<string>): Kind<F, Record<string, CommandDocs>>
  /** Which arguments of a whole command are keys, by the server; an error if none are. */
  commandGetKeys(words: ReadonlyArray<Argument>): Kind<F, Array<string>, Array<Uint8Array>>
  /** The same, and what the command does with each. Since 7.0. */
  commandGetKeysAndFlags(words: ReadonlyArray<Argument>): Kind<F, Array<KeyAndFlags>, Array<KeyAndFlags<Uint8Array>>>
  /** The server's own help on COMMAND. */
  commandHelp(): Kind<F, Array<string>>
  /** These commands (subcommands as `client|list`), `undefined` for an unknown one. None: no call; for all there is `command`. */
  commandInfo(names: string | ReadonlyArray<string>): Kind<F, Array<CommandInfo | undefined>>
  /** The names of the server's commands, subcommands only by a pattern (`"client|*"`). Since 7.0. */
  commandList(filter?: CommandListFilter): Kind<F, Array<string>>
}

const COMMAND = keyless("COMMAND")
const COMMAND_COUNT = keyless("COMMAND COUNT")
const COMMAND_DOCS = keyless("COMMAND DOCS")
const COMMAND_GETKEYS = keyless("COMMAND GETKEYS")
const COMMAND_GETKEYSANDFLAGS = keyless("COMMAND GETKEYSANDFLAGS")
const COMMAND_INFO = keyless("COMMAND INFO")
const COMMAND_LIST = keyless("COMMAND LIST")

const keyNames = Reply.array(Reply.text)
const flagged = Reply.array(Reply.tuple(Reply.text, strings))
const named = <A>([key, flags]: readonly [A, Array<string>]): KeyAndFlags<A> => ({ key, flags })
const keysAndFlags: Reply.Reply<Array<KeyAndFlags>, Array<KeyAndFlags<Uint8Array>>> = new Reply.Reply(
  (reply) => flagged.text(reply).map(named),
  (reply) => flagged.bytes(reply).map(named)
)

const ofWords = <A, B>(spec: CommandSpec, words: ReadonlyArray<Argument>, reply: Reply.Reply<A, B>): Command<A, B> => {
  const all = list(words)
  return makeChecked(spec, all, reply, all.length === 0 ? "expected a command and its arguments" : undefined, 0)
}

const filters = [
  ["module", "MODULE"],
  ["category", "ACLCAT"],
  ["pattern", "PATTERN"]
] as const

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const commandTable: CommandTableCommands<AsCommand> = {
  command: () => make(COMMAND, [], commandInfos),
  commandCount: () => make(COMMAND_COUNT, [], Reply.integer),
  commandDocs: (names) => {
    if (names === undefined) return make(COMMAND_DOCS, [], commandDocs)
    const all = list(names)
    return all.length === 0
      ? constant(COMMAND_DOCS, commandDocs, Object.create(null))
      : make(COMMAND_DOCS, all, commandDocs)
  },
  commandGetKeys: (words) => ofWords(COMMAND_GETKEYS, words, keyNames),
  commandGetKeysAndFlags: (words) => ofWords(COMMAND_GETKEYSANDFLAGS, words, keysAndFlags),
  commandHelp: helpOf("COMMAND"),
  commandInfo: (names) => {
    const all = list(names)
    return all.length === 0
      ? constant(COMMAND_INFO, optionalCommandInfos, [])
      : make(COMMAND_INFO, all, optionalCommandInfos)
  },
  commandList: (filter) => {
    if (filter === undefined) return make(COMMAND_LIST, [], strings)
    const problem = optionProblem(filter, { module: "value", category: "value", pattern: "value" })
    if (problem !== undefined) return invalid(COMMAND_LIST, strings, problem)
    const given = filters.filter(([name]) => filter[name] !== undefined)
    const one = given[0]
    if (one === undefined || given.length > 1) {
      return invalid(COMMAND_LIST, strings, "expected one of module, category and pattern")
    }
    return make(COMMAND_LIST, ["FILTERBY", one[1], filter[one[0]] as string], strings)
  }
}
