/**
 * Time for durations of commands: finer than the milliseconds of deadlines, and read from the clock once for several commands of a turn,
 * since reading it costs as much as a tenth of a command.
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"

/** How many askers are given one reading: some 30 µs of work, where the finest bucket of a histogram is 1 ms. */
const ASKERS = 32

const NANOS_PER_SECOND = 1e9

/**
 * Seconds by the monotonic clock.
 *
 * @category models
 * @since 0.1.0
 */
export class Stopwatch {
  private readonly clock: Clock.Clock
  private reading = 0
  private left = 0

  constructor(clock: Clock.Clock) {
    this.clock = clock
  }

  /** About now: the time of this turn, not more than some commands old. */
  now(): number {
    if (this.left === 0) {
      this.reading = this.exact()
      this.left = ASKERS
    }
    this.left--
    return this.reading
  }

  /** Now. */
  exact(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe()) / NANOS_PER_SECOND
  }

  /** The turn ends: the next `now` asks the clock. */
  refresh(): void {
    this.left = 0
  }
}
