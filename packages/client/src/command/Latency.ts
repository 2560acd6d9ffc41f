/**
 * Commands about a server's delays: events that took long, and how long commands take.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { RespValue } from "../protocol/RespValue.ts"
import { list } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { helpOf, keyless } from "./keyless.ts"
import { constant, make } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * The newest delay of an event, and the worst.
 *
 * @category models
 * @since 0.1.0
 */
export interface LatencyEvent {
  /** `command`, `fork`, `aof-write` … */
  readonly event: string
  /** When it happened last, to the second. */
  readonly time: DateTime.Utc
  /** The newest delay, to the millisecond. */
  readonly latest: Duration.Duration
  /** The longest delay ever, to the millisecond. */
  readonly max: Duration.Duration
  /** All delays together. Valkey 8.1. */
  readonly total: Duration.Duration | undefined
  /** How many delays there were. Valkey 8.1. */
  readonly count: number | undefined
}

/**
 * How long a command took, over all its calls.
 *
 * @category models
 * @since 0.1.0
 */
export interface LatencyHistogram {
  readonly calls: number
  /** How many calls took at most so long; each bound counts those below it as well. Bounds where no call was added are left out. */
  readonly buckets: ReadonlyArray<{ readonly upTo: Duration.Duration; readonly calls: number }>
}

/**
 * Commands about delays, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface LatencyCommands<F extends CommandLambda> {
  /** A report on the delays and what may be done about them. */
  latencyDoctor(): Kind<F, string>
  /** A drawing of an event's delays; an error if it never happened. */
  latencyGraph(event: string): Kind<F, string>
  /** The server's own help on LATENCY. */
  latencyHelp(): Kind<F, Array<string>>
  /** How long commands took, by their names, subcommands as `config|get`; those that were never called are left out. Since 7.0. */
  latencyHistogram(commands?: string | ReadonlyArray<string>): Kind<F, Record<string, LatencyHistogram>>
  /** The delays of an event, the oldest first, at most 160. */
  latencyHistory(event: string): Kind<F, Array<{ readonly time: DateTime.Utc; readonly latency: Duration.Duration }>>
  /** The newest delay of each event that had one (`latency-monitor-threshold` says from when on). */
  latencyLatest(): Kind<F, Array<LatencyEvent>>
  /** Forget the delays of these events, or of all; of how many. An empty list: 0 without a call. */
  latencyReset(events?: string | ReadonlyArray<string>): Kind<F, number>
}

const LATENCY_DOCTOR = keyless("LATENCY DOCTOR")
const LATENCY_GRAPH = keyless("LATENCY GRAPH")
const LATENCY_HISTOGRAM = keyless("LATENCY HISTOGRAM")
const LATENCY_HISTORY = keyless("LATENCY HISTORY")
const LATENCY_LATEST = keyless("LATENCY LATEST")
const LATENCY_RESET = keyless("LATENCY RESET", "lastWriteWins")

const MILLIS_PER_SECOND = 1000

const instant = (reply: RespValue): DateTime.Utc =>
  DateTime.toUtc(DateTime.makeUnsafe(Reply.integer.text(reply) * MILLIS_PER_SECOND))
const delay = (reply: RespValue): Duration.Duration => Duration.millis(Reply.integer.text(reply))

const history = Reply.array(
  Reply.map(Reply.tuple(Reply.same(instant), Reply.same(delay)), ([time, latency]) => ({ time, latency }))
)

const events: Reply.Reply<Array<LatencyEvent>> = Reply.same((reply) =>
  Reply.elementsOf(reply).map((event) => {
    const [name, time, latest, max, total, count] = Reply.elementsOf(event)
    return {
      event: Reply.string.text(name),
      time: instant(time),
      latest: delay(latest),
      max: delay(max),
      total: total === undefined ? undefined : delay(total),
      count: Reply.optionalInteger.text(count)
    }
  })
)

// The bounds are keys: integers in RESP2, and in RESP3 too.
const histogram = Reply.same((reply): LatencyHistogram => {
  const parts = Reply.partsOf(reply)
  const bounds = Reply.pairs(Reply.integer, Reply.integer).text(parts.get("histogram_usec"))
  return {
    calls: Reply.integer.text(parts.get("calls")),
    buckets: bounds.map(([bound, calls]) => ({ upTo: Duration.micros(BigInt(bound)), calls }))
  }
})
const histograms = Reply.same(Reply.record(histogram).text)

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const latency: LatencyCommands<AsCommand> = {
  latencyDoctor: () => make(LATENCY_DOCTOR, [], Reply.string),
  latencyGraph: (event) => make(LATENCY_GRAPH, [event], Reply.string),
  latencyHelp: helpOf("LATENCY"),
  latencyHistogram: (commands) => {
    const all = commands === undefined ? undefined : list(commands)
    if (all?.length === 0) return constant(LATENCY_HISTOGRAM, histograms, Object.create(null))
    return make(LATENCY_HISTOGRAM, all ?? [], histograms)
  },
  latencyHistory: (event) => make(LATENCY_HISTORY, [event], history),
  latencyLatest: () => make(LATENCY_LATEST, [], events),
  latencyReset: (names) => {
    const all = names === undefined ? undefined : list(names)
    return all?.length === 0 ? constant(LATENCY_RESET, Reply.integer, 0) : make(LATENCY_RESET, all ?? [], Reply.integer)
  }
}
