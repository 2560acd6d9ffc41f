/**
 * The current map of a cluster: who is asked for it, when, and which answer is believed. Refreshing is the work of one fiber, off the
 * request path; commands only read the snapshot and say what they met.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as PubSub from "effect/PubSub"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { ConnectionRuntime } from "../connection/ConnectionRuntime.ts"
import type { NodeConnections } from "../connection/NodeConnections.ts"
import { toRedisError } from "../error/Failure.ts"
import { Closed, ConnectionLost } from "../error/Reason.ts"
import { ConnectError } from "../error/RedisError.ts"
import type { Answer } from "../topology/Agreement.ts"
import { type Claims, claimsOf, giveUp, unknownClaims, weigh } from "../topology/Claims.ts"
import type { ClusterView } from "../topology/ClusterView.ts"
import type { AddressRemap, Endpoint } from "../topology/Endpoint.ts"
import { endpointKey } from "../topology/Endpoint.ts"
import { changes, empty, fromView, keeping, sameMap, type Topology } from "../topology/Topology.ts"
import { askCluster, askNode } from "./askCluster.ts"
import type { Policies } from "./Policies.ts"
import { untilStarted } from "./start.ts"

/**
 * Why a refresh was asked for. The first three speak of a map that was corrected already or may be fine, and wait for
 * the longer interval.
 *
 * @category models
 * @since 0.1.0
 */
export type RefreshCause =
  | "moved"
  | "ask"
  | "periodic"
  | "requested"
  | "start"
  | "readonly"
  | "clusterdown"
  | "connect failure"
  | "connection lost"
  | "time-out"
  | "uncovered slot"
  | "subscription ended"

/**
 * What happened to the map.
 *
 * - `Refreshed`: nodes were asked; `changed` tells whether the map is a new one.
 * - `Failed`: no node gave a usable view; each with its own cause.
 * - `Patched`: MOVED corrected one slot.
 *
 * @category models
 * @since 0.1.0
 */
export type TopologyEvent =
  | { readonly _tag: "Refreshed"; readonly cause: RefreshCause; readonly changed: boolean; readonly topology: Topology }
  | { readonly _tag: "Failed"; readonly cause: RefreshCause; readonly error: ConnectError }
  | { readonly _tag: "Patched"; readonly slot: number; readonly endpoint: Endpoint; readonly topology: Topology }

/**
 * The interface.
 *
 * @category services
 * @since 0.1.0
 */
export interface ClusterTopologyService {
  /** The current snapshot. Plain, since every command reads it. */
  readonly snapshot: () => Topology
  /** The current snapshot, and each that follows. */
  readonly current: SubscriptionRef.SubscriptionRef<Topology>
  /** The events from now on. */
  readonly events: Stream.Stream<TopologyEvent>
  /** Ask the cluster now, together with whoever else asks. */
  readonly refresh: Effect.Effect<Topology, ConnectError>
  /** Ask for a refresh and go on. Whether it waits for the longer interval follows from the cause unless it is said. */
  readonly request: (cause: RefreshCause, urgently?: boolean) => void
  /**
   * Ask this node alone, and believe it where it knows of later claims: who has given up slots knows their new owner, before most others do.
   */
  readonly consult: (node: Endpoint, cause: RefreshCause) => Effect.Effect<void>
  /** Why the last refresh failed; `undefined` if it did not. */
  readonly lastFailure: () => ConnectError | undefined
  /** MOVED named the owner of a slot; `from` is the address of the node that said it. */
  readonly patch: (slot: number, endpoint: Endpoint, from: string | undefined) => void
}

/**
 * The map of a cluster.
 *
 * @category services
 * @since 0.1.0
 */
export class ClusterTopology extends Context.Service<ClusterTopology, ClusterTopologyService>()(
  "@reef-redis/client/ClusterTopology"
) {}

/**
 * What the topology service is made from.
 *
 * @category options
 * @since 0.1.0
 */
export interface ClusterTopologyOptions {
  readonly seeds: ReadonlyArray<Endpoint>
  /** DNS services whose records are seeds, too. */
  readonly services?: ReadonlyArray<string> | undefined
  readonly remap: AddressRemap | undefined
  /** Whether the connections are secured: of the ports of a node the secured one is taken then. */
  readonly tls: boolean
  /** Whether a view must give an owner to every slot. */
  readonly requireFullCoverage: boolean
  readonly start: "eager" | "failFast" | "lazy"
  readonly engine: { readonly policies: Policies }
  /** Between periodic checks, in milliseconds. */
  readonly checkInterval: number
}

/** Between refreshes for causes that the map cannot answer (a node is gone): shorter than anybody notices. Milliseconds. */
const URGENT_INTERVAL = 50
/** Between refreshes for causes that were already dealt with (MOVED patched its slot). Milliseconds. */
const LAZY_INTERVAL = 1000
/**
 * Between refreshes while a primary of the map cannot be reached: what waits for it causes none, and its successor shall be found soon.
 * A hundredth of the time that it has lasted, within these bounds. Milliseconds.
 */
const SHORTEST_DOUBT_INTERVAL = 100
const LONGEST_DOUBT_INTERVAL = 1000
const DOUBT_PART = 0.01
/**
 * For so long healthy nodes may contradict the map without saying anything newer. Then it gives way: an administrator may have put back what
 * was before. The default `cluster-node-timeout`: who is cut off from the cluster knows it by then. Milliseconds.
 */
const LONGEST_DISPUTE = 15_000
/** Up to this part is added to an interval, so that many clients do not ask together. */
const JITTER = 0.5

const lost = (address: string, message: string) => new ConnectionLost({ address, message })

const closedError = () =>
  new ConnectError({
    attempts: [
      toRedisError(
        { reason: new Closed({ message: "the client is closed" }), execution: "NotSent" },
        "CLUSTER SLOTS",
        undefined
      )
    ]
  })

const lazyCauses: ReadonlySet<RefreshCause> = new Set<RefreshCause>(["moved", "ask", "periodic"])

/**
 * Discover the cluster from its seeds and keep its map, for as long as the scope lives.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeClusterTopology = Effect.fnUntraced(function* (
  runtime: ConnectionRuntime,
  nodes: NodeConnections,
  options: ClusterTopologyOptions
): Effect.fn.Return<ClusterTopologyService, ConnectError, Scope.Scope> {
  let topology: Topology = empty
  const current = yield* SubscriptionRef.make(topology)
  const hub = yield* PubSub.sliding<TopologyEvent>(256)
  const wake = Latch.makeUnsafe(false)
  const urgent = Latch.makeUnsafe(false)
  let wanted: RefreshCause | undefined
  let finishedAt = Number.NEGATIVE_INFINITY
  let lastFailure: ConnectError | undefined
  /** Whether the map is from a node that thought itself part of a working cluster. */
  let sound = false
  /** Of the last view that was believed, also where it changed nothing. */
  let epoch = 0
  let claims: Claims = unknownClaims()
  /** Since when each view has contradicted the map without being newer. */
  let disputedSince: number | undefined
  let waiters = new Set<(result: Effect.Effect<Topology, ConnectError>) => void>()
  let closed = false

  const now = () => runtime.ticker.exact()
  const publish = (next: Topology): void => {
    topology = next
    // At once and in order: whoever has seen a command succeed or a refresh end finds the map that it used.
    current.value = next
    PubSub.publishUnsafe(current.pubsub, next)
  }

  const request = (cause: RefreshCause, urgently = !lazyCauses.has(cause)): void => {
    if (wanted === undefined || lazyCauses.has(wanted)) wanted = cause
    if (urgently) urgent.openUnsafe()
    wake.openUnsafe()
  }

  /** Where the next snapshot no longer sends anything, what waits is told to look for its new place. */
  const evict = (before: Topology, after: Topology): void => {
    const { demoted, movedSlots, readdressed, removed } = changes(before, after)
    if (demoted.length + movedSlots + readdressed.length + removed.length === 0) return
    const serving = new Set<string>()
    for (const node of after.primaries) if (node.endpoint !== undefined) serving.add(endpointKey(node.endpoint))
    for (const node of nodes.all()) {
      if (!serving.has(node.text)) node.evict(lost(node.text, "the node no longer serves what waited for it"))
    }
  }

  /** Connections to addresses that are no node's (seeds under another name, nodes that left) are drained and closed. */
  const prune = Effect.suspend(() => {
    const known = new Set<string>()
    for (const node of topology.nodes.values()) if (node.endpoint !== undefined) known.add(endpointKey(node.endpoint))
    const gone = nodes.all().flatMap((node) => (known.has(node.text) ? [] : [node.text]))
    return nodes.remove(gone, (text) => lost(text, "the node left the cluster"))
  })

  /**
   * Whether a view that tells no config epochs knows less than the map: that of the same cluster with a lower current epoch, unless the map is
   * from a node that was cut off (failed elections raise such a node's epoch beyond the others').
   */
  const isOlder = (view: ClusterView): boolean =>
    view.configEpochs === undefined &&
    view.epoch < epoch &&
    (sound || view.state !== "ok") &&
    [...view.nodes.keys()].some((id) => topology.nodes.has(id))

  /** What a view makes of the map, and the claims in it; `undefined` if the view is older. */
  const successor = (view: ClusterView): readonly [Topology, Claims] | undefined => {
    const next = fromView(view, options.remap, topology)
    const weighed = weigh(topology, claims, next, view)
    const older = isOlder(view)
    if (!older && weighed.kept.length === 0) {
      disputedSince = undefined
      return [next, weighed.claims]
    }
    disputedSince ??= now()
    if (view.state === "ok" && now() - disputedSince >= LONGEST_DISPUTE) return [next, claimsOf(view)]
    if (older) return undefined
    const merged = keeping(next, topology, weighed.kept)
    return changes(topology, merged).movedSlots === 0 ? undefined : [merged, weighed.claims]
  }

  const install = ({ view }: Answer): boolean => {
    const before = topology
    const succeeded = successor(view)
    if (succeeded === undefined) return false
    const [next] = succeeded
    claims = succeeded[1]
    sound = view.state === "ok"
    epoch = next.epoch
    if (sameMap(before, next)) return false
    publish(next)
    evict(before, next)
    return true
  }

  const consult = Effect.fnUntraced(function* (endpoint: Endpoint, cause: RefreshCause) {
    const asked = yield* Effect.result(askNode(runtime, nodes.at(endpoint), options))
    runtime.telemetry?.metrics?.refreshed(cause, Result.isSuccess(asked))
    if (Result.isFailure(asked)) return request(cause)
    const changed = install(asked.success)
    PubSub.publishUnsafe(hub, { _tag: "Refreshed", cause, changed, topology })
  })

  const round = Effect.fnUntraced(function* (cause: RefreshCause) {
    // Whoever asks from now on waits for the next round: what is asked now may be older than what they know.
    const answered = waiters
    waiters = new Set()
    const asked = yield* Effect.onInterrupt(Effect.result(askCluster(runtime, nodes, topology, options)), () =>
      Effect.sync(() => {
        for (const resume of answered) resume(Effect.fail(closedError()))
      })
    )
    finishedAt = now()
    runtime.telemetry?.metrics?.refreshed(cause, Result.isSuccess(asked))
    lastFailure = Result.isSuccess(asked) ? undefined : asked.failure
    const changed = Result.isSuccess(asked) && install(asked.success)
    if (Result.isSuccess(asked)) runtime.fork(prune)
    yield* PubSub.publish(
      hub,
      Result.isSuccess(asked)
        ? { _tag: "Refreshed", cause, changed, topology }
        : { _tag: "Failed", cause, error: asked.failure }
    )
    const result = Result.isSuccess(asked) ? Effect.succeed(topology) : Effect.fail(asked.failure)
    for (const resume of answered) resume(result)
    return asked
  })

  /** Whether commands for some slots have nowhere to go, although the map names a node for them. */
  const inDoubt = (): boolean =>
    topology.primaries.some(
      ({ endpoint }) => endpoint !== undefined && nodes.find(endpointKey(endpoint))?.isDoubtful === true
    )

  let doubtSince: number | undefined
  const nextRequest: Effect.Effect<void> = Effect.suspend(() => {
    if (!inDoubt()) {
      doubtSince = undefined
      return wake.await
    }
    doubtSince ??= now()
    const interval = Math.min(
      LONGEST_DOUBT_INTERVAL,
      Math.max(SHORTEST_DOUBT_INTERVAL, (now() - doubtSince) * DOUBT_PART)
    )
    return Effect.timeoutOrElse(wake.await, {
      duration: interval,
      // A connection that had only just begun to open is open by now.
      orElse: () => (inDoubt() ? Effect.sync(() => request("connection lost")) : nextRequest)
    })
  })

  const refresher = Effect.gen(function* () {
    while (true) {
      yield* nextRequest
      const jitter = 1 + (yield* Random.next) * JITTER
      const lazyDue = finishedAt + LAZY_INTERVAL * jitter
      if (lazyDue > now()) yield* Effect.timeoutOption(urgent.await, lazyDue - now())
      const urgentDue = finishedAt + URGENT_INTERVAL * jitter
      if (urgentDue > now()) yield* Effect.sleep(urgentDue - now())
      // An opened latch goes on within the call that opened it: those who ask in the same turn shall be of this round.
      yield* Effect.yieldNow
      const cause = wanted ?? "requested"
      wanted = undefined
      wake.closeUnsafe()
      urgent.closeUnsafe()
      yield* round(cause)
    }
  })

  const refresh = Effect.callback<Topology, ConnectError>((resume) => {
    if (closed) return resume(Effect.fail(closedError()))
    waiters.add(resume)
    request("requested")
    return Effect.sync(() => {
      waiters.delete(resume)
    })
  })
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      closed = true
      for (const resume of waiters) resume(Effect.fail(closedError()))
    })
  )

  if (options.start !== "lazy") {
    const first = Effect.flatMap(round("start"), (asked) =>
      Result.isSuccess(asked) ? Effect.void : Effect.fail(asked.failure.attempts)
    )
    yield* untilStarted(first, { start: options.start, engine: options.engine })
  }
  yield* Effect.forkScoped(refresher)
  yield* Effect.forkScoped(
    Effect.forever(
      Effect.flatMap(Random.next, (part) =>
        Effect.andThen(
          Effect.sleep(options.checkInterval * (1 + part * JITTER)),
          Effect.sync(() => request("periodic"))
        )
      )
    )
  )

  return {
    snapshot: () => topology,
    current,
    events: Stream.fromPubSub(hub),
    refresh,
    request,
    consult,
    lastFailure: () => lastFailure,
    patch: (slot, endpoint, from) => {
      const owner = topology.primaryOf(slot)?.endpoint
      // The owner's word is the latest. Who is the owner no more may speak of what was before.
      if (owner !== undefined && from !== undefined && endpointKey(owner) !== from) return
      const next = topology.withMoved(slot, endpoint)
      if (next === topology) return
      giveUp(claims, slot)
      publish(next)
      PubSub.publishUnsafe(hub, { _tag: "Patched", slot, endpoint, topology: next })
    }
  }
})
