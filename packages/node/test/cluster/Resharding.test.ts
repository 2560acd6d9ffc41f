import { assert } from "@effect/vitest"
import { Command, type RedisError } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { eventually, start } from "../support/client.ts"
import { clusterClient, onCluster, patchedSlots, primariesOf } from "./support/cluster.ts"
import { assertClean, Ledger } from "./support/Ledger.ts"
import { keyIn, slotsFrom } from "./support/slots.ts"

const SLOTS = slotsFrom(0, 1_000)
const FIBERS = 50
/** The slots move in steps of so many, and the load follows them. */
const STEP = 50
/** Between two operations of a fiber, in milliseconds. */
const PAUSE = 10

onCluster({ replicasPerPrimary: 0 })("Resharding", (it) => {
  it.effect(
    "of 1000 slots under the load of 50 fibers fails nothing, loses nothing and doubles nothing",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const [first, second] = yield* primariesOf(servers)
        const { events, redis } = yield* clusterClient()
        const ledger = new Ledger()
        let running = true
        let at = 0
        const errors: Array<RedisError> = []
        const note = <A>(effect: Effect.Effect<A, RedisError>) =>
          Effect.catch(effect, (error) => Effect.sync(() => void errors.push(error)))

        /** A fiber writes by single commands, pipelines and transactions in turn, where slots move, and reads its own writes. */
        const work = (index: number) =>
          Effect.gen(function* () {
            for (let turn = index; running; turn++) {
              const slot = SLOTS[(at + (turn % STEP)) % SLOTS.length]!
              const key = keyIn(slot, `${ledger.name}-${index}`)
              const other = keyIn(SLOTS[(at + ((turn + 7) % STEP)) % SLOTS.length]!, `${ledger.name}-${index}`)
              switch (turn % 4) {
                case 0: {
                  yield* ledger.push(redis, key)
                  break
                }
                case 1: {
                  const writes = [ledger.open(key), ledger.open(other), ledger.open(key), ledger.open(other)]
                  const commands = writes.map((write) => Command.rPush(write.key, write.id))
                  const results = yield* note(redis.pipeline(commands, { mode: "result" }))
                  if (results !== undefined) ledger.settle(writes, results)
                  break
                }
                case 2: {
                  const writes = [ledger.open(key), ledger.open(key)]
                  const commands = writes.map((write) => Command.rPush(write.key, write.id))
                  const results = yield* note(redis.transaction(commands, { mode: "result" }))
                  if (results !== undefined) ledger.settle(writes, results)
                  break
                }
                default: {
                  const [a, b] = [keyIn(slot, `a-${index}`), keyIn(slot, `b-${index}`)]
                  yield* note(
                    redis.mSet([
                      [a, String(turn)],
                      [b, String(turn)]
                    ])
                  )
                  assert.deepStrictEqual(yield* note(redis.mGet([a, b])), [String(turn), String(turn)])
                }
              }
              yield* Effect.sleep(PAUSE)
            }
          })
        const workers = yield* start(
          Effect.forEach(slotsFrom(0, FIBERS), work, { concurrency: "unbounded", discard: true })
        )
        yield* eventually(
          "the load is on",
          Effect.sync(() => ledger.successes.length > 1_000)
        )
        for (at = 0; at < SLOTS.length; at += STEP) {
          yield* servers.moveSlots(SLOTS.slice(at, at + STEP), first, second, { keysPerMigrate: 10 })
        }
        running = false
        yield* Fiber.join(workers)
        assert.deepStrictEqual(
          [...errors, ...ledger.errors].map((error) => error.message),
          []
        )
        assert.isAbove(new Set(patchedSlots(events)).size, STEP)
        console.log(`${ledger.successes.length} writes while the slots moved, ${patchedSlots(events).length} by MOVED`)
        assert.strictEqual(yield* assertClean(servers, ledger), 0)
      }),
    60_000
  )
})
