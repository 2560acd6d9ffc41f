/**
 * What is told of a failure: its class, by the server's error prefix where the server spoke, and never the server's words, which may repeat
 * arguments or hold what a script put there.
 *
 * @since 0.1.0
 */
import type { Reason } from "../error/Reason.ts"
import type { Execution, RedisError } from "../error/RedisError.ts"

/** The prefixes of error replies by the reason that they became (the other way round than `ServerFault`). */
const codes: Readonly<Partial<Record<Reason["_tag"], string>>> = {
  TryAgain: "TRYAGAIN",
  ClusterDown: "CLUSTERDOWN",
  MasterDown: "MASTERDOWN",
  Loading: "LOADING",
  ReadOnly: "READONLY",
  Unblocked: "UNBLOCKED",
  Busy: "BUSY",
  NoReplicas: "NOREPLICAS",
  OutOfMemory: "OOM",
  Misconfigured: "MISCONF",
  WrongType: "WRONGTYPE",
  NoPermission: "NOPERM",
  NoAuth: "NOAUTH",
  WrongPassword: "WRONGPASS",
  NoScript: "NOSCRIPT",
  ExecAborted: "EXECABORT",
  ClusterDisabled: "ERR"
}

/**
 * The error prefix that the server answered with (`WRONGTYPE`), `undefined` if the failure is the client's.
 *
 * @category getters
 * @since 0.1.0
 */
export const statusCode = (reason: Reason): string | undefined => {
  switch (reason._tag) {
    case "ServerReply":
      return reason.code
    case "Redirected":
      return reason.kind
    case "CrossSlot":
      // Only what the client found itself names the slots.
      return reason.slots.length === 0 ? "CROSSSLOT" : undefined
    default:
      return codes[reason._tag]
  }
}

/**
 * The class of a failure: the server's error prefix, or the name of the reason.
 *
 * @category getters
 * @since 0.1.0
 */
export const errorType = (reason: Reason): string => statusCode(reason) ?? reason._tag

/** What a span ends with instead of the user's error. */
class OperationFailed extends Error {
  override readonly name: string
  constructor(type: string, message: string) {
    super(message)
    this.name = type
  }
}

/** V8's switch; elsewhere it is a property that nobody reads. */
const traced: ErrorConstructor & { stackTraceLimit?: number | undefined } = Error

/** Reasons of the client's own whose words hold nothing of the user's. */
const plain: ReadonlySet<Reason["_tag"]> = new Set<Reason["_tag"]>([
  "ConnectFailed",
  "NoReplica",
  "Overloaded",
  "UncoveredSlot"
])

const detailOf = (reason: Reason): string => {
  if (reason._tag === "Timeout") return `: ${reason.phase}`
  return plain.has(reason._tag) ? `: ${reason.message}` : ""
}

/**
 * The error that a span ends with: operation, node, class and what may have happened.
 *
 * @category constructors
 * @since 0.1.0
 */
export const spanError = (operation: string, error: RedisError): Error => {
  const { execution, node, reason } = error
  return described(operation, node, errorType(reason), detailOf(reason), execution)
}

const described = (
  operation: string,
  node: string | undefined,
  type: string,
  detail: string,
  execution: Execution
): Error => {
  const limit = traced.stackTraceLimit
  traced.stackTraceLimit = 0
  try {
    return new OperationFailed(
      type,
      `${operation}${node === undefined ? "" : ` at ${node}`}: ${type}${detail} [${execution}]`
    )
  } finally {
    traced.stackTraceLimit = limit
  }
}
