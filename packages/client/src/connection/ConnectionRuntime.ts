/**
 * What all connections of one client share: the transport, the clock, and the limits of a node.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { Telemetry, TelemetryProfile } from "../telemetry/Telemetry.ts"
import { type ConnectionMonitor, makeMonitor } from "./ConnectionMonitor.ts"
import type { NodeConnection } from "./NodeConnection.ts"
import { FineTicker, Ticker } from "./Ticker.ts"
import { Transport } from "./Transport.ts"

/**
 * Limits and times of one connection, in commands, bytes and milliseconds.
 *
 * @category options
 * @since 0.1.0
 */
export interface ConnectionLimits {
  /** Commands in flight on one node, each part of a batch counted. */
  readonly maxInFlight: number
  /** Bytes of requests in flight on one node. */
  readonly maxInFlightBytes: number
  /** What a caller over the bound meets: it waits for its turn, or fails as `Overloaded`. */
  readonly overload: "suspend" | "fail"
  /** Silence after which a connection with waiting commands is probed; `Infinity` never probes. */
  readonly silence: number
  /** How long the probe may stay unanswered. */
  readonly probeTimeout: number
  /** The longest that opening the stream and the handshake may take. */
  readonly connectTimeout: number
  /** How long replies are awaited when the client closes. */
  readonly closeTimeout: number
}

/**
 * The shared parts.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConnectionRuntime {
  readonly transport: Transport["Service"]
  readonly ticker: Ticker
  readonly limits: ConnectionLimits
  /** Told of every change of a connection's state. */
  readonly monitor: ConnectionMonitor<NodeConnection>
  /** Who watches this client's operations, if anybody does. */
  readonly telemetry?: Telemetry | undefined
  /** Run a small internal effect under the client's clock and context. */
  readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
}

/**
 * Take the transport and the clock from the context.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeRuntime = (
  limits: ConnectionLimits,
  profile?: TelemetryProfile | undefined
): Effect.Effect<ConnectionRuntime, never, Transport> =>
  Effect.gen(function* () {
    const transport = yield* Transport
    const clock = yield* Clock.Clock
    const context = yield* Effect.context<never>()
    const monitor = yield* makeMonitor<NodeConnection>()
    const telemetry =
      profile === undefined
        ? undefined
        : // Loaded only by who wants it.
          yield* Effect.promise(async () => {
            const { Telemetry } = await import("../telemetry/Telemetry.ts")
            return new Telemetry(profile, clock, context, transport.text)
          })
    const ticker = telemetry === undefined ? new Ticker(clock) : new FineTicker(clock, telemetry.stopwatch)
    return { transport, ticker, limits, monitor, telemetry, fork: Effect.runForkWith(context) }
  })
