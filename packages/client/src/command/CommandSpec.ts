/**
 * What is known of a command before its arguments are: its name on the wire, where its keys stand, whether it reads, blocks or
 * changes the connection, and what running it twice would do.
 *
 * @since 0.1.0
 */
import { encodeHeader, FrameStarts } from "../protocol/RespWriter.ts"
import { numberOf } from "./arguments.ts"
import type { Source } from "./Source.ts"

/**
 * What running a command twice does, from harmless to forbidden. Computed from the actual arguments, by these rules:
 *
 * - `readOnly`: nothing is written, and a replica may answer (GET, SCAN). What reads, but must ask the primary, is `idempotent`.
 * - `idempotent`: twice leaves the same state as once and gives a reply of the same meaning, and a late second run undoes
 *   nothing (TOUCH, SCRIPT LOAD, CLUSTER MEET).
 * - `lastWriteWins`: twice leaves the same state, but the second run may undo what another client wrote in between, and may
 *   count 0 where the first counted 1 (SET, DEL, HSET, SADD, EXPIRE).
 * - `accumulating`: the second run adds or takes once more, or has lost what only the first reply held (INCR, LPUSH, LPOP,
 *   GETDEL, SET with GET).
 * - `never`: the first run's success makes the second answer no or fail (conditions such as NX or IFEQ, RENAME, CLUSTER FORGET),
 *   or nobody knows what it does (scripts, raw commands). Must not be repeated without a person deciding it.
 *
 * @category models
 * @since 0.1.0
 */
export type RetryCategory = "readOnly" | "idempotent" | "lastWriteWins" | "accumulating" | "never"

/**
 * A value that can be sent. Text goes as UTF-8, numbers in their shortest exact decimal form.
 *
 * @category models
 * @since 0.1.0
 */
export type Argument = string | Uint8Array | number | bigint

/**
 * Text or bytes: keys, fields and values.
 *
 * @category models
 * @since 0.1.0
 */
export type Text = string | Uint8Array

/**
 * Where the keys of a command stand among its arguments (the words of the name do not count).
 *
 * - `"none"`: no keys. - `"first"`: the first argument. - `"all"`: every argument.
 * - `{ first, last, step }`: a range; a negative `last` counts from the end (-1 is the last argument).
 * - `{ numkeys, step }`: the argument at `numkeys` says how many keys follow it, each `step` (default 1) after the one before.
 * - a function from the arguments to the positions, where only the arguments tell.
 *
 * @category models
 * @since 0.1.0
 */
export type KeyPositions =
  | "none"
  | "first"
  | "all"
  | { readonly first: number; readonly last: number; readonly step: number }
  | { readonly numkeys: number; readonly step?: number | undefined }
  | ((args: ReadonlyArray<Argument>) => ReadonlyArray<number>)

/**
 * The description of a command, as {@link defineSpec} takes it.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpecOptions {
  /** The name on the wire, words separated by one space (`CLUSTER SLOTS`). */
  readonly name: string
  readonly keys: KeyPositions
  /** What a second run does; `readOnly` also lets the command go to a replica. */
  readonly retry: RetryCategory | ((args: ReadonlyArray<Argument>) => RetryCategory)
  /** It runs a script or function: its errors may come half-way (default false). */
  readonly script?: boolean | undefined
  /** It changes the state of its connection (SELECT, WATCH …) and is refused on the shared one (default false). */
  readonly connectionState?: boolean | undefined
  /** How long it may block, in milliseconds (`Infinity` for ever); present only on blocking commands. */
  readonly blocking?: ((args: ReadonlyArray<Argument>) => number) | undefined
  /** The code that it names, if it brings that along where a server has not got it. */
  readonly source?: Source | undefined
}

/**
 * The static part of every value of one command.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommandSpec {
  readonly name: string
  /** The words of the name, encoded once. */
  readonly header: string
  readonly words: number
  /** How its frames begin, kept from one to the next. */
  readonly starts: FrameStarts
  /** The position of the only key, -1 if there is none, -2 if `keys` has to be asked. */
  readonly singleKey: number
  readonly keys: (args: ReadonlyArray<Argument>) => ReadonlyArray<number>
  readonly retry: (args: ReadonlyArray<Argument>) => RetryCategory
  readonly script: boolean
  readonly connectionState: boolean
  readonly blocking: ((args: ReadonlyArray<Argument>) => number) | undefined
  readonly source: Source | undefined
}

const none: ReadonlyArray<number> = []
const first: ReadonlyArray<number> = [0]

/**
 * The positions of the keys that the argument at `numkeys` counts. Bounded by the arguments that are there: a wrong count is for the
 * server to refuse.
 *
 * @internal
 */
export const numbered =
  (numkeys: number, step = 1): CommandSpec["keys"] =>
  (args) => {
    const count = numberOf(args[numkeys])
    const positions: Array<number> = []
    for (let at = numkeys + 1; positions.length < count && at < args.length; at += step) positions.push(at)
    return positions
  }

const keysOf = (keys: KeyPositions): CommandSpec["keys"] => {
  if (keys === "none") return () => none
  if (keys === "first") return () => first
  if (keys === "all") return (args) => args.map((_, index) => index)
  if (typeof keys === "function") return keys
  if ("numkeys" in keys) return numbered(keys.numkeys, keys.step)
  return (args) => {
    const positions: Array<number> = []
    const last = keys.last < 0 ? args.length + keys.last : keys.last
    for (let at = keys.first; at <= last; at += keys.step) positions.push(at)
    return positions
  }
}

/**
 * Describe a command.
 *
 * @category constructors
 * @since 0.1.0
 */
export const defineSpec = (options: SpecOptions): CommandSpec => {
  const words = options.name.split(" ")
  const { retry } = options
  return {
    name: options.name,
    header: encodeHeader(words),
    words: words.length,
    starts: new FrameStarts(),
    singleKey: options.keys === "none" ? -1 : options.keys === "first" ? 0 : -2,
    keys: keysOf(options.keys),
    retry: typeof retry === "function" ? retry : () => retry,
    script: options.script === true,
    connectionState: options.connectionState === true,
    blocking: options.blocking,
    source: options.source
  }
}
