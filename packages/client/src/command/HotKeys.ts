/**
 * Commands about the keys that take most of a server's time or traffic. Redis 8.6. Each answers for the one node that runs it.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { RespValue } from "../protocol/RespValue.ts"
import { append, list, optionProblem, seconds } from "./arguments.ts"
import type { SlotRange } from "./ClusterReplies.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import type { Argument } from "./CommandSpec.ts"
import { helpOf, keyless } from "./keyless.ts"
import { invalid, make } from "./make.ts"
import { type OtherFields, Report } from "./OtherFields.ts"
import * as Reply from "./Reply.ts"

/**
 * What is watched, and how.
 *
 * @category options
 * @since 0.1.0
 */
export interface HotKeysOptions {
  /** By which measures keys are hot: the processor's time, bytes of network traffic, or both. At least one. */
  readonly metrics: "CPU" | "NET" | ReadonlyArray<"CPU" | "NET">
  /** How many keys are kept by each measure. */
  readonly count?: number | undefined
  /** When watching ends by itself, in whole seconds (default: never). */
  readonly duration?: Duration.Input | undefined
  /** Look at one of so many commands only (default: at each). */
  readonly sample?: number | undefined
  /** Only keys of these slots (default: all of the node). */
  readonly slots?: number | ReadonlyArray<number> | undefined
}

/**
 * What was seen. Times are the processor's. What was not measured is `undefined`.
 *
 * @category models
 * @since 0.1.0
 */
export interface HotKeys<A = string> {
  readonly active: boolean
  /** One of so many commands was looked at. */
  readonly sample: number
  readonly slots: ReadonlyArray<SlotRange>
  readonly started: DateTime.Utc
  /** How long it was watched. */
  readonly duration: Duration.Duration
  /** The time of all commands. */
  readonly commandTime: Duration.Duration | undefined
  /** The traffic of all commands, in bytes. */
  readonly commandBytes: number | undefined
  readonly userTime: Duration.Duration | undefined
  readonly systemTime: Duration.Duration | undefined
  /** All traffic, in bytes. */
  readonly totalBytes: number | undefined
  /** The hottest keys by time, the hottest first. */
  readonly byTime: ReadonlyArray<{ readonly key: A; readonly time: Duration.Duration }> | undefined
  /** The hottest keys by traffic in bytes, the hottest first. */
  readonly byBytes: ReadonlyArray<{ readonly key: A; readonly bytes: number }> | undefined
  /** What has no name here, by the servers' own names. */
  readonly fields: OtherFields
}

/**
 * Commands about hot keys, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface HotKeysCommands<F extends CommandLambda> {
  /** What was seen, also while it is watched; `undefined` if nothing was watched since the start or the last `hotkeysReset`. */
  hotkeysGet(): Kind<F, HotKeys | undefined, HotKeys<Uint8Array> | undefined>
  /** The server's own help on HOTKEYS. Redis 8.6.1. */
  hotkeysHelp(): Kind<F, Array<string>>
  /** Forget what was seen; an error while it is watched. */
  hotkeysReset(): Kind<F, void>
  /** Begin to watch; an error while it is watched already. */
  hotkeysStart(options: HotKeysOptions): Kind<F, void>
  /** Stop to watch, and keep what was seen; an error if nothing is watched. */
  hotkeysStop(): Kind<F, void>
}

const HOTKEYS_GET = keyless("HOTKEYS GET")
const HOTKEYS_RESET = keyless("HOTKEYS RESET", "lastWriteWins")
// The second time it is watched already, or no longer.
const HOTKEYS_START = keyless("HOTKEYS START", "never")
const HOTKEYS_STOP = keyless("HOTKEYS STOP", "never")

const micros = (value: number): Duration.Duration => Duration.micros(BigInt(value))

const rangeOf = (reply: RespValue): SlotRange => {
  const [start, end = start] = Array.isArray(reply) ? reply : [reply]
  return { start: Reply.integer.text(start), end: Reply.integer.text(end) }
}

/** The reply is one record in a list. */
const seen =
  <A>(key: Reply.Reply<A>) =>
  (reply: RespValue): HotKeys<A> => {
    const elements = Reply.elementsOf(reply)
    const report = new Report(elements.length === 1 ? elements[0] : reply)
    const number = (name: string) => Reply.integer.text(report.take(name))
    const optional = (name: string) => Reply.optionalInteger.text(report.take(name))
    const known = <X>(name: string, of: (value: number) => X): X | undefined => {
      const value = optional(name)
      return value === undefined ? undefined : of(value)
    }
    const ranked = <X>(name: string, of: (key: A, value: number) => X): ReadonlyArray<X> | undefined => {
      const found = report.take(name)
      if (found === undefined) return undefined
      return Reply.pairs(key, Reply.integer)
        .text(found)
        .map(([name, value]) => of(name, value))
    }
    return {
      active: number("tracking-active") === 1,
      sample: number("sample-ratio"),
      slots: Reply.elementsOf(report.take("selected-slots")).map(rangeOf),
      started: DateTime.toUtc(DateTime.makeUnsafe(number("collection-start-time-unix-ms"))),
      duration: Duration.millis(number("collection-duration-ms")),
      commandTime: known("all-commands-all-slots-us", micros),
      commandBytes: optional("net-bytes-all-commands-all-slots"),
      userTime: known("total-cpu-time-user-ms", Duration.millis),
      systemTime: known("total-cpu-time-sys-ms", Duration.millis),
      totalBytes: optional("total-net-bytes"),
      byTime: ranked("by-cpu-time-us", (key, value) => ({ key, time: micros(value) })),
      byBytes: ranked("by-net-bytes", (key, value) => ({ key, bytes: value })),
      fields: report.rest()
    }
  }

const hotKeys = Reply.optional(new Reply.Reply(seen(Reply.string), seen(Reply.same(Reply.text.bytes))))

const startOptions = { metrics: "value", count: "value", duration: "value", sample: "value", slots: "value" } as const

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hotKeysCommands: HotKeysCommands<AsCommand> = {
  hotkeysGet: () => make(HOTKEYS_GET, [], hotKeys),
  hotkeysHelp: helpOf("HOTKEYS"),
  hotkeysReset: () => make(HOTKEYS_RESET, [], Reply.ok),
  hotkeysStart: (options) => {
    const problem = optionProblem(options, startOptions)
    if (problem !== undefined) return invalid(HOTKEYS_START, Reply.ok, problem)
    const metrics = options?.metrics === undefined ? [] : list(options.metrics)
    if (metrics.length === 0) return invalid(HOTKEYS_START, Reply.ok, "expected at least one of CPU and NET")
    const args: Array<Argument> = append(["METRICS", metrics.length], metrics)
    if (options.count !== undefined) args.push("COUNT", options.count)
    if (options.duration !== undefined) args.push("DURATION", seconds(options.duration))
    if (options.sample !== undefined) args.push("SAMPLE", options.sample)
    if (options.slots !== undefined) {
      const slots = list(options.slots)
      if (slots.length === 0) return invalid(HOTKEYS_START, Reply.ok, "slots: expected at least one")
      append(append(args, ["SLOTS", slots.length]), slots)
    }
    return make(HOTKEYS_START, args, Reply.ok)
  },
  hotkeysStop: () => make(HOTKEYS_STOP, [], Reply.ok)
}
