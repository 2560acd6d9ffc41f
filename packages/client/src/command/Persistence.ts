/**
 * Commands that write a server's data to its disk, and that end it.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import { optionProblem } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import type { Argument } from "./CommandSpec.ts"
import { keyless } from "./keyless.ts"
import { make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * Whether work in the background has begun, or will once other such work is done.
 *
 * @category models
 * @since 0.1.0
 */
export type BackgroundWork = "started" | "scheduled"

/**
 * How a server ends.
 *
 * @category options
 * @since 0.1.0
 */
export interface ShutdownOptions {
  /** Write a snapshot, or do not (default: if the configuration has any times for snapshots). */
  readonly mode?: "SAVE" | "NOSAVE" | undefined
  /** Do not wait for replicas that lag behind (default false). Since 7.0. */
  readonly now?: boolean | undefined
  /** End also if the data cannot be written (default false). Since 7.0. */
  readonly force?: boolean | undefined
  /** Not while the server is a primary of a cluster that has slots (default false). Valkey 9.0. */
  readonly safe?: boolean | undefined
  /** Let a replica take over first (default false). Valkey 9.0. */
  readonly failover?: boolean | undefined
}

/**
 * Commands about a server's data on disk and its end, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface PersistenceCommands<F extends CommandLambda> {
  /** Write the append-only log anew, in the background. */
  bgRewriteAof(): Kind<F, BackgroundWork>
  /** Write a snapshot in the background; an error while other such work runs, save with `schedule`, which waits for its end. */
  bgSave(options?: { readonly schedule?: boolean | undefined }): Kind<F, BackgroundWork>
  /** Give up the snapshot that is written or scheduled; an error if there is none. Valkey 8.1. */
  bgSaveCancel(): Kind<F, void>
  /** When a snapshot was written last, to the second; when the server started if none was. */
  lastSave(): Kind<F, DateTime.Utc>
  /** Write a snapshot at once. All clients wait: see `bgSave`. */
  save(): Kind<F, void>
  /**
   * End the server. It replies only if it cannot, with an error; else the connection breaks, and the command fails as
   * `MayHaveExecuted`.
   */
  shutdown(options?: ShutdownOptions): Kind<F, void>
  /** Take a `shutdown` back that waits for replicas; an error if none does. Since 7.0. */
  shutdownAbort(): Kind<F, void>
}

const BGREWRITEAOF = keyless("BGREWRITEAOF", "idempotent")
const BGSAVE = keyless("BGSAVE", "idempotent")
const BGSAVE_CANCEL = keyless("BGSAVE", "never")
const LASTSAVE = keyless("LASTSAVE")
const SAVE = keyless("SAVE", "idempotent")
const SHUTDOWN = keyless("SHUTDOWN", "never")

const work: Reply.Reply<BackgroundWork> = Reply.map(Reply.string, (text) => {
  if (text.includes("scheduled")) return "scheduled"
  return text.includes("started") ? "started" : Reply.mismatch("started or scheduled", text)
})

const cancelled = Reply.map(Reply.string, (text): void => {
  if (!/cancel/i.test(text)) Reply.mismatch("cancelled", text)
})

const MILLIS_PER_SECOND = 1000

const instant = Reply.map(Reply.integer, (value) => DateTime.toUtc(DateTime.makeUnsafe(value * MILLIS_PER_SECOND)))

const shutdownOptions = { mode: "value", now: "flag", force: "flag", safe: "flag", failover: "flag" } as const

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const persistence: PersistenceCommands<AsCommand> = {
  bgRewriteAof: () => make(BGREWRITEAOF, [], work),
  bgSave: (options) =>
    makeChecked(
      BGSAVE,
      options?.schedule === true ? ["SCHEDULE"] : [],
      work,
      optionProblem(options, { schedule: "flag" })
    ),
  bgSaveCancel: () => make(BGSAVE_CANCEL, ["CANCEL"], cancelled),
  lastSave: () => make(LASTSAVE, [], instant),
  save: () => make(SAVE, [], Reply.ok),
  shutdown: (options) => {
    const args: Array<Argument> = []
    if (options?.mode !== undefined) args.push(options.mode)
    if (options?.now === true) args.push("NOW")
    if (options?.force === true) args.push("FORCE")
    if (options?.safe === true) args.push("SAFE")
    if (options?.failover === true) args.push("FAILOVER")
    return makeChecked(SHUTDOWN, args, Reply.ok, optionProblem(options, shutdownOptions))
  },
  shutdownAbort: () => make(SHUTDOWN, ["ABORT"], Reply.ok)
}
