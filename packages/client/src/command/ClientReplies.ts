/**
 * What a server says of its clients, as typed records: the replies of the CLIENT commands.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import { type OtherFields, Report } from "./OtherFields.ts"
import * as Reply from "./Reply.ts"
import { fieldsOfWords, integerOf, linesOf, type TextRecord } from "./ServerText.ts"

/**
 * One connection as its server sees it. What is not among the named fields is in `fields`, by the servers' own names. Counters that
 * the server does not know are `undefined`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClientInfo {
  readonly id: number
  /** The peer's address. */
  readonly address: string
  /** The server's own address of this connection. Since 6.2. */
  readonly localAddress: string | undefined
  /** The name that the client gave itself. */
  readonly name: string | undefined
  /** How long it is connected, to the second. */
  readonly age: Duration.Duration
  /** How long it sent nothing, to the second. */
  readonly idle: Duration.Duration
  /** One letter for each property (`N` none, `M` primary, `S` replica, `b` blocked …). */
  readonly flags: string
  readonly database: number
  /** The ACL user. Since 6.0. */
  readonly user: string | undefined
  /** What it sent last, as `client|list`. */
  readonly lastCommand: string | undefined
  /** How many channels it is subscribed to. */
  readonly channels: number | undefined
  /** How many patterns it is subscribed to. */
  readonly patterns: number | undefined
  /** How many sharded channels it is subscribed to. Since 7.0.3. */
  readonly shardChannels: number | undefined
  /** How many commands stand behind its MULTI; `undefined` outside of a transaction. */
  readonly queued: number | undefined
  /** How many keys it watches. Redis 7.4, Valkey 8.0. */
  readonly watched: number | undefined
  /** The memory that it takes, in bytes. Since 6.2. */
  readonly totalMemory: number | undefined
  /** The client that gets its invalidation messages. Since 6.2. */
  readonly redirect: number | undefined
  /** The version of RESP that it speaks. Since 7.0. */
  readonly protocol: number | undefined
  /** The library that it uses. Since 7.2. */
  readonly libraryName: string | undefined
  readonly libraryVersion: string | undefined
  readonly fields: TextRecord
}

const some = (text: string | undefined): string | undefined => (text === "" ? undefined : text)

/** A counter that may be missing; the servers write -1 for none. */
const counter = (text: string | undefined): number | undefined => {
  const value = integerOf(text)
  return value >= 0 ? value : undefined
}

/** A line that describes a client, `undefined` if it does not. */
export const clientOfLine = (line: string): ClientInfo | undefined => {
  const fields = fieldsOfWords(line.trimEnd())
  const id = integerOf(fields.id)
  const { addr } = fields
  if (Number.isNaN(id) || addr === undefined) return undefined
  return {
    id,
    address: addr,
    localAddress: fields.laddr,
    name: some(fields.name),
    age: Duration.seconds(integerOf(fields.age)),
    idle: Duration.seconds(integerOf(fields.idle)),
    flags: fields.flags ?? "",
    database: integerOf(fields.db),
    user: fields.user,
    lastCommand: fields.cmd === "NULL" ? undefined : some(fields.cmd),
    channels: counter(fields.sub),
    patterns: counter(fields.psub),
    shardChannels: counter(fields.ssub),
    queued: counter(fields.multi),
    watched: counter(fields.watch),
    totalMemory: counter(fields["tot-mem"]),
    redirect: counter(fields.redir),
    protocol: counter(fields.resp),
    libraryName: some(fields["lib-name"]),
    libraryVersion: some(fields["lib-ver"]),
    fields
  }
}

const parseClient = (line: string): ClientInfo =>
  clientOfLine(line) ?? Reply.mismatch("a line that describes a client", line)

/** The reply of CLIENT INFO. @category replies @since 0.1.0 */
export const clientInfo: Reply.Reply<ClientInfo> = Reply.map(Reply.string, parseClient)

/** The reply of CLIENT LIST. @category replies @since 0.1.0 */
export const clientList: Reply.Reply<Array<ClientInfo>> = Reply.map(Reply.string, (text) =>
  linesOf(text).map(parseClient)
)

/**
 * How a connection tracks what it reads, for client-side caching.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClientTrackingInfo {
  readonly enabled: boolean
  /** In the servers' words: `off`, `on`, `bcast`, `optin`, `optout`, `caching-yes`, `caching-no`, `noloop`, `broken_redirect`. */
  readonly flags: ReadonlyArray<string>
  /** The connection that gets the invalidation messages; `undefined` if none other does. */
  readonly redirect: number | undefined
  /** The beginnings of names that are broadcast; empty outside of broadcasting. */
  readonly prefixes: ReadonlyArray<string>
  /** What has no name here, by the servers' own names. */
  readonly fields: OtherFields
}

const strings = Reply.array(Reply.string).text

/** The reply of CLIENT TRACKINGINFO. @category replies @since 0.1.0 */
export const clientTrackingInfo: Reply.Reply<ClientTrackingInfo> = Reply.same((reply) => {
  const report = new Report(reply)
  const flags = strings(report.take("flags"))
  const redirect = Reply.integer.text(report.take("redirect"))
  return {
    enabled: !flags.includes("off"),
    flags,
    // -1 without tracking, 0 without a redirection.
    redirect: redirect > 0 ? redirect : undefined,
    prefixes: strings(report.take("prefixes")),
    fields: report.rest()
  }
})
