/**
 * The load: fibers that each issue one operation after another and write down what became of it.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { makeRandom, pick, type Random, shuffle } from "../ledger/random.ts"
import type { AccountClient } from "./clients/AccountClient.ts"
import { counterKey, listKey, multiCounterKey, multiListKey, pairKeys, streamKey, valueKey } from "./keys.ts"
import {
  type Entry,
  type Operation,
  type OperationFailure,
  type OperationKind,
  type Reply,
  valuesSet
} from "./Operation.ts"
import type { Windows } from "./Windows.ts"

export interface LoadOptions {
  readonly seed: number
  /** The hash tag of each slot that is used. */
  readonly tags: ReadonlyMap<number, string>
  /** Operations per second of all fibers, while they do not rush. */
  readonly rate: number
}

/** Fibers that go anywhere. */
export const FIBERS = 88
/**
 * Fibers that stay on one slot each, neither rush nor take the load's deadline: the others all wait for a dead node soon after it has died,
 * and then nobody could say how the healthy ones are.
 */
export const WITNESSES = 12

/** A fiber comes back to these again and again, so that its replies can be compared with its own earlier ones. */
const HOME_SLOTS = 6
const HOME_PART = 0.6
/** The part of the operations that goes to the slots in focus, if there are any. */
const FOCUS_PART = 0.7
/** Keeps the choices of witnesses apart from those of the others. */
const WITNESS_SEEDS = 1_000_000_007
/** A fiber reads its newest values. */
const READABLE = 32
const MGET_KEYS = 3

/** The mix; the parts add up to 1. */
const MIX: ReadonlyArray<readonly [OperationKind, number]> = [
  ["push", 0.24],
  ["count", 0.12],
  ["set", 0.12],
  ["mset", 0.05],
  ["multi", 0.11],
  ["get", 0.12],
  ["mget", 0.06],
  ["pair", 0.06],
  ["add", 0.12]
]

interface Readable {
  readonly key: string
  readonly slot: number
}

interface Pair {
  readonly keys: readonly [string, ...ReadonlyArray<string>]
  readonly slot: number
}

interface Worker {
  readonly index: number
  /** The only slot of a witness. */
  readonly pinned: number | undefined
  readonly random: Random
  readonly home: ReadonlyArray<number>
  readonly readable: Array<Readable>
  readonly pairs: Array<Pair>
  issued: number
}

interface UnderWay {
  readonly entry: Entry
  readonly fiber: Fiber.Fiber<Reply, OperationFailure>
}

export class Load {
  readonly entries: Array<Entry> = []
  readonly windows: Windows
  running = true
  /** Without pauses between two operations of a fiber. */
  rush = false
  /** Deadline of what is issued from now on, in milliseconds; `undefined`: the client's own. */
  deadline: number | undefined
  /** The slots that the load shall be held on. */
  focus: ReadonlyArray<number> | undefined
  /** Called for each operation that has ended. */
  onEnd: (entry: Entry) => void = () => {}
  private readonly startedAt = performance.now()
  private readonly underWay = new Set<UnderWay>()
  private readonly client: AccountClient
  private readonly options: LoadOptions
  private readonly slots: ReadonlyArray<number>

  constructor(client: AccountClient, windows: Windows, options: LoadOptions) {
    this.client = client
    this.windows = windows
    this.options = options
    this.slots = [...options.tags.keys()]
  }

  /** Milliseconds since the load began. */
  now(): number {
    return performance.now() - this.startedAt
  }

  /** Operations under way on some slots, or on all. */
  inFlight(slots?: ReadonlyArray<number>): number {
    if (slots === undefined) return this.underWay.size
    const wanted = new Set(slots)
    let count = 0
    for (const { entry } of this.underWay) if (entry.slots.some((slot) => wanted.has(slot))) count++
    return count
  }

  /** Interrupts a random part of what is under way; gives the number. */
  interrupt(random: Random, part: number): Effect.Effect<number> {
    return Effect.suspend(() => {
      const victims = [...this.underWay].filter(() => random() < part)
      return Effect.as(
        Effect.forEach(victims, ({ fiber }) => Fiber.interrupt(fiber), { concurrency: "unbounded", discard: true }),
        victims.length
      )
    })
  }

  /** Runs all fibers until `running` is off and the last operation has ended. */
  readonly run: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forEach(this.workers(), (worker) => this.work(worker), { concurrency: "unbounded", discard: true })
  )

  private workers(): ReadonlyArray<Worker> {
    const anywhere = Array.from({ length: FIBERS }, (_, index): Worker => {
      const random = makeRandom(this.options.seed * FIBERS + index)
      const home = shuffle(random, this.slots).slice(0, HOME_SLOTS)
      return { index, pinned: undefined, random, home, readable: [], pairs: [], issued: 0 }
    })
    const inOrder = this.slots.toSorted((a, b) => a - b)
    const witnesses = Array.from({ length: WITNESSES }, (_, at): Worker => {
      const random = makeRandom(this.options.seed * WITNESSES + at + WITNESS_SEEDS)
      const pinned = inOrder[Math.floor((at * inOrder.length) / WITNESSES)]
      return { index: FIBERS + at, pinned, random, home: [], readable: [], pairs: [], issued: 0 }
    })
    return [...anywhere, ...witnesses]
  }

  /** Mean pause between two operations of a fiber that does not rush, in milliseconds. */
  get pause(): number {
    return ((FIBERS + WITNESSES) * 1_000) / this.options.rate
  }

  private work(worker: Worker): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      while (this.running) {
        const rushes = this.rush && worker.pinned === undefined
        yield* Effect.sleep(rushes ? 0 : 2 * this.pause * worker.random())
        yield* this.perform(worker, this.next(worker))
      }
    })
  }

  private next(worker: Worker): Operation {
    const { pinned, random } = worker
    const slot = pinned ?? this.anySlot(worker)
    const tag = this.options.tags.get(slot) ?? ""
    const deadline = pinned === undefined ? this.deadline : undefined
    const base = { id: `${worker.index}.${worker.issued++}`, fiber: worker.index, deadline }
    const one = (kind: OperationKind, ...keys: Operation["keys"]): Operation => ({ ...base, kind, keys, slots: [slot] })
    switch (kindFor(random())) {
      case "push":
        return one("push", listKey(tag))
      case "count":
        return one("count", counterKey(tag))
      case "multi":
        return one("multi", multiListKey(tag), multiCounterKey(tag))
      case "add":
        return one("add", streamKey(tag))
      case "get":
        return this.reading(worker, base, "get", 1) ?? one("set", valueKey(tag, base.id))
      case "mget":
        return this.reading(worker, base, "mget", MGET_KEYS) ?? one("set", valueKey(tag, base.id))
      case "pair":
        return this.readingPair(worker, base) ?? one("mset", ...pairKeys(tag, base.id))
      case "mset":
        return one("mset", ...pairKeys(tag, base.id))
      case "set":
        return one("set", valueKey(tag, base.id))
    }
  }

  private anySlot({ home, random }: Worker): number {
    const { focus } = this
    if (focus !== undefined && random() < FOCUS_PART) return pick(random, focus)
    return pick(random, random() < HOME_PART ? home : this.slots)
  }

  private reading(
    worker: Worker,
    base: Omit<Operation, "kind" | "keys" | "slots">,
    kind: OperationKind,
    count: number
  ): Operation | undefined {
    const [first, ...rest] = shuffle(worker.random, worker.readable).slice(0, count)
    if (first === undefined) return undefined
    const keys: Operation["keys"] = [first.key, ...rest.map(({ key }) => key)]
    return { ...base, kind, keys, slots: [first, ...rest].map(({ slot }) => slot) }
  }

  private readingPair(
    { pairs, pinned, random }: Worker,
    base: Omit<Operation, "kind" | "keys" | "slots">
  ): Operation | undefined {
    const { focus } = this
    const focused = focus === undefined || pinned !== undefined ? [] : pairs.filter(({ slot }) => focus.includes(slot))
    const from = focused.length > 0 && random() < FOCUS_PART ? focused : pairs
    if (from.length === 0) return undefined
    const { keys, slot } = pick(random, from)
    return { ...base, kind: "pair", keys, slots: [slot] }
  }

  private perform(worker: Worker, operation: Operation): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const epoch = this.windows.epochOf(operation.slots)
      const entry: Entry = {
        ...operation,
        startedAt: this.now(),
        startEpoch: epoch,
        endEpoch: epoch,
        endedAt: undefined,
        outcome: undefined,
        reply: undefined,
        label: undefined
      }
      this.entries.push(entry)
      const fiber = yield* Effect.forkChild(this.client.execute(operation), { startImmediately: true })
      const underWay = { entry, fiber }
      this.underWay.add(underWay)
      const exit = yield* Fiber.await(fiber)
      this.underWay.delete(underWay)
      entry.endedAt = this.now()
      entry.endEpoch = this.windows.epochOf(operation.slots)
      settle(entry, exit)
      this.onEnd(entry)
      const [slot] = entry.slots
      if (entry.outcome === "acknowledged" && slot !== undefined) {
        for (const key of valuesSet(entry)) worker.readable.push({ key, slot })
        while (worker.readable.length > READABLE) worker.readable.shift()
        if (entry.kind === "mset") worker.pairs.push({ keys: entry.keys, slot })
        if (worker.pairs.length > READABLE) worker.pairs.shift()
      }
    })
  }
}

const kindFor = (choice: number): OperationKind => {
  let below = 0
  for (const [kind, part] of MIX) {
    below += part
    if (choice < below) return kind
  }
  return "push"
}

/** Writes down how it ended. */
const settle = (entry: Entry, exit: Exit.Exit<Reply, OperationFailure>): void => {
  if (Exit.isSuccess(exit)) {
    entry.outcome = "acknowledged"
    entry.reply = exit.value
    return
  }
  const error = Cause.findError(exit.cause)
  if (Result.isSuccess(error)) {
    entry.outcome = error.success.outcome
    entry.label = error.success.label
  } else if (Exit.hasInterrupts(exit)) {
    entry.outcome = "mayHaveExecuted"
    entry.label = "interrupted"
  } else {
    entry.outcome = "wrong"
    entry.label = Cause.pretty(exit.cause)
  }
}
