/**
 * Telling when a node was promoted, by the clock of a process that has nothing else to do: the yardstick for how soon a
 * client works again after a failover.
 *
 * @since 0.1.0
 */
import type { ChildProcess } from "node:child_process"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { ClusterServers } from "./ClusterServers.ts"
import { socketTls } from "./internal/groupTls.ts"
import { startHelper } from "./internal/helperProcess.ts"
import type { ObservedChange, ObservedRole, ObserverPlan } from "./internal/observerMessages.ts"
import { timeoutMillis, until, Waiting } from "./internal/wait.ts"
import { SentinelServers } from "./SentinelServers.ts"
import { ServerError } from "./ServerError.ts"
import type { TlsMaterial } from "./Tls.ts"

/**
 * A server to watch.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObservedNode {
  readonly host: string
  readonly port: number
  /** Password of the default user. */
  readonly password?: string | undefined
  /** Connect with TLS. */
  readonly tls?: TlsMaterial | undefined
}

/**
 * Options of an observer.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObserverOptions {
  /** Whom to watch. The servers of this package bring their own passwords and certificates. */
  readonly nodes: ReadonlyArray<ObservedNode>
  /** Sentinels to watch, and the service that they are asked about. Default: none. */
  readonly sentinels?: { readonly nodes: ReadonlyArray<ObservedNode>; readonly service: string } | undefined
  /** Password of the default user, for nodes that bring none. Default: none. */
  readonly password?: string | undefined
  /** Time between two questions to one node. Default 5 milliseconds. */
  readonly interval?: Duration.Input | undefined
  /** How long `firstPromotionAfter` waits. Default 30 seconds. */
  readonly timeout?: Duration.Input | undefined
}

/**
 * One node was first seen in another role than before. `unreachable`: it refused, closed, or kept silent for half a second. A sentinel is seen
 * to name another primary than before.
 *
 * @category models
 * @since 0.1.0
 */
export interface RoleEvent {
  /** Wall-clock milliseconds (`Date.now()`), comparable between the processes of one machine. */
  readonly time: number
  readonly port: number
  readonly role: ObservedRole
  /** The last role that the node itself had named before; `undefined` at first. */
  readonly previous: "primary" | "replica" | undefined
  /** Of a sentinel: the port of the primary that it names. */
  readonly names?: number | undefined
}

/**
 * What an observer has seen.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObserverService {
  /** Everything so far, in the order of time. Each node's first role is an event too. */
  readonly events: Effect.Effect<ReadonlyArray<RoleEvent>>
  /**
   * The first event after `time` (`Date.now()`) by which a node on one of `ports` went from replica to primary. Waits for it
   * if it has not happened yet, and fails with `Deadline` if it does not.
   */
  readonly firstPromotionAfter: (time: number, ports: ReadonlyArray<number>) => Effect.Effect<RoleEvent, ServerError>
  /** Each moment at which most of the sentinels had come to name one primary, another one than before, that says itself that it is one. */
  readonly agreements: Effect.Effect<ReadonlyArray<Agreement>>
  /**
   * The moment after `time` from which most of the sentinels have named one primary, another one than on `port`, and that one has said itself
   * that it is a primary. Waits for it, and fails with `Deadline` if it does not come.
   */
  readonly agreementAfter: (time: number, port: number) => Effect.Effect<Agreement, ServerError>
}

/**
 * The primary that sentinels have agreed on, and since when (`Date.now()`).
 *
 * @category models
 * @since 0.1.0
 */
export interface Agreement {
  readonly time: number
  readonly port: number
}

const DEFAULT_INTERVAL_MILLIS = 5
const POLL_MILLIS = 5
/** Starting Node takes 50 ms; a machine that needs this long is stuck. */
const START_TIMEOUT_MILLIS = 20_000

/** Collects what the observer process reports. */
class RoleRecord {
  readonly events: Array<RoleEvent> = []
  private readonly named = new Map<number, "primary" | "replica">()
  ended: string | undefined

  constructor(child: ChildProcess) {
    child.on("message", (change: ObservedChange) => this.add(change))
    child.once("error", (error) => {
      this.ended = String(error)
    })
    child.once("exit", (code, signal) => {
      this.ended = `the observer ended (${signal ?? code})`
    })
  }

  private add(change: ObservedChange): void {
    this.events.push({ ...change, previous: this.named.get(change.port) })
    if (change.role === "primary" || change.role === "replica") this.named.set(change.port, change.role)
  }
}

/** The moments at which most sentinels had come to name a primary, another one than before, that says itself that it is one. */
const agreementsIn = (events: ReadonlyArray<RoleEvent>, sentinels: number): ReadonlyArray<Agreement> => {
  const named = new Map<number, number>()
  const primaries = new Set<number>()
  const found: Array<Agreement> = []
  for (const { names, port, role, time } of events) {
    if (role === "sentinel" && names !== undefined) named.set(port, names)
    else if (role === "primary") primaries.add(port)
    else primaries.delete(port)
    for (const primary of primaries) {
      const votes = [...named.values()].filter((one) => one === primary).length
      if (votes * 2 > sentinels && found.at(-1)?.port !== primary) found.push({ time, port: primary })
    }
  }
  return found
}

const end = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.kill("SIGKILL")
  })

const make = Effect.fnUntraced(function* (
  options: ObserverOptions
): Effect.fn.Return<ObserverService, ServerError, Scope.Scope> {
  const nodeOf = ({ host, password, port, tls }: ObservedNode) => ({
    host,
    port,
    password: password ?? options.password,
    tls: socketTls(tls)
  })
  const { sentinels } = options
  const watched = sentinels?.nodes.map((node) => ({ ...nodeOf(node), service: sentinels.service })) ?? []
  const plan: ObserverPlan = {
    nodes: [...options.nodes.map(nodeOf), ...watched],
    intervalMillis: Duration.toMillis(Duration.fromInputUnsafe(options.interval ?? DEFAULT_INTERVAL_MILLIS))
  }
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => startHelper("observerProcess")),
    end
  )
  const record = new RoleRecord(child)
  child.send(plan, () => {})

  const wait = <A>(action: string, deadlineMillis: number, find: () => A | Waiting) =>
    until(
      Effect.suspend(() =>
        record.ended === undefined
          ? Effect.succeed(find())
          : Effect.fail(new ServerError({ reason: "SupervisorLost", action, detail: record.ended, log: "" }))
      ),
      {
        everyMillis: POLL_MILLIS,
        deadlineMillis,
        onDeadline: (detail) => Effect.fail(new ServerError({ reason: "Deadline", action, detail, log: "" }))
      }
    )

  yield* wait("start the observer", START_TIMEOUT_MILLIS, () => {
    const unseen = plan.nodes.find(({ port }) => !record.events.some((event) => event.port === port))
    return unseen === undefined ? undefined : new Waiting(`port ${unseen.port} has not been asked yet`)
  })
  return {
    events: Effect.sync(() => [...record.events]),
    agreements: Effect.sync(() => agreementsIn(record.events, watched.length)),
    agreementAfter: (time, port) =>
      wait(
        "agreementAfter",
        timeoutMillis(options.timeout),
        () =>
          agreementsIn(record.events, watched.length).find((one) => one.time > time && one.port !== port) ??
          new Waiting(`no agreement on another primary than ${port} since ${new Date(time).toISOString()}`)
      ),
    firstPromotionAfter: (time, ports) =>
      wait(
        "firstPromotionAfter",
        timeoutMillis(options.timeout),
        () =>
          record.events.find(
            (event) =>
              event.time > time &&
              event.role === "primary" &&
              event.previous === "replica" &&
              ports.includes(event.port)
          ) ?? new Waiting(`no promotion on ports ${ports.join(", ")} since ${new Date(time).toISOString()}`)
      )
  }
})

/**
 * A process of its own that asks every node for its role (ROLE) every few milliseconds.
 *
 * @category services
 * @since 0.1.0
 */
export class Observer extends Context.Service<Observer, ObserverService>()("@reef-redis/testing/Observer") {
  /** Starts an observer that lives as long as the scope; it has asked every node once. */
  static readonly make: (options: ObserverOptions) => Effect.Effect<ObserverService, ServerError, Scope.Scope> = make
  /** Starts an observer of the nodes given. */
  static readonly layer = (options: ObserverOptions): Layer.Layer<Observer, ServerError> =>
    Layer.effect(Observer, make(options))
  /** Starts an observer of all nodes of the cluster in context. */
  static readonly layerCluster = (
    options: Omit<ObserverOptions, "nodes"> = {}
  ): Layer.Layer<Observer, ServerError, ClusterServers> =>
    Layer.effect(
      Observer,
      ClusterServers.use((cluster) => make({ ...options, nodes: cluster.nodes }))
    )
  /** Starts an observer of all servers (not the sentinels) in context. */
  static readonly layerSentinel = (
    options: Omit<ObserverOptions, "nodes"> = {}
  ): Layer.Layer<Observer, ServerError, SentinelServers> =>
    Layer.effect(
      Observer,
      SentinelServers.use(({ servers }) => make({ ...options, nodes: servers }))
    )
}
