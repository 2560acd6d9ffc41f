/**
 * What really happened on the servers, known exactly: every execution of every command that carries an id, and every write that the servers
 * themselves lost. And the data of one server: for each key the writes that made it what it is.
 */

/** An id as load generators write it into keys and values: `#fiber.operation` or `#fiber.operation.part`. */
const ID = /#\d+\.\d+(?:\.\d+)?/

export const idOf = (words: ReadonlyArray<string>): string | undefined => {
  for (const word of words) {
    const found = ID.exec(word)
    if (found !== null) return found[0]
  }
  return undefined
}

/** One write and the value that it left. */
export interface Write {
  readonly id: string
  readonly value: string
}

/** All writes of a key in their order; a key without any does not exist. */
export type History = ReadonlyArray<Write>

interface Change {
  readonly at: number
  readonly key: string
  readonly history: History | undefined
}

/** The data of one server, and the stream of changes that its replicas follow. */
export class Dataset {
  private readonly keys: Map<string, History>
  private readonly changes: Array<Change> = []

  constructor(keys: ReadonlyMap<string, History> = new Map()) {
    this.keys = new Map(keys)
  }

  get(key: string): History | undefined {
    return this.keys.get(key)
  }

  all(): ReadonlyMap<string, History> {
    return this.keys
  }

  /** Replace the history of a key (`undefined` removes the key). */
  set(key: string, history: History | undefined, at: number): void {
    if (history === undefined) this.keys.delete(key)
    else this.keys.set(key, history)
    this.changes.push({ at, key, history })
  }

  /** How many changes there were. */
  get length(): number {
    return this.changes.length
  }

  /** Apply to this copy what the original did from position `from` until `until`; gives the new position. */
  follow(original: Dataset, from: number, until: number): number {
    let at = from
    for (let next = original.changes[at]; next !== undefined && next.at <= until; next = original.changes[++at]) {
      this.set(next.key, next.history, next.at)
    }
    return at
  }
}

/** One execution. */
export interface Execution {
  readonly node: string
  readonly at: number
  readonly reply: string
  /** Its place among all executions of the run. */
  readonly order: number
}

export class Truth {
  private readonly executions = new Map<string, Array<Execution>>()
  private readonly discarded = new Set<string>()
  private count = 0
  /** Ids that the client has handed to the transport. */
  readonly written = new Set<string>()

  executed(id: string, what: Omit<Execution, "order">): void {
    const execution = { ...what, order: this.count++ }
    const known = this.executions.get(id)
    if (known === undefined) this.executions.set(id, [execution])
    else known.push(execution)
  }

  of(id: string): ReadonlyArray<Execution> {
    return this.executions.get(id) ?? []
  }

  /** A server gives up its data for another's: whatever the other does not have may be gone for good. */
  discard(old: Dataset, kept: Dataset): void {
    for (const [key, history] of old.all()) {
      const stays = new Set(kept.get(key)?.map(({ id }) => id))
      for (const { id } of history) if (!stays.has(id)) this.discarded.add(id)
    }
  }

  /** Whether some server has thrown the write away. */
  wasDiscarded(id: string): boolean {
    return this.discarded.has(id)
  }
}
