/**
 * Commands about a server as a whole.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import type { RespValue } from "../protocol/RespValue.ts"
import { append, list, optionProblem } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import type { Argument } from "./CommandSpec.ts"
import { helpOf, keyless } from "./keyless.ts"
import { constant, invalid, make } from "./make.ts"
import * as Reply from "./Reply.ts"
import { sectionsOf, type TextRecord } from "./ServerText.ts"

/**
 * What a server says of itself: its sections by their names in lower case (`server`, `memory`, `commandstats` …), each a record of
 * text. Neither has a prototype.
 *
 * @category models
 * @since 0.1.0
 */
export type ServerInfo = Readonly<Record<string, TextRecord>>

/**
 * What a server is in its replication. Offsets are in bytes of the replication stream.
 *
 * @category models
 * @since 0.1.0
 */
export type ServerRole =
  | {
      readonly role: "primary"
      readonly offset: number
      readonly replicas: ReadonlyArray<{ readonly host: string; readonly port: number; readonly offset: number }>
    }
  | {
      readonly role: "replica"
      readonly primary: { readonly host: string; readonly port: number }
      /** How far the connection to the primary is; replicas that answer have `connected`. */
      readonly state: "none" | "connect" | "connecting" | "handshake" | "sync" | "connected" | "unknown"
      readonly offset: number
    }
  | { readonly role: "sentinel"; readonly primaries: ReadonlyArray<string> }

/**
 * What LOLWUT draws.
 *
 * @category options
 * @since 0.1.0
 */
export interface LolwutOptions {
  readonly version?: number | undefined
  /** Sizes and the like, by the version. */
  readonly arguments?: ReadonlyArray<number> | undefined
}

/**
 * Commands about a server, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerCommands<F extends CommandLambda> {
  /** The values of configuration parameters; names may be glob-style patterns, several since 7.0. None: no call. */
  configGet(parameters: string | ReadonlyArray<string>): Kind<F, Record<string, string>>
  /** The server's own help on CONFIG. */
  configHelp(): Kind<F, Array<string>>
  /** Set the counters of INFO to 0. */
  configResetStat(): Kind<F, void>
  /** Write the present configuration into the server's file. */
  configRewrite(): Kind<F, void>
  /** Set one configuration parameter. */
  configSet(parameter: string, value: Argument): Kind<F, void>
  /** Set several configuration parameters at once. Since 7.0. None: no call. */
  configSet(parameters: Readonly<Record<string, Argument>>): Kind<F, void>
  /** How many keys the database has. */
  dbSize(): Kind<F, number>
  /** Delete all keys of all databases, at once or in the background (default: as the server is configured). */
  flushAll(mode?: "ASYNC" | "SYNC"): Kind<F, void>
  /** Delete all keys of the database; see `flushAll`. */
  flushDb(mode?: "ASYNC" | "SYNC"): Kind<F, void>
  /** What the server says of itself: the usual sections, or those that are named (several since 7.0). */
  info(sections?: string | ReadonlyArray<string>): Kind<F, ServerInfo>
  /** A drawing that shows the server's version; `version` chooses the drawing of another, with arguments that it understands. */
  lolwut(options?: LolwutOptions): Kind<F, string>
  /** What the server is in its replication. */
  role(): Kind<F, ServerRole>
  /** Let two databases change places, for all clients at once. */
  swapDb(first: number, second: number): Kind<F, void>
  /** The server's clock, to the millisecond. */
  time(): Kind<F, DateTime.Utc>
  /** The server's clock in microseconds of the Unix epoch, exact. */
  timeMicros(): Kind<F, number>
}

const CONFIG_GET = keyless("CONFIG GET", "readOnly")
const CONFIG_RESETSTAT = keyless("CONFIG RESETSTAT", "lastWriteWins")
const CONFIG_REWRITE = keyless("CONFIG REWRITE", "idempotent")
const CONFIG_SET = keyless("CONFIG SET", "lastWriteWins")
const DBSIZE = keyless("DBSIZE", "readOnly")
// The state would be the same; but what a late second run deletes is everything.
const FLUSHALL = keyless("FLUSHALL", "never")
const FLUSHDB = keyless("FLUSHDB", "never")
const INFO = keyless("INFO", "readOnly")
const LOLWUT = keyless("LOLWUT", "readOnly")
const ROLE = keyless("ROLE", "readOnly")
// The second time they change back.
const SWAPDB = keyless("SWAPDB", "accumulating")
const TIME = keyless("TIME", "readOnly")

const parameters = Reply.same(Reply.record(Reply.string).text)
const info = Reply.map(Reply.string, sectionsOf)

/** Ports and offsets are integers in one place and text in another. */
const number = (reply: RespValue): number => Reply.double.text(reply)

const states = ["none", "connect", "connecting", "handshake", "sync", "connected", "unknown"] as const
const state = Reply.literal(...states)

const role = Reply.same((reply): ServerRole => {
  const [name, first, second, third, fourth] = Reply.elementsOf(reply)
  switch (Reply.string.text(name)) {
    case "master":
      return {
        role: "primary",
        offset: number(first),
        replicas: Reply.elementsOf(second).map((replica) => {
          const [host, port, offset] = Reply.elementsOf(replica)
          return { host: Reply.string.text(host), port: number(port), offset: number(offset) }
        })
      }
    case "slave":
      return {
        role: "replica",
        primary: { host: Reply.string.text(first), port: number(second) },
        state: state.text(third),
        offset: number(fourth)
      }
    case "sentinel":
      return { role: "sentinel", primaries: Reply.elementsOf(first).map(Reply.string.text) }
    default:
      return Reply.mismatch("master, slave or sentinel", name)
  }
})

const MILLIS_PER_SECOND = 1000
const MICROS_PER_MILLI = 1000
const MICROS_PER_SECOND = 1_000_000

const clock = Reply.tuple(Reply.double, Reply.double)
const time = Reply.map(clock, ([seconds, micros]) =>
  DateTime.toUtc(DateTime.makeUnsafe(seconds * MILLIS_PER_SECOND + Math.floor(micros / MICROS_PER_MILLI)))
)
const timeMicros = Reply.map(clock, ([seconds, micros]) => seconds * MICROS_PER_SECOND + micros)

const flushArgs = (mode: "ASYNC" | "SYNC" | undefined): ReadonlyArray<Argument> => (mode === undefined ? [] : [mode])

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const server: ServerCommands<AsCommand> = {
  configGet: (names) => {
    const all = list(names)
    return all.length === 0 ? constant(CONFIG_GET, parameters, Object.create(null)) : make(CONFIG_GET, all, parameters)
  },
  configHelp: helpOf("CONFIG"),
  configResetStat: () => make(CONFIG_RESETSTAT, [], Reply.ok),
  configRewrite: () => make(CONFIG_REWRITE, [], Reply.ok),
  configSet: (first: string | Readonly<Record<string, Argument>>, value?: Argument) => {
    if (typeof first === "string") return make(CONFIG_SET, [first, value] as Array<Argument>, Reply.ok)
    if (typeof first !== "object" || first === null || value !== undefined) {
      return invalid(CONFIG_SET, Reply.ok, "expected a parameter and its value, or a record of them", 0)
    }
    const entries = Object.entries(first)
    if (entries.length === 0) return constant(CONFIG_SET, Reply.ok, undefined)
    const args: Array<Argument> = []
    for (const entry of entries) append(args, entry)
    return make(CONFIG_SET, args, Reply.ok)
  },
  dbSize: () => make(DBSIZE, [], Reply.integer),
  flushAll: (mode) => make(FLUSHALL, flushArgs(mode), Reply.ok),
  flushDb: (mode) => make(FLUSHDB, flushArgs(mode), Reply.ok),
  info: (sections) => make(INFO, sections === undefined ? [] : list(sections), info),
  lolwut: (options) => {
    const problem = optionProblem(options, { version: "value", arguments: "value" })
    if (problem !== undefined) return invalid(LOLWUT, Reply.string, problem)
    const args: Array<Argument> = options?.version === undefined ? [] : ["VERSION", options.version]
    return make(LOLWUT, append(args, options?.arguments === undefined ? [] : list(options.arguments)), Reply.string)
  },
  role: () => make(ROLE, [], role),
  swapDb: (first, second) => make(SWAPDB, [first, second], Reply.ok),
  time: () => make(TIME, [], time),
  timeMicros: () => make(TIME, [], timeMicros)
}
