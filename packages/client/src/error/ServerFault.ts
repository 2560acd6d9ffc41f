/**
 * From a server's error text to a reason, and to whether the server provably executed nothing. The one table that decides it.
 *
 * @since 0.1.0
 */
import type { RespError } from "../protocol/RespValue.ts"
import type { Failure } from "./Failure.ts"
import * as Reason from "./Reason.ts"
import type { Execution } from "./RedisError.ts"

const byCode: Readonly<Record<string, (message: string) => Reason.Reason>> = {
  TRYAGAIN: (message) => new Reason.TryAgain({ message }),
  CLUSTERDOWN: (message) => new Reason.ClusterDown({ message }),
  MASTERDOWN: (message) => new Reason.MasterDown({ message }),
  LOADING: (message) => new Reason.Loading({ message }),
  READONLY: (message) => new Reason.ReadOnly({ message }),
  UNBLOCKED: (message) => new Reason.Unblocked({ message }),
  BUSY: (message) => new Reason.Busy({ message }),
  NOREPLICAS: (message) => new Reason.NoReplicas({ message }),
  OOM: (message) => new Reason.OutOfMemory({ message }),
  MISCONF: (message) => new Reason.Misconfigured({ message }),
  WRONGTYPE: (message) => new Reason.WrongType({ message }),
  NOPERM: (message) => new Reason.NoPermission({ message }),
  NOAUTH: (message) => new Reason.NoAuth({ message }),
  WRONGPASS: (message) => new Reason.WrongPassword({ message }),
  NOSCRIPT: (message) => new Reason.NoScript({ message }),
  CROSSSLOT: (message) => new Reason.CrossSlot({ slots: [], message }),
  EXECABORT: (message) => new Reason.ExecAborted({ position: undefined, refusals: [], message })
}

/** A server in cluster mode off answers every CLUSTER command with this text (cluster.c). */
const CLUSTER_OFF = "cluster support disabled"

/** What servers add to "unknown command": its arguments, which are values of the user and may be secrets (server.c). */
const ARGUMENTS = /, with args beginning with:.*$/s

/**
 * The server's words without the arguments that it repeats: no error of this library shows a value.
 *
 * @category getters
 * @since 0.1.0
 */
export const messageOf = (error: RespError): string => error.message.replace(ARGUMENTS, "")

/**
 * The reason that an error reply stands for. Redirects are recognised by `topology/Redirect` before this table is asked.
 *
 * @category constructors
 * @since 0.1.0
 */
export const reasonOf = (error: RespError): Reason.Reason => {
  const code = error.code
  const message = messageOf(error)
  const make = Object.hasOwn(byCode, code) ? byCode[code] : undefined
  if (make !== undefined) return make(message)
  if (message === NO_FUNCTION) return new Reason.NoFunction({ message })
  if (message.includes(CLUSTER_OFF)) return new Reason.ClusterDisabled({ message })
  return new Reason.ServerReply({ code, message })
}

/** The codes that a server gives before a script or function starts. */
const beforeScript: ReadonlySet<string> = new Set([
  "NOSCRIPT",
  "MOVED",
  "ASK",
  "REDIRECT",
  "TRYAGAIN",
  "CROSSSLOT",
  "CLUSTERDOWN",
  "MASTERDOWN",
  "LOADING",
  "BUSY",
  "NOPERM",
  "NOAUTH",
  "EXECABORT"
])

/**
 * How servers mark an error that was raised inside a running script (script_lua.c: "script: <sha>, on @user_script:<line>.", and in
 * Valkey 9 "script: on @user_script:<line>.").
 */
const INSIDE_SCRIPT = /script: (?:[^,]*, )?on @/

/** What servers answer to a function that they have not got (functions.c). */
const NO_FUNCTION = "ERR Function not found"

/** MIGRATE has moved some keys when it says this (cluster.c). */
const HALF_DONE = /^IOERR /

/**
 * What may have happened, by the error reply to one command. A single command either runs or is refused; a script may have written
 * before it failed, unless the error is provably older than its start.
 *
 * @category constructors
 * @since 0.1.0
 */
export const executionOf = (error: RespError, runsScript: boolean): Execution => {
  if (runsScript) {
    const early = beforeScript.has(error.code) || error.message === NO_FUNCTION
    return early && !INSIDE_SCRIPT.test(error.message) ? "Refused" : "MayHaveExecuted"
  }
  return HALF_DONE.test(error.message) ? "MayHaveExecuted" : "Refused"
}

/**
 * Both at once.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromReply = (error: RespError, runsScript: boolean): Failure => ({
  reason: reasonOf(error),
  execution: executionOf(error, runsScript)
})
