/**
 * What a node says of its slots and of their moves, as typed records.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { instant, type SlotRange } from "./ClusterReplies.ts"
import { type OtherFields, Report } from "./OtherFields.ts"
import * as Reply from "./Reply.ts"

/**
 * What one slot holds and costs. All but the number of keys is counted only if `cluster-slot-stats-enabled` is set.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterSlotStats {
  readonly slot: number
  readonly keyCount: number
  /** Time of the processor, to the microsecond. */
  readonly cpuTime: Duration.Duration | undefined
  /** In bytes. Redis 8.4. */
  readonly memory: number | undefined
  /** In bytes, from clients to the slot. */
  readonly networkIn: number | undefined
  /** In bytes, from the slot to clients. */
  readonly networkOut: number | undefined
  /** What this library has no name for. */
  readonly fields: OtherFields
}

/**
 * A move of slots as Valkey describes it (CLUSTER GETSLOTMIGRATIONS). Times are to the second.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterSlotMigration {
  readonly name: string
  /** What the node that was asked does. */
  readonly operation: "import" | "export"
  readonly slots: ReadonlyArray<SlotRange>
  /** The id of the node that has the slots; primaries know it. */
  readonly source: string | undefined
  /** The id of the node that shall have them; primaries know it. */
  readonly target: string | undefined
  readonly created: DateTime.Utc | undefined
  readonly updated: DateTime.Utc | undefined
  /** When the other side was last heard of. */
  readonly acknowledged: DateTime.Utc | undefined
  /** Where it stands, in the server's words; it ends with `success`, `failed` or `canceled`. */
  readonly state: string
  /** Why it failed. */
  readonly message: string | undefined
  /** Memory that the snapshot took, in bytes. */
  readonly copyOnWriteSize: number | undefined
  /** Of the replication stream, in bytes. */
  readonly remainingReplicationSize: number | undefined
  /** What this library has no name for. */
  readonly fields: OtherFields
}

/**
 * A move of slots as Redis describes it (CLUSTER MIGRATION STATUS).
 *
 * @category models
 * @since 0.1.0
 */
export interface MigrationTask {
  readonly id: string
  /** What the node that was asked does. */
  readonly operation: "import" | "migrate"
  readonly slots: ReadonlyArray<SlotRange>
  /** The id of the node that has the slots. */
  readonly source: string
  /** The id of the node that shall have them. */
  readonly target: string
  /** Where it stands, in the server's words; it ends with `completed`, `failed` or `canceled`. */
  readonly state: string
  readonly lastError: string | undefined
  readonly retries: number
  readonly created: DateTime.Utc | undefined
  readonly started: DateTime.Utc | undefined
  readonly ended: DateTime.Utc | undefined
  /** How long the slots took no writes while they changed hands. */
  readonly writePause: Duration.Duration
  /** What this library has no name for. */
  readonly fields: OtherFields
}

const MICROS_PER_MILLI = 1000

const optionalMicros = (micros: number | undefined): Duration.Duration | undefined =>
  micros === undefined ? undefined : Duration.millis(micros / MICROS_PER_MILLI)

/** The reply of CLUSTER SLOT-STATS. @category replies @since 0.1.0 */
export const slotStats: Reply.Reply<Array<ClusterSlotStats>> = Reply.array(
  Reply.map(Reply.tuple(Reply.integer, Reply.value), ([slot, statistics]) => {
    const parts = new Report(statistics)
    const count = (name: string) => Reply.optionalInteger.text(parts.take(name))
    return {
      slot,
      keyCount: Reply.integer.text(parts.take("key-count")),
      cpuTime: optionalMicros(count("cpu-usec")),
      memory: count("memory-bytes"),
      networkIn: count("network-bytes-in"),
      networkOut: count("network-bytes-out"),
      fields: parts.rest()
    }
  })
)

const RANGE = /^(\d+)(?:-(\d+))?$/

const ranges = Reply.map(
  Reply.string,
  (text): ReadonlyArray<SlotRange> =>
    text
      .split(/[ ,]+/)
      .filter((word) => word !== "")
      .map((word) => {
        const match = RANGE.exec(word)
        if (match === null) return Reply.mismatch("ranges of slots", word)
        return { start: Number(match[1]), end: Number(match[2] ?? match[1]) }
      })
)

/** One of the words in any letter case: servers write EXPORT and migrate. */
const lowered = <const L extends string>(...words: ReadonlyArray<L>): Reply.Reply<L> => {
  const literal = Reply.literal(...words)
  return Reply.map(Reply.string, (word) => literal.text(word.toLowerCase()))
}

const operations = lowered("import", "export")
const taskOperations = lowered("import", "migrate")

const MILLIS_PER_SECOND = 1000

/** The reply of CLUSTER GETSLOTMIGRATIONS. @category replies @since 0.1.0 */
export const slotMigrations: Reply.Reply<Array<ClusterSlotMigration>> = Reply.array(
  Reply.same((reply) => {
    const parts = new Report(reply)
    const seconds = (name: string) => instant((count(name) ?? 0) * MILLIS_PER_SECOND)
    const count = (name: string) => Reply.optionalInteger.text(parts.take(name))
    const text = (name: string) => Reply.optionalString.text(parts.take(name)) || undefined
    return {
      name: Reply.string.text(parts.take("name")),
      operation: operations.text(parts.take("operation")),
      slots: ranges.text(parts.take("slot_ranges")),
      source: text("source_node"),
      target: text("target_node"),
      created: seconds("create_time"),
      updated: seconds("last_update_time"),
      acknowledged: seconds("last_ack_time"),
      state: Reply.string.text(parts.take("state")),
      message: text("message"),
      copyOnWriteSize: count("cow_size"),
      remainingReplicationSize: count("remaining_repl_size"),
      fields: parts.rest()
    }
  })
)

/** The reply of CLUSTER MIGRATION STATUS. @category replies @since 0.1.0 */
export const migrationTasks: Reply.Reply<Array<MigrationTask>> = Reply.array(
  Reply.same((reply) => {
    const parts = new Report(reply)
    const millis = (name: string) => instant(Reply.optionalInteger.text(parts.take(name)) ?? 0)
    return {
      id: Reply.string.text(parts.take("id")),
      operation: taskOperations.text(parts.take("operation")),
      slots: ranges.text(parts.take("slots")),
      source: Reply.string.text(parts.take("source")),
      target: Reply.string.text(parts.take("dest")),
      state: Reply.string.text(parts.take("state")),
      lastError: Reply.string.text(parts.take("last_error")) || undefined,
      retries: Reply.integer.text(parts.take("retries")),
      created: millis("create_time"),
      started: millis("start_time"),
      ended: millis("end_time"),
      writePause: Duration.millis(Reply.integer.text(parts.take("write_pause_ms"))),
      fields: parts.rest()
    }
  })
)
