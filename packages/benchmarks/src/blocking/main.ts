// What commands that block do to the others: `node packages/benchmarks/src/blocking/main.ts [--rounds N] [--gets N]`. GET's latency with
// nobody blocked, and with 50 fibers blocked in BLPOP, on one client, in turns: the ratios are of the two turns of a round.
import { parseArgs } from "node:util"
import { Redis, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { bootstrapMedian, quantile } from "../statistics.ts"

const READERS = 10
const BLOCKED = 50

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "20" }, gets: { type: "string", default: "400" } }
})
const rounds = Number(values.rounds)
/** By each of the readers, in one turn. */
const gets = Number(values.gets)

const PARTS = [
  ["p50", 0.5],
  ["p99", 0.99]
] as const

const program = Effect.gen(function* () {
  const redis = yield* Redis
  yield* redis.set("k", "v")

  /** Milliseconds, sorted. */
  const alone = Effect.gen(function* () {
    const latencies: Array<number> = []
    const reader = Effect.gen(function* () {
      for (let n = 0; n < gets; n++) {
        const begun = performance.now()
        yield* redis.get("k")
        latencies.push(performance.now() - begun)
      }
    })
    const readers = Array.from({ length: READERS }, () => reader)
    yield* Effect.all(readers, { concurrency: "unbounded", discard: true })
    return latencies.sort((a, b) => a - b)
  })

  const beside = Effect.gen(function* () {
    const blocked = yield* Effect.forEach(Array.from({ length: BLOCKED }), () =>
      Effect.forkChild(redis.blPop("nothing", Duration.infinity), { startImmediately: true })
    )
    let waiting = 0
    while (waiting < BLOCKED) {
      const clients = yield* redis.clientList()
      waiting = clients.filter(({ flags }) => flags.includes("b")).length
    }
    const latencies = yield* alone
    yield* Fiber.interruptAll(blocked)
    return latencies
  })

  yield* alone
  const turns: Array<{ readonly alone: ReadonlyArray<number>; readonly beside: ReadonlyArray<number> }> = []
  for (let round = 0; round < rounds; round++) {
    // Each goes first in every second round.
    const both = round % 2 === 0 ? yield* Effect.all({ alone, beside }) : yield* Effect.all({ beside, alone })
    turns.push(both)
  }
  for (const [title, which] of [
    ["nobody blocked", "alone"],
    [`${BLOCKED} blocked in BLPOP`, "beside"]
  ] as const) {
    const sorted = turns.flatMap((turn) => turn[which]).sort((a, b) => a - b)
    const shown = PARTS.map(([name, part]) => `${name} ${quantile(sorted, part).toFixed(3)} ms`)
    console.log(`${title}: ${sorted.length} GETs, ${shown.join(", ")}`)
  }
  for (const [name, part] of PARTS) {
    const ratios = turns.map((turn) => quantile(turn.beside, part) / quantile(turn.alone, part))
    const { high, low, median } = bootstrapMedian(ratios)
    console.log(`${name} beside × alone ${median.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`)
  }
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url })))

await program.pipe(Effect.provide(Layer.provide(live, RedisServer.layer())), Effect.runPromise)
