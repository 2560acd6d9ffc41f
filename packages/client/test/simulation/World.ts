/**
 * A closed world for one run: virtual time, fibers and deferred tasks in one order that only the program decides. The run is one synchronous
 * call, so that nothing outside (another test, the event loop, the real clock) can come between its steps.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Random from "effect/Random"
import * as Scheduler from "effect/Scheduler"
import * as TestClock from "effect/testing/TestClock"
import { Trace } from "./Trace.ts"

/** A run that needs more steps goes round in circles. */
const MAX_STEPS = 3_000_000

/** Virtual time goes on by at least this much between a cause and its effect, in milliseconds. */
const GRAIN = 0.1

/** A time as the world has it: at least one grain, and whole ones. */
export const grains = (millis: number): number => Math.max(1, Math.round(millis / GRAIN)) * GRAIN

/** Every fiber starts and resumes through here, in the order in which that was asked for. */
class Steps {
  private queue: Array<(() => void) | undefined> = []
  private done = 0
  readonly scheduler = new Scheduler.MixedScheduler("async", (task) => {
    const { queue } = this
    const at = queue.push(task) - 1
    return () => {
      queue[at] = undefined
    }
  })

  drain(): void {
    while (this.queue.length > 0) {
      const now = this.queue
      this.queue = []
      for (const at of now.keys()) {
        if (++this.done > MAX_STEPS) throw new Error(`the simulation does not end: ${this.done} steps`)
        now[at]?.()
      }
    }
  }
}

/** The clock that the client sees: virtual, and it knows who still sleeps. */
const watched = (clock: Clock.Clock, sleeping: Set<object>): Clock.Clock => ({
  currentTimeMillis: clock.currentTimeMillis,
  currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
  currentTimeNanos: clock.currentTimeNanos,
  currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
  monotonicTimeNanos: clock.monotonicTimeNanos,
  monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
  sleep: (duration) =>
    Effect.suspend(() => {
      const token = {}
      sleeping.add(token)
      return Effect.ensuring(
        clock.sleep(duration),
        Effect.sync(() => sleeping.delete(token))
      )
    })
})

/** What a simulation does in its world. */
export class World {
  readonly trace: Trace
  /** What tasks threw. */
  readonly faults: Array<unknown> = []
  private readonly clock: Clock.Clock
  private readonly spawn: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  private readonly sleeping = new Set<object>()
  private running = 0

  constructor(clock: Clock.Clock, spawn: (effect: Effect.Effect<void>) => Fiber.Fiber<void>) {
    this.clock = clock
    this.spawn = spawn
    this.trace = new Trace(() => this.now())
  }

  now(): number {
    return this.clock.currentTimeMillisUnsafe()
  }

  /** Do something after a time in milliseconds; never at once. */
  after(delay: number, task: () => void): void {
    this.spawn(Effect.andThen(this.clock.sleep(Duration.millis(grains(delay))), this.guarded(task)))
  }

  /** Do something once all that is due now has happened, as at the end of an event loop's turn. */
  defer(task: () => void): void {
    this.spawn(Effect.andThen(Effect.yieldNow, this.guarded(task)))
  }

  /** What a task throws ends the run: nobody waits for the task. */
  private guarded(task: () => void): Effect.Effect<void> {
    return Effect.sync(() => {
      try {
        task()
      } catch (cause) {
        this.faults.push(cause)
      }
    })
  }

  /** Run the effect as the client's: its timers and fibers are counted. */
  client<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return effect.pipe(
      Effect.provideService(Clock.Clock, watched(this.clock, this.sleeping)),
      Effect.provideService(Metric.FiberRuntimeMetrics, {
        recordFiberStart: () => {
          this.running++
        },
        recordFiberEnd: () => {
          this.running--
        }
      })
    )
  }

  /** What the client has not ended. */
  get left(): { readonly timers: number; readonly fibers: number } {
    return { timers: this.sleeping.size, fibers: this.running }
  }
}

/** Let virtual time pass: each sleeper is woken at its moment and everything that follows from it happens before the next one is. */
export const pass = (millis: number): Effect.Effect<void> => TestClock.adjust(Duration.millis(millis))

/** Run the program in a world of its own, with the random numbers of a seed. Throws what it fails with. */
export const inWorld = <A, E>(seed: number, program: (world: World) => Effect.Effect<A, E>): A => {
  const steps = new Steps()
  let world: World | undefined
  const main = Effect.gen(function* () {
    // The clock is used from here on: it need not warn of a test that forgets it.
    yield* TestClock.adjust(0)
    const clock = yield* Clock.Clock
    const context = yield* Effect.context<never>()
    world = new World(clock, Effect.runForkWith(context))
    return yield* program(world)
  })
  const provided = main.pipe(Effect.provide(TestClock.layer()), Random.withSeed(seed))
  const fiber = Effect.runFork(provided, { scheduler: steps.scheduler })
  steps.drain()
  const exit = fiber.pollUnsafe()
  const last = world?.trace.all.slice(-20).join("\n")
  for (const cause of world?.faults ?? [])
    throw new Error(`a task of the simulation threw; before that\n${last}`, { cause })
  if (exit === undefined) throw new Error(`the simulation waits for what never happens; the last of it\n${last}`)
  if (Exit.isSuccess(exit)) return exit.value
  throw Cause.squash(exit.cause)
}
