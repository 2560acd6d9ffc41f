// The seam between the measurement and a client under test, and the load of the clients that answer by promise.
import type { Load } from "../load.ts"
import type { Topology } from "../scenarios.ts"

/** Where the servers are: one for standalone, the primaries for a cluster. */
export interface Target {
  readonly topology: Topology
  readonly nodes: ReadonlyArray<Address>
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** A connected client under test. */
export interface BenchmarkClient {
  /** What this client answers to a successful SET. */
  readonly stored: unknown
  readonly get: (key: string) => Promise<unknown>
  readonly set: (key: string, value: string) => Promise<unknown>
  /** Starts the load's workers and ends when all have stopped; gives the number of commands of each worker. */
  readonly run: (load: Load) => Promise<ReadonlyArray<number>>
  readonly close: () => Promise<void>
}

export type Connect = (target: Target) => Promise<BenchmarkClient>

/** What a client that answers by promise offers: its own methods, without a promise in between. */
export interface PromiseClient {
  readonly get: (key: string) => Promise<unknown>
  readonly set: (key: string, value: string) => Promise<unknown>
  readonly close: () => Promise<void>
}

const getWorker = async (client: PromiseClient, load: Load, worker: number): Promise<number> => {
  let at = load.first(worker)
  let count = 0
  while (load.running) {
    load.accept(at, await client.get(load.keys[at]!))
    at = load.after(at)
    count++
  }
  return count
}

const setWorker = async (client: PromiseClient, load: Load, worker: number): Promise<number> => {
  let at = load.first(worker)
  let count = 0
  while (load.running) {
    load.accept(at, await client.set(load.keys[at]!, load.values[at]!))
    at = load.after(at)
    count++
  }
  return count
}

/** The load as N async functions, each awaiting its reply: how these clients are used. */
export const fromPromises = (client: PromiseClient): BenchmarkClient => ({
  ...client,
  stored: "OK",
  run: (load) => {
    const worker = load.operation === "get" ? getWorker : setWorker
    return Promise.all(Array.from({ length: load.fibers }, (_, i) => worker(client, load, i)))
  }
})
