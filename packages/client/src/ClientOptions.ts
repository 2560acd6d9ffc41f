/**
 * The options that every kind of client takes, their defaults, and their check.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { RetryCategory } from "./command/CommandSpec.ts"
import { keyPrefixProblem } from "./command/keyPrefix.ts"
import type { ConnectionLimits } from "./connection/ConnectionRuntime.ts"
import type { ConnectionProfile } from "./connection/open.ts"
import type { TlsOptions } from "./connection/Transport.ts"
import { toRedisError } from "./error/Failure.ts"
import { InvalidArgument } from "./error/Reason.ts"
import { ConnectError } from "./error/RedisError.ts"
import type { EngineOptions } from "./routing/Engine.ts"
import { defaults, type Policies } from "./routing/Policies.ts"
import type { TelemetryOptions, TelemetryProfile } from "./telemetry/Telemetry.ts"

/**
 * What happens when no server answers while the layer is built: `eager` (default) waits by the `discovery` policy and then fails as
 * `ConnectError`; `failFast` tries once; `lazy` connects with the first command.
 *
 * @category options
 * @since 0.1.0
 */
export type StartPolicy = "eager" | "failFast" | "lazy"

/**
 * Options of every kind of client.
 *
 * @category options
 * @since 0.1.0
 */
export interface ClientOptions {
  /** The ACL user (default: the server's `default` user). */
  readonly username?: string | undefined
  readonly password?: Redacted.Redacted | undefined
  /** For CLIENT SETNAME; a refusal is ignored. */
  readonly clientName?: string | undefined
  /** `3` (default) falls back to RESP2 where HELLO is refused; `2` does not ask. */
  readonly protocol?: 2 | 3 | undefined
  /** `true` for the platform's defaults. */
  readonly tls?: boolean | TlsOptions | undefined
  /** End-to-end deadline of an operation: queueing, redirects, reconnects and reply (default 10 s). */
  readonly commandTimeout?: Duration.Input | undefined
  /** Limit of opening a connection, handshake included (default 5 s). */
  readonly connectTimeout?: Duration.Input | undefined
  /** How long replies are awaited when the client closes (default 1 s). */
  readonly closeTimeout?: Duration.Input | undefined
  /** Silence after which a connection with waiting commands is probed (default 2 s). */
  readonly silence?: Duration.Input | undefined
  /** How long that probe may stay unanswered before the connection is given up (default 1 s). */
  readonly probeTimeout?: Duration.Input | undefined
  /** Commands in flight on one node, each part of a batch counted (default 16 384). */
  readonly maxInFlight?: number | undefined
  /** Bytes of requests in flight on one node (default 256 MiB). */
  readonly maxInFlightBytes?: number | undefined
  /** What a caller over these bounds meets: it is suspended (default), or fails as `Overloaded`. */
  readonly overload?: "suspend" | "fail" | undefined
  /**
   * The worst category that is sent again when an attempt may have executed (default `readOnly`: every write is at most once). One call
   * can assume another category for its command by `redis.run(command, { retry })`.
   */
  readonly resend?: RetryCategory | undefined
  readonly start?: StartPolicy | undefined
  /**
   * Stands before every key of this client (default none): see `RedisService.withKeyPrefix` for what that covers. A part of a client
   * gets a prefix by that method.
   */
  readonly keyPrefix?: string | undefined
  /** Spans and metrics (default none, at no cost). */
  readonly telemetry?: TelemetryOptions | undefined
}

/**
 * What a client is built from once its options are checked.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResolvedOptions {
  readonly limits: ConnectionLimits
  readonly profile: ConnectionProfile
  readonly engine: EngineOptions
  readonly start: StartPolicy
  /** Empty for none. */
  readonly keyPrefix: string
  readonly telemetry: TelemetryProfile | undefined
}

const MIB = 1024 * 1024

/**
 * An option that cannot be used, as the error of the layer.
 *
 * @category constructors
 * @since 0.1.0
 */
export const invalidOption = (name: string, message: string): ConnectError =>
  new ConnectError({
    attempts: [
      toRedisError(
        { reason: new InvalidArgument({ position: undefined, message: `${name}: ${message}` }), execution: "NotSent" },
        "CONNECT",
        undefined
      )
    ]
  })

const telemetryProfile = (options: TelemetryOptions | undefined, database: number): TelemetryProfile | undefined => {
  const { metrics = false, queryText = false, spans = false } = options ?? {}
  return spans || metrics ? { spans, queryText, metrics, namespace: String(database) } : undefined
}

/**
 * Check the options and fill in the defaults. The error names the option.
 *
 * @category constructors
 * @since 0.1.0
 */
export const resolveOptions = (
  options: ClientOptions & { readonly database?: number | undefined },
  policies: Partial<Policies> | undefined
): Result.Result<ResolvedOptions, ConnectError> => {
  const faults: Array<ConnectError> = []
  const millis = (name: keyof ClientOptions, given: Duration.Input | undefined, fallback: number): number => {
    if (given === undefined) return fallback
    const duration = Option.getOrUndefined(Duration.fromInput(given))
    const ms = duration === undefined ? Number.NaN : Duration.toMillis(duration)
    if (!(ms > 0)) faults.push(invalidOption(name, "must be a duration above zero"))
    return ms
  }
  const count = (name: keyof ClientOptions, given: number | undefined, fallback: number): number => {
    if (given === undefined) return fallback
    if (!Number.isSafeInteger(given) || given < 1) faults.push(invalidOption(name, "must be a whole number above zero"))
    return given
  }
  const database = options.database
  if (database !== undefined && (!Number.isSafeInteger(database) || database < 0)) {
    faults.push(invalidOption("database", "must be a whole number from 0"))
  }
  const { keyPrefix = "", overload, protocol, resend, start, tls } = options
  const prefixProblem = keyPrefixProblem(keyPrefix)
  if (prefixProblem !== undefined) faults.push(invalidOption("keyPrefix", prefixProblem))
  const oneOf = (name: string, value: unknown, allowed: ReadonlyArray<unknown>) => {
    if (value !== undefined && !allowed.includes(value)) {
      faults.push(invalidOption(name, `must be one of ${allowed.join(", ")}`))
    }
  }
  for (const name of ["spans", "queryText", "metrics"] as const) {
    oneOf(`telemetry.${name}`, options.telemetry?.[name], [true, false])
  }
  oneOf("protocol", protocol, [2, 3])
  oneOf("overload", overload, ["suspend", "fail"])
  oneOf("start", start, ["eager", "failFast", "lazy"])
  oneOf("resend", resend, ["readOnly", "idempotent", "lastWriteWins", "accumulating", "never"])
  const resolved: ResolvedOptions = {
    limits: {
      maxInFlight: count("maxInFlight", options.maxInFlight, 16_384),
      maxInFlightBytes: count("maxInFlightBytes", options.maxInFlightBytes, 256 * MIB),
      overload: overload ?? "suspend",
      silence: millis("silence", options.silence, 2000),
      probeTimeout: millis("probeTimeout", options.probeTimeout, 1000),
      connectTimeout: millis("connectTimeout", options.connectTimeout, 5000),
      closeTimeout: millis("closeTimeout", options.closeTimeout, 1000)
    },
    profile: {
      handshake: {
        username: options.username,
        password: options.password,
        protocol,
        clientName: options.clientName,
        database
      },
      tls: tls === true ? {} : tls === false ? undefined : tls
    },
    engine: {
      deadline: millis("commandTimeout", options.commandTimeout, 10_000),
      resend: resend ?? "readOnly",
      policies: { ...defaults, ...policies }
    },
    start: start ?? "eager",
    keyPrefix,
    telemetry: telemetryProfile(options.telemetry, database ?? 0)
  }
  const [fault] = faults
  return fault === undefined ? Result.succeed(resolved) : Result.fail(fault)
}
