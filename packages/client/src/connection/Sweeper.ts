/**
 * One alarm for many deadlines. A connection asks to be woken at the earliest moment that matters to it; no command has a timer of
 * its own.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"

/**
 * Calls `sweep` when the earliest requested time has come. `sweep` gives the time of the next call, or `Infinity` for none.
 *
 * @category models
 * @since 0.1.0
 */
export class Sweeper {
  private readonly runtime: ConnectionRuntime
  private readonly sweep: (now: number) => number
  private fiber: Fiber.Fiber<void> | undefined
  private stopped = false
  /** Counts the alarms that were set: an older one no longer counts. */
  private alarm = 0
  /** When it will wake (ms of the client's clock), `Infinity` while nothing waits. Compared on the hot path. */
  wakeAt = Number.POSITIVE_INFINITY

  constructor(runtime: ConnectionRuntime, sweep: (now: number) => number) {
    this.runtime = runtime
    this.sweep = sweep
  }

  /** Wake at `at` or earlier. */
  wake(at: number): void {
    if (at >= this.wakeAt || this.stopped) return
    this.wakeAt = at
    this.fiber?.interruptUnsafe()
    this.fiber = undefined
    const alarm = ++this.alarm
    // Whole milliseconds: a wait that ended a fraction too early would find nothing due and ask for the rest of the fraction, for ever.
    const wait = Math.max(0, Math.ceil(at - this.runtime.ticker.exact()))
    const fiber = this.runtime.fork(
      Effect.andThen(
        Effect.sleep(wait),
        Effect.sync(() => {
          if (alarm !== this.alarm) return
          this.fiber = undefined
          this.wakeAt = Number.POSITIVE_INFINITY
          const next = this.sweep(this.runtime.ticker.exact())
          if (next !== Number.POSITIVE_INFINITY) this.wake(next)
        })
      )
    )
    // It may have run to its end already, and have set the next alarm.
    if (alarm === this.alarm && this.wakeAt !== Number.POSITIVE_INFINITY) this.fiber = fiber
  }

  stop(): void {
    this.stopped = true
    this.wakeAt = Number.POSITIVE_INFINITY
    this.fiber?.interruptUnsafe()
    this.fiber = undefined
  }
}
