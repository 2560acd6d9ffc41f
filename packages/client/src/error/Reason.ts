/**
 * Why an operation failed, as a flat tagged union of plain data. A reason carries no stack trace: most are made and dropped by the
 * retry engine, and only the {@link RedisError} around the last one reaches a user.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Redacted from "effect/Redacted"

const reason = <const Tag extends string>(tag: Tag) => Data.TaggedClass(tag)

/** Only `message` is known of it. */
type Message = { readonly message: string }

/**
 * The keys of one command (or transaction) belong to several slots. Found before anything is sent, or said by the server.
 *
 * @category reasons
 * @since 0.1.0
 */
export class CrossSlot extends reason("CrossSlot")<{
  readonly slots: ReadonlyArray<number>
  readonly message: string
}> {}

/**
 * No connection to the node could be opened, or its handshake failed. `detail` is the cause in the platform's words.
 *
 * @category reasons
 * @since 0.1.0
 */
export class ConnectFailed extends reason("ConnectFailed")<{ readonly address: string; readonly message: string }> {}

/**
 * The connection ended while the command waited for its reply, or before it was written (see `execution`).
 *
 * @category reasons
 * @since 0.1.0
 */
export class ConnectionLost extends reason("ConnectionLost")<{ readonly address: string; readonly message: string }> {}

/**
 * Where an operation was when its deadline passed: waiting for room in the node's budget, for a connection, for the reply, or
 * between two attempts.
 *
 * @category models
 * @since 0.1.0
 */
export type Phase = "queued" | "connecting" | "written" | "retrying"

/**
 * The deadline of the operation passed. `deadline` is the moment, in milliseconds of the client's clock; `lastCause` says why the last
 * attempt before it failed.
 *
 * **Details**
 *
 * `queueDepth` is how many commands waited on the node then, this one included, and `silence` for how many milliseconds the node had said
 * nothing while something waited for it. Both are absent where the operation was on no connection (`connecting` has the depth only,
 * `retrying` neither).
 *
 * @category reasons
 * @since 0.1.0
 */
export class Timeout extends reason("Timeout")<{
  readonly phase: Phase
  readonly deadline: number
  readonly lastCause: string | undefined
  readonly queueDepth?: number | undefined
  readonly silence?: number | undefined
  readonly message: string
}> {}

/**
 * The node's budget of commands or bytes in flight is used up and the client was told to fail rather than to wait.
 *
 * @category reasons
 * @since 0.1.0
 */
export class Overloaded extends reason("Overloaded")<{ readonly limit: number; readonly message: string }> {}

/**
 * No leased connection of the node came free in time: `limit` is how many there may be, `waited` how long the caller stood in line, in
 * milliseconds.
 *
 * @category reasons
 * @since 0.1.0
 */
export class PoolTimeout extends reason("PoolTimeout")<{
  readonly limit: number
  readonly waited: number
  readonly message: string
}> {}

/**
 * The client (its scope) is closed.
 *
 * @category reasons
 * @since 0.1.0
 */
export class Closed extends reason("Closed")<Message> {}

/**
 * An option or argument cannot be sent. `position` counts the arguments behind the command's name from 0.
 *
 * @category reasons
 * @since 0.1.0
 */
export class InvalidArgument extends reason("InvalidArgument")<{
  readonly position: number | undefined
  readonly message: string
}> {}

/**
 * No node is known to serve the slot.
 *
 * @category reasons
 * @since 0.1.0
 */
export class UncoveredSlot extends reason("UncoveredSlot")<{ readonly slot: number; readonly message: string }> {}

/**
 * The strategy of the read (`readFrom`) takes none of the nodes that have the data: they are not replicas, or no replica can be used now.
 * `slot` is `undefined` where there are no slots.
 *
 * @category reasons
 * @since 0.1.0
 */
export class NoReplica extends reason("NoReplica")<{ readonly slot: number | undefined; readonly message: string }> {}

/**
 * A node pointed elsewhere and the command was not sent on: its order in a pipeline would have changed, or the node was named by the caller.
 *
 * @category reasons
 * @since 0.1.0
 */
export class Redirected extends reason("Redirected")<{
  readonly kind: "MOVED" | "ASK" | "REDIRECT"
  readonly slot: number | undefined
  readonly to: string
  readonly message: string
}> {}

/**
 * Redirects followed one another without an end.
 *
 * @category reasons
 * @since 0.1.0
 */
export class TooManyRedirects extends reason("TooManyRedirects")<{
  readonly redirects: number
  readonly message: string
}> {}

/** `CLUSTERDOWN`: the cluster (or the slot) is not served now. @category reasons @since 0.1.0 */
export class ClusterDown extends reason("ClusterDown")<Message> {}
/** `TRYAGAIN`: the keys are split between two nodes by a migration. @category reasons @since 0.1.0 */
export class TryAgain extends reason("TryAgain")<Message> {}
/** `LOADING`: the server reads its data set. @category reasons @since 0.1.0 */
export class Loading extends reason("Loading")<Message> {}
/** `MASTERDOWN`: a replica has lost its primary and may not serve stale data. @category reasons @since 0.1.0 */
export class MasterDown extends reason("MasterDown")<Message> {}
/** `READONLY`: a write reached a replica. @category reasons @since 0.1.0 */
export class ReadOnly extends reason("ReadOnly")<Message> {}
/** `UNBLOCKED`: a blocked command was ended by a change of role or by CLIENT UNBLOCK. @category reasons @since 0.1.0 */
export class Unblocked extends reason("Unblocked")<Message> {}
/** `BUSY`: a script runs and does not end. @category reasons @since 0.1.0 */
export class Busy extends reason("Busy")<Message> {}
/** `NOREPLICAS`: fewer good replicas than `min-replicas-to-write`. @category reasons @since 0.1.0 */
export class NoReplicas extends reason("NoReplicas")<Message> {}
/** `OOM`: `maxmemory` is reached. @category reasons @since 0.1.0 */
export class OutOfMemory extends reason("OutOfMemory")<Message> {}
/** `MISCONF`: persistence fails and the server refuses writes. @category reasons @since 0.1.0 */
export class Misconfigured extends reason("Misconfigured")<Message> {}
/** `WRONGTYPE`: the key holds another type. @category reasons @since 0.1.0 */
export class WrongType extends reason("WrongType")<Message> {}
/** `NOPERM`: the user's ACL forbids it. @category reasons @since 0.1.0 */
export class NoPermission extends reason("NoPermission")<Message> {}
/** `NOAUTH`: the connection is not authenticated. @category reasons @since 0.1.0 */
export class NoAuth extends reason("NoAuth")<Message> {}
/** `WRONGPASS`: the credentials are refused. @category reasons @since 0.1.0 */
export class WrongPassword extends reason("WrongPassword")<Message> {}

/**
 * The source of the credentials gave none, so no connection could be opened. `cause` is what it failed with; it may hold a secret, so
 * that it shows itself only to `Redacted.value`.
 *
 * @category reasons
 * @since 0.1.0
 */
export class CredentialsUnavailable extends reason("CredentialsUnavailable")<{
  readonly message: string
  readonly cause: Redacted.Redacted<unknown>
}> {}

/**
 * The token that the source of the credentials gave, or the last one that it gave before it failed, has expired. `expiredAt` is in
 * milliseconds of the client's clock.
 *
 * @category reasons
 * @since 0.1.0
 */
export class TokenExpired extends reason("TokenExpired")<{ readonly expiredAt: number; readonly message: string }> {}

/**
 * The server sends no notifications of the kind that was asked for: `notify-keyspace-events` lacks the flags `missing`. The option `flags: "enable"`
 * adds them.
 *
 * @category reasons
 * @since 0.1.0
 */
export class NotificationsDisabled extends reason("NotificationsDisabled")<{
  readonly missing: string
  readonly message: string
}> {}

/** `NOSCRIPT`: the script is not loaded on that node. @category reasons @since 0.1.0 */
export class NoScript extends reason("NoScript")<Message> {}
/** The server has cluster mode off. @category reasons @since 0.1.0 */
export class ClusterDisabled extends reason("ClusterDisabled")<Message> {}

/**
 * Any other error reply. `code` is its upper-case prefix (`ERR` if it has none).
 *
 * @category reasons
 * @since 0.1.0
 */
export class ServerReply extends reason("ServerReply")<{ readonly code: string; readonly message: string }> {}

/**
 * The server's bytes are not RESP. The connection was closed.
 *
 * @category reasons
 * @since 0.1.0
 */
export class Protocol extends reason("Protocol")<{
  readonly offset: number
  readonly bytes: Uint8Array
  readonly message: string
}> {}

/**
 * The reply came, and is not what the command's view expects (or a user's function or Schema refused it).
 *
 * @category reasons
 * @since 0.1.0
 */
export class Decode extends reason("Decode")<{ readonly expected: string; readonly message: string }> {}

/**
 * A command of a transaction was refused when it was queued, so nothing was executed. `position` is its place in the transaction; `refusals`
 * are all that were refused, the first of which is `position`'s.
 *
 * @category reasons
 * @since 0.1.0
 */
export class ExecAborted extends reason("ExecAborted")<{
  readonly position: number | undefined
  readonly refusals: ReadonlyArray<{ readonly position: number; readonly reason: Reason }>
  readonly message: string
}> {}

/**
 * A watched key was changed by somebody else before EXEC, so nothing was executed, and the `watchConflict` policy has ended. Only
 * `redis.watch` and a WATCH on a leased connection can meet it.
 *
 * @category reasons
 * @since 0.1.0
 */
export class WatchConflict extends reason("WatchConflict")<Message> {}

/**
 * A durable write was done, and fewer replicas than wanted have acknowledged it in time.
 *
 * @category reasons
 * @since 0.1.0
 */
export class NotReplicated extends reason("NotReplicated")<{
  readonly wanted: number
  readonly acknowledged: number
  readonly message: string
}> {}

/**
 * What one sentinel answered to the question who the primary of a service is.
 *
 * **Details**
 *
 * `said` is what came of it: no answer, its refusal, that it does not know the name, or the primary that it named (`primary`, as it is
 * dialled) and what became of that one. `reason` is the failure behind it, if there is one: of the sentinel's own connection for
 * `unreachable` and `refused`, of the server's for `unusable`.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelAnswer {
  /** The sentinel's address. */
  readonly sentinel: string
  readonly said: "unreachable" | "refused" | "unknown service" | "too few sentinels" | "outvoted" | "unusable"
  readonly primary?: string | undefined
  readonly reason?: Reason | undefined
  /** The same in words. */
  readonly message: string
}

type Asked = {
  readonly service: string
  /** One for each sentinel that was asked. */
  readonly answers: ReadonlyArray<SentinelAnswer>
  readonly message: string
}

/**
 * No sentinel gave an answer: each is unreachable, or refuses this client (see the `reason` of each answer).
 *
 * @category reasons
 * @since 0.1.0
 */
export class NoSentinel extends reason("NoSentinel")<Asked> {}

/**
 * No sentinel that answered knows a service of this name.
 *
 * @category reasons
 * @since 0.1.0
 */
export class UnknownService extends reason("UnknownService")<Asked> {}

/**
 * Sentinels know the service, and the primary that they name cannot be used: it cannot be reached, or it is none by its own account, and no
 * failover has happened yet; or too few sentinels agree on it.
 *
 * @category reasons
 * @since 0.1.0
 */
export class PrimaryDown extends reason("PrimaryDown")<Asked> {}

/**
 * Every reason.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason =
  | CrossSlot
  | ConnectFailed
  | ConnectionLost
  | Timeout
  | Overloaded
  | PoolTimeout
  | Closed
  | InvalidArgument
  | NoReplica
  | UncoveredSlot
  | Redirected
  | TooManyRedirects
  | ClusterDown
  | TryAgain
  | Loading
  | MasterDown
  | ReadOnly
  | Unblocked
  | Busy
  | NoReplicas
  | OutOfMemory
  | Misconfigured
  | WrongType
  | NoPermission
  | NoAuth
  | WrongPassword
  | CredentialsUnavailable
  | TokenExpired
  | NotificationsDisabled
  | NoScript
  | ClusterDisabled
  | ServerReply
  | Protocol
  | Decode
  | ExecAborted
  | WatchConflict
  | NotReplicated
  | NoSentinel
  | UnknownService
  | PrimaryDown
