// The load of many keys at once: what each caller asks in each round, and what it must be told.
import { ContentError, valueOf } from "../load.ts"

/** What a round is: one MGET of many keys, or many GETs and SETs as one batch. */
export type Operation = "mget" | "batch"

export interface Scenario {
  readonly name: string
  readonly operation: Operation
  /** Keys of one MGET, or commands of one batch. */
  readonly size: number
  readonly callers: number
}

export const SCENARIOS: ReadonlyArray<Scenario> = [
  { name: "mget-100", operation: "mget", size: 100, callers: 1 },
  { name: "mget-100x10", operation: "mget", size: 100, callers: 10 },
  { name: "batch-1000", operation: "batch", size: 1000, callers: 1 },
  { name: "batch-1000x10", operation: "batch", size: 1000, callers: 10 }
]

/** Keys of one caller, which nobody else writes; their slots are spread over all nodes. */
const KEYS = 1000

/** A GET, or a SET if there is a value. */
export interface Item {
  readonly key: string
  readonly value: string | undefined
}

/** What a caller asks at once. Each item of an MGET is a GET. */
export interface Round {
  readonly items: ReadonlyArray<Item>
  readonly keys: ReadonlyArray<string>
  readonly expected: ReadonlyArray<unknown>
}

const roundOf = (items: ReadonlyArray<Item>, expected: ReadonlyArray<unknown>): Round => ({
  items,
  keys: items.map(({ key }) => key),
  expected
})

const mgetRounds = (keys: ReadonlyArray<string>, values: ReadonlyArray<string>, size: number): ReadonlyArray<Round> =>
  Array.from({ length: KEYS / size }, (_, n) => {
    const from = n * size
    return roundOf(
      keys.slice(from, from + size).map((key) => ({ key, value: undefined })),
      values.slice(from, from + size)
    )
  })

/**
 * Four rounds that end where they began: each writes one half of the keys anew and reads the other, as the round before left it. So a reply
 * out of its place or of another round is noticed, and so is a SET that did nothing.
 */
const batchRounds = (
  keys: ReadonlyArray<string>,
  before: ReadonlyArray<string>,
  after: ReadonlyArray<string>,
  stored: unknown
): ReadonlyArray<Round> => {
  const now = [...before]
  return [after, after, before, before].map((values, n) => {
    const written = keys.map((_, at) => at % 2 === n % 2)
    const items = keys.map((key, at): Item => ({ key, value: written[at] ? values[at] : undefined }))
    const expected = keys.map((_, at) => (written[at] ? stored : now[at]))
    for (const at of keys.keys()) if (written[at]) now[at] = values[at]!
    return roundOf(items, expected)
  })
}

/** One of several that ask at the same time, each awaiting its replies before it asks again. */
export class Caller {
  /** What has to be stored before it begins. */
  readonly filling: ReadonlyArray<Item>
  /** Rounds answered and checked. */
  completed = 0
  private readonly rounds: ReadonlyArray<Round>

  constructor({ operation, size }: Scenario, run: string, number: number, stored: unknown) {
    const keys = Array.from({ length: KEYS }, (_, n) => `reef-bench:${number}:${String(n).padStart(4, "0")}`)
    const before = keys.map((key) => valueOf(key, `${run}-a`))
    const after = keys.map((key) => valueOf(key, `${run}-b`))
    this.filling = keys.map((key, at) => ({ key, value: before[at] }))
    this.rounds = operation === "mget" ? mgetRounds(keys, before, size) : batchRounds(keys, before, after, stored)
  }

  get round(): Round {
    return this.rounds[this.completed % this.rounds.length]!
  }

  /** Checks and counts the replies to the round. */
  accept(replies: ReadonlyArray<unknown>): void {
    const { expected, keys } = this.round
    if (replies.length !== expected.length) {
      throw new ContentError(`expected ${expected.length} replies, received ${replies.length}`)
    }
    for (let at = 0; at < expected.length; at++) {
      if (replies[at] !== expected[at]) {
        throw new ContentError(`${keys[at]}: expected ${String(expected[at])}, received ${String(replies[at])}`)
      }
    }
    this.completed++
  }
}

/** All callers of a scenario. */
export class ManyLoad {
  readonly operation: Operation
  readonly callers: ReadonlyArray<Caller>
  /** Callers stop after their round once this is false. */
  running = true

  constructor(scenario: Scenario, run: string, stored: unknown) {
    this.operation = scenario.operation
    this.callers = Array.from({ length: scenario.callers }, (_, n) => new Caller(scenario, run, n, stored))
  }

  get completed(): number {
    return this.callers.reduce((sum, caller) => sum + caller.completed, 0)
  }
}
