/**
 * Commands about a server's logs of commands that took long, and of those that were large.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { RespValue } from "../protocol/RespValue.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { helpOf, keyless } from "./keyless.ts"
import { make } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * What the logs tell of a command. Long lists of arguments and long arguments are cut, with a note of how much is missing.
 *
 * @category models
 * @since 0.1.0
 */
export interface LogEntry<A = string> {
  /** Never used twice by one server. */
  readonly id: number
  /** When it ran, to the second. */
  readonly time: DateTime.Utc
  /** The name and the arguments. */
  readonly arguments: ReadonlyArray<A>
  /** The client's address. Since 4.0. */
  readonly clientAddress: string | undefined
  /** The client's name, if it has one. Since 4.0. */
  readonly clientName: string | undefined
}

/**
 * A command that took long.
 *
 * @category models
 * @since 0.1.0
 */
export interface SlowLogEntry<A = string> extends LogEntry<A> {
  /** How long it ran, to the microsecond; waiting and network do not count. */
  readonly duration: Duration.Duration
}

/**
 * A command that was large, or had a large reply.
 *
 * @category models
 * @since 0.1.0
 */
export interface LargeLogEntry<A = string> extends LogEntry<A> {
  /** The size of the command or of its reply, in bytes. */
  readonly size: number
}

/**
 * The logs of Valkey: of what took long, of large commands, of large replies.
 *
 * @category models
 * @since 0.1.0
 */
export type CommandLogType = "slow" | "large-request" | "large-reply"

/**
 * Commands about logs, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface LogCommands<F extends CommandLambda> {
  /** The newest entries about large commands or replies, at most `count` (-1: all). Valkey 8.1. */
  commandLogGet(
    type: "large-request" | "large-reply",
    count: number
  ): Kind<F, Array<LargeLogEntry>, Array<LargeLogEntry<Uint8Array>>>
  /** The newest entries about commands that took long, at most `count` (-1: all). Valkey 8.1. */
  commandLogGetSlow(count: number): Kind<F, Array<SlowLogEntry>, Array<SlowLogEntry<Uint8Array>>>
  /** The server's own help on COMMANDLOG. Valkey 8.1. */
  commandLogHelp(): Kind<F, Array<string>>
  /** How many entries a log has. Valkey 8.1. */
  commandLogLen(type: CommandLogType): Kind<F, number>
  /** Empty a log. Valkey 8.1. */
  commandLogReset(type: CommandLogType): Kind<F, void>
  /** The newest entries about commands that took long, at most `count` (the servers' default is 10; -1: all, since 7.0). */
  slowLogGet(count?: number): Kind<F, Array<SlowLogEntry>, Array<SlowLogEntry<Uint8Array>>>
  /** The server's own help on SLOWLOG. Since 6.2. */
  slowLogHelp(): Kind<F, Array<string>>
  /** How many entries the log has. */
  slowLogLen(): Kind<F, number>
  /** Empty the log. */
  slowLogReset(): Kind<F, void>
}

const COMMANDLOG_GET = keyless("COMMANDLOG GET")
const COMMANDLOG_LEN = keyless("COMMANDLOG LEN")
const COMMANDLOG_RESET = keyless("COMMANDLOG RESET", "lastWriteWins")
const SLOWLOG_GET = keyless("SLOWLOG GET")
const SLOWLOG_LEN = keyless("SLOWLOG LEN")
const SLOWLOG_RESET = keyless("SLOWLOG RESET", "lastWriteWins")

const MILLIS_PER_SECOND = 1000

/** The entries of a log, with what is measured put in by `measure`. */
const entries = <M extends object>(measure: (value: number) => M) => {
  const view =
    <A>(words: (reply: RespValue) => Array<A>) =>
    (reply: RespValue) =>
      Reply.elementsOf(reply).map((entry): LogEntry<A> & M => {
        const [id, time, measured, args, address, name] = Reply.elementsOf(entry)
        return {
          id: Reply.integer.text(id),
          time: DateTime.toUtc(DateTime.makeUnsafe(Reply.integer.text(time) * MILLIS_PER_SECOND)),
          ...measure(Reply.integer.text(measured)),
          arguments: words(args),
          clientAddress: Reply.optionalString.text(address) || undefined,
          clientName: Reply.optionalString.text(name) || undefined
        }
      })
  const words = Reply.array(Reply.text)
  return new Reply.Reply(view(words.text), view(words.bytes))
}

const slow = entries((value) => ({ duration: Duration.micros(BigInt(value)) }))
const large = entries((value) => ({ size: value }))

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const logs: LogCommands<AsCommand> = {
  commandLogGet: (type, count) => make(COMMANDLOG_GET, [count, type], large),
  commandLogGetSlow: (count) => make(COMMANDLOG_GET, [count, "slow"], slow),
  commandLogHelp: helpOf("COMMANDLOG"),
  commandLogLen: (type) => make(COMMANDLOG_LEN, [type], Reply.integer),
  commandLogReset: (type) => make(COMMANDLOG_RESET, [type], Reply.ok),
  slowLogGet: (count) => make(SLOWLOG_GET, count === undefined ? [] : [count], slow),
  slowLogHelp: helpOf("SLOWLOG"),
  slowLogLen: () => make(SLOWLOG_LEN, [], Reply.integer),
  slowLogReset: () => make(SLOWLOG_RESET, [], Reply.ok)
}
