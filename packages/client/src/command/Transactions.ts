/**
 * The commands that transactions are made of. They change the state of their connection, so that the shared one refuses them: they are
 * for a connection that somebody has to himself. `redis.transaction` needs none of them.
 *
 * @since 0.1.0
 */
import type { RespValue } from "../protocol/RespValue.ts"
import { list } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { defineSpec, type KeyPositions, type RetryCategory, type Text } from "./CommandSpec.ts"
import { constant, make } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * The commands of transactions, as constructors or as methods. On a shared connection each fails as `InvalidArgument`.
 *
 * @category models
 * @since 0.1.0
 */
export interface TransactionCommands<F extends CommandLambda> {
  /** End the transaction without running it. */
  discard(): Kind<F, void>
  /**
   * Run what was queued: each command's reply as the protocol reads it (errors are `RespError`), or `undefined` if a watched key has
   * changed and nothing was run.
   */
  exec(): Kind<F, Array<RespValue> | undefined>
  /** Begin a transaction: what follows is queued and answered by `QUEUED`. */
  multi(): Kind<F, void>
  /** Forget all watched keys. */
  unwatch(): Kind<F, void>
  /** Let the next EXEC of this connection run nothing if one of the keys changes until then. None: no call. */
  watch(keys: Text | ReadonlyArray<Text>): Kind<F, void>
}

const stateful = (name: string, keys: KeyPositions, retry: RetryCategory) =>
  defineSpec({ name, keys, retry, connectionState: true })

const DISCARD = stateful("DISCARD", "none", "never")
const EXEC = stateful("EXEC", "none", "never")
const MULTI = stateful("MULTI", "none", "never")
const UNWATCH = stateful("UNWATCH", "none", "lastWriteWins")
// A key that is watched already stays watched since the first time.
const WATCH = stateful("WATCH", "all", "idempotent")

const replies = Reply.optional(Reply.array(Reply.value))

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const transactions: TransactionCommands<AsCommand> = {
  discard: () => make(DISCARD, [], Reply.ok),
  exec: () => make(EXEC, [], replies),
  multi: () => make(MULTI, [], Reply.ok),
  unwatch: () => make(UNWATCH, [], Reply.ok),
  watch: (keys) => {
    const all = list(keys)
    return all.length === 0 ? constant(WATCH, Reply.ok, undefined) : make(WATCH, all, Reply.ok)
  }
}
