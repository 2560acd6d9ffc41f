// Two versions of the client in one process, in turns of some milliseconds each: what one has more than the other shows in spite of a
// busy machine. Arguments: the modules to take them from. Prints the ratio of CPU time per GET, second to first, as JSON.
import * as Effect from "effect/Effect"
import { median } from "../statistics.ts"
import { memoryTransport } from "./memoryTransport.ts"

const FIBERS = 50
/** Of one turn. */
const COMMANDS_PER_FIBER = 1200
const WARM_UP = 10
const TURNS = 40
const KEYS = Array.from({ length: 1000 }, (_, i) => `reef-bench:${i}`)

interface Version {
  readonly turn: Effect.Effect<number>
}

const version = Effect.fnUntraced(function* (module: string) {
  const { Redis, Transport } = (yield* Effect.promise(() => import(module))) as typeof import("@reef-redis/client")
  const redis = yield* Effect.provideService(Redis.make({ protocol: 2 }), Transport, memoryTransport)
  const worker = (first: number) =>
    Effect.gen(function* () {
      for (let at = first; at < first + COMMANDS_PER_FIBER; at++) yield* redis.get(KEYS[at % KEYS.length]!)
    })
  const firsts = Array.from({ length: FIBERS }, (_, i) => i * 20)
  const load = Effect.forEach(firsts, worker, { concurrency: "unbounded", discard: true })
  const turn = Effect.gen(function* () {
    const before = process.cpuUsage()
    yield* Effect.orDie(load)
    const { system, user } = process.cpuUsage(before)
    return user + system
  })
  return { turn } satisfies Version
})

const program = Effect.gen(function* () {
  const [firstModule = "", secondModule = ""] = process.argv.slice(2)
  const first = yield* version(firstModule)
  const second = yield* version(secondModule)
  for (let i = 0; i < WARM_UP; i++) yield* Effect.andThen(first.turn, second.turn)
  const ratios: Array<number> = []
  for (let i = 0; i < TURNS; i++) {
    // Each goes first in half of the turns.
    const swapped = i % 2 === 1
    const [a, b] = yield* Effect.all(swapped ? [second.turn, first.turn] : [first.turn, second.turn])
    ratios.push(swapped ? (a ?? 0) / (b ?? 1) : (b ?? 0) / (a ?? 1))
  }
  console.log(JSON.stringify({ ratio: median(ratios) }))
})

await Effect.runPromise(Effect.scoped(program))
process.exit(0)
