// Load that is not asked less where it is served worse: operations are due at a fixed rate, a group of fibers takes them in turn, and each
// counts from when it was due, however late a fiber came to it.
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** Between two looks at what is due, in milliseconds: the finest that timers do. Up to so much is part of every latency. */
const TICK = 1

/** Operations in the order of their ends. Times are those of `performance.now()`. */
export class Samples {
  length = 0
  failed = 0
  readonly due: Float64Array
  readonly took: Float64Array

  constructor(capacity: number) {
    this.due = new Float64Array(capacity)
    this.took = new Float64Array(capacity)
  }

  add(due: number, ended: number): void {
    if (this.length === this.due.length) throw new RangeError("more operations than there is room for")
    this.due[this.length] = due
    this.took[this.length++] = ended - due
  }
}

export interface FlowOptions {
  /** Operations that are due per second. */
  readonly perSecond: number
  readonly fibers: number
  /** At most so long, in milliseconds. */
  readonly longest: number
  readonly operation: (number: number) => Effect.Effect<unknown, unknown>
}

export interface Flow {
  readonly samples: Samples
  /** Issues nothing more, and waits for what is under way. */
  readonly stop: Effect.Effect<void>
}

/** Starts a flow. A failed operation is counted and no sample. */
export const startFlow = ({ fibers, longest, operation, perSecond }: FlowOptions) =>
  Effect.gen(function* () {
    const samples = new Samples(Math.ceil((perSecond * longest) / 1_000))
    const start = performance.now()
    const dueAt = (number: number) => start + (number * 1_000) / perSecond
    const idle: Array<() => void> = []
    const park = Effect.callback<void>((resume) => {
      idle.push(() => resume(Effect.void))
    })
    let running = true
    let next = 0
    const work = Effect.gen(function* () {
      while (running) {
        const due = dueAt(next)
        if (due > performance.now()) {
          yield* park
          continue
        }
        const ended = yield* Effect.exit(operation(next++))
        if (ended._tag === "Success") samples.add(due, performance.now())
        else samples.failed++
      }
    })
    const clock = yield* Effect.forkScoped(
      Effect.gen(function* () {
        while (running) {
          yield* Effect.sleep(TICK)
          const due = Math.floor(((performance.now() - start) * perSecond) / 1_000) - next + 1
          for (const wake of idle.splice(0, Math.max(0, due))) wake()
        }
        for (const wake of idle.splice(0)) wake()
      })
    )
    const group = yield* Effect.forkScoped(
      Effect.all(
        Array.from({ length: fibers }, () => work),
        { concurrency: "unbounded", discard: true }
      )
    )
    const flow: Flow = {
      samples,
      stop: Effect.gen(function* () {
        running = false
        yield* Fiber.await(clock)
        yield* Fiber.await(group)
      })
    }
    return flow
  })
