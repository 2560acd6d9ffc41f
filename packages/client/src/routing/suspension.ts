/**
 * How a fiber waits for a reply at the least cost. `Effect.callback` is the public way; it allocates five objects for each wait and its
 * canceler is pushed and popped around it. Effect 4.1's own primitives use methods of the fiber instead: `yieldWith(wake)` suspends
 * it (`wake` is called when it goes on, also when it is interrupted), `evaluate(effect)` lets it go on, `succeedWith(value)` is what the
 * Effect that it goes on with gives instead of an `Effect.succeed(value)`. They are not public API, so they are
 * tried out once, and `Effect.callback` is used where they do not behave as they should.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"

/**
 * What goes on when a reply comes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Waiter {
  evaluate(effect: Effect.Effect<unknown, unknown>): void
}

/**
 * A fiber as its own primitives see it.
 *
 * @category models
 * @since 0.1.0
 */
export interface SuspendableFiber extends Waiter {
  /** Gives what `evaluate` of a primitive must return. */
  yieldWith(wake: () => void): Effect.Effect<never>
  /** Gives what `evaluate` of a primitive must return to go on with a value. */
  succeedWith(value: unknown): Effect.Effect<never>
}

const works = (): boolean => {
  let fiber: SuspendableFiber | undefined
  let ready = false
  const wakes: Array<number> = []
  const woken = (times: number) => wakes.length === times
  const probe = Object.create(
    Effectable.Prototype<Effect.Effect<number>>({
      label: "Redis.Probe",
      evaluate(current: Fiber.Fiber<unknown, unknown>) {
        fiber = current as unknown as SuspendableFiber
        if (ready) return fiber.succeedWith(1)
        return fiber.yieldWith(() => {
          wakes.push(1)
        })
      }
    })
  ) as Effect.Effect<number>
  try {
    const first = Effect.runFork(Effect.map(probe, (n) => n + 1))
    if (first.pollUnsafe() !== undefined || !woken(0)) return false
    ready = true
    fiber?.evaluate(probe)
    ready = false
    const exit = first.pollUnsafe()
    if (exit === undefined || !Exit.isSuccess(exit) || exit.value !== 2 || !woken(1)) return false
    const second = Effect.runFork(probe)
    second.interruptUnsafe()
    const interrupted = second.pollUnsafe()
    return interrupted !== undefined && Exit.hasInterrupts(interrupted) && woken(2)
  } catch {
    return false
  }
}

let answer: boolean | undefined

/**
 * Whether the direct way works with the Effect that is installed. Tried out on first use.
 *
 * @category predicates
 * @since 0.1.0
 */
export const canSuspendDirectly = (): boolean => {
  answer ??= works()
  return answer
}
