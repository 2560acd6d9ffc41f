/**
 * Waiting in real time. Server processes do not follow `TestClock`, so nothing here asks Effect's `Clock`: the harness works
 * inside `it.effect` without further ado.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** How long a condition may take unless an option says otherwise: a failover under load on a slow machine fits in. */
export const DEFAULT_TIMEOUT = Duration.seconds(30)

export const timeoutMillis = (timeout: Duration.Input | undefined): number =>
  Duration.toMillis(Duration.fromInputUnsafe(timeout ?? DEFAULT_TIMEOUT))

export const pause = (millis: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), millis)
    return Effect.sync(() => clearTimeout(timer))
  })

/** What a probe answers while its condition is not true yet; `detail` is what the failure says if it never becomes so. */
export class Waiting {
  readonly detail: string
  constructor(detail: string) {
    this.detail = detail
  }
}

/** Runs the probe, pausing in between, until it answers something else than `Waiting`; at the deadline fails with `onDeadline`. */
export const until = <A, E, R, E2>(
  probe: Effect.Effect<A | Waiting, E, R>,
  options: {
    readonly everyMillis: number
    readonly deadlineMillis: number
    readonly onDeadline: (detail: string) => Effect.Effect<never, E2>
  }
): Effect.Effect<A, E | E2, R> =>
  Effect.gen(function* () {
    const end = performance.now() + options.deadlineMillis
    while (true) {
      const result = yield* probe
      if (!(result instanceof Waiting)) return result
      if (performance.now() >= end) {
        return yield* options.onDeadline(`not within ${options.deadlineMillis} ms: ${result.detail}`)
      }
      yield* pause(options.everyMillis)
    }
  })
