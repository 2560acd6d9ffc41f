/**
 * Which of a server's clients are meant: the filters of CLIENT LIST and CLIENT KILL, and their arguments.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import { append, list, optionProblem, seconds } from "./arguments.ts"
import type { Argument } from "./CommandSpec.ts"

/**
 * A kind of client, as CLIENT LIST and CLIENT KILL tell them apart.
 *
 * @category models
 * @since 0.1.0
 */
export type ClientType = "normal" | "primary" | "replica" | "pubsub"

/**
 * What a client is compared with. What is given must all hold.
 *
 * @category options
 * @since 0.1.0
 */
export interface ClientMatch {
  /** Any of these ids. CLIENT KILL takes several since Valkey 8.1. */
  readonly ids?: number | ReadonlyArray<number> | undefined
  /** In Redis, CLIENT LIST takes either `type` or `ids`. */
  readonly type?: ClientType | undefined
  /** The ACL user. */
  readonly user?: string | undefined
  /** The peer's `ip:port`. */
  readonly address?: string | undefined
  /** The server's own `ip:port`. Since 6.2. */
  readonly localAddress?: string | undefined
  /** The name that the client gave itself. Valkey 9.0. */
  readonly name?: string | undefined
  /** All of these letters, as in `ClientInfo.flags`. Valkey 9.0. */
  readonly flags?: string | undefined
  /** Valkey 9.0. */
  readonly libraryName?: string | undefined
  /** Valkey 9.0. */
  readonly libraryVersion?: string | undefined
  /** Valkey 9.0. */
  readonly database?: number | undefined
  /** All of these letters for capabilities (`r`: redirect). Valkey 9.0. */
  readonly capabilities?: string | undefined
  /** The peer's address without a port. Valkey 9.0. */
  readonly ip?: string | undefined
}

/**
 * Which clients are meant; filters that are given must all hold. CLIENT LIST of Redis knows `type` and `ids` only, others since
 * Valkey 8.1.
 *
 * @category options
 * @since 0.1.0
 */
export interface ClientFilters extends ClientMatch {
  /** Leave out the connection that asks (the servers' default is true for CLIENT KILL, false for CLIENT LIST). */
  readonly skipMe?: boolean | undefined
  /** Only those that are connected for at least so many whole seconds. Redis 7.4, Valkey 8.0. */
  readonly maxAge?: Duration.Input | undefined
  /** Only those that sent nothing for at least so many whole seconds. Valkey 9.0. */
  readonly idle?: Duration.Input | undefined
  /** Only those for which none of this holds. Valkey 9.0. */
  readonly not?: ClientMatch | undefined
}

// Servers before Valkey 8 know no other word for it.
const typeWord = (type: ClientType): string => (type === "primary" ? "MASTER" : type)

// The ids come first: what follows them must be a word, and every other filter has one in front.
const matches: ReadonlyArray<readonly [name: Exclude<keyof ClientMatch, "ids">, word: string]> = [
  ["type", "TYPE"],
  ["user", "USER"],
  ["address", "ADDR"],
  ["localAddress", "LADDR"],
  ["name", "NAME"],
  ["flags", "FLAGS"],
  ["libraryName", "LIB-NAME"],
  ["libraryVersion", "LIB-VER"],
  ["database", "DB"],
  ["capabilities", "CAPA"],
  ["ip", "IP"]
]

const matchOptions: Readonly<Record<string, "value">> = Object.fromEntries(
  ["ids", ...matches.map(([name]) => name)].map((name) => [name, "value"])
)

const filterOptions = { ...matchOptions, skipMe: "flag", maxAge: "value", idle: "value", not: "value" } as const

const pushMatch = (args: Array<Argument>, match: ClientMatch, prefix: "" | "NOT-"): void => {
  if (match.ids !== undefined) {
    const ids = list(match.ids)
    if (ids.length > 0) append(args, [`${prefix}ID`, ...ids])
  }
  for (const [name, word] of matches) {
    const value = match[name]
    if (value !== undefined) args.push(prefix + word, name === "type" ? typeWord(value as ClientType) : value)
  }
}

/** The arguments of filters. */
export interface FilterArguments {
  readonly args: Array<Argument>
  /** What is wrong with them. */
  readonly problem: string | undefined
  /** An empty list of ids was given: no client is meant. */
  readonly none: boolean
  /** There is a filter beside `skipMe`. */
  readonly narrow: boolean
}

/** The arguments of filters; `skipMe` comes last. */
export const filterArguments = (filters: ClientFilters | undefined): FilterArguments => {
  const args: Array<Argument> = []
  const problem = optionProblem(filters, filterOptions) ?? optionProblem(filters?.not, matchOptions)
  if (problem !== undefined || filters === undefined) return { args, problem, none: false, narrow: false }
  pushMatch(args, filters, "")
  if (filters.not !== undefined) pushMatch(args, filters.not, "NOT-")
  if (filters.maxAge !== undefined) args.push("MAXAGE", seconds(filters.maxAge))
  if (filters.idle !== undefined) args.push("IDLE", seconds(filters.idle))
  const narrow = args.length > 0
  if (filters.skipMe !== undefined) args.push("SKIPME", filters.skipMe ? "yes" : "no")
  return { args, problem: undefined, none: Array.isArray(filters.ids) && filters.ids.length === 0, narrow }
}
