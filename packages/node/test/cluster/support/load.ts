/** Writes without a pause for thought, all of them noted in a ledger. */
import type { RedisService } from "@reef-redis/node"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { start } from "../../support/client.ts"
import type { Ledger } from "./Ledger.ts"
import { keyIn } from "./slots.ts"

export interface LoadPlan {
  readonly redis: RedisService
  readonly ledger: Ledger
  readonly fibers: number
  /** The slots that a fiber writes to, in turn. */
  readonly slotsOf: (fiber: number) => ReadonlyArray<number>
  /** Between two writes of a fiber, in milliseconds (default 5). */
  readonly pause?: number
}

/** Lets the fibers write, each to keys of its own, until `stop`, which waits for the last reply. */
export const startLoad = Effect.fnUntraced(function* ({ fibers, ledger, pause = 5, redis, slotsOf }: LoadPlan) {
  let running = true
  const work = (index: number) =>
    Effect.gen(function* () {
      const keys = slotsOf(index).map((slot) => keyIn(slot, `${ledger.name}-${index}`))
      for (let turn = index; running; turn++) {
        yield* ledger.push(redis, keys[turn % keys.length]!)
        yield* Effect.sleep(pause)
      }
    })
  const all = yield* start(
    Effect.forEach(
      Array.from({ length: fibers }, (_, index) => index),
      work,
      { concurrency: "unbounded", discard: true }
    )
  )
  return {
    stop: Effect.suspend(() => {
      running = false
      return Fiber.join(all)
    })
  }
})

/** Some slots of each third of the slots, which are the shards of a new cluster. */
export const SHARDS: ReadonlyArray<ReadonlyArray<number>> = [0, 5_462, 10_923].map((first) =>
  Array.from({ length: 20 }, (_, i) => first + i * 250)
)

/** Every third fiber works on the same shard. */
export const byShard = (fiber: number): ReadonlyArray<number> => SHARDS[fiber % SHARDS.length]!
