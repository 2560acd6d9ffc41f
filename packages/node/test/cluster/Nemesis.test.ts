import { assert } from "@effect/vitest"
import { Command, type RedisService } from "@reef-redis/node"
import { type ClusterControls, ClusterServers, type ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import { start } from "../support/client.ts"
import { clusterClient, onCluster } from "./support/cluster.ts"
import { assertClean, Ledger } from "./support/Ledger.ts"
import { keyIn, slotsFrom } from "./support/slots.ts"

/** Another one (or the environment variable REEF_SEED) gives another course of events. */
const SEED = process.env.REEF_SEED ?? "reef"
const FIBERS = 60
/** Slots that are written to, all over the cluster; the first of each ten is moved about. */
const SLOTS = slotsFrom(0, 150, 109)
/** At least this long, in milliseconds; a fault that has begun is brought to its end. */
const DURATION = 10_000
const INTERRUPTED = 10
const LONGEST_PAUSE = 10
/** The part of single commands, and that of these and pipelines; the rest is transactions. */
const SINGLE_PART = 0.5
const PIPELINE_PART = 0.8
/** Too short for the other nodes to notice, in milliseconds. */
const FREEZE = 500

interface Victims {
  readonly cluster: ClusterControls
  /** Interrupts some of the writing fibers and starts others in their place. */
  readonly interruptSome: Effect.Effect<void>
}

type Fault = (victims: Victims) => Effect.Effect<void, ServerError>

const pick = <T>(items: ReadonlyArray<T>): Effect.Effect<T> =>
  Effect.map(Random.nextIntBetween(0, items.length - 1), (at) => items[at]!)

const primaries = (cluster: ClusterControls) =>
  Effect.filter(cluster.nodes, (node) => Effect.map(node.role, (role) => role === "primary"))

/** One write, or several in a pipeline over the cluster, or in a transaction. */
const write = Effect.fnUntraced(function* (redis: RedisService, ledger: Ledger, fiber: number) {
  const key = keyIn(yield* pick(SLOTS), `${ledger.name}-${fiber}`)
  const form = yield* Random.next
  if (form < SINGLE_PART) return void (yield* ledger.push(redis, key))
  const other = form < PIPELINE_PART ? keyIn(yield* pick(SLOTS), `${ledger.name}-${fiber}`) : key
  const writes = [key, other, key, other].map((one) => ledger.open(one))
  const commands = writes.map(({ id, key }) => Command.rPush(key, id))
  const results = yield* Effect.result(
    form < PIPELINE_PART
      ? redis.pipeline(commands, { mode: "result" })
      : redis.transaction(commands, { mode: "result" })
  )
  ledger.settle(writes, Result.isSuccess(results) ? results.success : writes.map(() => Result.fail(results.failure)))
})

const faults: Record<string, Fault> = {
  "kill and restart": ({ cluster }) =>
    Effect.gen(function* () {
      const victim = yield* Effect.flatMap(primaries(cluster), pick)
      yield* cluster.kill(victim)
      // Sometimes it is back before anybody was promoted.
      if (yield* Random.nextBoolean) yield* cluster.awaitStable
      yield* cluster.restart(victim)
      yield* cluster.awaitStable
    }),
  "freeze for a moment": ({ cluster }) =>
    Effect.gen(function* () {
      const victim = yield* Effect.flatMap(primaries(cluster), pick)
      yield* cluster.freeze(victim)
      yield* Effect.sleep(FREEZE)
      yield* cluster.thaw(victim)
    }),
  "fail over": ({ cluster }) =>
    Effect.gen(function* () {
      const primary = yield* Effect.flatMap(primaries(cluster), pick)
      const [replica] = yield* cluster.replicasOf(primary)
      if (replica !== undefined) yield* cluster.failover(replica, yield* pick([undefined, "TAKEOVER"] as const))
      yield* cluster.awaitStable
    }),
  "move slots": ({ cluster }) =>
    Effect.gen(function* () {
      const moved = SLOTS.filter((_, at) => at % 10 === 0)
      for (const slot of moved) {
        const from = yield* cluster.primaryOf(slot)
        const to = yield* Effect.flatMap(primaries(cluster), pick)
        if (to.id !== from.id) yield* cluster.moveSlots(slot, from, to, { keysPerMigrate: 2 })
      }
    }),
  interrupt: ({ interruptSome }) => interruptSome
}

onCluster()("A cluster client under a nemesis", (it) => {
  it.effect(
    "loses and doubles no write, and says truly what was not applied",
    () =>
      Effect.gen(function* () {
        const cluster = yield* ClusterServers
        const { redis } = yield* clusterClient()
        const ledger = new Ledger()
        let running = true
        let next = 0
        const work = Effect.suspend(() => {
          const index = next++
          return Effect.gen(function* () {
            while (running) {
              yield* write(redis, ledger, index)
              yield* Effect.sleep(yield* Random.nextBetween(0, LONGEST_PAUSE))
            }
          })
        })
        const workers = yield* Effect.forEach(slotsFrom(0, FIBERS), () => start(work))
        const interruptSome = Effect.gen(function* () {
          for (let i = 0; i < INTERRUPTED; i++) {
            const at = yield* Random.nextIntBetween(0, FIBERS - 1)
            yield* Fiber.interrupt(workers[at]!)
            workers[at] = yield* start(work)
          }
        })
        const story: Array<string> = []
        const end = performance.now() + DURATION
        const names = Object.keys(faults)
        for (let turn = 0; performance.now() < end; turn++) {
          // Each in its turn first, so that a run has all of them.
          const name = turn < names.length ? names[turn]! : yield* pick(names)
          const began = performance.now()
          yield* faults[name]!({ cluster, interruptSome })
          story.push(`${name} (${Math.round(performance.now() - began)} ms)`)
        }
        running = false
        for (const worker of workers) yield* Fiber.join(worker)
        yield* cluster.awaitStable

        console.log(`seed ${SEED}: ${story.join(", ")}`)
        const lost = yield* assertClean(cluster, ledger)
        const tags = [...new Set(ledger.errors.map((error) => `${error.reason._tag} ${error.execution}`))]
        console.log(
          `${ledger.successes.length} writes acknowledged, ${lost} lost by the servers, ${ledger.errors.length} errors: ${tags}`
        )
        assert.deepStrictEqual(ledger.othersThan("ConnectionLost", "MayHaveExecuted"), [])
      }).pipe(Random.withSeed(SEED)),
    60_000
  )
})
