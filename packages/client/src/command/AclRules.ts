/**
 * The rules of ACL SETUSER from options.
 *
 * @since 0.1.0
 */
import { optionProblem, wordOf } from "./arguments.ts"
import type { Argument, RetryCategory } from "./CommandSpec.ts"
import { revealed, type Secret } from "./Secret.ts"

/**
 * A command, a subcommand (`+client|id`) or a category (`+@read`) that is allowed or forbidden; `+@all` and `-@all` mean every command.
 *
 * @category models
 * @since 0.1.0
 */
export type AclCommandRule = `+${string}` | `-${string}`

/**
 * Keys that match a pattern, to be read only (`R`), written only (`W`) or both (`RW`). Since 7.0.
 *
 * @category models
 * @since 0.1.0
 */
export interface AclKeyPattern {
  readonly pattern: string
  readonly access: "R" | "W" | "RW"
}

/**
 * What is allowed. All of it is added to what the user may do already, save where a `reset…` option says otherwise.
 *
 * @category options
 * @since 0.1.0
 */
export interface AclPermissions {
  /** Rules about commands, in this order: a later one overrides an earlier one. */
  readonly commands?: ReadonlyArray<AclCommandRule> | undefined
  /** Glob-style patterns of keys, read and written if they are mere text. */
  readonly keys?: ReadonlyArray<string | AclKeyPattern> | undefined
  /** Forget the patterns of keys first (default false). */
  readonly resetKeys?: boolean | undefined
  /** Glob-style patterns of channels. Since 6.2. */
  readonly channels?: ReadonlyArray<string> | undefined
  /** Forget the patterns of channels first (default false). Since 6.2. */
  readonly resetChannels?: boolean | undefined
  /** Databases, by number. Valkey 9.1. */
  readonly databases?: ReadonlyArray<number> | "all" | undefined
  /** Forget the databases first (default false). Valkey 9.1. */
  readonly resetDatabases?: boolean | undefined
}

/**
 * How a user shall be: only what is given changes. `noPassword` excludes passwords.
 *
 * @category options
 * @since 0.1.0
 */
export type AclRules = AclPermissions & {
  /** Make the user as a new one is, first: off, without passwords, allowed nothing (default false). */
  readonly reset?: boolean | undefined
  /** Whether the user can authenticate. A new one cannot. */
  readonly enabled?: boolean | undefined
  /** Check the payload of RESTORE (the servers' own rule while nothing is said). Since 6.2. */
  readonly sanitizePayload?: boolean | undefined
  /** Forget the passwords first, and that none is needed (default false). */
  readonly resetPasswords?: boolean | undefined
  /** Further sets of permissions: a command passes if one of them allows all of it. Each run adds them anew. Since 7.0. */
  readonly selectors?: ReadonlyArray<AclPermissions> | undefined
  /** Forget the selectors first (default false). Since 7.0. */
  readonly clearSelectors?: boolean | undefined
} & (
    | {
        /** Whatever password is given is right, and all that were set are forgotten (default false). */
        readonly noPassword?: boolean | undefined
        readonly passwords?: undefined
        readonly passwordHashes?: undefined
        readonly removePasswords?: undefined
        readonly removePasswordHashes?: undefined
      }
    | {
        readonly noPassword?: false | undefined
        /** Passwords to add. */
        readonly passwords?: ReadonlyArray<Secret> | undefined
        /** Passwords to add, as SHA-256 in 64 lower-case hexadecimal digits. */
        readonly passwordHashes?: ReadonlyArray<string> | undefined
        /** Passwords to take away; an error if the user does not have one. */
        readonly removePasswords?: ReadonlyArray<Secret> | undefined
        /** The same, as SHA-256. */
        readonly removePasswordHashes?: ReadonlyArray<string> | undefined
      }
  )

const permissionOptions = {
  commands: "value",
  keys: "value",
  resetKeys: "flag",
  channels: "value",
  resetChannels: "flag",
  databases: "value",
  resetDatabases: "flag"
} as const

const ruleOptions = {
  ...permissionOptions,
  reset: "flag",
  enabled: "flag",
  sanitizePayload: "flag",
  resetPasswords: "flag",
  selectors: "value",
  clearSelectors: "flag",
  noPassword: "flag",
  passwords: "value",
  passwordHashes: "value",
  removePasswords: "value",
  removePasswordHashes: "value"
} as const

const COMMAND_RULE = /^[+-]./

/** Rules as they are found; the first problem stays. */
class Rules {
  readonly words: Array<string> = []
  problem: string | undefined = undefined

  refuse(problem: string): void {
    this.problem ??= problem
  }

  flag(on: boolean | undefined, word: string): void {
    if (on === true) this.words.push(word)
  }

  /** One rule for each value, with a sign in front. */
  each<A>(values: ReadonlyArray<A> | undefined, option: string, word: (value: A) => string | undefined): void {
    if (values === undefined) return
    if (!Array.isArray(values)) return this.refuse(`${option} must be an array`)
    for (const value of values) {
      const rule = word(value)
      if (rule === undefined) this.refuse(`${option}: not a rule`)
      else this.words.push(rule)
    }
  }

  permissions(options: AclPermissions): void {
    this.flag(options.resetKeys, "resetkeys")
    this.each(options.keys, "keys", keyRule)
    this.flag(options.resetChannels, "resetchannels")
    this.each(options.channels, "channels", prefixed("&"))
    this.flag(options.resetDatabases, "resetdbs")
    if (options.databases === "all") this.words.push("alldbs")
    else if (options.databases !== undefined && !Array.isArray(options.databases))
      this.refuse("databases must be an array")
    else if (options.databases !== undefined && options.databases.length > 0) {
      if (options.databases.every(Number.isSafeInteger)) this.words.push(`db=${options.databases.join(",")}`)
      else this.refuse("databases: expected numbers")
    }
    this.each(options.commands, "commands", (rule) =>
      typeof rule === "string" && COMMAND_RULE.test(rule) ? rule : undefined
    )
  }
}

const prefixed = (sign: string) => (value: string) => (typeof value === "string" ? sign + value : undefined)

const secret = (sign: string) => (value: Secret) => {
  const password = revealed(value)
  return password === undefined ? undefined : sign + password
}

const keyRule = (key: string | AclKeyPattern): string | undefined => {
  if (typeof key === "string") return `~${key}`
  if (typeof key?.pattern !== "string") return undefined
  return key.access === "R" || key.access === "W" || key.access === "RW" ? `%${key.access}~${key.pattern}` : undefined
}

/** The rules in the servers' words, and what is wrong with the options. */
export const rulesOf = (
  options: AclRules
): { readonly words: ReadonlyArray<string>; readonly problem: string | undefined } => {
  const rules = new Rules()
  const problem = optionProblem(options, ruleOptions)
  if (problem !== undefined) return { words: [], problem }
  const { passwordHashes, passwords, removePasswordHashes, removePasswords } = options
  if (
    options.noPassword === true &&
    (passwords ?? passwordHashes ?? removePasswords ?? removePasswordHashes) !== undefined
  ) {
    return { words: [], problem: "noPassword and passwords exclude one another" }
  }
  rules.flag(options.reset, "reset")
  if (options.enabled !== undefined) rules.words.push(options.enabled ? "on" : "off")
  if (options.sanitizePayload !== undefined) {
    rules.words.push(options.sanitizePayload ? "sanitize-payload" : "skip-sanitize-payload")
  }
  rules.flag(options.resetPasswords, "resetpass")
  rules.flag(options.noPassword, "nopass")
  rules.each(passwords, "passwords", secret(">"))
  rules.each(passwordHashes, "passwordHashes", prefixed("#"))
  rules.each(removePasswords, "removePasswords", secret("<"))
  rules.each(removePasswordHashes, "removePasswordHashes", prefixed("!"))
  rules.permissions(options)
  rules.flag(options.clearSelectors, "clearselectors")
  rules.each(options.selectors, "selectors", (selector) => {
    const inner = new Rules()
    const wrong = optionProblem(selector, permissionOptions)
    if (wrong !== undefined || selector === undefined) return undefined
    inner.permissions(selector)
    if (inner.problem !== undefined) rules.refuse(inner.problem)
    return `(${inner.words.join(" ")})`
  })
  return { words: rules.words, problem: rules.problem }
}

/**
 * What a second ACL SETUSER does: a password that was taken away cannot be taken away again, and a selector is added again, unless
 * the rules forget the old ones first.
 */
export const setUserRetry = (args: ReadonlyArray<Argument>): RetryCategory => {
  let cleared = false
  let category: RetryCategory = "lastWriteWins"
  for (let at = 1; at < args.length; at++) {
    const rule = wordOf(args[at])
    if (rule.startsWith("<") || rule.startsWith("!")) return "never"
    if (rule.startsWith("(") && !cleared) category = "accumulating"
    if (/^(reset|clearselectors)$/i.test(rule)) cleared = true
  }
  return category
}
