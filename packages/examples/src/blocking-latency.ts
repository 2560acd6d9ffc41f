/**
 * What commands that block do to the others: GET's latency with nobody blocked, and with 50 fibers blocked in BLPOP, on one client, in
 * turns. Blocking commands have connections of their own, so the two are the same but for noise.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Redis, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Duration, Effect, Fiber, Layer } from "effect"

const ROUNDS = 20
/** By each of the fibers, in one round. */
const GETS = 400
const READERS = 10
const BLOCKED = 50

const percentile = (sorted: ReadonlyArray<number>, part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0

const program = Effect.gen(function* () {
  const redis = yield* Redis
  yield* redis.set("k", "v")

  const measure = Effect.gen(function* () {
    const latencies: Array<number> = []
    const reader = Effect.gen(function* () {
      for (let n = 0; n < GETS; n++) {
        const begun = performance.now()
        yield* redis.get("k")
        latencies.push(performance.now() - begun)
      }
    })
    yield* Effect.all(
      Array.from({ length: READERS }, () => reader),
      { concurrency: "unbounded", discard: true }
    )
    return latencies
  })

  const whileBlocked = Effect.gen(function* () {
    const blocked = yield* Effect.forEach(Array.from({ length: BLOCKED }), () =>
      Effect.forkChild(redis.blPop("nothing", Duration.infinity), { startImmediately: true })
    )
    let waiting = 0
    while (waiting < BLOCKED) {
      const clients = yield* redis.clientList()
      waiting = clients.filter(({ flags }) => flags.includes("b")).length
    }
    const latencies = yield* measure
    yield* Fiber.interruptAll(blocked)
    return latencies
  })

  yield* measure
  const alone: Array<number> = []
  const beside: Array<number> = []
  for (let round = 0; round < ROUNDS; round++) {
    // Each goes first in every second round.
    if (round % 2 === 0) alone.push(...(yield* measure))
    beside.push(...(yield* whileBlocked))
    if (round % 2 === 1) alone.push(...(yield* measure))
  }
  for (const [title, latencies] of [
    ["nobody blocked", alone],
    [`${BLOCKED} blocked in BLPOP`, beside]
  ] as const) {
    const sorted = latencies.toSorted((a, b) => a - b)
    const shown = [0.5, 0.99].map((part) => percentile(sorted, part).toFixed(3))
    yield* Console.log(`${title}: ${sorted.length} GETs, p50 ${shown[0]} ms, p99 ${shown[1]} ms`)
  }
})

const live = Layer.unwrap(RedisServer.useSync(({ url }) => RedisLive({ url })))

program.pipe(Effect.provide(Layer.provide(live, RedisServer.layer())), NodeRuntime.runMain)
