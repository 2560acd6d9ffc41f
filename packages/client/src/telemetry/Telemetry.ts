/**
 * What a client tells of its operations while it runs: one span and one duration for each command, pipeline and transaction. A client
 * without telemetry has none of this.
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import type { CommandImpl } from "../command/make.ts"
import type { TextCodec } from "../protocol/TextCodec.ts"
import { type AddressParts, partsOf } from "./address.ts"
import { ClientMetrics } from "./ClientMetrics.ts"
import { Observation } from "./Observation.ts"
import { type BatchKind, batchName, queryText, storedProcedure } from "./operation.ts"
import { Stopwatch } from "./Stopwatch.ts"
import { spanClock, startSpan } from "./span.ts"

/**
 * What shall be told of a client's operations. All of it is off unless it is asked for.
 *
 * @category options
 * @since 0.1.0
 */
export interface TelemetryOptions {
  /**
   * A span for each operation, by the tracer and under the span of the fiber that runs it; none where no tracer is installed (default false).
   * Attributes follow OpenTelemetry's conventions for Redis; retries, redirects and reconnects are events. No value, no password
   * and no word of a server's error is in it.
   */
  readonly spans?: boolean | undefined
  /** With spans: the text of each operation, its keys as they are and a `?` for every other argument (default false). */
  readonly queryText?: boolean | undefined
  /**
   * Durations by operation, connections, reconnects, redirects and refreshes, to the `Metric` registry of the context in which the client is
   * built (default false).
   */
  readonly metrics?: boolean | undefined
}

/**
 * The same once the options are checked, and what else is to be known of the client.
 *
 * @category models
 * @since 0.1.0
 */
export interface TelemetryProfile {
  readonly spans: boolean
  readonly queryText: boolean
  readonly metrics: boolean
  /** The index of the database, as text. */
  readonly namespace: string
}

/**
 * The observer of one client.
 *
 * @category models
 * @since 0.1.0
 */
export class Telemetry {
  readonly profile: TelemetryProfile
  readonly stopwatch: Stopwatch
  readonly metrics: ClientMetrics | undefined
  private readonly codec: TextCodec
  private readonly addresses = new Map<string, AddressParts>()

  constructor(profile: TelemetryProfile, clock: Clock.Clock, context: Context.Context<never>, codec: TextCodec) {
    this.profile = profile
    this.codec = codec
    this.stopwatch = new Stopwatch(clock)
    this.metrics = profile.metrics ? new ClientMetrics(context, profile.namespace) : undefined
  }

  /** A command begins on a fiber, in a turn that ends with a refresh of the stopwatch. */
  begin(fiber: Fiber.Fiber<unknown, unknown>, command: CommandImpl): Observation {
    const observation = this.observe(fiber, command.name, this.metrics === undefined ? 0 : this.stopwatch.now())
    const { span } = observation
    if (span !== undefined) {
      const procedure = storedProcedure(command, this.codec)
      if (procedure !== undefined) span.attribute("db.stored_procedure.name", procedure)
      if (this.profile.queryText) span.attribute("db.query.text", queryText([command], this.codec))
    }
    return observation
  }

  /** A command begins on a fiber that does not go to the shared connection: it is refused, or leases one. */
  beginApart(fiber: Fiber.Fiber<unknown, unknown>, command: CommandImpl): Observation {
    this.stopwatch.refresh()
    const observation = this.begin(fiber, command)
    this.stopwatch.refresh()
    return observation
  }

  /** A pipeline or transaction begins on a fiber. */
  beginBatch(fiber: Fiber.Fiber<unknown, unknown>, kind: BatchKind, commands: ReadonlyArray<CommandImpl>): Observation {
    const observation = this.observe(fiber, batchName(kind, commands), this.stopwatch.exact())
    const { span } = observation
    if (span !== undefined) {
      // By the conventions one operation is no batch.
      if (commands.length !== 1) span.attribute("db.operation.batch.size", commands.length)
      if (this.profile.queryText) span.attribute("db.query.text", queryText(commands, this.codec))
    }
    return observation
  }

  /** The parts of a node's address. */
  addressOf(node: string): AddressParts {
    let parts = this.addresses.get(node)
    if (parts === undefined) {
      parts = partsOf(node)
      this.addresses.set(node, parts)
    }
    return parts
  }

  private observe(fiber: Fiber.Fiber<unknown, unknown>, name: string, startedAt: number): Observation {
    if (!this.profile.spans) return new Observation(this, name, undefined, undefined, startedAt)
    const clock = spanClock(fiber)
    const span = startSpan(fiber, name, clock)
    if (span !== undefined) {
      span.attribute("db.system.name", "redis")
      span.attribute("db.operation.name", name)
      span.attribute("db.namespace", this.profile.namespace)
    }
    return new Observation(this, name, span, clock, startedAt)
  }
}
