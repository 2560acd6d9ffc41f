/**
 * What a server says of its own commands, as typed records: the replies of COMMAND, COMMAND INFO and COMMAND DOCS.
 *
 * @since 0.1.0
 */
import type { RespValue } from "../protocol/RespValue.ts"
import { type OtherFields, Report } from "./OtherFields.ts"
import * as Reply from "./Reply.ts"

/**
 * Where a search for keys begins: at a position, behind a word, or nowhere that can be told. The name of the command is position 0.
 *
 * @category models
 * @since 0.1.0
 */
export type KeySearch =
  | { readonly type: "index"; readonly index: number }
  | {
      readonly type: "keyword"
      readonly keyword: string
      /** Where to look for the word from; a negative position counts from the end and looks backwards. */
      readonly startFrom: number
    }
  | { readonly type: "unknown" }

/**
 * Which arguments are keys from there on: a range, as many as an argument says, or none that can be told.
 *
 * @category models
 * @since 0.1.0
 */
export type KeyRange =
  | {
      readonly type: "range"
      /** Counted from the beginning of the search; a negative one counts from the end. */
      readonly lastKey: number
      readonly step: number
      /** With a `lastKey` of -1: only this part of what is left (2: a half); 0 and 1 mean all. */
      readonly limit: number
    }
  | {
      readonly type: "keynum"
      /** Where the number of keys stands, counted from the beginning of the search. */
      readonly numKeysIndex: number
      readonly firstKey: number
      readonly step: number
    }
  | { readonly type: "unknown" }

/**
 * Some of a command's keys.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeySpecification {
  /** `RO`, `RW`, `OW`, `RM` and `access`, `update`, `insert`, `delete`, `not_key`, `incomplete`, `variable_flags`. */
  readonly flags: ReadonlyArray<string>
  readonly notes: string | undefined
  readonly begin: KeySearch
  readonly find: KeyRange
}

/**
 * A command, or a subcommand, as a server describes it.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommandInfo {
  /** In lower case; subcommands as `client|list`. */
  readonly name: string
  /** How many words it takes, name included; a negative one is the least. */
  readonly arity: number
  readonly flags: ReadonlyArray<string>
  /** The first key's position, 0 if there is none. */
  readonly firstKey: number
  /** The last key's position; a negative one counts from the end. */
  readonly lastKey: number
  /** From one key to the next. */
  readonly step: number
  /** ACL categories, as `@read`. Since 6.0. */
  readonly categories: ReadonlyArray<string>
  /** Hints for proxies and clients, as `request_policy:all_shards`. Since 7.0. */
  readonly tips: ReadonlyArray<string>
  /** Since 7.0. */
  readonly keySpecifications: ReadonlyArray<KeySpecification>
  /** Since 7.0. */
  readonly subcommands: ReadonlyArray<CommandInfo>
}

/**
 * An argument, or a group of arguments, in the syntax of a command.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommandArgument {
  readonly name: string
  /** `string`, `integer`, `double`, `key`, `pattern`, `unix-time`, `pure-token`, or `oneof` and `block` of further arguments. */
  readonly type: string
  readonly displayText: string | undefined
  /** Which of the command's key specifications it belongs to. */
  readonly keySpecification: number | undefined
  /** The word in front of it, or the word that it is. */
  readonly token: string | undefined
  readonly summary: string | undefined
  readonly since: string | undefined
  readonly deprecatedSince: string | undefined
  readonly optional: boolean
  /** May be repeated. */
  readonly multiple: boolean
  /** Is repeated together with its word. */
  readonly multipleToken: boolean
  readonly arguments: ReadonlyArray<CommandArgument>
  /** What has no name here, by the servers' own names. */
  readonly fields: OtherFields
}

/**
 * The documentation that a server has of a command. What it does not say is `undefined`.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommandDocs {
  readonly summary: string | undefined
  readonly since: string | undefined
  readonly group: string | undefined
  readonly complexity: string | undefined
  /** The module that it comes from. */
  readonly module: string | undefined
  /** `deprecated`, `syscmd`. */
  readonly flags: ReadonlyArray<string>
  readonly deprecatedSince: string | undefined
  readonly replacedBy: string | undefined
  readonly history: ReadonlyArray<{ readonly version: string; readonly change: string }>
  readonly arguments: ReadonlyArray<CommandArgument>
  /** By full names, as `client|list`. No prototype. */
  readonly subcommands: Readonly<Record<string, CommandDocs>>
  /** What has no name here, by the servers' own names. */
  readonly fields: OtherFields
}

type Parts = ReadonlyMap<string, RespValue>

const strings = Reply.array(Reply.string).text
const stringsOf = (reply: RespValue): Array<string> => (reply === undefined ? [] : strings(reply))
const integer = Reply.integer.text
const optionalText = (report: Report, name: string): string | undefined => Reply.optionalString.text(report.take(name))

/** A kind of search or range, and what belongs to it. */
const typed = <A>(reply: RespValue, read: (type: string, spec: Parts) => A | undefined): A | { type: "unknown" } => {
  const parts = Reply.partsOf(reply)
  return read(Reply.string.text(parts.get("type")), Reply.partsOf(parts.get("spec") ?? [])) ?? { type: "unknown" }
}

const begin = (reply: RespValue): KeySearch =>
  typed<KeySearch>(reply, (type, spec) => {
    if (type === "index") return { type, index: integer(spec.get("index")) }
    if (type !== "keyword") return undefined
    return { type, keyword: Reply.string.text(spec.get("keyword")), startFrom: integer(spec.get("startfrom")) }
  })

const find = (reply: RespValue): KeyRange =>
  typed<KeyRange>(reply, (type, spec) => {
    const number = (name: string) => integer(spec.get(name))
    if (type === "range") return { type, lastKey: number("lastkey"), step: number("keystep"), limit: number("limit") }
    if (type !== "keynum") return undefined
    return { type, numKeysIndex: number("keynumidx"), firstKey: number("firstkey"), step: number("keystep") }
  })

const keySpecification = (reply: RespValue): KeySpecification => {
  const report = new Report(reply)
  return {
    flags: stringsOf(report.take("flags")),
    notes: optionalText(report, "notes"),
    begin: begin(report.take("begin_search")),
    find: find(report.take("find_keys"))
  }
}

const infoOf = (reply: RespValue): CommandInfo => {
  const [name, arity, flags, firstKey, lastKey, step, categories, tips, keySpecifications, subcommands] =
    Reply.elementsOf(reply)
  return {
    name: Reply.string.text(name),
    arity: integer(arity),
    flags: strings(flags),
    firstKey: integer(firstKey),
    lastKey: integer(lastKey),
    step: integer(step),
    categories: stringsOf(categories),
    tips: stringsOf(tips),
    keySpecifications: Reply.elementsOf(keySpecifications ?? []).map(keySpecification),
    subcommands: Reply.elementsOf(subcommands ?? []).map(infoOf)
  }
}

/** The reply of COMMAND. @category replies @since 0.1.0 */
export const commandInfos: Reply.Reply<Array<CommandInfo>> = Reply.array(Reply.same(infoOf))

/** The reply of COMMAND INFO with names. @category replies @since 0.1.0 */
export const optionalCommandInfos: Reply.Reply<Array<CommandInfo | undefined>> = Reply.array(
  Reply.optional(Reply.same(infoOf))
)

const argumentOf = (reply: RespValue): CommandArgument => {
  const report = new Report(reply)
  const flags = stringsOf(report.take("flags"))
  return {
    name: Reply.string.text(report.take("name")),
    type: Reply.string.text(report.take("type")),
    displayText: optionalText(report, "display_text"),
    keySpecification: Reply.optionalInteger.text(report.take("key_spec_index")),
    token: optionalText(report, "token"),
    summary: optionalText(report, "summary"),
    since: optionalText(report, "since"),
    deprecatedSince: optionalText(report, "deprecated_since"),
    optional: flags.includes("optional"),
    multiple: flags.includes("multiple"),
    multipleToken: flags.includes("multiple_token"),
    arguments: Reply.elementsOf(report.take("arguments") ?? []).map(argumentOf),
    fields: report.rest()
  }
}

const docsOf = (reply: RespValue): CommandDocs => {
  const report = new Report(reply)
  return {
    summary: optionalText(report, "summary"),
    since: optionalText(report, "since"),
    group: optionalText(report, "group"),
    complexity: optionalText(report, "complexity"),
    module: optionalText(report, "module"),
    flags: stringsOf(report.take("doc_flags")),
    deprecatedSince: optionalText(report, "deprecated_since"),
    replacedBy: optionalText(report, "replaced_by"),
    history: Reply.elementsOf(report.take("history") ?? []).map((entry) => {
      const [version, change] = strings(entry)
      return { version: version ?? "", change: change ?? "" }
    }),
    arguments: Reply.elementsOf(report.take("arguments") ?? []).map(argumentOf),
    subcommands: Reply.record(Reply.same(docsOf)).text(report.take("subcommands") ?? []),
    fields: report.rest()
  }
}

/** The reply of COMMAND DOCS. @category replies @since 0.1.0 */
export const commandDocs: Reply.Reply<Record<string, CommandDocs>> = Reply.same(Reply.record(Reply.same(docsOf)).text)
