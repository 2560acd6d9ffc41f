/**
 * What servers themselves say of their commands: a table over versions of Redis and Valkey, read from their COMMAND and COMMAND DOCS.
 * For tools, tests and what has to know a command by its name alone; the client does not load it.
 *
 * **Example** (The keys of a call that is only known by its words)
 *
 * ```ts
 * import { Specification } from "@reef-redis/client/specification"
 *
 * const facts = Specification.find("ZUNIONSTORE")
 * const positions = facts === undefined ? undefined : Specification.keyPositions(facts, ["to", 2, "a", "b"]) // [0, 2, 3]
 * ```
 *
 * @since 0.1.0
 */
import type { Argument } from "./CommandSpec.ts"
import { type BeginSearch, type FindKeys, type KeySpecification, positionsBy } from "./keySearch.ts"
import { type Line, lines, rows } from "./specificationRows.ts"

export type { BeginSearch, FindKeys, KeySpecification } from "./keySearch.ts"

/**
 * A server and its line of versions, such as `redis 8.0`.
 *
 * @category models
 * @since 0.1.0
 */
export type ServerLine = Line

/**
 * What some server lines say of one command, all the same.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommandFacts {
  /** In upper case, a subcommand behind its container (`CLUSTER SLOTS`). */
  readonly name: string
  /** The lines that say this. */
  readonly servers: ReadonlyArray<ServerLine>
  /** The servers' own group, such as `sorted-set`; `undefined` for modules that do not tell. */
  readonly group: string | undefined
  /** The version of that server that had it first. */
  readonly since: string | undefined
  /** Since when it is better replaced, and the commands and options that the servers name for it. */
  readonly deprecated: { readonly since: string; readonly replacedBy: ReadonlyArray<string> } | undefined
  /** The number of words with the name; negative: at least so many. */
  readonly arity: number
  readonly flags: ReadonlyArray<string>
  /** Hints for clients, such as `nondeterministic_output` and `request_policy:all_shards`. */
  readonly tips: ReadonlyArray<string>
  readonly keys: ReadonlyArray<KeySpecification>
  /** The full names of its subcommands. */
  readonly subcommands: ReadonlyArray<string>
}

/**
 * A line of the generated table: name, servers (`*` for all), group, since, arity, flags, tips, keys, deprecation.
 *
 * @internal
 */
export type Row = readonly [
  name: string,
  servers: string,
  group: string,
  since: string,
  arity: number,
  flags?: string,
  tips?: string,
  keys?: string,
  deprecated?: string
]

const words = (text: string | undefined): ReadonlyArray<string> =>
  text === undefined || text === "" ? [] : text.split(" ")

const readBegin = (text: string): BeginSearch => {
  const [type, first = "", second] = text.split(" ")
  if (type === "index") return { type, index: Number(first) }
  return type === "keyword" ? { type, keyword: first, startFrom: Number(second) } : { type: "unknown" }
}

const readFind = (text: string): FindKeys => {
  const [type, ...numbers] = text.split(" ")
  const [first = 0, second = 0, third = 0] = numbers.map(Number)
  if (type === "range") return { type, lastKey: first, keyStep: second, limit: third }
  return type === "keynum"
    ? { type: "keyNum", keyNumIndex: first, firstKey: second, keyStep: third }
    : { type: "unknown" }
}

const readKeys = (text: string | undefined): ReadonlyArray<KeySpecification> =>
  text === undefined || text === ""
    ? []
    : text.split("; ").map((part) => {
        const [flags, begin = "", find = ""] = part.split(", ")
        return { flags: words(flags), begin: readBegin(begin), find: readFind(find) }
      })

const readServers = (servers: string): ReadonlyArray<ServerLine> =>
  servers === "*" ? lines : lines.filter((line) => servers.split(", ").includes(line))

const readDeprecated = (text: string | undefined): CommandFacts["deprecated"] => {
  const [since, ...replacedBy] = words(text)
  return since === undefined ? undefined : { since, replacedBy }
}

const read = (table: ReadonlyArray<Row>): ReadonlyArray<CommandFacts> => {
  const subcommands = new Map<string, Set<string>>()
  for (const [name] of table) {
    const space = name.indexOf(" ")
    if (space === -1) continue
    const container = name.slice(0, space)
    subcommands.set(container, (subcommands.get(container) ?? new Set()).add(name))
  }
  return table.map(([name, servers, group, since, arity, flags, tips, keys, deprecated]) => ({
    name,
    servers: readServers(servers),
    group: group === "" ? undefined : group,
    since: since === "" ? undefined : since,
    deprecated: readDeprecated(deprecated),
    arity,
    flags: words(flags),
    tips: words(tips),
    keys: readKeys(keys),
    subcommands: [...(subcommands.get(name) ?? [])]
  }))
}

const all = /* @__PURE__ */ read(rows)

/**
 * The table and how it is asked.
 *
 * @category models
 * @since 0.1.0
 */
export const Specification = {
  /** The server lines that the table was read from. */
  lines: lines as ReadonlyArray<ServerLine>,
  /** All facts, sorted by name; several of one name where servers differ, the newest last. */
  all,
  /**
   * What a server line says of a command; without a line the newest facts that there are. `undefined` if the table does not have it.
   * Letter case does not matter.
   */
  find: (name: string, line?: ServerLine | undefined): CommandFacts | undefined => {
    const wanted = name.toUpperCase()
    return all.findLast((facts) => facts.name === wanted && (line === undefined || facts.servers.includes(line)))
  },
  /**
   * Where the keys (and what else decides the slot, such as a sharded channel) stand among the arguments behind the name, by the facts;
   * `undefined` if they do not tell everything, as for SORT and MIGRATE. Only positions that exist: a wrong count is for the server.
   */
  keyPositions: (facts: CommandFacts, args: ReadonlyArray<Argument>): ReadonlyArray<number> | undefined => {
    const name = facts.name.split(" ")
    return positionsBy(facts.keys, [...name, ...args])?.map((at) => at - name.length)
  }
} as const
