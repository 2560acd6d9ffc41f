/**
 * Commands about a server's replication: who follows whom, and whether writes have arrived.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import { blockingSeconds, millis, optionProblem } from "./arguments.ts"
import { millisAt } from "./blocking.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { type Argument, defineSpec } from "./CommandSpec.ts"
import { keyless } from "./keyless.ts"
import { invalid, make } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * How a primary hands over.
 *
 * @category options
 * @since 0.1.0
 */
export interface FailoverOptions {
  /** To which of its replicas (default: to the first that has everything). */
  readonly to?: { readonly host: string; readonly port: number } | undefined
  /** How long it waits for the replica to have everything (default: for ever). */
  readonly timeout?: Duration.Input | undefined
  /** After this time hand over all the same, and lose what is missing (default false); needs `to` and `timeout`. */
  readonly force?: boolean | undefined
}

/**
 * Where writes have arrived.
 *
 * @category models
 * @since 0.1.0
 */
export interface Synced {
  /** On the disk of the server itself: 1 or 0. */
  readonly local: number
  /** On the disks of how many replicas. */
  readonly replicas: number
}

/**
 * Commands about replication, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReplicationCommands<F extends CommandLambda> {
  /**
   * Let a primary hand over to a replica, and become one itself. It begins here and goes on in the background; `role` and the server's
   * `INFO` tell how far it is. Not in a cluster, see `clusterFailover`. Since 6.2.
   */
  failover(options?: FailoverOptions): Kind<F, void>
  /** Give up a `failover` that has not come to its end; an error if there is none. Since 6.2. */
  failoverAbort(): Kind<F, void>
  /** Follow a primary, and forget one's own data for its. Not in a cluster, see `clusterReplicate`. */
  replicaOf(host: string, port: number): Kind<F, void>
  /** Follow nobody any longer, and keep the data. */
  replicaOfNoOne(): Kind<F, void>
  /** The name that `replicaOf` has in servers before 5.0. */
  slaveOf(host: string, port: number): Kind<F, void>
  /** The name that `replicaOfNoOne` has in servers before 5.0. */
  slaveOfNoOne(): Kind<F, void>
  /**
   * Wait until so many replicas have this connection's writes, or for a time (more than nothing, to the millisecond; infinite: for
   * ever); how many have them.
   */
  wait(replicas: number, timeout: Duration.Input): Kind<F, number>
  /**
   * Wait until this connection's writes are in the append-only log on the server's disk (`local` 1) and on those of so many replicas,
   * or for a time as in `wait`. Redis 7.2, Valkey 8.0.
   */
  waitAof(local: 0 | 1, replicas: number, timeout: Duration.Input): Kind<F, Synced>
}

const FAILOVER = keyless("FAILOVER", "never")
const REPLICAOF = keyless("REPLICAOF", "lastWriteWins")
const SLAVEOF = keyless("SLAVEOF", "lastWriteWins")
const WAIT = defineSpec({ name: "WAIT", keys: "none", retry: "idempotent", blocking: millisAt(1) })
const WAITAOF = defineSpec({ name: "WAITAOF", keys: "none", retry: "idempotent", blocking: millisAt(2) })

// Who follows this primary already is told so, behind the OK.
const followed = Reply.map(Reply.string, (text): void => {
  if (!text.startsWith("OK")) Reply.mismatch("OK", text)
})

const synced = Reply.map(
  Reply.tuple(Reply.integer, Reply.integer),
  ([local, replicas]): Synced => ({ local, replicas })
)

const MILLIS_PER_SECOND = 1000

/** Whole milliseconds; 0, which is for ever, only for an infinite duration. */
const waitMillis = (timeout: Duration.Input): number => Math.round(blockingSeconds(timeout) * MILLIS_PER_SECOND)

const noOne: ReadonlyArray<Argument> = ["NO", "ONE"]

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const replication: ReplicationCommands<AsCommand> = {
  failover: (options) => {
    const problem = optionProblem(options, { to: "value", timeout: "value", force: "flag" })
    if (problem !== undefined) return invalid(FAILOVER, Reply.ok, problem)
    const { force, timeout, to } = options ?? {}
    if (force === true && (to === undefined || timeout === undefined)) {
      return invalid(FAILOVER, Reply.ok, "force needs to and timeout")
    }
    const args: Array<Argument> = []
    if (to !== undefined) args.push("TO", to?.host, to?.port)
    if (force === true) args.push("FORCE")
    // The servers take no 0 here: it must be more than nothing.
    if (timeout !== undefined) args.push("TIMEOUT", millis(timeout) || Number.NaN)
    return make(FAILOVER, args, Reply.ok)
  },
  failoverAbort: () => make(FAILOVER, ["ABORT"], Reply.ok),
  replicaOf: (host, port) => make(REPLICAOF, [host, port], followed),
  replicaOfNoOne: () => make(REPLICAOF, noOne, followed),
  slaveOf: (host, port) => make(SLAVEOF, [host, port], followed),
  slaveOfNoOne: () => make(SLAVEOF, noOne, followed),
  wait: (replicas, timeout) => make(WAIT, [replicas, waitMillis(timeout)], Reply.integer),
  waitAof: (local, replicas, timeout) => make(WAITAOF, [local, replicas, waitMillis(timeout)], synced)
}
