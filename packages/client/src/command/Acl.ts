/**
 * Commands about the users of a server and what they may do. Since 6.0. Each answers for, or changes, the one node that runs it.
 *
 * @since 0.1.0
 */
import { type AclLogEntry, type AclUser, type AclVerdict, aclLog, aclUser, aclVerdict } from "./AclReplies.ts"
import { type AclRules, rulesOf, setUserRetry } from "./AclRules.ts"
import { append, list } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import type { Argument } from "./CommandSpec.ts"
import { helpOf, keyless, strings } from "./keyless.ts"
import { constant, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * Commands about users, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface AclCommands<F extends CommandLambda> {
  /** The categories of commands, or the commands of a category (subcommands as `client|id`). */
  aclCat(category?: string): Kind<F, Array<string>>
  /** Delete users and end their connections; how many were there. None: 0 without a call. */
  aclDelUser(users: string | ReadonlyArray<string>): Kind<F, number>
  /** Whether a user might run a command with these arguments. Since 7.0. */
  aclDryRun(user: string, command: string, args?: ReadonlyArray<Argument>): Kind<F, AclVerdict>
  /** A new random password in hexadecimal digits, of so many bits (1 to 4096, default 256; rounded up to fours). */
  aclGenPass(bits?: number): Kind<F, string>
  /** A user; `undefined` if there is none of this name. */
  aclGetUser(user: string): Kind<F, AclUser | undefined>
  /** The server's own help on ACL. */
  aclHelp(): Kind<F, Array<string>>
  /** The rules of all users, in the words of the servers' files. */
  aclList(): Kind<F, Array<string>>
  /** Replace all users by those of the server's file. */
  aclLoad(): Kind<F, void>
  /** What was denied lately, the newest first (the servers' default is 10 entries). */
  aclLog(count?: number): Kind<F, Array<AclLogEntry>>
  /** Forget what was denied. */
  aclLogReset(): Kind<F, void>
  /** Write the users into the server's file. */
  aclSave(): Kind<F, void>
  /**
   * Create a user or change one, by options or by rules in the servers' words (`"on"`, `">password"`, `"~cache:*"`, `"+@read"`),
   * which are applied in their order: all of them or none.
   */
  aclSetUser(user: string, rules?: AclRules | ReadonlyArray<string>): Kind<F, void>
  /** The names of all users. */
  aclUsers(): Kind<F, Array<string>>
  /** The user of the connection. */
  aclWhoAmI(): Kind<F, string>
}

const ACL_CAT = keyless("ACL CAT")
const ACL_DELUSER = keyless("ACL DELUSER", "lastWriteWins")
const ACL_DRYRUN = keyless("ACL DRYRUN")
const ACL_GENPASS = keyless("ACL GENPASS")
const ACL_GETUSER = keyless("ACL GETUSER")
const ACL_LIST = keyless("ACL LIST")
const ACL_LOAD = keyless("ACL LOAD", "lastWriteWins")
const ACL_LOG = keyless("ACL LOG")
const ACL_LOG_RESET = keyless("ACL LOG", "lastWriteWins")
const ACL_SAVE = keyless("ACL SAVE", "idempotent")
const ACL_SETUSER = keyless("ACL SETUSER", setUserRetry)
const ACL_USERS = keyless("ACL USERS")
const ACL_WHOAMI = keyless("ACL WHOAMI")

/** The most bits that ACL GENPASS gives, from the servers' own error message. */
const MAX_PASSWORD_BITS = 4096

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const acl: AclCommands<AsCommand> = {
  aclCat: (category) => make(ACL_CAT, category === undefined ? [] : [category], strings),
  aclDelUser: (users) => {
    const all = list(users)
    return all.length === 0 ? constant(ACL_DELUSER, Reply.integer, 0) : make(ACL_DELUSER, all, Reply.integer)
  },
  aclDryRun: (user, command, args) =>
    make(ACL_DRYRUN, append([user, command], args === undefined ? [] : list(args)), aclVerdict),
  aclGenPass: (bits) => {
    if (bits === undefined) return make(ACL_GENPASS, [], Reply.string)
    const fits = Number.isInteger(bits) && bits >= 1 && bits <= MAX_PASSWORD_BITS
    const problem = fits ? undefined : `expected 1 to ${MAX_PASSWORD_BITS} bits`
    return makeChecked(ACL_GENPASS, [bits], Reply.string, problem, 0)
  },
  aclGetUser: (user) => make(ACL_GETUSER, [user], aclUser),
  aclHelp: helpOf("ACL"),
  aclList: () => make(ACL_LIST, [], strings),
  aclLoad: () => make(ACL_LOAD, [], Reply.ok),
  aclLog: (count) => {
    if (count === undefined) return make(ACL_LOG, [], aclLog)
    const problem = Number.isInteger(count) && count >= 0 ? undefined : "expected a number of entries"
    return makeChecked(ACL_LOG, [count], aclLog, problem, 0)
  },
  aclLogReset: () => make(ACL_LOG_RESET, ["RESET"], Reply.ok),
  aclSave: () => make(ACL_SAVE, [], Reply.ok),
  aclSetUser: (user, rules) => {
    if (rules === undefined) return make(ACL_SETUSER, [user], Reply.ok)
    if (isList(rules)) return make(ACL_SETUSER, append([user], rules), Reply.ok)
    const { problem, words } = rulesOf(rules)
    return makeChecked(ACL_SETUSER, append([user], words), Reply.ok, problem)
  },
  aclUsers: () => make(ACL_USERS, [], strings),
  aclWhoAmI: () => make(ACL_WHOAMI, [], Reply.string)
}

const isList = (rules: AclRules | ReadonlyArray<string>): rules is ReadonlyArray<string> => Array.isArray(rules)
