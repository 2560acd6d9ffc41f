/**
 * The load: fibers that each issue operations at a steady rate, whatever the servers do, and write down what became of them.
 */
import type { RedisError, RedisService } from "@reef-redis/node"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Outcome, outcomeOf } from "../ledger/outcome.ts"
import { makeRandom, pick, type Random } from "../ledger/random.ts"
import { counterKey, listKey, valueKey, valueOf } from "./keyspace.ts"
import type { Ledger, WriteKind } from "./Ledger.ts"
import type { Statistics } from "./Statistics.ts"

/** A shard at the start of the demo. */
export interface Shard {
  readonly name: string
  readonly slots: ReadonlyArray<number>
}

export interface LoadOptions {
  readonly shards: ReadonlyArray<Shard>
  /** One hash tag for each slot. */
  readonly tags: ReadonlyArray<string>
  readonly seed: number
  /** Operations per second of all fibers. */
  readonly rate: number
}

export const FIBERS = 200
/** So many fibers work only on each of the three shards; the rest work on all of them. */
export const FIBERS_PER_SHARD = 50

/** A fiber comes back to these again and again, so that its replies can be compared with its own earlier ones. */
const HOME_SLOTS = 8
const HOME_PART = 0.6
/** While slots move, this part of the operations goes to those that are moved just now. */
const FOCUS_PART = 0.7
/** A timer may be late by this much, in milliseconds, in a process that has nothing else to do. */
const TIMER_RESOLUTION = 2
/** The parts of RPUSH, INCR and SET; the rest is GET. */
const PUSH_PART = 0.35
const COUNT_PART = 0.15
const SET_PART = 0.2
/** A fiber reads its newest values. */
const READABLE = 32

interface Worker {
  readonly index: number
  readonly random: Random
  readonly slots: ReadonlyArray<number>
  readonly home: ReadonlyArray<number>
  /** Keys of values that were acknowledged, and their slots. */
  readonly readable: Array<{ readonly key: string; readonly slot: number }>
  issued: number
}

/** Successes on some slots, from now on: how the demo sees that a shard serves again. */
export interface Watch {
  readonly slots: ReadonlySet<number>
  /** `Date.now()` of each. */
  readonly successes: Array<number>
}

export class Load {
  readonly ledger: Ledger
  readonly statistics: Statistics
  /** Goes up at every moment from which on a list or counter may stand lower than it was answered. */
  epoch = 0
  running = true
  /** Without pauses: what is issued next is due at once. */
  rush = false
  watch: Watch | undefined
  /** The slots that the load shall be held on. */
  focus: ReadonlyArray<number> | undefined
  focused = 0
  private readonly redis: RedisService
  private readonly options: LoadOptions

  constructor(redis: RedisService, ledger: Ledger, statistics: Statistics, options: LoadOptions) {
    this.redis = redis
    this.ledger = ledger
    this.statistics = statistics
    this.options = options
  }

  /** Runs all fibers until `running` is off and the last operation has ended. */
  readonly run: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forEach(this.workers(), (worker) => this.work(worker), { concurrency: "unbounded", discard: true })
  )

  private workers(): ReadonlyArray<Worker> {
    const { seed, shards } = this.options
    const everywhere = shards.flatMap((shard) => shard.slots)
    return Array.from({ length: FIBERS }, (_, index) => {
      const random = makeRandom(seed * FIBERS + index)
      const slots = shards[Math.floor(index / FIBERS_PER_SHARD)]?.slots ?? everywhere
      const home = Array.from({ length: HOME_SLOTS }, () => pick(random, slots))
      return { index, random, slots, home, readable: [], issued: 0 }
    })
  }

  private work(worker: Worker): Effect.Effect<void> {
    const interval = (FIBERS * 1_000) / this.options.rate
    return Effect.gen({ self: this }, function* () {
      // The fibers begin one after the other, not all at once. What is late stays due: a stall shows in every latency that it caused.
      let due = performance.now() + worker.random() * interval
      while (this.running) {
        const now = performance.now()
        if (this.rush) due = now
        let from = due
        const early = due - now
        if (early > 0) {
          yield* Effect.sleep(Math.ceil(early))
          const woken = performance.now()
          if (woken - due < TIMER_RESOLUTION) from = woken
        }
        yield* this.operate(worker, from)
        due += interval
      }
    })
  }

  private slotFor(worker: Worker): number {
    const { focus } = this
    if (focus !== undefined && worker.random() < FOCUS_PART) {
      const mine = worker.index >= FIBERS_PER_SHARD * this.options.shards.length || worker.slots.includes(focus[0]!)
      if (mine) {
        this.focused++
        return pick(worker.random, focus)
      }
    }
    return pick(worker.random, worker.random() < HOME_PART ? worker.home : worker.slots)
  }

  private operate(worker: Worker, due: number): Effect.Effect<void> {
    const choice = worker.random()
    const slot = this.slotFor(worker)
    const tag = this.options.tags[slot]!
    const id = `${worker.index}.${worker.issued++}`
    if (choice < PUSH_PART) return this.push(worker, listKey(tag), id, slot, due)
    if (choice < PUSH_PART + COUNT_PART) return this.increment(worker, counterKey(tag), id, slot, due)
    if (choice < PUSH_PART + COUNT_PART + SET_PART || worker.readable.length === 0) {
      return this.set(worker, valueKey(tag, id), id, slot, due)
    }
    return this.read(worker, due)
  }

  private push(worker: Worker, key: string, id: string, slot: number, due: number): Effect.Effect<void> {
    const startedIn = this.epoch
    return this.settle(this.redis.rPush(key, id), slot, due, true, (outcome, length) => {
      this.ledger.write({ kind: "push", key, id, outcome, reply: length })
      if (length !== undefined) this.ledger.grew(worker.index, "RPUSH", key, length, startedIn, this.epoch)
    })
  }

  private increment(worker: Worker, key: string, id: string, slot: number, due: number): Effect.Effect<void> {
    const startedIn = this.epoch
    return this.settle(this.redis.incr(key), slot, due, true, (outcome, value) => {
      this.ledger.write({ kind: "count", key, id, outcome, reply: value })
      if (value !== undefined) this.ledger.grew(worker.index, "INCR", key, value, startedIn, this.epoch)
    })
  }

  private set(worker: Worker, key: string, id: string, slot: number, due: number): Effect.Effect<void> {
    return this.settle(this.redis.set(key, valueOf(key)), slot, due, true, (outcome) => {
      const kind: WriteKind = "set"
      this.ledger.write({ kind, key, id, outcome, reply: undefined })
      if (outcome !== "acknowledged") return
      worker.readable.push({ key, slot })
      if (worker.readable.length > READABLE) worker.readable.shift()
    })
  }

  private read(worker: Worker, due: number): Effect.Effect<void> {
    const { key, slot } = pick(worker.random, worker.readable)
    return this.settle(this.redis.get(key), slot, due, false, (outcome, value) => {
      if (outcome === "acknowledged") this.ledger.got(key, value)
    })
  }

  /** Runs one operation, counts it, and tells what became of it. */
  private settle<A>(
    operation: Effect.Effect<A, RedisError>,
    slot: number,
    due: number,
    write: boolean,
    record: (outcome: Outcome, reply: A | undefined) => void
  ): Effect.Effect<void> {
    return Effect.map(Effect.result(operation), (result) => {
      if (Result.isSuccess(result)) {
        this.statistics.succeeded(performance.now() - due)
        if (this.watch?.slots.has(slot) === true) this.watch.successes.push(Date.now())
        return record("acknowledged", result.success)
      }
      this.statistics.failed(result.failure, write, Date.now())
      record(outcomeOf(result.failure), undefined)
    })
  }
}
