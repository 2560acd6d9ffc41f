/**
 * Commands about the clients of a server: to look at them, to close or hold them back.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import { millis } from "./arguments.ts"
import { type ClientFilters, filterArguments } from "./ClientFilters.ts"
import {
  type ClientInfo,
  type ClientTrackingInfo,
  clientInfo,
  clientList,
  clientTrackingInfo
} from "./ClientReplies.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { helpOf, keyless } from "./keyless.ts"
import { constant, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * Commands about clients, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClientCommands<F extends CommandLambda> {
  /** The name of the connection, if it has one. */
  clientGetName(): Kind<F, string | undefined>
  /**
   * The connection that gets the invalidation messages of this one: -1 if it tracks nothing, 0 if it gets them itself.
   * Since 6.0.
   */
  clientGetRedir(): Kind<F, number>
  /** The server's own help on CLIENT. */
  clientHelp(): Kind<F, Array<string>>
  /** The number of the connection, never used twice by one server. */
  clientId(): Kind<F, number>
  /** The connection as its server sees it. Since 6.2. */
  clientInfo(): Kind<F, ClientInfo>
  /** Close connections; how many. At least one filter beside `skipMe` must be given. No ids: none, without a call. */
  clientKill(filters: ClientFilters): Kind<F, number>
  /** The connections of a server. No ids: none, without a call. */
  clientList(filters?: ClientFilters): Kind<F, Array<ClientInfo>>
  /** Hold back all clients for a time: their writes (`WRITE`, since 6.2), or all they send (`ALL`, the default). */
  clientPause(timeout: Duration.Input, mode?: "WRITE" | "ALL"): Kind<F, void>
  /** How the connection tracks what it reads. Since 6.2. */
  clientTrackingInfo(): Kind<F, ClientTrackingInfo>
  /** End the wait of a blocked client, as if its time were over or with an `UNBLOCKED` error; whether it was blocked. */
  clientUnblock(id: number, mode?: "TIMEOUT" | "ERROR"): Kind<F, boolean>
  /** Let held back clients go on. Since 6.2. */
  clientUnpause(): Kind<F, void>
}

const CLIENT_GETNAME = keyless("CLIENT GETNAME")
const CLIENT_GETREDIR = keyless("CLIENT GETREDIR")
const CLIENT_ID = keyless("CLIENT ID")
const CLIENT_INFO = keyless("CLIENT INFO")
const CLIENT_KILL = keyless("CLIENT KILL", "lastWriteWins")
const CLIENT_LIST = keyless("CLIENT LIST")
const CLIENT_PAUSE = keyless("CLIENT PAUSE", "lastWriteWins")
const CLIENT_TRACKINGINFO = keyless("CLIENT TRACKINGINFO")
// A late second run would end the wait of a command that came after.
const CLIENT_UNBLOCK = keyless("CLIENT UNBLOCK", "accumulating")
const CLIENT_UNPAUSE = keyless("CLIENT UNPAUSE", "lastWriteWins")

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const clients: ClientCommands<AsCommand> = {
  clientGetName: () => make(CLIENT_GETNAME, [], Reply.optionalString),
  clientGetRedir: () => make(CLIENT_GETREDIR, [], Reply.integer),
  clientHelp: helpOf("CLIENT"),
  clientId: () => make(CLIENT_ID, [], Reply.integer),
  clientInfo: () => make(CLIENT_INFO, [], clientInfo),
  clientKill: (filters) => {
    const { args, narrow, none, problem } = filterArguments(filters)
    if (none && problem === undefined) return constant(CLIENT_KILL, Reply.integer, 0)
    // Without a filter a server would read the old form, and SKIPME alone would close all other connections.
    return makeChecked(
      CLIENT_KILL,
      args,
      Reply.integer,
      problem ?? (narrow ? undefined : "expected at least one filter")
    )
  },
  clientList: (filters) => {
    const { args, none, problem } = filterArguments(filters)
    if (none && problem === undefined) return constant(CLIENT_LIST, clientList, [])
    return makeChecked(CLIENT_LIST, args, clientList, problem)
  },
  clientPause: (timeout, mode) =>
    make(CLIENT_PAUSE, mode === undefined ? [millis(timeout)] : [millis(timeout), mode], Reply.ok),
  clientTrackingInfo: () => make(CLIENT_TRACKINGINFO, [], clientTrackingInfo),
  clientUnblock: (id, mode) => make(CLIENT_UNBLOCK, mode === undefined ? [id] : [id, mode], Reply.boolean),
  clientUnpause: () => make(CLIENT_UNPAUSE, [], Reply.ok)
}
