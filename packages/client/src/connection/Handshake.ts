/**
 * The first exchange on a socket: protocol version and credentials, then name, library, capabilities, database and role. What is only
 * courtesy (SETNAME's refusal, SETINFO, CAPA) is ignored when refused; the rest decides whether the connection may be used.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type Argument, defineSpec } from "../command/CommandSpec.ts"
import { type CommandImpl, internalCommand } from "../command/make.ts"
import type { Failure } from "../error/Failure.ts"
import { ConnectFailed, InvalidArgument } from "../error/Reason.ts"
import { reasonOf } from "../error/ServerFault.ts"
import { RespError, RespMap, type RespValue } from "../protocol/RespValue.ts"
import { encodeCommand, InvalidArg } from "../protocol/RespWriter.ts"
import type { Connection } from "./Connection.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import type { Identity } from "./Identity.ts"
import { abandon, type Pending, PendingPart, type ReplyHandler } from "./Pending.ts"

/**
 * What a connection asks of the server, whoever it is.
 *
 * @category options
 * @since 0.1.0
 */
export interface HandshakeOptions {
  /** `3` (default) tries HELLO 3 and falls back to RESP2 where it is refused; `2` does not try. */
  readonly protocol?: 2 | 3 | undefined
  /** For CLIENT SETNAME. */
  readonly clientName?: string | undefined
  /** The database to SELECT (default 0). */
  readonly database?: number | undefined
  /** Send READONLY: a cluster's replica then serves reads. */
  readonly readOnly?: boolean | undefined
  /** Whether servers may answer `-REDIRECT` (default): Valkey's replicas then serve no reads. */
  readonly redirects?: boolean | undefined
}

/**
 * What the server said of itself.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerIdentity {
  readonly protocol: 2 | 3
  /** `redis`, `valkey`, or `undefined` where HELLO is refused. */
  readonly server: string | undefined
  readonly version: string | undefined
}

const LIBRARY_NAME = "reef"
const LIBRARY_VERSION = "0.1.0"

const internal = (name: string, args: ReadonlyArray<Argument>): CommandImpl =>
  internalCommand(defineSpec({ name, keys: "none", retry: "never" }), args)

/**
 * Send internal commands in one write and give their replies in order, error replies as values. Used by the handshake and by
 * discovery, which must see every reply.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exchange = (
  runtime: ConnectionRuntime,
  connection: Connection,
  commands: ReadonlyArray<readonly [name: string, args: ReadonlyArray<Argument>]>
): Effect.Effect<ReadonlyArray<RespValue>, Failure> =>
  exchangeCommands(
    runtime,
    connection,
    commands.map(([name, args]) => internal(name, args))
  )

/**
 * The same with command values, whose views do not count: the replies come as the server sent them. `alone`: of a single command, that it has the
 * connection to itself.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exchangeCommands = (
  runtime: ConnectionRuntime,
  connection: Connection,
  commands: ReadonlyArray<CommandImpl>,
  alone = false
): Effect.Effect<ReadonlyArray<RespValue>, Failure> =>
  Effect.callback<ReadonlyArray<RespValue>, Failure>((resume) => {
    const replies: Array<RespValue> = new Array(commands.length).fill(undefined)
    let missing = commands.length
    const settle = (index: number, value: RespValue) => {
      replies[index] = value
      missing--
      if (missing === 0) resume(Effect.succeed(replies))
    }
    const handler: ReplyHandler = {
      succeed: (pending, value) => settle(pending.index, value as RespValue),
      refuse: (pending, error) => settle(pending.index, error),
      fail: (_, failure) => resume(Effect.fail(failure))
    }
    const batch: Array<Pending> = []
    for (const [index, { args, name, spec }] of commands.entries()) {
      const frame = encodeCommand(spec.header, spec.words, args, runtime.transport.text, spec.starts)
      if (frame instanceof InvalidArg) {
        const message = `${name}: argument ${frame.position}: ${frame.detail}`
        resume(
          Effect.fail({ reason: new InvalidArgument({ position: frame.position, message }), execution: "NotSent" })
        )
        return
      }
      batch.push(new PendingPart(internalCommand(spec, args), frame, Number.POSITIVE_INFINITY, handler, index, 0))
    }
    const [only] = batch
    if (alone && only !== undefined) connection.sendAlone(only)
    else connection.sendAhead(batch)
    return Effect.sync(() => {
      for (const pending of batch) abandon(pending)
    })
  })

/** Before Redis 6 a wrong password had no code of its own (server.c, authCommand). */
const OLD_WRONG_PASSWORD = "ERR invalid password"

/** A server that does not know a command repeats its arguments, and one of them is the password. */
const refused = (address: string, reply: RespError, password: string | undefined): Failure => {
  const said = password ? reply.message.replaceAll(password, "<redacted>") : reply.message
  const error = new RespError(said === OLD_WRONG_PASSWORD ? `WRONGPASS ${said}` : said)
  const reason = reasonOf(error)
  const keep = reason._tag === "NoAuth" || reason._tag === "WrongPassword" || reason._tag === "NoPermission"
  return {
    reason: keep ? reason : new ConnectFailed({ address, message: `the handshake was refused: ${reason.message}` }),
    execution: "NotSent"
  }
}

/** Servers before Redis 6, and proxies, do not know HELLO or the version (redis.io: HELLO). */
const isUnknownHello = (error: RespError): boolean =>
  error.code === "NOPROTO" || /unknown command|unsupported command/i.test(error.message)

const field = (hello: RespValue, name: string): string | undefined => {
  if (!(hello instanceof RespMap) && !Array.isArray(hello)) return undefined
  const entries = hello instanceof RespMap ? hello.entries : hello
  for (let at = 0; at + 1 < entries.length; at += 2) {
    const value = entries[at + 1]
    if (entries[at] === name && typeof value === "string") return value
  }
  return undefined
}

/**
 * Say who this connection is: to a fresh one whose server refuses HELLO, and to one in use. A refusal changes nothing on the server.
 *
 * @category combinators
 * @since 0.1.0
 */
export const authenticate = Effect.fnUntraced(function* (
  runtime: ConnectionRuntime,
  connection: Connection,
  { password, username }: Identity
) {
  const secret = Redacted.value(password)
  // Behind a reply that is not written yet some servers drop a refusal, see `handshake`: nothing may be under way.
  const say = (...args: ReadonlyArray<string>) => exchangeCommands(runtime, connection, [internal("AUTH", args)], true)
  const [first] = yield* say(...(username === undefined ? [secret] : [username, secret]))
  if (!(first instanceof RespError)) return
  // Before Redis 6 there were no users and AUTH took the password alone.
  const old = username !== undefined && /wrong number of arguments/i.test(first.message)
  if (!old) return yield* Effect.fail(refused(connection.address, first, secret))
  const [second] = yield* say(secret)
  if (second instanceof RespError) return yield* Effect.fail(refused(connection.address, second, secret))
})

/**
 * Run the handshake on a fresh connection.
 *
 * @category constructors
 * @since 0.1.0
 */
export const handshake = Effect.fnUntraced(function* (
  runtime: ConnectionRuntime,
  connection: Connection,
  options: HandshakeOptions,
  who: Identity | undefined
) {
  const { address } = connection
  const password = who === undefined ? undefined : Redacted.value(who.password)
  const say = (...commands: ReadonlyArray<readonly [string, ReadonlyArray<Argument>]>) =>
    exchange(runtime, connection, commands)

  // HELLO and AUTH each go alone: Redis since 7.2, and Valkey before 8.1.3, drop the refusal of either behind a reply that is not written
  // yet; each later reply is then taken for that of the command before it (redis/redis#15640, valkey-io/valkey#2287).
  let identity: ServerIdentity = { protocol: 2, server: undefined, version: undefined }
  let authenticated = who === undefined
  if (options.protocol !== 2) {
    const auth = password === undefined ? [] : ["AUTH", who?.username ?? "default", password]
    const [hello] = yield* say(["HELLO", [3, ...auth]])
    if (!(hello instanceof RespError)) {
      identity = { protocol: 3, server: field(hello, "server"), version: field(hello, "version") }
      authenticated = true
    } else if (!isUnknownHello(hello)) {
      return yield* Effect.fail(refused(address, hello, password))
    }
  }
  if (!authenticated && who !== undefined) yield* authenticate(runtime, connection, who)

  const courtesies: Array<readonly [string, ReadonlyArray<Argument>]> = [
    ["CLIENT SETINFO", ["LIB-NAME", LIBRARY_NAME]],
    ["CLIENT SETINFO", ["LIB-VER", LIBRARY_VERSION]]
  ]
  if (options.clientName !== undefined) courtesies.push(["CLIENT SETNAME", [options.clientName]])
  if (identity.server === "valkey" && options.redirects !== false) courtesies.push(["CLIENT CAPA", ["redirect"]])
  const required: Array<readonly [string, ReadonlyArray<Argument>]> = []
  if (options.database !== undefined && options.database !== 0) required.push(["SELECT", [options.database]])
  // Who is never sent on needs no leave to read, and a server without cluster mode gives none.
  if (options.readOnly === true && options.redirects !== false) required.push(["READONLY", []])
  const replies = yield* say(...required, ...courtesies)
  for (const reply of replies.slice(0, required.length)) {
    if (reply instanceof RespError) return yield* Effect.fail(refused(address, reply, password))
  }
  return identity
})
