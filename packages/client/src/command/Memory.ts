/**
 * Commands about the memory of a server; that of one key is `memoryUsage`.
 *
 * @since 0.1.0
 */
import type { RespValue } from "../protocol/RespValue.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { helpOf, keyless } from "./keyless.ts"
import { make } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * Numbers by the servers' own names. No prototype.
 *
 * @category models
 * @since 0.1.0
 */
export type NumberRecord = Readonly<Record<string, number>>

/**
 * Where a server's memory is, in bytes. What is not among the named fields is in `fields`, by the servers' own names.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryStats {
  /** The most that was ever allocated. */
  readonly peakAllocated: number
  /** What is allocated now. */
  readonly totalAllocated: number
  /** What was allocated when the server had started. */
  readonly startupAllocated: number
  readonly replicationBacklog: number
  /** The buffers of replicas. */
  readonly clientsReplicas: number
  /** The buffers of other clients. */
  readonly clientsNormal: number
  /** The buffers of the append-only log. */
  readonly aofBuffer: number
  /** All that is no data: what was there at the start, buffers, tables of keys. */
  readonly overheadTotal: number
  /** How many keys there are, in all databases. */
  readonly keysCount: number
  /** What is allocated beyond the start, for each key. */
  readonly bytesPerKey: number
  /** The data: all that is no overhead. */
  readonly dataset: number
  /** The data, in percent of what is allocated beyond the start. */
  readonly datasetPercentage: number
  /** What is allocated now, in percent of the peak. */
  readonly peakPercentage: number
  /** Resident memory over allocated memory. */
  readonly fragmentation: number
  /** The tables of each database that has any, by its number. */
  readonly databases: Readonly<Record<string, NumberRecord>>
  readonly fields: NumberRecord
}

/**
 * Commands about memory, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryCommands<F extends CommandLambda> {
  /** A report on the memory and what may be done about it. */
  memoryDoctor(): Kind<F, string>
  /** The server's own help on MEMORY. */
  memoryHelp(): Kind<F, Array<string>>
  /** A report of the allocator itself. */
  memoryMallocStats(): Kind<F, string>
  /** Give memory that is not used back to the system, as far as the allocator can. */
  memoryPurge(): Kind<F, void>
  /** Where the memory is. */
  memoryStats(): Kind<F, MemoryStats>
}

const MEMORY_DOCTOR = keyless("MEMORY DOCTOR")
const MEMORY_MALLOC_STATS = keyless("MEMORY MALLOC-STATS")
const MEMORY_PURGE = keyless("MEMORY PURGE", "idempotent")
const MEMORY_STATS = keyless("MEMORY STATS")

const DATABASE = "db."

const isNested = (reply: RespValue): boolean => typeof reply === "object" && !(reply instanceof Uint8Array)

const numbers = Reply.record(Reply.double).text

const memoryStats: Reply.Reply<MemoryStats> = Reply.same((reply) => {
  const fields: Record<string, number> = Object.create(null)
  const databases: Record<string, NumberRecord> = Object.create(null)
  for (const [name, value] of Reply.partsOf(reply)) {
    if (!isNested(value)) fields[name] = Reply.double.text(value)
    else if (name.startsWith(DATABASE)) databases[name.slice(DATABASE.length)] = numbers(value)
  }
  const field = (name: string): number => fields[name] ?? Reply.mismatch(name, undefined)
  return {
    peakAllocated: field("peak.allocated"),
    totalAllocated: field("total.allocated"),
    startupAllocated: field("startup.allocated"),
    replicationBacklog: field("replication.backlog"),
    clientsReplicas: fields["clients.replicas"] ?? field("clients.slaves"),
    clientsNormal: field("clients.normal"),
    aofBuffer: field("aof.buffer"),
    overheadTotal: field("overhead.total"),
    keysCount: field("keys.count"),
    bytesPerKey: field("keys.bytes-per-key"),
    dataset: field("dataset.bytes"),
    datasetPercentage: field("dataset.percentage"),
    peakPercentage: field("peak.percentage"),
    fragmentation: field("fragmentation"),
    databases,
    fields
  }
})

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const memory: MemoryCommands<AsCommand> = {
  memoryDoctor: () => make(MEMORY_DOCTOR, [], Reply.string),
  memoryHelp: helpOf("MEMORY"),
  memoryMallocStats: () => make(MEMORY_MALLOC_STATS, [], Reply.string),
  memoryPurge: () => make(MEMORY_PURGE, [], Reply.ok),
  memoryStats: () => make(MEMORY_STATS, [], memoryStats)
}
