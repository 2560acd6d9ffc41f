/**
 * A connection of one's own: every command as on `Redis`, and those that change the connection or block it.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { AsEffect, Command } from "./command/Command.ts"
import type { Text } from "./command/CommandSpec.ts"
import type { ConnectionStateCommands } from "./command/ConnectionStateCommands.ts"
import type { SharedCommands } from "./command/SharedCommands.ts"
import type { RedisError } from "./error/RedisError.ts"
import type { RedisOperations } from "./Redis.ts"

/**
 * What a lease is to be.
 *
 * @category options
 * @since 0.1.0
 */
export interface LeaseOptions {
  /** In a cluster: the connection is one to the primary of this key's slot, and must be told. A client of one server needs none. */
  readonly key?: Text | undefined
  /** How long a free connection is waited for, and the opening of a new one (default: the client's `commandTimeout`). */
  readonly deadline?: Duration.Input | undefined
}

/**
 * A leased connection.
 *
 * **Details**
 *
 * Its commands run in the order in which they are issued, on this connection only. Nothing is ever sent a second time, for what SELECT, WATCH and
 * the like have set up would not be there on another connection: redirects are failures (`Redirected`), and once the connection is lost
 * every command fails as `ConnectionLost`; retry around the whole lease. Blocking commands hold up the others of the same lease only.
 * Commands that are not answered once for each call (SUBSCRIBE, MONITOR, CLIENT REPLY …) are `InvalidArgument`.
 *
 * When the lease's scope closes the connection goes back to its pool as it was: MULTI is discarded, watched keys are forgotten, the database
 * is the client's again. One that was changed in another way is closed.
 *
 * @category models
 * @since 0.1.0
 */
export interface LeasedRedis extends RedisOperations, ConnectionStateCommands<AsEffect> {
  /** The same connection with a prefix before every key. */
  withKeyPrefix(prefix: string): LeasedRedis
}

/**
 * What the function of `redis.watch` may do between WATCH and EXEC: whatever it runs is answered at once, outside of the transaction.
 *
 * @category models
 * @since 0.1.0
 */
export interface WatchedRedis extends SharedCommands<AsEffect>, Pick<RedisOperations, "pipeline"> {
  /** Run a command value at once. */
  run<A>(command: Command<A, unknown>): Effect.Effect<A, RedisError>
}

/**
 * How many replicas shall have a write, and how long they are waited for.
 *
 * @category options
 * @since 0.1.0
 */
export interface DurableOptions {
  /** At least one. */
  readonly replicas: number
  /** Begins when the write was done; more than nothing, and not for ever. */
  readonly timeout: Duration.Input
  /** The end-to-end deadline of all else (default: the client's). */
  readonly deadline?: Duration.Input | undefined
}
