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
  if (answer === undefined) {
    answer = works()
    if (answer) suspended = keepsContext()
  }
  return answer
}

/** What Effect keeps of a suspended fiber's `AsyncLocalStorage`: a Node `AsyncResource`. */
interface AsyncContext {
  runInAsyncScope(
    f: (this: ContextualFiber, effect: Effect.Effect<unknown, unknown>, context: AsyncContext) => void,
    fiber: ContextualFiber,
    effect: Effect.Effect<unknown, unknown>,
    context: AsyncContext
  ): void
  emitDestroy(): void
}

interface ContextualFiber extends SuspendableFiber {
  _asyncContext: AsyncContext | undefined
  _yielded: unknown
  readonly _exit: Exit.Exit<unknown, unknown> | undefined
  /** Gives the exit, or what `yieldWith` gives if the fiber is suspended again. */
  runLoop(effect: Effect.Effect<unknown, unknown>): unknown
}

/** What `yieldWith` gives, if fibers may keep their context from one suspension to the next. */
let suspended: unknown

function step(this: ContextualFiber, effect: Effect.Effect<unknown, unknown>, context: AsyncContext): void {
  const end = this.runLoop(effect)
  if (end === suspended) {
    this._asyncContext = context
    return
  }
  context.emitDestroy()
  this.evaluate(end as Exit.Exit<unknown, unknown>)
}

/**
 * Let a fiber go on that `yieldWith` has suspended and whose `wake` has nothing to do any more.
 *
 * **Details**
 *
 * Effect makes a new `AsyncResource` at each suspension and leaves it for good when the fiber goes on: a tenth of what a command costs
 * (Node 24). A fiber that goes from one command to the next keeps the one that it has, and with it what `AsyncLocalStorage.getStore` gives.
 * What is different: a store that the fiber itself has set by `AsyncLocalStorage.enterWith` between two commands is gone after the second.
 *
 * @category combinators
 * @since 0.1.0
 */
export const goOn = (waiter: Waiter, effect: Effect.Effect<unknown, unknown>): void => {
  const fiber = waiter as ContextualFiber
  const context = fiber._asyncContext
  if (suspended === undefined || context === undefined || fiber._exit !== undefined) return fiber.evaluate(effect)
  fiber._asyncContext = undefined
  fiber._yielded = undefined
  context.runInAsyncScope(step, fiber, effect, context)
}

/** Try it out: what `yieldWith` gives if it works, `undefined` if it does not or if there are no async contexts. */
const keepsContext = (): unknown => {
  let fiber: ContextualFiber | undefined
  let token: unknown
  const wakes: Array<number> = []
  const woken = (times: number) => wakes.length === times
  const probe = Object.create(
    Effectable.Prototype<Effect.Effect<number>>({
      label: "Redis.Probe",
      evaluate(current: Fiber.Fiber<unknown, unknown>) {
        fiber = current as unknown as ContextualFiber
        token = fiber.yieldWith(() => {
          wakes.push(1)
        })
        return token as Effect.Effect<never>
      }
    })
  ) as Effect.Effect<number>
  try {
    const twice = Effect.runFork(Effect.flatMap(probe, (a) => Effect.map(probe, (b) => a + b)))
    const context = fiber?._asyncContext
    if (fiber === undefined || token === undefined || typeof context?.runInAsyncScope !== "function") return undefined
    suspended = token
    goOn(fiber, Effect.succeed(1))
    if (twice.pollUnsafe() !== undefined || fiber._asyncContext !== context) return undefined
    goOn(fiber, Effect.succeed(2))
    const exit = twice.pollUnsafe()
    if (exit === undefined || !Exit.isSuccess(exit) || exit.value !== 3 || !woken(0)) return undefined
    const interrupted = Effect.runFork(Effect.andThen(probe, probe))
    goOn(fiber, Effect.succeed(1))
    interrupted.interruptUnsafe()
    const end = interrupted.pollUnsafe()
    return end !== undefined && Exit.hasInterrupts(end) && woken(1) ? token : undefined
  } catch {
    return undefined
  } finally {
    suspended = undefined
  }
}
