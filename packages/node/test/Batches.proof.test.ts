import * as V8 from "node:v8"
import * as Vm from "node:vm"
import { assert, layer } from "@effect/vitest"
import { Command, NodeTransport, Redis, Transport } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { start } from "./support/client.ts"
import { PROOF_TIMEOUT, sizeOf } from "./support/proof.ts"

const COUNT = sizeOf({ quick: 100_000, full: 1_000_000 })
/** As many commands are encoded and on their way at once (`WINDOW` of routing/Batch.ts). */
const WINDOW = 16_384
/** What the frames, records and replies of a window may take, in bytes. */
const WINDOW_BYTES = 12 * 2 ** 20
/** What remains of each command: its result and its place, in bytes. Frames and records would be some 700. */
const RESULT_BYTES = 100
/** For the comparison of ways to send. */
const SINGLES = sizeOf({ quick: 10_000, full: 100_000 })

V8.setFlagsFromString("--expose-gc")
const collect: () => void = Vm.runInNewContext("gc")

const liveBytes = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}

/** A client, and how often and how much it has written so far. */
const counting = Effect.gen(function* () {
  const { host, port } = yield* RedisServer
  const transport = yield* Effect.provide(Transport, NodeTransport.layer)
  const written = { writes: 0 }
  const redis = yield* Effect.provideService(Redis.make({ host, port, commandTimeout: "2 minutes" }), Transport, {
    ...transport,
    open: (...args) =>
      Effect.map(transport.open(...args), (socket) => ({
        ...socket,
        write: (data) => {
          written.writes++
          return socket.write(data)
        }
      }))
  })
  return { redis, written }
})

layer(RedisServer.layer(), { excludeTestServices: true })("A batch of any size", (it) => {
  it.effect(
    "needs memory for the commands on their way, and no more",
    () =>
      Effect.gen(function* () {
        const { redis } = yield* counting
        yield* redis.pipeline(Array.from({ length: 2 * WINDOW }, (_, at) => Command.set(`k${at % 1_000}`, `v${at}`)))
        let peak = 0
        let seen = 0
        // Within the collection of each window: its frames are there, and all results before it.
        const sampling = (value: string | undefined) => {
          if (++seen % WINDOW === 1) peak = Math.max(peak, liveBytes())
          return value
        }
        const commands = Array.from({ length: COUNT }, (_, at) =>
          at % 2 === 0 ? Command.set(`k${at % 1_000}`, `v${at}`) : Command.map(Command.get(`k${at % 1_000}`), sampling)
        )
        const before = liveBytes()
        const results = yield* redis.pipeline(commands)
        assert.strictEqual(results.length, COUNT)
        assert.isAbove(seen, COUNT / 2 - 1)
        const each = (peak - before) / COUNT
        console.log(
          `${COUNT} commands: ${Math.round((peak - before) / 2 ** 20)} MiB at most, ${Math.round(each)} bytes each`
        )
        assert.isBelow(peak - before, WINDOW_BYTES + COUNT * RESULT_BYTES)
      }),
    PROOF_TIMEOUT
  )

  it.effect(
    "has a window of commands in flight, and other callers are served between",
    () =>
      Effect.gen(function* () {
        const { redis } = yield* counting
        yield* redis.ping()
        const batch = yield* start(redis.pipeline(Array.from({ length: COUNT }, () => Command.incr("n"))))
        let deepest = 0
        let beside = 0
        while (batch.pollUnsafe() === undefined) {
          const { nodes } = yield* redis.health
          for (const node of nodes) deepest = Math.max(deepest, node.queueDepth)
          beside++
        }
        const sums = yield* Fiber.join(batch)
        assert.strictEqual(sums.at(-1), COUNT)
        assert.isAtMost(deepest, WINDOW + 1)
        assert.isAbove(beside, Math.trunc(COUNT / WINDOW / 2))
        console.log(`${deepest} in flight at most, ${beside} others served meanwhile`)
      }),
    PROOF_TIMEOUT
  )

  it.effect(
    "costs as few writes as the same commands one by one in an unbounded forEach",
    () =>
      Effect.gen(function* () {
        const { redis, written } = yield* counting
        yield* redis.ping()
        const keys = Array.from({ length: SINGLES }, (_, at) => `k${at % 1_000}`)
        const writesOf = <A, E>(effect: Effect.Effect<A, E>) =>
          Effect.suspend(() => {
            const from = written.writes
            return Effect.map(effect, () => written.writes - from)
          })
        const pipeline = yield* writesOf(redis.pipeline(keys.map((key) => Command.get(key))))
        const singles = yield* writesOf(
          Effect.forEach(keys, (key) => redis.get(key), { concurrency: "unbounded", discard: true })
        )
        console.log(`${SINGLES} commands: ${pipeline} writes of a pipeline, ${singles} of single commands`)
        // A turn's commands go out together, early once half of what is in flight has gathered.
        assert.isBelow(singles, SINGLES / 100)
      }),
    PROOF_TIMEOUT
  )
})
