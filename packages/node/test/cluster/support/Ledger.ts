/** What became of every write of a test, and what the servers hold of it. Each write is an RPUSH of an id that is used once. */
import { assert } from "@effect/vitest"
import { RedisError, type RedisService } from "@reef-redis/node"
import type { AdminReply, ClusterControls, ClusterNode } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { slotOf } from "./slots.ts"

/** `unknown` is what has not ended, was interrupted, or may have been executed. */
type Fate = "acknowledged" | "notApplied" | "unknown"

interface Write {
  readonly key: string
  readonly id: string
  fate: Fate
}

/** What the cluster holds in the end, against what the client said. */
export interface Audit {
  readonly acknowledged: number
  /** Acknowledged, and not there. */
  readonly missing: ReadonlyArray<Write>
  /** Said to be not sent or refused, and there. */
  readonly applied: ReadonlyArray<Write>
  /** There more than once. */
  readonly doubled: ReadonlyArray<string>
  /** There, and nobody wrote it. */
  readonly foreign: ReadonlyArray<string>
  /** Acknowledged ids of one fiber on one key that stand in another order than they were written. */
  readonly disordered: ReadonlyArray<string>
}

let ledgers = 0

export class Ledger {
  /** Part of the names of its keys, so that tests on one cluster do not meet. */
  readonly name = `ledger-${ledgers++}`
  readonly errors: Array<RedisError> = []
  readonly writes = new Map<string, Write>()
  /** Every success in its order: where, and when (`Date.now()`). */
  readonly successes: Array<{ readonly slot: number; readonly at: number }> = []
  private next = 0

  /** A new id. Its digits grow, so that the order of writing can be seen. */
  open(key: string): Write {
    const write: Write = { key, id: String(this.next++), fate: "unknown" }
    this.writes.set(write.id, write)
    return write
  }

  acknowledge(write: Write): void {
    write.fate = "acknowledged"
    this.successes.push({ slot: slotOf(write.key), at: Date.now() })
  }

  /** Anything but a `RedisError` fails the test. */
  fail(write: Write, error: unknown): void {
    if (!(error instanceof RedisError)) return assert.fail(`not a RedisError: ${String(error)}`)
    if (error.execution === "NotSent" || error.execution === "Refused") write.fate = "notApplied"
    this.errors.push(error)
  }

  /** Push one id. Gives whether it was acknowledged; after an interruption nothing is known of it. */
  push(redis: RedisService, key: string): Effect.Effect<boolean> {
    return Effect.suspend(() => {
      const write = this.open(key)
      return Effect.map(Effect.result(redis.rPush(key, write.id)), (result) => {
        this.settle([write], [result])
        return Result.isSuccess(result)
      })
    })
  }

  /** Note the results of a batch that pushed one id each. */
  settle(writes: ReadonlyArray<Write>, results: ReadonlyArray<Result.Result<unknown, RedisError>>): void {
    for (const [at, write] of writes.entries()) {
      const result = results[at]!
      if (Result.isSuccess(result)) this.acknowledge(write)
      else this.fail(write, result.failure)
    }
  }

  /** How many writes on these slots succeeded from one moment to another. */
  between(slots: ReadonlySet<number>, from: number, to: number): number {
    return this.successes.filter(({ at, slot }) => slots.has(slot) && at > from && at < to).length
  }

  /** When a write on these slots first succeeded after a moment. */
  firstAfter(slots: ReadonlySet<number>, from: number): number {
    return this.successes.find(({ at, slot }) => slots.has(slot) && at > from)?.at ?? Number.POSITIVE_INFINITY
  }

  /** The errors that are not of this reason and execution. */
  othersThan(tag: string, execution: string): ReadonlyArray<string> {
    return this.errors
      .filter((error) => error.reason._tag !== tag || error.execution !== execution)
      .map((error) => error.message)
  }
}

const texts = (reply: AdminReply): ReadonlyArray<string> => (Array.isArray(reply) ? reply.map(String) : [])

/** Reads every list from the primary of its slot, over the harness's own connections. */
export const audit = Effect.fnUntraced(function* (cluster: ClusterControls, ledger: Ledger) {
  const keys = new Set([...ledger.writes.values()].map((write) => write.key))
  const owners = new Map<string, ClusterNode>()
  const views = yield* cluster.views
  const owner = (slot: number) =>
    views
      .flatMap((view) => view.members)
      .filter((member) => member.slots.some(({ end, start }) => start <= slot && slot <= end))
      .reduce((best, member) => (member.configEpoch > best.configEpoch ? member : best))
  for (const key of keys) owners.set(key, cluster.nodes.find((node) => node.id === owner(slotOf(key)).id)!)
  const found = new Map<string, number>()
  const foreign: Array<string> = []
  const disordered: Array<string> = []
  yield* Effect.forEach(
    keys,
    (key) =>
      Effect.map(owners.get(key)!.admin(["LRANGE", key, 0, -1]), (reply) => {
        let last = -1
        for (const id of texts(reply)) {
          found.set(id, (found.get(id) ?? 0) + 1)
          if (ledger.writes.get(id)?.key !== key) foreign.push(`${key} ${id}`)
          if (Number(id) < last) disordered.push(`${key} ${id} after ${last}`)
          last = Number(id)
        }
      }),
    { concurrency: 32, discard: true }
  )
  const writes = [...ledger.writes.values()]
  const result: Audit = {
    acknowledged: writes.filter(({ fate }) => fate === "acknowledged").length,
    missing: writes.filter(({ fate, id }) => fate === "acknowledged" && !found.has(id)),
    applied: writes.filter(({ fate, id }) => fate === "notApplied" && found.has(id)),
    doubled: [...found].flatMap(([id, times]) => (times > 1 ? [`${id} ${times} times`] : [])),
    foreign,
    disordered
  }
  return result
})

/** Those of the missing writes that stand in no append-only file: no server has ever executed them. */
export const lostByClient = Effect.fnUntraced(function* (cluster: ClusterControls, { missing }: Audit) {
  if (missing.length === 0) return []
  let logs = ""
  for (const node of cluster.nodes) {
    for (const file of yield* cluster.appendOnlyFiles(node)) logs += Buffer.from(file.contents).toString("latin1")
  }
  return missing
    .filter(({ id, key }) => !logs.includes(`RPUSH\r\n$${key.length}\r\n${key}\r\n$${id.length}\r\n${id}\r\n`))
    .map(({ id, key }) => `${key} ${id}`)
})

/** Fails the test if the client lost, doubled or misreported a write. Gives what the servers lost. */
export const assertClean = Effect.fnUntraced(function* (cluster: ClusterControls, ledger: Ledger) {
  const result = yield* audit(cluster, ledger)
  const lost = yield* lostByClient(cluster, result)
  const { applied, disordered, doubled, foreign } = result
  assert.deepStrictEqual(
    { lost, applied, disordered, doubled, foreign },
    { lost: [], applied: [], disordered: [], doubled: [], foreign: [] }
  )
  assert.isAbove(result.acknowledged, 0)
  return result.missing.length
})
