/**
 * Commands that change the connection they run on: for leased connections, which nobody else uses. What they change is undone when the
 * lease ends.
 *
 * @since 0.1.0
 */
import { list } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { defineSpec, type KeyPositions, type Text } from "./CommandSpec.ts"
import { make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * Commands that change their connection, as constructors or as methods of a lease.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConnectionStateCommands<F extends CommandLambda> {
  /** Spare this connection when the server runs out of memory for clients (`true`). Since 7.0. */
  clientNoEvict(enabled: boolean): Kind<F, void>
  /** Let what this connection reads not count as used, for LRU, LFU and OBJECT IDLETIME (`true`). Since 7.2. */
  clientNoTouch(enabled: boolean): Kind<F, void>
  /** Name the connection, as CLIENT LIST shows it. */
  clientSetName(name: Text): Kind<F, void>
  /** Let a replica of a cluster answer reads. */
  readOnly(): Kind<F, void>
  /** End `readOnly`. */
  readWrite(): Kind<F, void>
  /** Choose the database. */
  select(database: number): Kind<F, void>
  /** Watch nothing any more. */
  unwatch(): Kind<F, void>
  /** Let the next `transaction` of this connection fail as `WatchConflict` if somebody else changes one of the keys before. See `watch` of the client. */
  watch(keys: Text | ReadonlyArray<Text>): Kind<F, void>
}

const stateful = (name: string, keys: KeyPositions = "none") =>
  defineSpec({ name, keys, retry: "idempotent", connectionState: true })

const CLIENT_NO_EVICT = stateful("CLIENT NO-EVICT")
const CLIENT_NO_TOUCH = stateful("CLIENT NO-TOUCH")
const CLIENT_SETNAME = stateful("CLIENT SETNAME")
const READONLY = stateful("READONLY")
const READWRITE = stateful("READWRITE")
const SELECT = stateful("SELECT")
const UNWATCH = stateful("UNWATCH")
const WATCH = stateful("WATCH", "all")

const onOff = (enabled: boolean): string => (enabled ? "ON" : "OFF")

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const connectionState: ConnectionStateCommands<AsCommand> = {
  clientNoEvict: (enabled) => make(CLIENT_NO_EVICT, [onOff(enabled)], Reply.ok),
  clientNoTouch: (enabled) => make(CLIENT_NO_TOUCH, [onOff(enabled)], Reply.ok),
  clientSetName: (name) => make(CLIENT_SETNAME, [name], Reply.ok),
  readOnly: () => make(READONLY, [], Reply.ok),
  readWrite: () => make(READWRITE, [], Reply.ok),
  select: (database) => make(SELECT, [database], Reply.ok),
  unwatch: () => make(UNWATCH, [], Reply.ok),
  watch: (keys) => {
    const all = list(keys)
    return makeChecked(WATCH, all, Reply.ok, all.length === 0 ? "expected at least one key" : undefined)
  }
}
