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
    const previous = this.fiber
    this.fiber = undefined
    previous?.interruptUnsafe()
    this.fiber = this.runtime.fork(
      Effect.andThen(
        Effect.sleep(Math.max(0, at - this.runtime.ticker.exact())),
        Effect.sync(() => {
          this.fiber = undefined
          this.wakeAt = Number.POSITIVE_INFINITY
          const next = this.sweep(this.runtime.ticker.exact())
          if (next !== Number.POSITIVE_INFINITY) this.wake(next)
        })
      )
    )
  }

  stop(): void {
    this.stopped = true
    this.wakeAt = Number.POSITIVE_INFINITY
    this.fiber?.interruptUnsafe()
    this.fiber = undefined
  }
}
