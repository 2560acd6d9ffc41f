/**
 * Commands of sentinels. No other server knows them, so that they are no methods of `Redis`: they are for a client of a sentinel's own
 * address, `Sentinel.masters()` by itself or in `redis.run`.
 *
 * **Example** (What a sentinel thinks of its services)
 *
 * ```ts
 * import { RedisLive, Sentinel } from "@reef-redis/node"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   for (const { host, name, port, quorum } of yield* Sentinel.masters()) {
 *     yield* Effect.log(`${name} is ${host}:${port}, watched with a quorum of ${quorum}`)
 *   }
 * })
 *
 * program.pipe(Effect.provide(RedisLive({ port: 26379 })), Effect.runPromise)
 * ```
 *
 * @since 0.1.0
 */
import type { AsCommand } from "./command/Command.ts"
import { type SentinelCommands, sentinel } from "./command/Sentinel.ts"

export type { SentinelCommands, SentinelFailure, SentinelSetOptions } from "./command/Sentinel.ts"
export type {
  CachedInfo,
  PendingScript,
  SentinelAddress,
  SentinelInstance,
  SentinelPeer,
  SentinelPrimary,
  SentinelReplica,
  SentinelVote
} from "./command/SentinelReplies.ts"

/**
 * The constructors of the commands of sentinels.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Sentinel: SentinelCommands<AsCommand> = sentinel
