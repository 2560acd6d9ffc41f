/**
 * How sockets are opened: options that the platform's transport carries out, and their check.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * Options of the sockets of a client. A Unix socket heeds `highWaterMark` only.
 *
 * **Details**
 *
 * Host names are looked up anew on each connect. Where a name has several addresses, IPv6 and IPv4 ones are tried in turn, the next as soon
 * as one has failed or takes longer than `attemptTimeout` (RFC 8305); the error names each that was tried.
 *
 * @category options
 * @since 0.1.0
 */
export interface SocketOptions {
  /** Idle time after which the system probes the peer (TCP keep-alive, default 30 s); `false` for never. */
  readonly keepAlive?: false | Duration.Input | undefined
  /** Whether small writes leave at once (TCP_NODELAY, default true). */
  readonly noDelay?: boolean | undefined
  /** Use addresses of this IP version only (default: both). */
  readonly family?: 4 | 6 | undefined
  /** How long one of several addresses may take before the next is tried as well (default 250 ms, the least is 10 ms). */
  readonly attemptTimeout?: Duration.Input | undefined
  /** The local address to connect from (default: the system's choice). */
  readonly localAddress?: string | undefined
  /** So many bytes may wait for the system before the client holds its writes back (default: the platform's). */
  readonly highWaterMark?: number | undefined
  /** The IP addresses of a host name, in the order to try, instead of the system's look-up. Asked on each connect, within its time-out. */
  readonly lookup?: ((host: string) => Effect.Effect<ReadonlyArray<string>, unknown>) | undefined
}

/**
 * The same, checked and with times in milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResolvedSocketOptions {
  /** `undefined` for none. */
  readonly keepAlive: number | undefined
  readonly noDelay: boolean
  readonly family: 4 | 6 | undefined
  readonly attemptTimeout: number
  readonly localAddress: string | undefined
  readonly highWaterMark: number | undefined
  readonly lookup: SocketOptions["lookup"]
}

/** The common default of Redis clients, in milliseconds. */
const KEEP_ALIVE_AFTER = 30_000
/** Of RFC 8305, in milliseconds. */
const ATTEMPT_TIMEOUT = 250
/** Node takes less than this for it (net.connect). */
const LEAST_ATTEMPT_TIMEOUT = 10
const IP = /^(\d{1,3}(\.\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[\w.-]+)?)$/

/**
 * Check the options and fill in the defaults. What is wrong is told by name.
 *
 * @category constructors
 * @since 0.1.0
 */
export const resolveSocketOptions = (
  options: SocketOptions | undefined,
  onFault: (name: string, message: string) => void
): ResolvedSocketOptions => {
  const { family, highWaterMark, keepAlive, localAddress, lookup, noDelay } = options ?? {}
  const millis = (name: string, given: Duration.Input | undefined, fallback: number, least: number): number => {
    if (given === undefined) return fallback
    const duration = Option.getOrUndefined(Duration.fromInput(given))
    const ms = duration === undefined ? Number.NaN : Duration.toMillis(duration)
    if (!(ms >= least && Number.isFinite(ms))) onFault(name, `must be a duration of at least ${least} ms`)
    return ms
  }
  if (family !== undefined && family !== 4 && family !== 6) onFault("socket.family", "must be one of 4, 6")
  if (localAddress !== undefined && !IP.test(localAddress)) onFault("socket.localAddress", "must be an IP address")
  if (highWaterMark !== undefined && !(Number.isSafeInteger(highWaterMark) && highWaterMark > 0)) {
    onFault("socket.highWaterMark", "must be a whole number above zero")
  }
  return {
    keepAlive: keepAlive === false ? undefined : millis("socket.keepAlive", keepAlive, KEEP_ALIVE_AFTER, 1),
    noDelay: noDelay ?? true,
    family,
    attemptTimeout: millis("socket.attemptTimeout", options?.attemptTimeout, ATTEMPT_TIMEOUT, LEAST_ATTEMPT_TIMEOUT),
    localAddress,
    highWaterMark,
    lookup
  }
}
