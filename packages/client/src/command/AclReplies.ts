/**
 * What a server says of its users, as typed records: the replies of the ACL commands.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { RespValue } from "../protocol/RespValue.ts"
import { type ClientInfo, clientOfLine } from "./ClientReplies.ts"
import { type OtherFields, Report } from "./OtherFields.ts"
import * as Reply from "./Reply.ts"

/**
 * A set of permissions. Each list holds rules in the servers' words.
 *
 * @category models
 * @since 0.1.0
 */
export interface AclSelector {
  /** `-@all`, `+@read`, `+client|id` … */
  readonly commands: ReadonlyArray<string>
  /** `~*`, `%R~a:*` … */
  readonly keys: ReadonlyArray<string>
  /** `&*` … */
  readonly channels: ReadonlyArray<string>
  /** `alldbs` or `db=0,1`; `undefined` where the server does not tell databases apart. Valkey 9.1. */
  readonly databases: ReadonlyArray<string> | undefined
  /** What has no name here, by the servers' own names. */
  readonly fields: OtherFields
}

/**
 * A user.
 *
 * @category models
 * @since 0.1.0
 */
export interface AclUser extends AclSelector {
  readonly enabled: boolean
  /** In the servers' words: `on`, `off`, `nopass`, `sanitize-payload` … */
  readonly flags: ReadonlyArray<string>
  /** SHA-256 of each password, in hexadecimal digits. */
  readonly passwords: ReadonlyArray<string>
  /** Further sets of permissions, of which one is enough. Since 7.0. */
  readonly selectors: ReadonlyArray<AclSelector>
}

/**
 * Something that was denied, once or several times within a minute.
 *
 * @category models
 * @since 0.1.0
 */
export interface AclLogEntry {
  /** How often. */
  readonly count: number
  readonly reason: "command" | "key" | "channel" | "auth" | "database" | (string & {})
  readonly context: "toplevel" | "multi" | "lua" | "script" | "module" | (string & {})
  /** The command, key or channel that was denied; for a failed authentication the command that it was tried with. */
  readonly object: string
  readonly username: string
  /** How long ago, to the millisecond. */
  readonly age: Duration.Duration
  /** The client, as it was then; `undefined` if the server hides it. */
  readonly client: ClientInfo | undefined
  /** Since 7.2. */
  readonly id: number | undefined
  /** When it was denied first. Since 7.2. */
  readonly created: DateTime.Utc | undefined
  /** When it was denied last. Since 7.2. */
  readonly updated: DateTime.Utc | undefined
  /** What has no name here, by the servers' own names. */
  readonly fields: OtherFields
}

/** Words of one text; a list of patterns without their sign before 7.0. */
const rules = (reply: RespValue, sign: string): Array<string> => {
  if (Array.isArray(reply)) return reply.map((pattern) => sign + Reply.string.text(pattern))
  return Reply.string
    .text(reply)
    .split(" ")
    .filter((rule) => rule !== "")
}

const permissionsOf = (report: Report): Omit<AclSelector, "fields"> => {
  const databases = report.take("databases")
  return {
    commands: rules(report.take("commands"), ""),
    keys: rules(report.take("keys"), "~"),
    channels: rules(report.take("channels") ?? "", "&"),
    databases: databases === undefined ? undefined : rules(databases, "")
  }
}

const selectorOf = (reply: RespValue): AclSelector => {
  const report = new Report(reply)
  return { ...permissionsOf(report), fields: report.rest() }
}

const strings = Reply.array(Reply.string).text

/** The reply of ACL GETUSER. @category replies @since 0.1.0 */
export const aclUser: Reply.Reply<AclUser | undefined> = Reply.optional(
  Reply.same((reply) => {
    const report = new Report(reply)
    const flags = strings(report.take("flags"))
    return {
      enabled: flags.includes("on"),
      flags,
      passwords: strings(report.take("passwords")),
      ...permissionsOf(report),
      selectors: Reply.elementsOf(report.take("selectors") ?? []).map(selectorOf),
      fields: report.rest()
    }
  })
)

const MILLIS_PER_SECOND = 1000

const instant = (reply: RespValue): DateTime.Utc | undefined =>
  reply === undefined ? undefined : DateTime.toUtc(DateTime.makeUnsafe(Reply.integer.text(reply)))

/** The reply of ACL LOG. @category replies @since 0.1.0 */
export const aclLog: Reply.Reply<Array<AclLogEntry>> = Reply.same((reply) =>
  Reply.elementsOf(reply).map((entry) => {
    const report = new Report(entry)
    const text = (name: string) => Reply.string.text(report.take(name))
    return {
      count: Reply.integer.text(report.take("count")),
      reason: text("reason"),
      context: text("context"),
      object: text("object"),
      username: text("username"),
      age: Duration.millis(Math.round(Reply.double.text(report.take("age-seconds")) * MILLIS_PER_SECOND)),
      client: clientOfLine(Reply.optionalString.text(report.take("client-info")) ?? ""),
      id: Reply.optionalInteger.text(report.take("entry-id")),
      created: instant(report.take("timestamp-created")),
      updated: instant(report.take("timestamp-last-updated")),
      fields: report.rest()
    }
  })
)

/**
 * Whether a user may run a command, and if not why, in the server's words.
 *
 * @category models
 * @since 0.1.0
 */
export type AclVerdict = { readonly allowed: true } | { readonly allowed: false; readonly reason: string }

/** The reply of ACL DRYRUN. @category replies @since 0.1.0 */
export const aclVerdict: Reply.Reply<AclVerdict> = Reply.map(Reply.string, (text) =>
  text === "OK" ? { allowed: true } : { allowed: false, reason: text }
)
