/**
 * The metrics of a client, by Effect's own `Metric`: OpenTelemetry's names for database clients where there are some, `redis.client.*` where
 * there are none. They go to the registry of the context that the client was built in.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import { partsOf, serverAttributes } from "./address.ts"
import { poll } from "./PolledMetric.ts"

/** Seconds, as the conventions of OpenTelemetry give them for `db.client.operation.duration`. */
const BOUNDARIES = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]

type Attributes = Readonly<Record<string, string>>

/** Histograms tell their unit in this attribute, where Effect's exporter looks for it. */
const SECONDS: Attributes = { unit: "s" }

/** Of the usual operations of a client there are some dozens; failures are kept apart, so that this many names are a mistake. */
const MOST_SERIES = 10_000

/**
 * How many connections of a pool wait to be used or are in use, and how many callers wait for one.
 *
 * @category models
 * @since 0.1.0
 */
export interface PoolCounts {
  readonly idle: number
  readonly used: number
  readonly pending: number
}

/**
 * What a pool tells its metrics. The counts are read when somebody looks; times are in seconds. The time to open a connection is recorded
 * where it is opened.
 *
 * @category models
 * @since 0.1.0
 */
export interface PoolMetrics {
  /** Nobody gave back a connection in time. */
  readonly timedOut: () => void
  /** How long a caller waited for its connection. */
  readonly waited: (seconds: number) => void
  /** How long a connection was in use. */
  readonly used: (seconds: number) => void
  /** The pool is gone. */
  readonly close: () => void
}

/**
 * What a pool is, to those who watch it.
 *
 * @category options
 * @since 0.1.0
 */
export interface PoolDescription {
  /** Unique within the program: the node's address and what the pool is for. */
  readonly name: string
  readonly min?: number | undefined
  readonly max?: number | undefined
  readonly counts: () => PoolCounts
}

/**
 * The recording functions of one client.
 *
 * @category models
 * @since 0.1.0
 */
export class ClientMetrics {
  private readonly context: Context.Context<never>
  private readonly common: Attributes
  /** By node and operation: asked for every command. */
  private readonly durations = new Map<string, Map<string, Metric.Histogram<number>>>()
  private readonly others = new Map<string, Metric.Histogram<number> | Metric.Counter<number>>()
  private readonly releases = new Set<() => void>()

  constructor(context: Context.Context<never>, namespace: string) {
    this.context = context
    this.common = { "db.system.name": "redis", "db.namespace": namespace }
  }

  /** An operation ended well. */
  succeeded(operation: string, node: string, seconds: number): void {
    const metric = this.durations.get(node)?.get(operation) ?? this.durationOf(operation, node)
    metric.updateUnsafe(seconds, this.context)
  }

  /** An operation failed, with the class of the failure and the server's error prefix if it gave one. */
  failed(operation: string, node: string, type: string, code: string | undefined, seconds: number): void {
    const attributes = this.operationAttributes(operation, node, type, code)
    this.histogram("db.client.operation.duration", "Duration of database client operations.", attributes, seconds)
  }

  /** An operation is tried again after a failure of that class. */
  retried(type: string): void {
    this.count("redis.client.retries", "Attempts that were repeated.", { "error.type": type })
  }

  /** A redirect is followed. */
  redirected(kind: string): void {
    this.count("redis.client.redirects", "Redirects that were followed.", { "redis.client.redirect.kind": kind })
  }

  /** The map of the cluster was asked for. */
  refreshed(cause: string, succeeded: boolean): void {
    this.count("redis.client.topology.refreshes", "Refreshes of the cluster's map.", {
      "redis.client.refresh.cause": cause,
      "redis.client.refresh.outcome": succeeded ? "success" : "failure"
    })
  }

  /** A connection to a node is open again. */
  reconnected(node: string): void {
    this.count("redis.client.reconnects", "Connections that were opened in place of lost ones.", textsOf(node))
  }

  /** A connection was opened (or not: the class of the failure) within so many seconds. */
  opened(node: string, type: string | undefined, seconds: number): void {
    const attributes: Attributes = { ...poolNamed(node), ...(type === undefined ? {} : { "error.type": type }) }
    this.histogram("db.client.connection.create_time", "Time it took to open a connection.", attributes, seconds)
  }

  /** The commands that wait for replies on a node, looked at when asked, until what it gives is called or the client ends. */
  inFlight(node: string, count: () => number): () => void {
    const description = "Commands that are on their way."
    const metric = Metric.counter("redis.client.in_flight", { description, attributes: textsOf(node) })
    const release = poll(metric, this.context, count)
    const close = () => {
      this.releases.delete(close)
      release()
    }
    this.releases.add(close)
    return close
  }

  /** Report a pool (or the one multiplexed connection of a node). */
  pool({ counts, max, min, name }: PoolDescription): PoolMetrics {
    const attributes = poolNamed(name)
    const releases: Array<() => void> = []
    const report = (id: string, description: string, source: () => number, more: Attributes = {}) => {
      const metric = Metric.counter(`db.client.connection.${id}`, {
        description,
        attributes: { ...attributes, ...more }
      })
      releases.push(poll(metric, this.context, source))
    }
    const states = "Connections that are in that state."
    report("count", states, () => counts().idle, { "db.client.connection.state": "idle" })
    report("count", states, () => counts().used, { "db.client.connection.state": "used" })
    report("pending_requests", "Callers that wait for a connection.", () => counts().pending)
    if (min !== undefined) report("idle.min", "The least number of idle connections.", () => min)
    if (max !== undefined) report("max", "The most connections.", () => max)
    const time = (id: string, description: string) => (seconds: number) =>
      this.histogram(`db.client.connection.${id}`, description, attributes, seconds)
    const close = () => {
      this.releases.delete(close)
      for (const release of releases.splice(0)) release()
    }
    this.releases.add(close)
    return {
      timedOut: () =>
        this.count("db.client.connection.timeouts", "Callers that got no connection in time.", attributes),
      waited: time("wait_time", "Time it took to get a connection from the pool."),
      used: time("use_time", "Time between borrowing a connection and giving it back."),
      close
    }
  }

  /** The client ends: what is read when asked is no more. */
  close(): void {
    for (const release of [...this.releases]) release()
    this.releases.clear()
  }

  private durationOf(operation: string, node: string): Metric.Histogram<number> {
    let byOperation = this.durations.get(node)
    if (byOperation === undefined) {
      byOperation = new Map()
      this.durations.set(node, byOperation)
    }
    const metric = Metric.histogram("db.client.operation.duration", {
      description: "Duration of database client operations.",
      attributes: { ...SECONDS, ...this.operationAttributes(operation, node, undefined, undefined) },
      boundaries: BOUNDARIES
    })
    if (byOperation.size < MOST_SERIES) byOperation.set(operation, metric)
    return metric
  }

  private operationAttributes(
    operation: string,
    node: string,
    type: string | undefined,
    code: string | undefined
  ): Attributes {
    return {
      ...this.common,
      "db.operation.name": operation,
      ...(node === "" ? {} : textsOf(node)),
      ...(type === undefined ? {} : { "error.type": type }),
      ...(code === undefined ? {} : { "db.response.status_code": code })
    }
  }

  private histogram(id: string, description: string, attributes: Attributes, seconds: number): void {
    const make = () =>
      Metric.histogram(id, { description, attributes: { ...SECONDS, ...attributes }, boundaries: BOUNDARIES })
    this.known(id, attributes, make).updateUnsafe(seconds, this.context)
  }

  private count(id: string, description: string, attributes: Attributes): void {
    const make = () => Metric.counter(id, { description, attributes, incremental: true })
    this.known(id, attributes, make).updateUnsafe(1, this.context)
  }

  private known(
    id: string,
    attributes: Attributes,
    make: () => Metric.Histogram<number> | Metric.Counter<number>
  ): Metric.Histogram<number> | Metric.Counter<number> {
    const key = JSON.stringify([id, attributes])
    const found = this.others.get(key)
    if (found !== undefined) return found
    const made = make()
    if (this.others.size < MOST_SERIES) this.others.set(key, made)
    return made
  }
}

/** The attributes of a node; those of metrics are texts. */
const textsOf = (node: string): Attributes =>
  Object.fromEntries(Object.entries(serverAttributes(partsOf(node))).map(([key, value]) => [key, String(value)]))

const poolNamed = (name: string): Attributes => ({ "db.client.connection.pool.name": name })
