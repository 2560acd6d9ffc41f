/**
 * Time for the hot path, from Effect's Clock: read once in a turn of the event loop instead of once for each command.
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import type { Stopwatch } from "../telemetry/Stopwatch.ts"

/**
 * The client's view of the current time, in milliseconds since it was made: small integers, which cost no object each. Whoever asks `now` does so in a turn that is known to end with `refresh` (a flush,
 * arriving bytes, a command that goes no further): else the time of a busy moment would be taken for that of an idle hour later.
 * Everybody else asks `exact`.
 *
 * @category models
 * @since 0.1.0
 */
export class Ticker {
  private readonly clock: Clock.Clock
  private readonly origin: number
  private cached = 0
  private fresh = false

  constructor(clock: Clock.Clock) {
    this.clock = clock
    this.origin = clock.currentTimeMillisUnsafe()
  }

  /** The time of this turn. */
  now(): number {
    if (!this.fresh) {
      this.cached = this.exact()
      this.fresh = true
    }
    return this.cached
  }

  /** The time by the clock. */
  exact(): number {
    return this.clock.currentTimeMillisUnsafe() - this.origin
  }

  /** A moment of this view as the clock tells it, for others to see. */
  byClock(moment: number): number {
    return this.origin + moment
  }

  /** The turn ends: the next `now` asks the clock again. */
  refresh(): void {
    this.fresh = false
  }
}

/**
 * The same for a client that measures durations: the turns of its stopwatch are those of the ticker.
 *
 * @category models
 * @since 0.1.0
 */
export class FineTicker extends Ticker {
  private readonly stopwatch: Stopwatch

  constructor(clock: Clock.Clock, stopwatch: Stopwatch) {
    super(clock)
    this.stopwatch = stopwatch
  }

  override refresh(): void {
    super.refresh()
    this.stopwatch.refresh()
  }
}
