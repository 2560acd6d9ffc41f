/**
 * Commands about the slots of one node of a cluster: what they cost, how they move to another node as a whole, and how their keys are
 * scanned.
 *
 * @since 0.1.0
 */
import { append, list, optionProblem } from "./arguments.ts"
import type { SlotRange } from "./ClusterReplies.ts"
import {
  type ClusterSlotMigration,
  type ClusterSlotStats,
  type MigrationTask,
  migrationTasks,
  slotMigrations,
  slotStats
} from "./ClusterSlotReplies.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory } from "./CommandSpec.ts"
import { type KeyType, pushScanOptions, type ScanOptions, scanOptions } from "./Keys.ts"
import { constant, invalid, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * Which slots' statistics: a range, or all slots of the node in the order of one statistic, the first `limit` of them.
 *
 * @category options
 * @since 0.1.0
 */
export type SlotStatsOptions =
  | {
      readonly range: SlotRange
      readonly orderBy?: undefined
      readonly limit?: undefined
      readonly order?: undefined
    }
  | {
      readonly range?: undefined
      readonly orderBy: "key-count" | "cpu-usec" | "memory-bytes" | "network-bytes-in" | "network-bytes-out"
      readonly limit?: number | undefined
      /** Default `DESC`. */
      readonly order?: "ASC" | "DESC" | undefined
    }

/**
 * Slots and the node that shall have them.
 *
 * @category options
 * @since 0.1.0
 */
export interface SlotMove {
  readonly slots: SlotRange | ReadonlyArray<SlotRange>
  /** The id of the target, a primary. */
  readonly nodeId: string
}

/**
 * How a scan of a cluster's keys is narrowed.
 *
 * @category options
 * @since 0.1.0
 */
export interface ClusterScanOptions extends ScanOptions {
  readonly type?: KeyType | undefined
  /** Scan the keys of one slot only. */
  readonly slot?: number | undefined
}

/**
 * Commands about slots, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterSlotCommands<F extends CommandLambda> {
  /** End all migrations that the node began by `clusterMigrateSlots`; an error if there is none. Valkey 9.0. */
  clusterCancelSlotMigrations(): Kind<F, void>
  /** The migrations of `clusterMigrateSlots` in which the node takes part, and those that ended lately. Valkey 9.0. */
  clusterGetSlotMigrations(): Kind<F, Array<ClusterSlotMigration>>
  /** Move slots with their keys to other nodes, in the background. Asked of the node that has them. Valkey 9.0. None: no call. */
  clusterMigrateSlots(moves: SlotMove | ReadonlyArray<SlotMove>): Kind<F, void>
  /** End the tasks of `clusterMigrationImport`, all or one by its id; how many there were. Redis 8.4. */
  clusterMigrationCancel(task?: string): Kind<F, number>
  /**
   * Move slots with their keys to the node that is asked, in the background; the id of the task. Redis 8.4. No ranges: refused.
   */
  clusterMigrationImport(ranges: SlotRange | ReadonlyArray<SlotRange>): Kind<F, string>
  /** The tasks of `clusterMigrationImport` in which the node takes part or took part, all or one by its id. Redis 8.4. */
  clusterMigrationStatus(task?: string): Kind<F, Array<MigrationTask>>
  /**
   * One page of the keys of a cluster, slot by slot over all its nodes. Begin with the cursor `0` and end when it comes back; pages may be
   * empty before that, and keys may come twice. A cursor names its slot and goes to the node that has it. Valkey 9.1.
   */
  clusterScan(
    cursor: string,
    options?: ClusterScanOptions
  ): Kind<F, Reply.Page<"keys", Array<string>>, Reply.Page<"keys", Array<Uint8Array>>>
  /** What each of the node's slots holds and costs. Redis 8.2, Valkey 8.0. */
  clusterSlotStats(options: SlotStatsOptions): Kind<F, Array<ClusterSlotStats>>
}

const on = (name: string, retry: RetryCategory) => defineSpec({ name: `CLUSTER ${name}`, keys: "none", retry })

const CANCELSLOTMIGRATIONS = on("CANCELSLOTMIGRATIONS", "never")
const GETSLOTMIGRATIONS = on("GETSLOTMIGRATIONS", "idempotent")
const MIGRATESLOTS = on("MIGRATESLOTS", "never")
const MIGRATION_CANCEL = on("MIGRATION", "accumulating")
const MIGRATION_IMPORT = on("MIGRATION", "never")
const MIGRATION_STATUS = on("MIGRATION", "idempotent")
// Its cursor is no key, though it has a slot: see `placeOfKeyless`.
const SCAN = defineSpec({ name: "CLUSTERSCAN", keys: "none", retry: "readOnly" })
const SLOT_STATS = on("SLOT-STATS", "idempotent")

const keysPage = Reply.page("keys", Reply.array(Reply.text))

const statsOptions = { range: "value", orderBy: "value", limit: "value", order: "value" } as const

const statsOf = (options: SlotStatsOptions): Command<Array<ClusterSlotStats>> => {
  const problem = optionProblem(options, statsOptions)
  if (problem !== undefined) return invalid(SLOT_STATS, slotStats, problem)
  const { limit, order, orderBy, range } = options ?? {}
  if (range === undefined && orderBy === undefined) {
    return invalid(SLOT_STATS, slotStats, "expected a range, or orderBy")
  }
  if (range !== undefined) {
    return makeChecked(
      SLOT_STATS,
      ["SLOTSRANGE", range?.start, range?.end],
      slotStats,
      orderBy === undefined && limit === undefined && order === undefined
        ? undefined
        : "a range excludes orderBy, limit and order"
    )
  }
  const args: Array<Argument> = ["ORDERBY", orderBy as Argument]
  if (limit !== undefined) args.push("LIMIT", limit)
  if (order !== undefined) args.push(order)
  return make(SLOT_STATS, args, slotStats)
}

const NO_RANGES = "expected at least one range of slots"

const bounds = (ranges: SlotRange | ReadonlyArray<SlotRange>): Array<Argument> => {
  const args: Array<Argument> = []
  for (const range of list(ranges)) append(args, [range?.start, range?.end])
  return args
}

const task = <A>(spec: CommandSpec, word: string, id: string | undefined, reply: Reply.Reply<A>): Command<A> =>
  make(spec, id === undefined ? [word, "ALL"] : [word, "ID", id], reply)

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const clusterSlotCommands: ClusterSlotCommands<AsCommand> = {
  clusterCancelSlotMigrations: () => make(CANCELSLOTMIGRATIONS, [], Reply.ok),
  clusterGetSlotMigrations: () => make(GETSLOTMIGRATIONS, [], slotMigrations),
  clusterMigrateSlots: (moves) => {
    const args: Array<Argument> = []
    let problem: string | undefined
    for (const move of list(moves)) {
      const ranges = bounds(move?.slots ?? [])
      if (ranges.length === 0) problem = NO_RANGES
      append(args, ["SLOTSRANGE", ...ranges, "NODE", move?.nodeId])
    }
    return args.length === 0
      ? constant(MIGRATESLOTS, Reply.ok, undefined)
      : makeChecked(MIGRATESLOTS, args, Reply.ok, problem)
  },
  clusterMigrationCancel: (id) => task(MIGRATION_CANCEL, "CANCEL", id, Reply.integer),
  clusterMigrationImport: (ranges) => {
    const args = bounds(ranges)
    return makeChecked(MIGRATION_IMPORT, ["IMPORT", ...args], Reply.string, args.length === 0 ? NO_RANGES : undefined)
  },
  clusterMigrationStatus: (id) => task(MIGRATION_STATUS, "STATUS", id, migrationTasks),
  clusterScan: (cursor, options) => {
    const args = pushScanOptions([cursor], options)
    if (options?.type !== undefined) args.push("TYPE", options.type)
    if (options?.slot !== undefined) args.push("SLOT", options.slot)
    return makeChecked(SCAN, args, keysPage, optionProblem(options, { ...scanOptions, type: "value", slot: "value" }))
  },
  clusterSlotStats: statsOf
}
