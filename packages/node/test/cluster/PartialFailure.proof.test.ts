/** What a split MSET or DEL says of its parts when a shard dies, against what the servers themselves have afterwards. */
import { assert } from "@effect/vitest"
import { type Execution, type Reason, RedisError, type RedisService } from "@reef-redis/node"
import { type ClusterControls, ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { eventually, start } from "../support/client.ts"
import { PROOF_TIMEOUT, sizeOf } from "../support/proof.ts"
import { clusterClient, onCluster, primariesOf } from "./support/cluster.ts"
import { keyIn, slotOf } from "./support/slots.ts"

const ROUNDS = sizeOf({ quick: 1, full: 30 })
const FIBERS = 16
/** Each operation has keys of two slots of every shard, two of the first of them. */
const SLOTS = [10, 20, 6_000, 7_000, 12_000, 13_000]

interface Operation {
  readonly kind: "MSET" | "DEL"
  readonly keys: ReadonlyArray<string>
  readonly result: Result.Result<unknown, RedisError>
}

/** What the client says of some keys of one slot. */
interface Claim {
  readonly kind: Operation["kind"]
  readonly keys: ReadonlyArray<string>
  readonly execution: Execution
  readonly done: boolean
  readonly result: unknown
}

const bySlot = (keys: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => {
  const slots = [...new Set(keys.map(slotOf))]
  return slots.map((slot) => keys.filter((key) => slotOf(key) === slot))
}

const claimsOf = ({ keys, kind, result }: Operation): ReadonlyArray<Claim> => {
  if (Result.isSuccess(result)) {
    return bySlot(keys).map((part) => ({ kind, keys: part, execution: "Executed", done: true, result: undefined }))
  }
  const { execution, reason } = result.failure
  if (reason._tag !== "PartialFailure") {
    // Every part failed, and for the same reason.
    return bySlot(keys).map((part) => ({ kind, keys: part, execution, done: false, result: undefined }))
  }
  const claims = reason.parts.map((part: Reason.OperationPart) => ({
    kind,
    keys: (part.keys ?? []).map((at) => keys[at] ?? assert.fail(`there is no key ${at}`)),
    execution: part.execution,
    done: part.reason === undefined,
    result: part.result
  }))
  assert.deepStrictEqual(
    claims.map((claim) => claim.keys),
    bySlot(keys)
  )
  return claims
}

/** Which of the keys the owner of their slot has, by itself. */
const present = (servers: ClusterControls, keys: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const owner = yield* servers.primaryOf(slotOf(keys[0] ?? ""))
    return Number(yield* owner.admin(["EXISTS", ...keys]))
  })

/** Whether the servers' data is what the claim says. */
const check = (servers: ClusterControls, { done, execution, keys, kind, result }: Claim) =>
  Effect.gen(function* () {
    const found = yield* present(servers, keys)
    const whenDone = kind === "MSET" ? keys.length : 0
    const whenNot = keys.length - whenDone
    const says = `${kind} of ${keys.join(" ")}: ${execution}, ${done}, ${String(result)}; there are ${found}`
    if (done) {
      assert.deepStrictEqual([execution, found], ["Executed", whenDone], says)
      if (kind === "DEL" && result !== undefined) assert.strictEqual(result, keys.length, says)
    } else if (execution === "NotSent" || execution === "Refused") assert.strictEqual(found, whenNot, says)
    else {
      assert.strictEqual(execution, "MayHaveExecuted", says)
      // What is of one slot is done or not, never by half.
      assert.include([whenDone, whenNot], found, says)
    }
  })

/** Splits on and on: each key set is written, and every second one deleted again. */
const load = (redis: RedisService, name: string, operations: Array<Operation>, isOver: () => boolean) =>
  Effect.gen(function* () {
    for (let turn = 0; !isOver(); turn++) {
      const keys = SLOTS.flatMap((slot, at) => [
        keyIn(slot, `${name}-${turn}-a`),
        ...(at % 2 === 0 ? [keyIn(slot, `${name}-${turn}-b`)] : [])
      ])
      const written = yield* Effect.result(redis.mSet(keys.map((key) => [key, turn])))
      if (Result.isSuccess(written) && turn % 2 === 1) {
        operations.push({ kind: "DEL", keys, result: yield* Effect.result(redis.del(keys)) })
      } else operations.push({ kind: "MSET", keys, result: written })
    }
  })

onCluster({ replicasPerPrimary: 0, requireFullCoverage: false, nodeTimeout: "500 millis" })(
  "A dead shard under split writes",
  (it) => {
    it.effect(
      "fails its own parts alone, and each part is as the servers' data shows",
      () =>
        Effect.gen(function* () {
          const servers = yield* ClusterServers
          const counts = { operations: 0, partial: 0, done: 0, notSent: 0, refused: 0, unknown: 0, unknownDone: 0 }
          for (let round = 0; round < ROUNDS; round++) {
            const { redis } = yield* clusterClient({ commandTimeout: "700 millis" })
            const victim = (yield* primariesOf(servers))[round % 3]!
            const operations: Array<Operation> = []
            let over = false
            const running = yield* start(
              Effect.forEach(
                Array.from({ length: FIBERS }, (_, fiber) => `${round}-${fiber}`),
                (name) => load(redis, name, operations, () => over),
                { concurrency: "unbounded", discard: true }
              )
            )
            yield* eventually(
              "the load is on",
              Effect.sync(() => operations.length > 300)
            )
            yield* servers.kill(victim)
            // Those that begin now meet a shard that is dead already.
            const before = operations.length
            yield* eventually(
              "each fiber has met the dead shard",
              Effect.sync(() => operations.length > before + 2 * FIBERS)
            )
            over = true
            yield* Fiber.join(running)
            yield* servers.restart(victim)
            yield* servers.awaitStable
            for (const operation of operations) {
              counts.operations++
              if (Result.isFailure(operation.result)) {
                const { reason } = operation.result.failure
                assert.strictEqual(reason._tag, "PartialFailure", operation.result.failure.message)
                assert.isTrue(operation.result.failure instanceof RedisError)
                counts.partial++
              }
              for (const claim of claimsOf(operation)) {
                yield* check(servers, claim)
                if (claim.done) counts.done++
                else if (claim.execution === "NotSent") counts.notSent++
                else if (claim.execution === "Refused") counts.refused++
                else {
                  counts.unknown++
                  const found = yield* present(servers, claim.keys)
                  if (found === (claim.kind === "MSET" ? claim.keys.length : 0)) counts.unknownDone++
                }
              }
            }
          }
          yield* Effect.logInfo("parts of split writes", counts)
          assert.isAbove(counts.partial, ROUNDS * FIBERS)
          assert.isAbove(counts.notSent, 0)
        }),
      PROOF_TIMEOUT
    )
  }
)
