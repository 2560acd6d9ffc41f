/**
 * Commands about connections. Those that change the state of the connection they run on (SELECT, CLIENT SETNAME, CLIENT TRACKING …)
 * are missing on purpose: many fibers share it.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import { append, list, millis, optionProblem, seconds } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { type Argument, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { constant, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"
import { fieldsOfWords, integerOf, linesOf, type TextRecord } from "./ServerText.ts"

/**
 * A kind of client, as CLIENT LIST and CLIENT KILL tell them apart.
 *
 * @category models
 * @since 0.1.0
 */
export type ClientType = "normal" | "primary" | "replica" | "pubsub"

/**
 * One connection as its server sees it. What is not among the named fields is in `fields`, by the servers' own names.
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
  readonly fields: TextRecord
}

/**
 * Which connections to list: by type or by id.
 *
 * @category options
 * @since 0.1.0
 */
export type ClientListOptions =
  | { readonly type?: ClientType | undefined; readonly ids?: undefined }
  | { readonly ids?: ReadonlyArray<number> | undefined; readonly type?: undefined }

/**
 * Which connections to close. Filters that are given must all hold; at least one must be given.
 *
 * @category options
 * @since 0.1.0
 */
export interface ClientKillOptions {
  readonly id?: number | undefined
  readonly type?: ClientType | undefined
  /** The ACL user. */
  readonly user?: string | undefined
  /** The peer's `ip:port`. */
  readonly address?: string | undefined
  /** The server's own `ip:port`. Since 6.2. */
  readonly localAddress?: string | undefined
  /** Spare the connection that asks (the servers' default is true). */
  readonly skipMe?: boolean | undefined
  /** Only those that are connected for at least so many whole seconds. Redis 7.4, Valkey 8.0. */
  readonly maxAge?: Duration.Input | undefined
}

/**
 * Commands about connections, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConnectionCommands<F extends CommandLambda> {
  /** The name of the connection, if it has one. */
  clientGetName(): Kind<F, string | undefined>
  /** The number of the connection, never used twice by one server. */
  clientId(): Kind<F, number>
  /** The connection as its server sees it. Since 6.2. */
  clientInfo(): Kind<F, ClientInfo>
  /** Close connections; how many. */
  clientKill(filters: ClientKillOptions): Kind<F, number>
  /** The connections of a server. No ids: none, without a call. */
  clientList(options?: ClientListOptions): Kind<F, Array<ClientInfo>>
  /** Hold back all clients for a time: their writes (`WRITE`, since 6.2), or all they send (`ALL`, the default). */
  clientPause(timeout: Duration.Input, mode?: "WRITE" | "ALL"): Kind<F, void>
  /** End the wait of a blocked client, as if its time were over or with an `UNBLOCKED` error; whether it was blocked. */
  clientUnblock(id: number, mode?: "TIMEOUT" | "ERROR"): Kind<F, boolean>
  /** Let held back clients go on. Since 6.2. */
  clientUnpause(): Kind<F, void>
  /** The message that was sent. */
  echo(message: Text): Kind<F, string, Uint8Array>
  /** `PONG`, or the message that was sent. */
  ping(message?: Text): Kind<F, string, Uint8Array>
}

const keyless = (name: string, retry: RetryCategory) => defineSpec({ name, keys: "none", retry })

const CLIENT_GETNAME = keyless("CLIENT GETNAME", "readOnly")
const CLIENT_ID = keyless("CLIENT ID", "readOnly")
const CLIENT_INFO = keyless("CLIENT INFO", "readOnly")
const CLIENT_KILL = keyless("CLIENT KILL", "lastWriteWins")
const CLIENT_LIST = keyless("CLIENT LIST", "readOnly")
const CLIENT_PAUSE = keyless("CLIENT PAUSE", "lastWriteWins")
// A late second run would end the wait of a command that came after.
const CLIENT_UNBLOCK = keyless("CLIENT UNBLOCK", "accumulating")
const CLIENT_UNPAUSE = keyless("CLIENT UNPAUSE", "lastWriteWins")
const ECHO = keyless("ECHO", "readOnly")
const PING = keyless("PING", "readOnly")

const parseClient = (line: string): ClientInfo => {
  const fields = fieldsOfWords(line)
  const id = integerOf(fields.id)
  const { addr } = fields
  if (Number.isNaN(id) || addr === undefined) return Reply.mismatch("a line that describes a client", line)
  return {
    id,
    address: addr,
    localAddress: fields.laddr,
    name: fields.name === "" ? undefined : fields.name,
    age: Duration.seconds(integerOf(fields.age)),
    idle: Duration.seconds(integerOf(fields.idle)),
    flags: fields.flags ?? "",
    database: integerOf(fields.db),
    user: fields.user,
    fields
  }
}

const client = Reply.map(Reply.string, (text) => parseClient(text.trimEnd()))
const clients = Reply.map(Reply.string, (text) => linesOf(text).map(parseClient))

// Servers before Valkey 8 know no other word for it.
const typeWord = (type: ClientType): string => (type === "primary" ? "MASTER" : type)

const killFilters: ReadonlyArray<
  readonly [name: keyof ClientKillOptions, word: string, value: (options: ClientKillOptions) => Argument | undefined]
> = [
  ["id", "ID", ({ id }) => id],
  ["type", "TYPE", ({ type }) => type && typeWord(type)],
  ["user", "USER", ({ user }) => user],
  ["address", "ADDR", ({ address }) => address],
  ["localAddress", "LADDR", ({ localAddress }) => localAddress],
  ["maxAge", "MAXAGE", ({ maxAge }) => maxAge && seconds(maxAge)],
  ["skipMe", "SKIPME", ({ skipMe }) => (skipMe === undefined ? undefined : skipMe ? "yes" : "no")]
]

const killOptions = {
  id: "value",
  type: "value",
  user: "value",
  address: "value",
  localAddress: "value",
  skipMe: "flag",
  maxAge: "value"
} as const

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const connection: ConnectionCommands<AsCommand> = {
  clientGetName: () => make(CLIENT_GETNAME, [], Reply.optionalString),
  clientId: () => make(CLIENT_ID, [], Reply.integer),
  clientInfo: () => make(CLIENT_INFO, [], client),
  clientKill: (filters) => {
    const args: Array<Argument> = []
    let problem = optionProblem(filters, killOptions)
    if (problem === undefined && filters !== undefined) {
      for (const [name, word, value] of killFilters) {
        if (filters[name] !== undefined) args.push(word, value(filters) as Argument)
      }
    }
    // Without a filter a server would read the old form, and SKIPME alone would close all other connections.
    if (args.length === 0 || args[0] === "SKIPME") problem ??= "expected at least one filter"
    return makeChecked(CLIENT_KILL, args, Reply.integer, problem)
  },
  clientList: (options) => {
    const args: Array<Argument> = []
    let problem = optionProblem(options, { type: "value", ids: "value" })
    if (options?.type !== undefined) args.push("TYPE", typeWord(options.type))
    const ids = options?.ids === undefined ? undefined : list(options.ids)
    if (ids !== undefined) append(args, ["ID", ...ids])
    if (options?.type !== undefined && ids !== undefined) problem ??= "type and ids exclude one another"
    if (problem === undefined && ids?.length === 0) return constant(CLIENT_LIST, clients, [])
    return makeChecked(CLIENT_LIST, args, clients, problem)
  },
  clientPause: (timeout, mode) =>
    make(CLIENT_PAUSE, mode === undefined ? [millis(timeout)] : [millis(timeout), mode], Reply.ok),
  clientUnblock: (id, mode) => make(CLIENT_UNBLOCK, mode === undefined ? [id] : [id, mode], Reply.boolean),
  clientUnpause: () => make(CLIENT_UNPAUSE, [], Reply.ok),
  echo: (message) => make(ECHO, [message], Reply.text),
  ping: (message) => make(PING, message === undefined ? [] : [message], Reply.text)
}
