/**
 * What the name of a command tells of it, where nothing else is known: raw commands and those that users define. Without this a
 * `SUBSCRIBE` would turn the connection of many fibers into a subscriber, and a `BLPOP` would hold them all up.
 *
 * @since 0.1.0
 */
import { wordOf } from "./arguments.ts"
import { millisAt, secondsAt } from "./blocking.ts"
import type { Argument } from "./CommandSpec.ts"

/**
 * What a name tells.
 *
 * @category models
 * @since 0.1.0
 */
export interface Traits {
  readonly connectionState: boolean
  readonly script: boolean
  readonly blocking: ((args: ReadonlyArray<Argument>) => number) | undefined
}

/** Commands of one word after which the connection is not what it was, or is gone. */
const stateful: ReadonlySet<string> = new Set([
  "ASKING",
  "AUTH",
  "DISCARD",
  "EXEC",
  "HELLO",
  "HIMPORT",
  "MONITOR",
  "MULTI",
  "PSUBSCRIBE",
  "PSYNC",
  "PUNSUBSCRIBE",
  "QUIT",
  "READONLY",
  "READWRITE",
  "REPLCONF",
  "RESET",
  "SELECT",
  "SSUBSCRIBE",
  "SUBSCRIBE",
  "SUNSUBSCRIBE",
  "SYNC",
  "UNSUBSCRIBE",
  "UNWATCH",
  "WATCH"
])

/** The same of two words. */
const statefulPairs: ReadonlySet<string> = new Set([
  "CLIENT CACHING",
  "CLIENT CAPA",
  "CLIENT IMPORT-SOURCE",
  "CLIENT NO-EVICT",
  "CLIENT NO-TOUCH",
  "CLIENT REPLY",
  "CLIENT SETINFO",
  "CLIENT SETNAME",
  "CLIENT TRACKING",
  "SCRIPT DEBUG"
])

/** Code that may write before it fails; the read-only variants cannot. */
const scripts: ReadonlySet<string> = new Set(["EVAL", "EVALSHA", "FCALL"])

const blockingByName: ReadonlyMap<string, (args: ReadonlyArray<Argument>) => number> = new Map([
  ["BLMOVE", secondsAt(4)],
  ["BLMOVEM", secondsAt(4)],
  ["BLMPOP", secondsAt(0)],
  ["BLPOP", secondsAt(-1)],
  ["BRPOP", secondsAt(-1)],
  ["BRPOPLPUSH", secondsAt(2)],
  ["BZMPOP", secondsAt(0)],
  ["BZPOPMAX", secondsAt(-1)],
  ["BZPOPMIN", secondsAt(-1)],
  ["WAIT", millisAt(1)],
  ["WAITAOF", millisAt(2)]
])

/** XREAD and XREADGROUP block only with BLOCK, which stands somewhere before STREAMS. */
const blockOption = (args: ReadonlyArray<Argument>): ((args: ReadonlyArray<Argument>) => number) | undefined => {
  for (let at = 0; at < args.length; at++) {
    const word = wordOf(args[at]).toUpperCase()
    if (word === "STREAMS") return undefined
    if (word === "BLOCK") return millisAt(at + 1)
    // The group and the consumer may have any name.
    if (word === "GROUP") at += 2
  }
  return undefined
}

/**
 * What `name` (in upper case) tells; a subcommand may stand in the name or be the first argument.
 *
 * @category getters
 * @since 0.1.0
 */
export const traitsOf = (name: string, args: ReadonlyArray<Argument>): Traits => {
  const [command = "", subcommand] = name.split(" ")
  const pair = `${command} ${subcommand ?? wordOf(args[0]).toUpperCase()}`
  return {
    connectionState: stateful.has(command) || statefulPairs.has(pair),
    script: scripts.has(name),
    blocking: name === "XREAD" || name === "XREADGROUP" ? blockOption(args) : blockingByName.get(name)
  }
}
